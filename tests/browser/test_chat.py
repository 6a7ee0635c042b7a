"""The web chat in a real browser (KAG-8.6, row 27): on a phone and a PC, by keyboard, without a socket, and away at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from handoff.domain.fair import LEAST_BITS
from handoff.domain.outgoing import Line
from handoff.domain.profile.vocabulary import Availability
from handoff.web.fair import Fair
from tests.browser.chat_room import Pupil, Room, chat_room, open_chat
from tests.browser.conftest import FLAGS, chromium
from tests.browser.measures import BLANK, CONTRAST, REFERENCES, SIDEWAYS, TARGETS

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: As where a school's network lets none through.
NO_SOCKET = "window.WebSocket = class { constructor() { throw new Error('blocked'); } };"
#: And where it swallows them: they are never opened.
SWALLOWED = "window.WebSocket = class { constructor() { this.readyState = 0; } send() {} close() {} };"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    async with chat_room(tmp_path_factory.mktemp("chat")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with async_playwright() as kit:
        started = await kit.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        await started.close()


async def _measured(pupil: Pupil) -> list[str]:
    await pupil.page.wait_for_load_state()
    wrong: list[str] = await pupil.axe()
    for measure in (CONTRAST, TARGETS, REFERENCES, SIDEWAYS):
        wrong += await pupil.page.evaluate(measure)
    return wrong


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1280, 800)])
async def test_every_state_is_readable_named_and_fits(room: Room, chrome: Browser, width: int, height: int) -> None:
    pupil = await open_chat(chrome, room.url, width, height)
    wrong = {"first": await _measured(pupil)}
    await pupil.start()
    room.service.bot.lines = [Line("どれにしますか。0120-0-78310も使えます。", ("友だち", "家族", "答えたくない"))]
    await pupil.say("https://example.jp/" + "a" * 120)
    await expect(pupil.page.get_by_role("button", name="家族")).to_be_visible()
    wrong["choices"] = await _measured(pupil)
    room.service.bot.lines = None
    await pupil.page.get_by_role("button", name="家族").click()
    await pupil.answered("家族")
    assert await pupil.page.get_by_role("link", name="0120-0-78310").last.get_attribute("href") == "tel:0120-0-78310"
    await pupil.page.get_by_role("button", name="相談を終わる").click()
    wrong["sure"] = await _measured(pupil)
    assert pupil.trouble == [] and wrong == {name: [] for name in wrong}
    await pupil.context.close()


async def test_by_keyboard_alone(room: Room, chrome: Browser) -> None:
    pupil = await open_chat(chrome, room.url, 1280, 800)
    page = pupil.page
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="チャットをはじめる")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(pupil.text).to_be_focused()
    await page.keyboard.type("きこえますか")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("二行目")
    await page.keyboard.press("Enter")
    await pupil.answered("きこえますか\n二行目")
    await expect(pupil.row("二行目").locator(".fate").first).to_have_text("送りました")
    await page.keyboard.press("Tab")
    await expect(page.locator("#composer .leave")).to_be_focused()
    told = await page.locator("#composer .leave").text_content() or ""
    assert "すぐに閉じる" in told and "関係のないページ" in told, "a screen reader hears what it does"
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="送る")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="終わる", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#state")).to_have_text("相談は終わりました")
    assert pupil.trouble == []
    await pupil.context.close()


@pytest.mark.parametrize("before", [NO_SOCKET, SWALLOWED], ids=["blocked", "swallowed"])
async def test_without_a_socket_it_goes_on_by_asking(room: Room, chrome: Browser, before: str) -> None:
    pupil = await open_chat(chrome, room.url, before=before)
    await pupil.page.get_by_role("button", name="チャットをはじめる").click()
    await pupil.say("ソケットなし")
    await pupil.answered("ソケットなし")
    await expect(pupil.row("ソケットなし").locator(".fate").first).to_have_text("送りました")
    await expect(pupil.page.locator("#said")).to_be_empty()
    assert pupil.trouble == []
    await pupil.context.close()


async def test_a_network_that_goes_and_comes_loses_nothing(room: Room, chrome: Browser) -> None:
    pupil = await open_chat(chrome, room.url)
    await pupil.start()
    await pupil.say("つながっているとき")
    await pupil.answered("つながっているとき")
    await pupil.context.set_offline(True)
    await pupil.say("切れているとき")
    fate = pupil.row("切れているとき").locator(".fate").first
    await expect(fate).to_have_text("送れていません。もう一度送ります。")
    await pupil.say("もうひとつ")
    await pupil.context.set_offline(False)
    await pupil.answered("切れているとき")
    await pupil.answered("もうひとつ")
    await expect(fate).to_have_text("送りました")
    said = [words for author, words in await room.service.transcript() if author == "student"]
    assert [said.count(words) for words in ("切れているとき", "もうひとつ")] == [1, 1]
    # A page that is opened anew has all of it, once.
    await pupil.page.reload()
    await pupil.answered("もうひとつ")
    await expect(pupil.page.locator(".by-me").filter(has_text="切れているとき")).to_have_count(1)
    await pupil.context.close()


@pytest.mark.parametrize("way", ["button", "shift", "touch"])
async def test_away_at_once_and_back_shows_nothing(room: Room, chrome: Browser, way: str) -> None:
    """Row 27: blank within 100 ms, a neutral page, and nothing in the history."""
    pupil = await open_chat(chrome, room.url, touch=way == "touch")
    await pupil.start()
    await pupil.say("だれにも見せたくないこと")
    await pupil.answered("だれにも見せたくないこと")
    page = pupil.page
    await page.evaluate(BLANK)
    if way == "button":
        await page.locator("#composer .leave").click()
    elif way == "touch":
        await page.locator("#composer .leave").tap()
    else:
        await pupil.text.focus()
        for _ in range(3):
            await page.keyboard.press("Shift")
    await page.wait_for_url("**/chat/away")
    await expect(page.get_by_role("heading")).to_have_text("メモ")
    cookies = {one["name"]: one["value"] for one in await pupil.context.cookies()}
    assert int(cookies["blank"]) <= 100
    assert "tsunagi-chat" not in cookies
    assert await page.title() == "メモ"
    await page.reload()
    assert await page.title() == "メモ"
    for _ in range(3):
        await page.go_back()
        assert page.url == "about:blank", "there is no talk to go back to"
    await page.go_forward()
    assert await page.title() == "メモ"
    await page.goto(f"{room.url}/chat")
    await expect(page.get_by_role("button", name="チャットをはじめる")).to_be_visible()
    assert "だれにも見せたくないこと" not in await page.content()
    kept = await page.evaluate("() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]")
    assert kept == [[], [], f"blank={cookies['blank']}"]
    (row,) = await room.service.rows(
        "SELECT s.state FROM web_chats w JOIN sessions s USING (contact_id) WHERE w.left_at IS NOT NULL"
        " ORDER BY w.left_at DESC LIMIT 1"
    )
    assert row.state == "intake", "for the service the talk goes on"
    assert pupil.trouble == []
    await pupil.context.close()


async def test_without_a_script_the_page_says_so_and_shows_the_other_ways(room: Room, chrome: Browser) -> None:
    pupil = await open_chat(chrome, room.url, script=False)
    page = pupil.page
    await expect(page.get_by_text("このブラウザーでは、チャットを開けません。")).to_be_visible()
    await expect(page.get_by_role("link", name="110")).to_be_visible()
    await expect(page.get_by_role("link", name="24時間子供SOS")).to_be_visible()
    await expect(page.get_by_role("link", name="名前を書かずに知らせるページ")).to_be_visible()
    await page.get_by_role("link", name="すぐに閉じる").first.click()
    await expect(page.get_by_role("heading")).to_have_text("メモ")
    # Without a script nobody has said anything here: Back comes to the first screen, and then out of the chat.
    await page.go_back()
    await page.reload()
    await expect(page.get_by_role("log")).to_be_hidden()
    await page.go_back()
    assert page.url == "about:blank"
    await pupil.context.close()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 420), (320, 380)])
async def test_whom_to_call_stays_in_sight_while_one_talks(
    room: Room, chrome: Browser, width: int, height: int
) -> None:
    """Row 15: also with a long talk, and with the keyboard open, where little of the window is left."""
    pupil = await open_chat(chrome, room.url, width, height)
    await pupil.start()
    room.service.bot.lines = [Line("\n".join(["ながい返事です。"] * 12)), Line("どれにしますか。", ("友だち", "家族"))]
    await pupil.say("\n".join(["ながい言葉です。"] * 12))
    await expect(pupil.page.get_by_role("button", name="家族")).to_be_visible()
    room.service.bot.lines = None
    await pupil.text.fill("\n".join(["書いているところです。"] * 6))
    await expect(pupil.text).to_be_focused()
    assert await pupil.log.evaluate("one => one.scrollHeight > one.clientHeight"), "the talk is longer than the window"
    for place in (0, 100_000):
        await pupil.log.evaluate("(one, to) => { one.scrollTop = to; }", place)
        for number in ("110", "119"):
            await expect(pupil.page.locator(f'a[href="tel:{number}"]').first).to_be_in_viewport(ratio=1)
    for name in ("送る", "すぐに閉じる"):  # and how to be gone
        await expect(pupil.page.locator("#composer").get_by_text(name).first).to_be_in_viewport(ratio=1)
    await expect(pupil.text).to_be_in_viewport(ratio=0.9)
    assert await pupil.page.evaluate(SIDEWAYS) == []
    assert pupil.trouble == []
    await pupil.context.close()


async def test_writing_is_shown_and_the_view_is_emptied(room: Room, chrome: Browser) -> None:
    pupil = await open_chat(chrome, room.url)
    await pupil.start()
    room.service.bot.pause = 6  # the sign comes after one second of it
    await pupil.say("ゆっくりの返事")
    await expect(pupil.page.get_by_text("返事を準備しています")).to_be_visible()
    await pupil.answered("ゆっくりの返事")
    await expect(pupil.page.locator("#typing")).to_be_hidden()
    room.service.bot.pause = 0
    await pupil.page.get_by_role("button", name="相談を終わる").click()
    await pupil.page.get_by_role("button", name="終わる", exact=True).click()
    await pupil.answered("相談を終わります")
    await expect(pupil.page.locator("#state")).to_have_text("相談は終わりました")
    room.service.setting.clock.offset += timedelta(minutes=6)
    await expect(pupil.page.locator(".row")).to_have_count(0)
    await expect(pupil.log).to_contain_text("この画面から消しました")
    assert pupil.trouble == []
    await pupil.context.close()


async def test_the_pages_beside_the_chat_are_readable_and_fit(room: Room, chrome: Browser) -> None:
    """Closed, not offered, not there, and the neutral one, on the narrowest phone and on a PC."""
    setting = room.service.setting
    profile, web = setting.profile, setting.profile.channels.web
    pupil = await open_chat(chrome, room.url)
    wrong: dict[str, list[str]] = {}

    async def look(name: str, path: str, heading: str, changes: dict[str, object]) -> None:
        channels = profile.channels.model_copy(update={"web": web.model_copy(update=changes)})
        setting.profile = profile.model_copy(update={"channels": channels})
        await pupil.page.goto(room.url + path)
        await expect(pupil.page.locator("h1, h2").filter(has_text=heading)).to_have_count(1)
        for width, height in ((320, 568), (1280, 800)):
            await pupil.page.set_viewport_size({"width": width, "height": height})
            # On the neutral page there is too little to say anything of its colours.
            wrong[f"{name} {width}"] = [one for one in await _measured(pupil) if one != "nothing was measured"]

    offset, setting.clock.offset = setting.clock.offset, setting.clock.offset + timedelta(hours=8)
    try:
        await look("closed", "/chat", "チャットの時間の外", {"availability": Availability.SERVICE_HOURS})
        await look("none", "/chat", "ウェブのチャットはありません", {"use": None})
        await look("trouble", "/chat/nowhere", "ページを開けませんでした", {})
        await look("away", "/chat/away", "メモ", {})
    finally:
        setting.profile, setting.clock.offset = profile, offset
    assert pupil.trouble == [] and wrong == {name: [] for name in wrong}
    await pupil.context.close()


@pytest.mark.parametrize("before", [None, "delete window.Worker;"], ids=["worker", "no worker"])
async def test_in_a_flood_the_device_works_a_little_and_the_chat_begins(
    room: Room, chrome: Browser, before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is refused; the script that works is the only one that the page may load besides its own."""

    async def flooded(*_: object) -> int:
        return LEAST_BITS

    monkeypatch.setattr(Fair, "bits", flooded)
    pupil = await open_chat(chrome, room.url, before=before)
    asked: list[int] = []
    pupil.page.on("response", lambda told: asked.append(told.status) if told.url.endswith("/chat/start") else None)
    await pupil.page.get_by_role("button", name="チャットをはじめる").click()
    await expect(pupil.text).to_be_focused(timeout=20_000)
    assert asked == [429, 200] and pupil.trouble == []
    await pupil.context.close()
