"""The inbox for reports as counsellors use it: news on an open desk, by keyboard, on a phone (KAG-2, WG-2, WCAG 2.2 AA)."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, FilePayload, Page, expect

from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import SitDown
from tests.browser.measures import CONTRAST, REFERENCES, SIDEWAYS
from tests.browser.report_page import open_report
from tests.support import hostile_files as hostile
from tests.support.running import Running

pytestmark = TOGETHER

PICTURE = "けいじばん.jpg"
WORDS = "休み時間に、仲間はずれにされている子がいるようです"
CHECKED = "ほかの通報とくらべました"


async def reported(browser: Browser, service: Running, picture: bytes | None = None) -> None:
    """Somebody writes a report on its page, without a script, and sends it; with a picture, if there is one."""
    me = await open_report(browser, service, script=False)
    await me.open()
    await me.choose("いますぐの危険はない")
    await me.go_on("何が起きているか")
    await me.page.get_by_label("何が起きていますか").fill(WORDS)
    for heading in ("学校のこと", "写真や画面"):
        await me.go_on(heading)
    if picture is not None:
        await me.choose("うつっていない")
        files = [FilePayload(name=PICTURE, mimeType="image/jpeg", buffer=picture)]
        await me.page.get_by_label("送るもの").set_input_files(files)
        await me.button("えらんだものを送る").click()
        await expect(me.page.locator("[data-files] li")).to_contain_text("届きました")
    await me.go_on("読み直して、送る")
    await me.button("送る").click()
    await me.at("届きました。知らせてくれて、ありがとうございます。")
    assert me.trouble == []
    await me.page.context.close()


async def wrong(page: Page) -> list[str]:
    await page.wait_for_load_state()
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


async def test_a_picture_of_a_report_is_seen_and_opened_by_keyboard(
    sit: SitDown, browser: Browser, service: Running
) -> None:
    service.execute("UPDATE reports SET status = 'done'")
    await reported(browser, service, hostile.jpeg(6))
    yuki = await sit("yuki")
    (row,) = service.rows("SELECT id FROM reports WHERE status = 'new'")
    page = yuki.page
    await yuki.go(f"/desk/reports/{row['id']}")
    sent = page.get_by_role("region", name="送られたもの")
    await expect(sent).to_contain_text(PICTURE)
    thumb = sent.get_by_role("img", name="送られた写真（小さい表示）")
    await thumb.scroll_into_view_if_needed()
    assert await thumb.evaluate("async (one) => { await one.decode(); return one.naturalWidth; }") == 240
    assert await yuki.axe() == []
    link = sent.get_by_role("link", name="大きい写真を開く")
    await link.focus()
    await expect(link).to_be_focused()
    async with page.expect_download() as coming:
        await page.keyboard.press("Enter")
    opened = Path(await (await coming.value).path()).read_bytes()
    assert opened.startswith(b"\xff\xd8") and opened != hostile.jpeg(6), "rebuilt from its pixels"
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/evidence/*")
    assert await yuki.axe() == []


async def test_the_pages_fit_a_phone_and_work_without_a_script(
    sit: SitDown, browser: Browser, service: Running
) -> None:
    service.execute("UPDATE reports SET status = 'done'")
    await reported(browser, service)
    minato = await sit("minato", 375, 740)
    (row,) = service.rows("SELECT id FROM reports WHERE status = 'new'")
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
