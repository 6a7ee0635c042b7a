"""A supervisor closes the window with two presses of a key, or plans it, and students hear why (WG-9b)."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, expect

from handoff.adapters.profiles import load_profile
from handoff.domain.texts import TextKey
from handoff.settings import ROOT
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import SitDown, heard, session_of, write
from tests.browser.report_page import open_report
from tests.support.running import Running

pytestmark = TOGETHER

DEMO = load_profile(ROOT / "data" / "profiles" / "demo.yml")
PLANNED = "学校のお休みに合わせて、お休みします。"


async def test_two_keys_close_the_window_and_one_opens_it(sit: SitDown, service: Running) -> None:
    minato, yuki = await sit("minato", 390, 844), await sit("yuki")
    page = minato.page
    await page.get_by_role("link", name="休業").press("Enter")
    await expect(page.get_by_role("heading", name="休業", exact=True)).to_be_visible()
    await page.wait_for_load_state()
    for width in (320, 1280, 390):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"cut off at {width}"
    assert await minato.axe() == []
    await page.get_by_role("button", name="いま閉じる").press("Enter")
    await expect(page.locator("#now")).to_contain_text("休業しています。次に開くのは明日の16時です。")
    assert await minato.axe() == []
    await expect(yuki.page.locator("#window")).to_contain_text("休業中です（明日の16時まで）")
    async with service.standin() as line:
        student = await line.user()
        await asyncio.sleep(1.0)  # so late another process may hear of it
        await write(line, student, "相談員と話したい")
        await heard(line, student, DEMO.text(TextKey.CLOSURE))
        await heard(line, student, "明日の16時")
        await heard(line, student, "0120-0-78310")
        session = await session_of(service, student)
        (row,) = service.rows("SELECT state FROM sessions WHERE id = %s", session)
        assert row["state"] == "left_message"
        await page.get_by_role("button", name="いまから開ける").press("Enter")
        await expect(page.locator("#now")).to_have_text("いま: 開いています")
        await expect(yuki.page.locator("#window")).to_be_hidden()
        # Somebody is there again: the student hears that once, and of nothing else.
        await heard(line, student, DEMO.text(TextKey.CALL_BACK))
        await expect(yuki.queue.first).to_contain_text("声をかけました")
        await write(line, student, "いま話せます")
        await heard(line, student, DEMO.text(TextKey.CALL_BACK_HERE))
        await expect(yuki.queue.first).to_contain_text("もどってきました")


async def test_a_closure_is_planned_listed_and_called_off_by_keyboard(
    sit: SitDown, browser: Browser, service: Running
) -> None:
    minato = await sit("minato")
    page = minato.page
    await minato.go("/desk/closures")
    form = page.locator('form[action="/desk/closures/plan"]')
    await expect(form.get_by_label("子どもに伝える文")).to_have_value(DEMO.text(TextKey.CLOSURE_PLANNED))
    await form.get_by_label("いつから").fill("2026-11-30T00:00")
    await form.get_by_label("いつまで").fill("2026-11-29T00:00")
    await form.get_by_label("子どもに伝える文").fill(PLANNED)
    await form.get_by_role("button", name="予定に入れる").press("Enter")
    await expect(form.get_by_label("いつまで")).to_have_attribute("aria-invalid", "true")
    await expect(form.get_by_label("いつまで")).to_have_accessible_description("終わりは、始まりより後にしてください。")
    await expect(form.get_by_label("子どもに伝える文")).to_have_value(PLANNED)
    assert await minato.axe() == []
    assert minato.trouble.pop().startswith("400 "), "as it had to be"
    await form.get_by_label("いつまで").fill("2026-12-02T00:00")
    await form.get_by_role("button", name="予定に入れる").press("Enter")
    listed = page.get_by_role("region", name="これからの休業").get_by_role("listitem")
    await expect(listed).to_contain_text("11月30日（月） 00:00 から 12月2日（水） 00:00 まで")
    await expect(listed).to_contain_text(PLANNED)
    await expect(page.locator("#now")).to_have_text("いま: 開いています")
    assert await minato.axe() == []
    student = await open_report(browser, service, script=False)
    await asyncio.sleep(1.0)  # so late another process may hear of it
    await student.open()
    await expect(student.page.get_by_text(PLANNED)).to_be_visible()
    await listed.get_by_role("button", name="取りやめる").press("Enter")
    await expect(page.get_by_role("status").filter(has_text="取りやめました。")).to_be_visible()
    await expect(listed).to_have_count(0)
    await asyncio.sleep(1.0)
    await student.open()
    await expect(student.page.get_by_text(PLANNED)).to_have_count(0)
    assert student.trouble == []
    await student.page.context.close()
