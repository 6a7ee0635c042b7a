"""A supervisor closes the window with two presses of a key, and a student who comes then hears why (WG-9b)."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from handoff.adapters.profiles import load_profile
from handoff.domain.texts import TextKey
from handoff.settings import ROOT
from tests.browser.desk_people import SitDown, heard, session_of, write
from tests.support.running import Running

DEMO = load_profile(ROOT / "data" / "profiles" / "demo.yml")


async def test_two_keys_close_the_window_and_one_opens_it(sit: SitDown, service: Running) -> None:
    minato, yuki = await sit("minato", 390, 844), await sit("yuki")
    page = minato.page
    await page.get_by_role("link", name="休業").press("Enter")
    await expect(page.get_by_role("heading", name="休業", exact=True)).to_be_visible()
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
