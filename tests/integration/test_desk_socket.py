"""The desk's live line over real sockets: for whom it is, when it ends, and what it brings from another process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

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
