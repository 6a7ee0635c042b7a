"""The inbox for reports as counsellors use it: news on an open desk, by keyboard, on a phone (KAG-2, WG-2, WCAG 2.2 AA)."""

from __future__ import annotations

from playwright.async_api import Browser, Page, expect

from tests.browser.desk_people import SitDown
from tests.browser.measures import CONTRAST, REFERENCES, SIDEWAYS
from tests.browser.report_page import open_report
from tests.support.running import Running

WORDS = "休み時間に、仲間はずれにされている子がいるようです"
CHECKED = "ほかの通報とくらべました"


async def reported(browser: Browser, service: Running) -> None:
    """Somebody writes a report on its page, without a script, and sends it."""
    me = await open_report(browser, service, script=False)
    await me.open()
    await me.choose("いますぐの危険はない")
    await me.go_on("何が起きているか")
    await me.page.get_by_label("何が起きていますか").fill(WORDS)
    for heading in ("学校のこと", "写真や画面", "読み直して、送る"):
        await me.go_on(heading)
    await me.button("送る").click()
    await me.at("届きました。知らせてくれて、ありがとうございます。")
    assert me.trouble == []
    await me.page.context.close()


async def wrong(page: Page) -> list[str]:
    found: list[str] = []
    for what in (CONTRAST, REFERENCES, SIDEWAYS):
        found += [str(line) for line in await page.evaluate(what)]
    return found


async def test_a_report_is_heard_of_and_worked_on_by_keyboard(sit: SitDown, browser: Browser, service: Running) -> None:
    service.execute("UPDATE reports SET status = 'done'")
    yuki = await sit("yuki")
    count = yuki.page.locator("#reports-count")
    await expect(count).to_be_hidden()
    await reported(browser, service)
    await yuki.said("新しい通報があります。")
    await expect(count).to_contain_text("1")

    page = yuki.page
    await yuki.go("/desk/reports")
    assert await yuki.axe() == []
    (row,) = service.rows("SELECT id FROM reports WHERE status = 'new'")
    await page.get_by_role("link", name="開く").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/desk/reports/{row['id']}")
    await expect(page.get_by_text(WORDS).first).to_be_visible()
    await page.get_by_role("button", name="受け持つ").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="受け持ちました")).to_be_visible()
    await page.get_by_label("ウ 定期報告").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("内容", exact=True).select_option("いじめ")
    await page.get_by_label("内容", exact=True).press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="記録しました")).to_be_visible()
    await page.get_by_text("照合を記録する", exact=True).first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("何と照らし合わせて、どうだったか").fill(CHECKED)
    await page.get_by_role("button", name="照合を記録する").press("Enter")
    await expect(page.locator("#steps")).to_contain_text(CHECKED)
    assert await yuki.axe() == []


async def test_the_pages_fit_a_phone_and_work_without_a_script(
    sit: SitDown, browser: Browser, service: Running
) -> None:
    await reported(browser, service)
    minato = await sit("minato", 375, 740)
    (row, *_) = service.rows("SELECT id FROM reports WHERE status = 'new' ORDER BY started_at DESC")
    for path in ("/desk/reports", f"/desk/reports/{row['id']}"):
        await minato.go(path)
        for closed in await minato.page.locator("main details:not([open]) > summary").all():
            if await closed.is_visible():
                await closed.click()
        assert await wrong(minato.page) == [], path
        assert await minato.axe() == [], path
    context = await browser.new_context(
        java_script_enabled=False, storage_state=await minato.page.context.storage_state()
    )
    plain = await context.new_page()
    await plain.goto(f"{service.web}/desk/reports/{row['id']}")
    await plain.get_by_text("メモを残す", exact=True).first.click()
    await plain.get_by_label("メモ（知らせた人には見えません）").fill("あした確かめる")
    await plain.get_by_role("button", name="メモを残す").click()
    await expect(plain.locator("#steps")).to_contain_text("あした確かめる")
    await context.close()
