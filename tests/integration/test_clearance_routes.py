"""Whoever isn't cleared today reaches no child's word, by whatever address of the desk there is (KAG-6.1ア, ウ; KAG-8.2)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID, uuid4

import pytest
from sanic import Sanic

from handoff.domain.desk import NoteKind
from handoff.domain.staff import StaffMember
from handoff.services.desk.follow_up import AddFollowUp
from handoff.services.shift_ports import PaperKind
from handoff.web.app import create_app
from handoff.web.desk.guard import TOKEN_HEADER
from handoff.web.desk.shifts.parts import shift_desk
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.evidence_support import ALL, Files
from tests.support import hostile_files as hostile

#: What a child or the team wrote; none of it may stand in an answer.
WORDS = (AT_CRITICAL, "ひみつのメモ", "ひみつの用事", "ひみつの引継ぎ", "ひみつの記録", "ひみつの下書き")
#: What is left without clearance: the way in and out, one's own account, factor and pledge, and the list of pages.
#: It stands here by name, apart from the table of rules: this is what the table is held to.
OPEN_TO_ALL = {
    "GET /desk",
    "POST /desk/sign-in",
    "POST /desk/sign-out",
    "GET /desk/pledge",
    "POST /desk/pledge",
    "GET /desk/service",
    "GET /desk/standing",
    "GET /desk/static/<__file_uri__:path>",
    "GET /desk/account",
    "POST /desk/account/password",
    "POST /desk/account/others/end",
    "POST /desk/account/sign-ins/<sign_in_id:uuid>/end",
    "POST /desk/account/devices/<device_id:uuid>/forget",
    "GET /desk/second-factor",
    "POST /desk/second-factor/pass",
    "POST /desk/second-factor/begin",
    "POST /desk/second-factor/confirm",
    "POST /desk/second-factor/codes",
    "POST /desk/second-factor/codes/file",
    "POST /desk/second-factor/noted",
    "POST /desk/second-factor/drop",
    "POST /desk/second-factor/read",
}
#: And to a keeper of the roster, or nobody could ever begin; names of staff, never a child's word.
OPEN_TO_KEEPERS = "/desk/rosters"


def routes() -> list[str]:
    """All of the desk's, as the app itself has them: one that is added is walked, too."""
    app = create_app(AsyncMock(), "http://127.0.0.1:9")
    Sanic.unregister_app(app)
    return [
        f"{method} /{route.path}"
        for route in app.router.routes
        if route.path.split("/")[0] == "desk"
        for method in sorted(set(route.methods) - {"HEAD", "OPTIONS"})
    ]


@dataclass
class Evening:
    """An evening with words in every corner, and where they lie by the names that addresses use."""

    bridge: Bridge
    url: str
    minato: StaffMember
    places: dict[str, UUID]

    def at(self, route: str) -> str:
        """An address that leads to what is there."""
        parts = []
        for part in route.partition(" ")[2].split("/"):
            name, _, kind = part.strip("<>").partition(":")
            if not part.startswith("<"):
                parts.append(part)
            elif kind == "uuid":
                parts.append(str(self.places.get(name, uuid4())))
            else:
                parts.append(
                    {"ymd": "2026-11-20", "int": "1"}.get(kind, {"act": "take", "ending": "csv"}.get(name, "x"))
                )
        return "/".join(parts)


@pytest.fixture
async def evening(service: Service) -> AsyncIterator[Evening]:
    bridge = Bridge(service)
    files = Files(service)
    files.media(consultation=ALL, window=True)
    minato = await bridge.supervisor()
    session = await bridge.live(minato, 1, AT_CRITICAL)
    other = await bridge.waiting(2, AT_CRITICAL)
    await bridge.note(session.id, minato, NoteKind.NOTE, WORDS[1], uuid4())
    await bridge.draft(session.id, minato, WORDS[5])
    store, setting = service.store, service.setting
    due = bridge.clock.now().date() + timedelta(days=1)
    await AddFollowUp(store, setting)(session.id, minato, minato.id, due, WORDS[2], uuid4())
    shifts = shift_desk(store, setting)
    day = await shifts.open(minato, uuid4())
    await shifts.write_paper(minato, uuid4(), day, PaperKind.HANDOVER, WORDS[3], 0, finish=True)
    await shifts.write_note(minato, uuid4(), day, bridge.clock.now(), WORDS[4])
    picture = await files.send(session.id, hostile.jpeg(), "image/jpeg", "a.jpg")
    (alarm,) = await service.rows("SELECT id FROM escalations WHERE session_id = :s", s=other)
    (task,) = await service.rows("SELECT id FROM follow_ups")
    places = {
        "session_id": session.id,
        "evidence_id": picture.id,
        "escalation_id": alarm.id,
        "task_id": task.id,
        "staff_id": (await bridge.person("ゆき")).id,
    }
    async with desk_of(bridge) as url:
        yield Evening(bridge, url, minato, places)


#: An entry that ended yesterday; then one that holds, of somebody who has pledged nothing.
LOSSES = (
    ("UPDATE roster_entries SET valid_to = '2026-11-19' WHERE staff_id = :s",),
    (
        "UPDATE roster_entries SET valid_to = '2027-03-31' WHERE staff_id = :s",
        "DELETE FROM pledges WHERE staff_id = :s",
    ),
)


async def answer(evening: Evening, at: Browser, route: str) -> tuple[int, str]:
    """What this person gets there, with all that a form or a script of the desk would send along."""
    method, path = route.partition(" ")[0], evening.at(route)
    body = {"token": at.form_token(), "key": str(uuid4()), "reason": "確認", "words": "x"}
    headers = {TOKEN_HEADER: at.form_token()}
    sent: dict[str, Any] = {"json": body} if path.startswith("/desk/api/") else {"data": body}
    if method == "GET":
        sent = {}
    async with at.http.request(method, evening.url + path, headers=headers, allow_redirects=False, **sent) as told:
        page = (await told.read()).decode(errors="replace")
        if told.content_type == "application/json":
            page = json.dumps(json.loads(page), ensure_ascii=False)  # or its words wouldn't be found
        return told.status, page


async def kept(evening: Evening) -> dict[str, list[str]]:
    """All that lies there but who is there and what was asked."""
    names = await evening.bridge.service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    moving = {"audit_events", "sign_ins", "presence", "desk_events", "desk_alive", "duty_spans"}
    return {
        name: sorted(map(str, await evening.bridge.service.rows(f'SELECT * FROM "{name}"')))
        for (name,) in names
        if name not in moving
    }


async def test_without_clearance_every_address_of_the_desk_is_shut(evening: Evening) -> None:
    async with Browser.at(evening.url) as at:
        await at.enter("みなと")
        # While they are cleared the words are there, or this test would show nothing.
        seen = "".join([(await answer(evening, at, one))[1] for one in routes() if one.startswith("GET ")])
        assert [one for one in (*WORDS, "JFIF") if one not in seen] == []
        for loss in LOSSES:
            for change in loss:
                await evening.bridge.service.change(change, s=evening.minato.id)
            before, found = await kept(evening), {}
            for route in routes():
                if route in OPEN_TO_ALL:
                    continue
                found[route], told = await answer(evening, at, route)
                assert not [one for one in (*WORDS, "JFIF") if one in told], route
            shut = {one: told for one, told in found.items() if not one.partition(" ")[2].startswith(OPEN_TO_KEEPERS)}
            assert {one: status for one, status in shut.items() if status not in (403, 404)} == {}
            assert await kept(evening) == before
            for page in ("/desk", "/desk/pledge", "/desk/service"):
                assert not [one for one in WORDS if one in (await answer(evening, at, f"GET {page}"))[1]], page
            assert await at.closed_with(0) == 4401, "nor by the socket"
