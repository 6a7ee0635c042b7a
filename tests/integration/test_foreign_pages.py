"""Row 13: whatever another site's page has a browser send, and whatever lacks the page's own token, changes nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import uuid4

import aiohttp
import pytest
from yarl import URL

from handoff.bootstrap.web import ALARM_FORM
from handoff.web.chat.guard import COOKIE as CHAT_COOKIE
from handoff.web.chat.guard import TOKEN_HEADER as CHAT_HEADER
from handoff.web.chat.guard import form_token as chat_token
from handoff.web.desk.access import DESK
from handoff.web.desk.guard import TOKEN_HEADER
from handoff.web.report_evidence import TOKEN_HEADER as REPORT_HEADER
from tests.integration.conftest import SEALER, Service
from tests.integration.house_support import House, open_house, routes

#: Asked by no browser: LINE signs what it sends (row 1).
SIGNED: Final = {"POST /line/webhook"}
#: Nobody is bound to anything yet, so there is no token: another site's origin alone is what is refused.
FIRST: Final = {"POST /chat/start", "POST /desk/sign-in", "POST /alarm/<token:str>"}
#: The holder is who has the token in the body: without it there is nothing that could be changed in somebody's name.
BY_BODY: Final = re.compile(r"POST /report|PUT /report|DELETE /report")
#: A header that no other site's page can add is the mark of the demo's own.
MARKED: Final = "/simulator/"
FOREIGN: Final[tuple[Mapping[str, str], ...]] = (
    {"origin": "https://evil.example"},
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "null"},
    {"sec-fetch-site": "none"},
)
#: What goes on by itself beside all requests.
BESIDE: Final = ("presence", "desk_alive", "desk_events", "sign_ins")


@pytest.fixture
async def house(service: Service) -> AsyncIterator[House]:
    async with open_house(service) as house:
        yield house


def changing() -> list[tuple[str, str]]:
    return [one for one in routes() if one[0] != "GET" and f"{one[0]} {one[1]}" not in SIGNED]


class Senders:
    """A browser that is signed in everywhere at once, and the tokens of its pages."""

    def __init__(self, house: House, http: aiohttp.ClientSession, token: str) -> None:
        self.house, self.http, self.desk = house, http, token
        self.chat = chat_token(house.chat)
        self.alarm = SEALER.lookup(ALARM_FORM, house.alarm).hex()
        known = {CHAT_COOKIE: house.chat, f"tsunagi-alarm-{house.escalation.hex}": house.alarm}
        http.cookie_jar.update_cookies(known, URL(f"{house.url}/"))

    def at(self, path: str) -> str:
        """An address of something that is there, where it is known; where it ends with a verb, with one that there is."""
        stem, _, last = path.rpartition("/")
        if last.endswith(":str>"):
            verbs = [one.rpartition("/")[2] for one in DESK if one.startswith(f"POST {stem}/")]
            path = f"{stem}/{next((one for one in verbs if '<' not in one), last)}"
        names = {
            "session_id": self.ids["sessions"],
            "evidence_id": self.ids["evidence"],
            "escalation_id": str(self.house.escalation),
            "task_id": self.ids["follow_ups"],
            "report_id": self.ids["reports"],
            "token": self.house.alarm,
            "staff_id": str(self.house.members["other"].id),
            "code": "x",
        }
        kinds = {"int": "1", "ymd": "2026-11-20"}
        return re.sub(r"<(\w+)(?::(\w+))?>", lambda one: names.get(one[1]) or kinds.get(one[2]) or str(uuid4()), path)

    async def learn(self) -> None:
        self.ids: dict[str, str] = {}
        for table in ("sessions", "evidence", "follow_ups", "reports"):
            (row,) = await self.house.service.rows(f"SELECT id FROM {table} ORDER BY id LIMIT 1")
            self.ids[table] = str(row.id)

    async def send(self, method: str, path: str, headers: Mapping[str, str], **tokens: str) -> int:
        """Send a change. tokens: other ones than this browser's own."""
        part = path.split("/")[1]
        own = {"desk": self.desk, "chat": self.chat, "alarm": self.alarm, "report": self.house.report}.get(part, "")
        token = tokens.get(part, own)
        named = {TOKEN_HEADER: token, CHAT_HEADER: token, REPORT_HEADER: token, "x-tsunagi-simulator": token and "1"}
        fields: Any = {"token": token, "key": str(uuid4()), "reason": "確認のため", "text": "ことば", "kind": "note"}
        sent: dict[str, Any] = {"data": fields}
        if "/api/" in path or path in ("/chat/say", "/chat/end", "/report/evidence/begin"):
            sent = {"json": fields}
        elif path in ("/desk/schools/import", "/report/evidence"):
            form = aiohttp.FormData({"token": token})
            form.add_field("file", b"x", filename="x.csv")
            sent = {"data": form}
        asked = self.http.request(
            method, self.house.url + self.at(path), headers={**named, **headers}, allow_redirects=False, **sent
        )
        async with asked as answer:
            await answer.read()
            return answer.status


@pytest.fixture
async def senders(house: House) -> AsyncIterator[Senders]:
    async with house.at("supervisor") as at:
        told = Senders(house, at.http, at.form_token())
        await told.learn()
        yield told


async def test_row_13_no_change_from_another_site_s_page(house: House, senders: Senders) -> None:
    before, wrong = await house.digest(*BESIDE), []
    for method, path in changing():
        foreign = [{"x-tsunagi-simulator": ""}] if path.startswith(MARKED) else FOREIGN
        for headers in foreign:
            if (status := await senders.send(method, path, headers)) != 403:
                wrong.append((method, path, headers, status))
    assert wrong == []
    assert await house.digest(*BESIDE) == before


async def test_row_13_no_change_without_the_token_of_this_very_sign_in(house: House, senders: Senders) -> None:
    """None at all, nonsense, and the one that another sign-in's pages hold."""
    async with house.at("other") as other:
        strange = other.form_token()
        before, wrong = await house.digest(*BESIDE), []
        for method, path in changing():
            name = f"{method} {path}"
            if name in FIRST or BY_BODY.match(name):
                continue
            for token in ("", "x" * 64, strange):
                if path.startswith(MARKED):
                    token = ""
                told = await senders.send(method, path, {}, **{path.split("/")[1]: token})
                if told != 403:
                    wrong.append((name, token[:2], told))
        assert wrong == []
        assert await house.digest(*BESIDE) == before
        # And with its own the very same request is let through to what it asks: this walk would have shown it.
        letting = [one for one in changing() if one[1].startswith(("/desk/", "/alarm/e/")) and "sign-" not in one[1]]
        passed = [await senders.send(method, path, {}) for method, path in letting]
        assert passed.count(403) < len(passed) / 3 and 500 not in passed
    assert await house.digest(*BESIDE) != before


async def test_row_13_a_form_is_no_link(house: House, senders: Senders) -> None:
    """By GET nothing of it happens: signing out, too, is a form."""
    both = {path for method, path in routes() if method == "GET"}
    for method, path in changing():
        if path in both or (method, path) == ("POST", "/alarm/<token:str>"):
            continue
        kept = {"/report/mine": 303, "/report/send": 303}  # a tab that the browser opens again is led on
        async with senders.http.get(house.url + senders.at(path), allow_redirects=False) as answer:
            shown = answer.status
        by_number = path.startswith(("/report/", "/desk/schools/")) and shown in (200, 303, 404)  # GET /report/<school>
        assert shown == 405 or shown == kept.get(path) or by_number, (path, shown)
    async with house.at("supervisor") as at:
        assert (await at.get("/desk/sign-out"))[0] == 405
        assert (await at.get("/desk/api/desk"))[0] == 200, "still signed in"


async def test_a_page_of_yesterday_is_told_so_on_a_page(house: House) -> None:
    """Who signed in again in another window gets words, no code, from the form of the first one."""
    async with house.at("supervisor") as at:
        status, page, headers = await at.form("/desk/knowledge", {"token": "x" * 64, "text": "ことば"})
        assert status == 403 and headers["content-type"].startswith("text/html") and "http_403" not in page
        status, page, headers = await at.post("duty", {"on": True}, told=False)
        assert status == 403 and headers["content-type"] == "application/json"
