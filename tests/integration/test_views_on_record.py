"""Whoever is shown a child's words, or what the team wrote about one, is on record with it (security row 24)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from handoff.domain.desk import NoteKind
from handoff.domain.leak import LeakContent
from handoff.domain.report import Answers, TellSchool
from handoff.domain.staff import StaffRole
from handoff.services.desk.knowledge import WriteKnowledge
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.requests.parts import request_desk
from handoff.web.desk.shifts.parts import shift_desk
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, Line
from tests.integration.desk_support import AT_CRITICAL, PASSWORD
from tests.integration.fault_support import SECRET, Log
from tests.integration.report_desk_support import Inbox
from tests.integration.request_support import ABOUT, TODAY, Office
from tests.integration.test_clearance_routes import WORDS, Evening, answer, evening, routes

__all__ = ["evening"]

#: Further words, in corners that the evening leaves empty; a picture; and what a roster says of somebody.
REPORTED, ORDERED, LEAKED, SHARED, TOLD = (
    "ひみつの通報",
    "ひみつの指示",
    "ひみつの漏えい",
    "ひみつの共有",
    "ひみつの日報",
)
CANARIES = (*WORDS, REPORTED, ORDERED, LEAKED, SHARED, TOLD, SECRET, ABOUT, "JFIF", "公認心理師・臨床心理士")
#: One's own page of the roster shows one's own words.
OWN = frozenset({"GET /desk/pledge"})


@dataclass
class Seen:
    """What a walk saw. silent: routes that showed a canary without a row; found: canaries that were shown at all."""

    silent: dict[str, list[str]] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    verbs: set[str] = field(default_factory=set)


@pytest.fixture
async def full(evening: Evening) -> AsyncIterator[Evening]:
    """The evening with more words in more corners."""
    bridge, minato, service = evening.bridge, evening.minato, evening.bridge.service
    store, setting = service.store, service.setting
    board = await bridge.person("いいんかい", StaffRole.BOARD, here=False)
    office = Office(bridge, request_desk(store, setting), minato, await bridge.supervisor("あおい"), board)
    await WriteKnowledge(store, setting)(minato, uuid4(), "きょうのこと", SHARED, None)
    leak = await office.desk.note_leak(minato, uuid4(), TODAY, LeakContent(noticed_by="業務責任者", what=LEAKED))
    version = await office.desk.give_order(office.board, uuid4(), ORDERED, None)
    asked = await office.received()
    shifts = shift_desk(store, setting)
    await shifts.write_paper(minato, uuid4(), TODAY, PaperKind.DAILY, TOLD, 0, finish=True)
    log = Log(bridge, await bridge.person("れん"), minato)
    fault = await log.open(minato, uuid4(), log.text())
    report = await Inbox(service).from_page(
        Answers(what=REPORTED, people="三人", school_name="つなぎ第一中学校", tell_school=TellSchool.HIDDEN)
    )
    evening.places |= {
        "leak_id": leak,
        "instruction_id": version,
        "request_id": asked,
        "fault_id": fault,
        "report_id": report,
    }
    yield evening


async def rows_after(service: Service, number: int) -> list[tuple[int, str, str, UUID | None]]:
    found = await service.rows(
        "SELECT sequence, actor, verb, session_id FROM audit_events WHERE sequence > :n ORDER BY sequence", n=number
    )
    return [(one.sequence, one.actor, one.verb, one.session_id) for one in found]


async def newest(service: Service) -> int:
    ((number,),) = await service.rows("SELECT coalesce(max(sequence), 0) FROM audit_events")
    return int(number)


async def walk(evening: Evening, name: str) -> Seen:
    """Open every page as one person, and see what it showed and what was written down."""
    service, seen = evening.bridge.service, Seen()
    actor = (await evening.bridge.member(name)).actor
    async with Browser.at(evening.url) as at:
        await at.enter(name)
        for route in (one for one in routes() if one.startswith("GET ")):
            before = await newest(service)
            status, told = await answer(evening, at, route)
            words = [] if status >= 400 else [one for one in CANARIES if one in told]
            rows = [one for one in await rows_after(service, before) if one[1] == actor]
            seen.found |= set(words)
            seen.verbs |= {verb for _, _, verb, _ in rows}
            if words and not rows and route not in OWN:
                seen.silent[route] = words
            about = evening.places["session_id"]
            if words and "<session_id" in route:
                assert about in [session for *_, session in rows], f"{route}: whose words they were"
    return seen


async def test_row_24_whatever_shows_words_is_on_record(full: Evening) -> None:
    seen = await walk(full, "みなと")
    assert seen.silent == {}
    assert set(CANARIES) - seen.found == set(), "the walk must show each of them, or it shows nothing"
    assert (await walk(full, "いいんかい")).silent == {}
    # What leaves as a file is on record whatever it holds, and a refused sign-in as well.
    assert {"export_register", "export_facts", "print_roster", "open_handover"} <= seen.verbs
    # And nowhere of all that is on record stands a word.
    told = "".join(str(one) for one in await full.bridge.service.rows("SELECT actor, verb, detail FROM audit_events"))
    assert [one for one in CANARIES if one in told] == []


async def test_row_24_a_socket_shows_nothing_that_is_not_on_record(evening: Evening) -> None:
    """A desk's script could ask for a talk's words without ever opening its page."""
    bridge, session = evening.bridge, evening.places["session_id"]

    async def watched(name: str) -> list[tuple[str, UUID | None]]:
        actor = (await bridge.member(name)).actor
        rows = [one for one in await rows_after(bridge.service, 0) if one[1] == actor]
        return [(verb, about) for _, _, verb, about in rows if verb in ("watch_talk", "open_talk", "look_in")]

    await bridge.supervisor("あおい")
    for name, there in (("あおい", 1), ("ゆき", 0)):
        async with Browser.at(evening.url) as at:
            await at.form("/desk/sign-in", {"name": name, "password": PASSWORD})
            for _ in range(2):  # a line that breaks and comes back is the same reading
                async with at.socket(0, session) as line:
                    shown = await until_ready(line)
                    assert (WORDS[1] in shown) is ('"line":' in shown) is bool(there), name
                    if there:
                        await bridge.note(session, evening.minato, NoteKind.NOTE, "もうひとつ", uuid4())
                        assert "もうひとつ" in json.dumps(await line.until("note"), ensure_ascii=False)
                assert await watched(name) == [("watch_talk", session)] * there
    # Who opened the talk by its page isn't written down again by the socket of that page.
    async with Browser.at(evening.url) as at:
        await at.enter("みなと")
        await at.get(f"/desk/api/talks/{session}")
        async with at.socket(0, session) as line:
            assert AT_CRITICAL in await until_ready(line)
    assert [verb for verb, _ in await watched("みなと")].count("watch_talk") == 0


async def until_ready(line: Line) -> str:
    """All that a fresh socket shows of what it missed."""
    told = ""
    async with asyncio.timeout(5):
        while True:
            message = await line.socket.receive_json()
            told += json.dumps(message, ensure_ascii=False)
            if message.get("ready"):
                return told
