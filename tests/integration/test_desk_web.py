"""The desk over real HTTP: who comes in and until when, and what no stranger and no strange body can do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import AsyncMock
from uuid import uuid4

import aiohttp
import pytest
from sanic import Sanic

from handoff.domain.staff import StaffRole
from handoff.web.app import create_app
from handoff.web.desk.api import VERBS, desk_api
from handoff.web.desk.guard import TOKEN_HEADER
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import PASSWORD, Bridge
from tests.support.sites import desk_site

ELSEWHERE = "https://elsewhere.example"
#: Addresses below /desk/api that change something, beside the verbs of one session.
OTHERS = ("next", "duty", "wishes", "lines/{id}/retry", "proposals/{id}/approve", "proposals/{id}/return")


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


def changes(session_id: Any) -> list[str]:
    """Every address of the API that changes something."""
    return [f"talks/{session_id}/{verb}" for verb in VERBS] + [path.format(id=uuid4()) for path in OTHERS]


def test_the_list_of_addresses_is_whole() -> None:
    routes = {route.uri.lstrip("/") for route in desk_api._future_routes if "POST" in (route.methods or ())}
    assert len(routes) == len(OTHERS) + 1, routes


# --- the way in -----------------------------------------------------------------------------------------------------


async def test_the_way_in_gives_a_cookie_that_no_script_and_no_other_site_can_use(bridge: Bridge, url: str) -> None:
    await bridge.person("はる")
    async with Browser.at(url) as browser:
        status, _page, headers = await browser.enter("はる")
        assert (status, headers["location"]) == (303, "/desk/")
        cookie = headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/desk"))
        assert "Max-Age" not in cookie and "Domain" not in cookie
        token = cookie.partition("=")[2].partition(";")[0]
        assert token.encode() not in await bridge.everything(), "the table knows only a keyed hash of it"
        status, _page, headers = await browser.get("/desk/")
        assert status == 200 and headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    async with (
        desk_site(
            bridge.service.store, bridge.service.jobs, bridge.service.setting, SEALER, bridge.service.line, demo=True
        ) as demo,
        Browser.at(demo) as browser,
    ):
        assert (await browser.enter("yuki", "tsunagi-demo"))[0] == 303


async def test_a_wrong_password_an_unknown_and_a_closed_account_look_the_same(bridge: Bridge, url: str) -> None:
    await bridge.person("ゆき")
    await bridge.accounts.add("demo", "demo", StaffRole.COUNSELLOR, PASSWORD, demo=True)
    await bridge.person("やめた人")
    await bridge.accounts.disable("やめた人")
    answers = set()
    async with Browser.at(url) as browser:
        for name, password in (
            ("ゆき", "not the password"),
            ("だれか", PASSWORD),
            ("やめた人", PASSWORD),
            ("demo", PASSWORD),
            ("ん" * 65, "い" * 300),
        ):
            status, page, headers = await browser.enter(name, password)
            assert "set-cookie" not in headers
            answers.add((status, page.replace(f'value="{name}"', 'value=""')))
        for value in ("'\"><script>alert(1)</script>", "\u202e", ""):
            status, page, _headers = await browser.enter(value)
            assert status == 403 and "<script>alert" not in page
    assert len(answers) == 1 and next(iter(answers))[0] == 403
    assert {
        row.verb for row in await bridge.service.rows("SELECT verb FROM audit_events WHERE verb LIKE 'sign_in%'")
    } == {"sign_in_refused"}


async def test_a_desk_that_is_left_alone_is_locked_and_after_half_a_day_in_any_case(
    bridge: Bridge, yuki: Browser
) -> None:
    for _ in range(23):
        bridge.clock.advance(minutes=29)
        assert (await yuki.get("/desk/service"))[0] == 200
    bridge.clock.advance(minutes=29)
    assert (await yuki.get("/desk/service"))[0] == 200
    bridge.clock.advance(minutes=29)
    assert (await yuki.get("/desk/api/desk"))[0] == 401, "twelve hours"
    assert (await yuki.get("/desk/"))[0] == 200, "the way in"
    await yuki.enter("ゆき")
    bridge.clock.advance(minutes=31)
    status, body, _headers = await yuki.post("duty", {"on": False})
    assert status == 401 and "書きかけの文は残っています" in json.loads(body)["message"]


async def test_a_closed_account_is_out_at_once(bridge: Bridge, yuki: Browser) -> None:
    await bridge.accounts.disable("ゆき")
    assert (await yuki.get("/desk/api/desk"))[0] == 401
    assert (await yuki.enter("ゆき"))[0] == 403


async def test_other_roles_have_no_desk(bridge: Bridge, url: str) -> None:
    await bridge.person("委員", StaffRole.BOARD)
    session_id = await bridge.waiting(1, "読まれてはいけない言葉")
    async with Browser.at(url) as browser:
        await browser.enter("委員")
        status, page, _headers = await browser.get("/desk/")
        assert status == 200 and "desk.js" not in page
        for path, refused in (("desk", 403), ("intakes", 403), (f"talks/{session_id}", 404)):
            status, body, _headers = await browser.get(f"/desk/api/{path}")
            assert status == refused and "読まれて" not in body
        assert (await browser.closed_with(0)) == 4401
        browser.token = browser.form_token()
        for path, refused in (
            (f"talks/{session_id}/claim", 404),
            (f"talks/{session_id}/take-over", 404),
            ("next", 403),
        ):
            assert (await browser.post(path, {}))[0] == refused
    assert "open_talk" not in await bridge.verbs()


# --- nobody else's page ---------------------------------------------------------------------------------------------


async def test_another_site_can_change_nothing(bridge: Bridge, yuki: Browser) -> None:
    session_id = await bridge.waiting()
    for headers in ({"Origin": ELSEWHERE}, {"Sec-Fetch-Site": "cross-site"}):
        for path in changes(session_id):
            assert (await yuki.post(path, {}, headers))[0] == 403, path
        for path in ("/desk/sign-in", "/desk/sign-out"):
            status, _page, _headers = await yuki.form(path, {"name": "ゆき", "password": PASSWORD}, headers)
            assert status == 403
    assert (await yuki.get("/desk/api/desk"))[0] == 200, "still signed in"


async def test_without_the_token_nothing_changes(bridge: Bridge, yuki: Browser) -> None:
    session_id = await bridge.waiting()
    app = create_app(AsyncMock(), "http://127.0.0.1:9")
    Sanic.unregister_app(app)
    pages = {
        "/" + route.path.replace("<", "{").replace(">", "}")
        for route in app.router.routes
        if "POST" in (route.methods or ()) and route.path.startswith("desk/") and "api/" not in route.path
    } - {"/desk/sign-in"}
    assert "/desk/sign-out" in pages
    before = await bridge.everything()
    for token in (None, "", "x" * 64, "\u00e9" * 64):
        for path in changes(session_id):
            assert (await yuki.post(path, {}, {TOKEN_HEADER: token} if token else {}, told=False))[0] == 403, path
        for page in pages:
            path = "/".join(str(session_id) if "{" in part else part for part in page.split("/"))
            assert (await yuki.form(path, {"token": token or ""}))[0] in (403, 404), path
    async with aiohttp.ClientSession() as stranger:
        for path in changes(session_id):
            async with stranger.post(f"{yuki.url}/desk/api/{path}", json={}) as answer:
                assert answer.status == 401, path
    assert await bridge.everything() == before


# --- strange bodies -------------------------------------------------------------------------------------------------

BODIES = (
    b"{",
    b"[]",
    b'"text"',
    b"null",
    b"\xff\xfe",
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"text": 5, "epoch": "1", "key": 7, "to": {}, "second": [1], "kind": {}, "reason": 1, "remark": 3}',
    b'{"text": "\\ud800", "remark": "\\udfff", "epoch": 1, "key": "00000000-0000-4000-8000-000000000001", "kind": "note"}',
    b'{"text": "x", "epoch": 1e400, "key": "x", "to": "x", "second": "x", "kind": "debriefing"}',
    b'{"text": "\\u0000", "epoch": -1, "key": "00000000-0000-4000-8000-000000000002", "kind": "note"}',
    b'{"columns": 99999999999999999999999999999999}',
    b'{"sound": "yes", "\\ud800": true}',
)


async def test_no_body_breaks_anything(bridge: Bridge, yuki: Browser) -> None:
    mine = await bridge.claim(await bridge.waiting(), await bridge.member("ゆき"))
    for session_id in (mine.id, uuid4()):
        for path in changes(session_id):
            if path.endswith(("/claim", "/take-over", "/release", "/end", "/switch")):
                continue  # they read no body
            for body in BODIES:
                status, answer, _headers = await yuki.post(path, body)
                assert status < 500, (path, body[:60], answer)
                assert isinstance(json.loads(answer), dict)
    for verb, more in (("send", {"epoch": mine.epoch}), ("note", {"kind": "note"}), ("draft", {})):
        told = {"text": "\ud800", "key": str(uuid4())} | more
        assert (await yuki.post(f"talks/{mine.id}/{verb}", told))[0] == 400, (
            "half a letter can be neither kept nor sent"
        )
    for verb in VERBS:
        assert (await yuki.post(f"talks/{uuid4()}/{verb}", {"epoch": 1, "text": "x", "key": str(uuid4())}))[0] in (
            404,
            400,
        )
        assert (await yuki.post(f"talks/not-an-id/{verb}", {}))[0] == 404
    assert (await yuki.post(f"talks/{mine.id}/explode", {}))[0] == 404
    assert (await bridge.card(mine.id)).counsellor_id == mine.counsellor_id


async def test_strange_words_of_a_student_come_as_plain_json(bridge: Bridge, yuki: Browser) -> None:
    hostile = [
        "<img src=x onerror=alert(1)>",
        "\u202eあべこべ\u2066",
        "長" * 5000,
        "😀" * 1000,
        "\u200b\ufeff",
        "a\u0301" * 300,
    ]
    session = await bridge.claim(await bridge.waiting(), await bridge.member("ゆき"))
    for words in hostile:
        await bridge.write(words)
    status, body, headers = await yuki.get(f"/desk/api/talks/{session.id}")
    assert status == 200 and headers["content-type"] == "application/json"
    assert headers["x-content-type-options"] == "nosniff"
    lines = json.loads(body)["lines"]
    shown = ["".join(piece for piece, _marked in line["pieces"]) for line in lines if line["author"] == "student"]
    assert shown[1:] == hostile
