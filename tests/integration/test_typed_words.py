"""A form whose page's sign-in has ended isn't taken; what was typed goes back to who typed it, and to nobody else (row 12)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from handoff.web.desk.typed_words import SECRET
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import Bridge

TEMPLATES = Path(__file__).resolve().parents[2] / "handoff" / "web" / "templates" / "desk"
_FIELD = re.compile(r'<input [^>]*type="password"[^>]*>')
WORDS = '<b>うちで</b>\n話した "こと"'
FORM = {"title": "だい", "text": WORDS, "password": "ひみつの ことば", "shown_to": "all"}


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def yuki(bridge: Bridge) -> AsyncIterator[Browser]:
    """A counsellor who is signed in."""
    await bridge.person("ゆき")
    async with desk_of(bridge) as url, Browser.at(url) as browser:
        await browser.enter("ゆき")
        yield browser


def words_of(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r"<textarea[^>]*readonly>\n(.*?)</textarea>", page, re.DOTALL)]


async def test_what_was_typed_comes_back_and_is_not_taken(bridge: Bridge, yuki: Browser) -> None:
    token = yuki.form_token()
    bridge.clock.advance(minutes=31)
    status, page, headers = await yuki.form("/desk/knowledge", FORM | {"token": token})
    assert status == 401 and "まだ送られていません" in page and headers["cache-control"] == "no-store"
    assert words_of(page) == [WORDS, "だい"], "neither what was chosen nor a password"
    assert "<b>うちで" not in page
    # Nothing was typed: the way in says what to do.
    status, _page, headers = await yuki.form("/desk/knowledge", {"token": token, "text": "x"})
    assert (status, headers["location"]) == (303, "/desk/?said=expired")
    _status, page, _headers = await yuki.get("/desk/?said=expired", accept="text/html")
    assert "ログインが切れました" in page and "残って" not in page, "it promises nothing"
    # The page of the sign-in before: told, and taken neither.
    await yuki.enter("ゆき")
    status, page, _headers = await yuki.form("/desk/knowledge", FORM | {"token": token})
    assert status == 403 and words_of(page) == [WORDS, "だい"] and "その人の名前で" in page
    assert await bridge.service.rows("SELECT 1 FROM knowledge_notes") == []
    # Another site's page is shown nothing back.
    for foreign in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        status, page, _headers = await yuki.form("/desk/knowledge", FORM | {"token": token}, foreign)
        assert status == 403 and words_of(page) == []


async def test_who_asks_by_a_page_s_script_hears_who_is_signed_in(bridge: Bridge, yuki: Browser) -> None:
    status, body, _headers = await yuki.get("/desk/standing")
    member = await bridge.member("ゆき")
    assert status == 200 and str(member.id) in body and yuki.form_token() in body
    for _ in range(2):  # whoever presses or types is there
        bridge.clock.advance(minutes=20)
        assert (await yuki.get("/desk/standing"))[0] == 200
    bridge.clock.advance(minutes=31)
    assert (await yuki.get("/desk/standing"))[0] == 401


def test_no_field_in_which_somebody_proves_who_they_are_is_ever_shown() -> None:
    names = {
        name
        for page in TEMPLATES.glob("*.html")
        for field in _FIELD.findall(page.read_text())
        for name in re.findall(r' name="(\w+)"', field)
    }
    assert names and names <= SECRET
