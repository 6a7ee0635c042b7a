"""A student's chat and a counsellor's desk, each in a browser of its own, and what each sees of the other (KAG-8.6)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from handoff.domain.session import HumanWanted
from handoff.services.want_human import RequestHandoff
from handoff.web.chat import hub as hub_module
from tests.browser.chat_room import Pupil, Room, chat_room, open_chat, settle
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, sit_down

pytestmark = TOGETHER


async def test_a_counsellor_takes_a_chat_and_ends_it(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WG-9g: from the wish for a person to the view that is empty and the record that stays."""
    monkeypatch.setattr(hub_module, "BEAT_EVERY", 0.5)
    monkeypatch.setattr(hub_module, "CHECK_EVERY", 0.5)
    async with chat_room(tmp_path) as room:
        desk: Any = SimpleNamespace(web=room.url)
        pupil, yuki = await open_chat(browser, room.url), await sit_down(browser, desk, "yuki")
        await _talk(room, pupil, yuki)
        assert pupil.trouble == [] and yuki.trouble == []
        await pupil.context.close()
        await yuki.page.context.close()


async def _talk(room: Room, pupil: Pupil, yuki: Person) -> None:
    service = room.service
    await pupil.start()
    await pupil.say("部活の先輩がこわいです")
    await pupil.answered("部活の先輩がこわいです")
    (found,) = await service.rows("SELECT id FROM sessions ORDER BY opened_at DESC LIMIT 1")
    talk = str(found.id)
    # What the bot's action asks for when it understands the wish.
    await RequestHandoff(service.store, service.setting)(found.id, HumanWanted.STUDENT, "student")
    await expect(pupil.page.locator("#state")).to_have_text("相談員につないでいます")

    await expect(yuki.queue).to_have_count(1)
    await yuki.queue.get_by_role("button", name="担当する").click()
    await expect(pupil.page.locator("#state")).to_have_text("相談員が読んでいます")
    await expect(pupil.row("ゆき").filter(has_text="話を聞きます")).to_have_count(1)
    await expect(yuki.page.get_by_text("画面を開いています").first).to_be_visible()

    await yuki.composer(talk).press_sequentially("こんばんは。")
    await expect(pupil.page.get_by_text("相談員が書いています")).to_be_visible()
    await yuki.say(talk, "こんばんは。ゆっくりで大丈夫です。")
    line = pupil.page.locator(".row.by-person").filter(has_text="ゆっくりで大丈夫です。")
    await expect(line).to_contain_text("ゆき（相談員）")
    await expect(pupil.page.locator("#typing")).to_be_hidden()

    await _a_press_counts_though_a_line_comes_under_it(room, pupil, yuki, talk)
    writes = yuki.pane(talk).get_by_text("相談者が入力中です")
    await expect(writes).to_be_hidden()
    await pupil.text.press_sequentially("きのう、")
    await expect(writes).to_be_visible()
    await pupil.say("きのう、物をかくされました")
    await expect(yuki.line(talk, "物をかくされました")).to_be_visible()

    await yuki.act(talk, "終える")
    await yuki.choose("終えて記録に進む")
    await yuki.page.wait_for_url(f"**/desk/talks/{talk}/sheet")
    await expect(pupil.page.locator("#state")).to_have_text("相談は終わりました")
    minutes = service.setting.profile.session.web_clear_minutes
    assert minutes is not None
    service.setting.clock.offset += timedelta(minutes=minutes, seconds=-30)
    await pupil.page.reload()
    await expect(line).to_be_visible()
    service.setting.clock.offset += timedelta(seconds=30)
    await expect(pupil.page.locator(".row")).to_have_count(0)
    assert "物をかくされました" not in await pupil.page.content()
    await yuki.page.reload()
    for words in ("部活の先輩がこわいです", "ゆっくりで大丈夫です。", "きのう、物をかくされました"):
        await expect(yuki.page.locator("#talk .talk-lines")).to_contain_text(words)


async def _a_press_counts_though_a_line_comes_under_it(room: Room, pupil: Pupil, yuki: Person, talk: str) -> None:
    """Somebody holds a number to call, and a counsellor's words move it away."""
    await yuki.say(talk, "すぐ話したいときは、0120-0-78310も使えます。")
    link = pupil.page.get_by_role("link", name="0120-0-78310").last
    await link.scroll_into_view_if_needed()
    await pupil.page.evaluate(
        "document.addEventListener('click', (event) => { window.tapped = event.target.href; event.preventDefault(); },"
        " { once: true })"
    )
    box = await link.bounding_box()
    assert box is not None
    await pupil.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await yuki.composer(talk).fill("ここにいます。" * 12)
    await pupil.page.mouse.down()
    await yuki.composer(talk).press("Control+Enter")
    await expect(yuki.line(talk, "ここにいます。")).to_be_visible()
    await settle(pupil)  # long enough for it to have come to the page
    await pupil.page.mouse.up()
    assert await pupil.page.evaluate("window.tapped") == "tel:0120-0-78310"
    await expect(pupil.page.locator(".row.by-person").filter(has_text="ここにいます。ここに")).to_have_count(1)
