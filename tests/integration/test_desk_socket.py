"""The desk's live line over real sockets: for whom it is, when it ends, and what it brings from another process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import aiohttp
import pytest

from handoff.domain.errors import StoreUnavailable
from handoff.web.chat import pace as pacing
from handoff.web.desk import socket as socket_module
from handoff.web.desk.guard import COOKIE
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import Bridge
from tests.support.sites import socket_status


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def url(bridge: Bridge) -> AsyncIterator[str]:
    async with desk_of(bridge) as address:
        yield address


@pytest.fixture
async def yuki(bridge: Bridge, url: str) -> AsyncIterator[Browser]:
    """A counsellor who is signed in."""
    await bridge.person("ゆき")
    async with Browser.at(url) as browser:
        await browser.enter("ゆき")
        yield browser


async def test_the_socket_is_for_who_is_signed_in_on_our_own_page(bridge: Bridge, yuki: Browser, url: str) -> None:
    async with Browser.at(url) as stranger:
        assert await stranger.closed_with(0) == 4401
    for told in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Origin": ""}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await yuki.closed_with(0, **told)
        assert refused.value.status == 403, "before it is a socket"
    for word in ("{", "[]", '{"watch": 5}', '{"watch": ["x"]}', "[" * 50_000):
        assert await yuki.closed_with(word) == 4408, word[:20]
    for cursor in (-1, True, "7", 10**30, None):
        async with yuki.socket(cursor) as line:
            assert (await line.until("ready"))["cursor"] >= 0


async def test_while_the_database_is_away_a_desk_is_told_to_come_back_and_not_that_it_is_signed_out(
    yuki: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a short outage would leave every desk with live talks at an error page."""

    async def away(_request: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as now:
        now.setattr(socket_module, "still", away)
        assert await yuki.closed_with(0) == 4408
    async with yuki.socket(0) as line:
        await line.until("ready")


async def test_a_desk_that_asks_without_end_is_taken_more_slowly(
    bridge: Bridge, yuki: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each word with ``since`` reads holds up the news of all desks; it is never refused."""
    assert (pacing.AT_ONCE, pacing.EVERY) == (20, 0.5)
    monkeypatch.setattr(pacing, "AT_ONCE", 2)
    monkeypatch.setattr(pacing, "EVERY", 0.2)
    room = str(uuid4())
    clock, at = asyncio.get_running_loop().time, []
    async with yuki.socket(0) as line:
        await line.until("ready")
        for _ in range(5):
            await line.socket.send_json({"watch": [room], "since": {room: 0}})
        for _ in range(5):
            await line.until("caught_up")
            at.append(clock())
    assert at[-1] - at[1] > 0.5


async def test_a_socket_without_a_word_on_its_page_is_refused(yuki: Browser, url: str) -> None:
    """Row 14: the browser's own cookie, and no Origin at all."""
    cookie = f"{COOKIE}={yuki.http.cookie_jar.filter_cookies(yuki.root)[COOKIE].value}"
    assert await socket_status(url, "/desk/socket", Cookie=cookie) == 403
    assert await socket_status(url, "/desk/socket", Cookie=cookie, Origin=url) == 101


async def test_signing_out_closes_the_socket_here_and_by_another_process(
    bridge: Bridge, yuki: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 14: within five seconds, of which one is left for the look itself."""
    assert socket_module.LOOK_EVERY <= 4
    monkeypatch.setattr(socket_module, "LOOK_EVERY", 0.05)
    async with desk_of(bridge) as other, yuki.socket(0) as here, yuki.socket(0, at=other) as there:
        await here.until("ready")
        await there.until("ready")
        status, _page, headers = await yuki.form("/desk/sign-out", {"token": yuki.token})
        assert (status, headers["location"]) == (303, "/desk/?said=out")
        assert await here.ended() in (4401, 4408)
        assert await there.ended() == 4401
    assert (await yuki.get("/desk/api/desk"))[0] == 401
    assert not await bridge.service.rows("SELECT staff_id FROM presence WHERE on_duty")


async def test_a_claim_through_one_process_shows_at_a_socket_of_another(bridge: Bridge, yuki: Browser) -> None:
    await bridge.person("そら")
    session_id = await bridge.waiting()
    async with desk_of(bridge) as other, Browser.at(other) as sora:
        await sora.enter("そら")
        async with sora.socket(sora.cursor) as line:
            await line.until("ready")
            assert (await yuki.post(f"talks/{session_id}/claim", {}))[0] == 200
            gone = (await line.until("gone"))["gone"]
            assert (gone["id"], gone["state"], gone["by"]["alias"]) == (str(session_id), "live", "ゆき")
            status, body, _headers = await sora.post(f"talks/{session_id}/claim", {})
            assert status == 409 and "ゆきさん" in json.loads(body)["message"]


async def test_after_a_restart_of_the_web_a_desk_gets_what_it_missed(bridge: Bridge) -> None:
    member = await bridge.person("ゆき")
    session = await bridge.claim(await bridge.waiting(), member)
    async with desk_of(bridge) as first, Browser.at(first) as yuki:
        await yuki.enter("ゆき")
        async with yuki.socket(yuki.cursor, session.id) as line:
            cursor = (await line.until("ready"))["cursor"]
        cookies = yuki.http.cookie_jar
    await bridge.write("いないあいだに")
    async with desk_of(bridge) as second, Browser.at(second) as again:
        again.http.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in cookies}, again.root)
        async with again.socket(cursor, session.id) as line:
            shown = (await line.until("line"))["line"]
            assert "".join(words for words, _marked in shown["pieces"]) == "いないあいだに"


async def test_row_14_another_page_a_colleague_s_room_and_what_no_desk_sends(
    bridge: Bridge, yuki: Browser, url: str
) -> None:
    """However its address is typed; watched, followed and shown: of a colleague's talk comes nothing, not even its id."""
    cookie = f"{COOKIE}={yuki.http.cookie_jar.filter_cookies(yuki.root)[COOKIE].value}"
    for path in ("/desk/socket", "/desk/socket/", "/chat/socket", "/chat/socket/"):
        for told in ({}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
            assert await socket_status(url, path, Cookie=cookie, **told) == 403, (path, told)
    sora = await bridge.person("そら")
    theirs, never = await bridge.live(sora, 1), uuid4()
    rooms = [str(theirs.id), str(never)]
    bridge.clock.advance(minutes=2)
    word = {"cursor": 0, "watch": rooms, "since": dict.fromkeys(rooms, 0), "cards": rooms}
    async with yuki.socket(json.dumps(word)) as line:
        gone = [(await line.until("gone"))["gone"] for _ in rooms]
        assert {one.pop("id"): one for one in gone} == {room: {"state": "", "by": None} for room in rooms}
        await line.until("caught_up")
        await bridge.write("だれにも見えない", 1)
        await bridge.release(theirs.id, sora)
        heard = []
        while "card" not in (message := await line.socket.receive_json(timeout=5)):
            heard.append(message)
        assert message["card"]["id"] == str(theirs.id), "what waits is for everybody"
        assert not any(str(theirs.id) in str(one) or "だれにも見えない" in str(one) for one in heard)
    for size in (64 * 1024 + 1, 1024 * 1024 + 1):
        assert await yuki.closed_with('{"cursor": "' + "a" * size + '"}') in (1009, 1006), size
    assert (await yuki.get("/desk/api/desk"))[0] == 200


async def test_row_14_a_closed_account_s_line_ends_within_five_seconds(bridge: Bridge, url: str) -> None:
    """Without anything sped up: an account that was closed, a password that was set anew, an entry that ended."""
    ends = {
        "ゆき": lambda _member: bridge.accounts.disable("ゆき"),
        "そら": lambda _member: bridge.accounts.reset("そら", "another correct horse"),
        "うみ": lambda member: bridge.service.change(
            "UPDATE roster_entries SET valid_to = '2026-11-19' WHERE staff_id = :s", s=member.id
        ),
    }
    async with AsyncExitStack() as ways:
        lines = []
        for name in ends:
            await bridge.person(name)
            browser = await ways.enter_async_context(Browser.at(url))
            await browser.enter(name)
            lines.append(await ways.enter_async_context(browser.socket(0)))
            await lines[-1].until("ready")
        for name, end in ends.items():
            await end(await bridge.member(name))
        async with asyncio.timeout(5):
            assert await asyncio.gather(*(line.ended() for line in lines)) == [4401] * 3
