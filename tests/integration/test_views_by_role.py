"""Row 24 for every role: what anybody is shown of a child's words, by a page or by what a form answers, is on record with
them, as what it was, and with the talk it is from.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final
from uuid import uuid4

import aiohttp
import pytest

from handoff.bootstrap.web import ALARM_FORM
from handoff.domain.access import Door, Rule
from handoff.domain.audit_words import Group
from handoff.domain.audit_words import verbs_of as audit_verbs
from handoff.domain.data_request import Arrival, Asker, Proof, Wish
from handoff.services.desk.act_on_escalation import ActOnEscalation
from handoff.services.shift_ports import PaperKind
from handoff.web.access import RULES
from handoff.web.desk.requests.parts import request_desk
from handoff.web.desk.shifts.parts import shift_desk
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_support import AT_CRITICAL, address
from tests.integration.house_support import PEOPLE, SCHOOL_NAME, House, open_house
from tests.integration.request_support import TODAY, WHY, YES
from tests.integration.sheet_support import SECRET
from tests.integration.test_views_on_record import newest, rows_after
from tests.integration.walk_support import Walk, open_walk

#: What children and those who work for them wrote; nothing of ours says it, and no form of the walk sends it.
CANARY: Final = "KANARIYAnoKOTOBA"
#: And a sheet's summary, a picture's bytes, LINE's id of the child at risk.
SHOWN: Final = (CANARY, SECRET, AT_CRITICAL, "JFIF", address(4))
_LEFT_OUT: Final = re.compile(r"static/|/socket$|/sign-|/account/|/quarantine$")
#: What takes a talk away comes last, or nothing would be left to be shown.
_LAST: Final = re.compile(r"/(end|close|release|withdraw|dispose|stop|prank|block|claim|take-over|next)$")
#: As what it has to be on record, by address; what a form shows again is what its page shows.
VERBS: Final[Mapping[str, frozenset[str]]] = {
    one: frozenset(verbs)
    for one, *verbs in (
        ("/desk/api/desk", "open_desk"),
        ("/desk/api/next", "claim"),
        ("/desk/api/talks/<session_id:uuid>", "open_talk", "look_in"),
        ("/desk/escalations", "open_escalations"),
        ("/desk/escalations/<escalation_id:uuid>", "open_escalation"),
        ("GET /desk/escalations/<escalation_id:uuid>/sheet", "open_emergency_sheet"),
        ("POST /desk/escalations/<escalation_id:uuid>/sheet", "break_glass"),
        ("/desk/evidence/<evidence_id:uuid>", "read_evidence"),
        ("/desk/evidence/<evidence_id:uuid>/original", "open_original"),
        ("/desk/evidence/<evidence_id:uuid>/shown", "open_evidence"),
        ("/desk/evidence/<evidence_id:uuid>/thumb", "see_evidence"),
        ("/desk/faults/<fault_id:uuid>", "open_fault_page"),
        ("/desk/follow-ups", "open_follow_ups"),
        ("/desk/reports", "open_reports"),
        ("/desk/reports/<report_id:uuid>", "open_report"),
        ("/desk/reports/<report_id:uuid>/handover", "open_report_handover"),
        ("/desk/requests/data/<request_id:uuid>", "read_data_request"),
        ("/desk/requests/data/<request_id:uuid>/copy", "open_disclosure"),
        ("/desk/shifts/<day:ymd>/daily", "open_daily_report"),
        ("/desk/shifts/<day:ymd>/handover", "open_handover"),
        ("/desk/talks/<session_id:uuid>/care", "open_care"),
        ("/desk/talks/<session_id:uuid>/follow-up", "open_care"),
        ("/desk/talks/<session_id:uuid>/broadcasts", "open_care"),
        ("/desk/talks/<session_id:uuid>/handover", "open_handover"),
        ("/desk/talks/<session_id:uuid>/keeping", "read_keeping"),
        ("/desk/talks/<session_id:uuid>/sheet", "open_sheet"),
        ("/desk/talks/<session_id:uuid>/corrections", "open_correction"),
    )
}
#: What the walk must have shown, or it shows nothing: by pages, by forms, and a paper that leaves the house.
NEEDED: Final = {
    "counsellor": {"GET /desk/api/talks/<session_id:uuid>", "GET /desk/talks/<session_id:uuid>/handover"},
    "administrator": {"GET /desk/shifts/<day:ymd>/daily"},
    "supervisor": {
        "POST /desk/evidence/<evidence_id:uuid>/original",
        "POST /desk/requests/data/<request_id:uuid>/copy",
        "POST /desk/escalations/<escalation_id:uuid>/sheet",
    },
}


def words(longest: int) -> str:
    """A canary, but for what is public: an alias, a school's name."""
    return "あだな" if longest <= len(CANARY) or longest == SCHOOL_NAME else CANARY


@pytest.fixture
async def walk(service: Service) -> AsyncIterator[Walk]:
    """The walk with a report that was sent, a disclosure that was granted, an alarm that somebody has, and a finished paper."""
    async with open_walk(service, tuple(PEOPLE), words) as opened:
        store, setting, boss = service.store, service.setting, opened.members["supervisor"]
        (sent,) = await service.rows("SELECT id FROM reports WHERE sent_at IS NOT NULL")
        desk, asked = request_desk(store, setting), uuid4()
        asked = await desk.receive(boss, asked, Wish.DISCLOSE, Asker.SELF, Arrival.PAPER, TODAY, CANARY)
        await desk.link(asked, boss, str(opened.places["session_id"]), uuid4())
        await desk.check(asked, boss, Proof.PAPER, "学生証を見た", uuid4())
        await desk.decide(asked, boss, YES, WHY, uuid4())
        await ActOnEscalation(store, setting).acknowledge(opened.house.escalation, boss)
        shifts = shift_desk(store, setting)
        day = await shifts.open(boss, uuid4())
        for kind in (PaperKind.HANDOVER, PaperKind.DAILY):
            await shifts.write_paper(boss, uuid4(), day, kind, CANARY, 0, finish=True)
        opened.places |= {"report_id": sent.id, "request_id": asked, "escalation_id": opened.house.escalation}
        yield opened


def theirs(walk: Walk, name: str, method: str) -> list[str]:
    """The addresses that this person may come to, those that end something last."""

    def is_theirs(address: str, rule: Rule) -> bool:
        return rule.door is Door.SIGNED_IN and address.startswith(method) and rule.admits(walk.members[name])

    found = [one for one, rule in RULES.items() if is_theirs(one, rule) and not _LEFT_OUT.search(one)]
    return sorted(found, key=lambda one: (_LAST.search(one) is not None, one))


def verbs_of(address: str) -> frozenset[str]:
    """As what this has to be on record."""
    path = address.partition(" ")[2]
    while path not in VERBS and address not in VERBS and "/" in path[1:]:
        path = path.rpartition("/")[0]
    return VERBS.get(address) or VERBS.get(path, frozenset())


async def walked(walk: Walk, name: str, method: str) -> tuple[set[str], list[str]]:
    """Where this person was shown words, and what is wrong with what was written down of it."""
    found, wrong, talk = set[str](), list[str](), walk.places["session_id"]
    last = await newest(walk.house.service)
    for one in theirs(walk, name, method):
        told = await walk.ask(name, one, there=True, copy="本人に渡すため")
        rows = await rows_after(walk.house.service, last)
        last = max((number for number, *_ in rows), default=last)
        words = [word for word in SHOWN if word in told.said]
        paper = told.status == 200 and not verbs_of(one).isdisjoint(audit_verbs(Group.EXPORT))
        if not words and not paper:
            continue
        found.add(one)
        noted = {verb: about for _, actor, verb, about in rows if actor == walk.members[name].actor}
        right = verbs_of(one) & set(noted)
        if not right:
            wrong.append(f"{name} was shown {words} by {one} ({told.status}): {sorted(noted)}")
        elif "/talks/<session_id" in one and "handover" not in one and "correct" not in one:
            wrong += [f"{name}: {one}: of another talk" for verb in right if noted[verb] != talk]
    return found, wrong


async def test_row_24_what_people_of_any_role_are_shown_is_on_record_as_what_it_was(walk: Walk) -> None:
    seen, wrong = dict[str, set[str]](), list[str]()
    for method in ("GET ", "POST "):
        for name in ("trainer", "administrator", "board", "counsellor", "supervisor"):
            found, faults = await walked(walk, name, method)
            seen[name] = seen.get(name, set()) | found
            wrong += faults
    assert not wrong, "\n".join(wrong)
    assert {name: addresses - seen[name] for name, addresses in NEEDED.items() if addresses - seen[name]} == {}
    assert seen["trainer"] == set()


@pytest.fixture
async def house(service: Service) -> AsyncIterator[House]:
    async with open_house(service, words) as opened:
        yield opened


async def test_row_24_what_a_link_of_an_alarm_shows_is_on_record(house: House) -> None:
    """Who holds it has no account: on record is whose link it was."""
    service = house.service
    at = f"{house.url}/alarm/e/{house.escalation}"
    form = {"token": SEALER.lookup(ALARM_FORM, house.alarm).hex(), "key": str(uuid4()), "reason": "居場所を伝えるため"}
    who = (service.setting.profile.on_call.ladder or ())[0].who
    cookie = {"cookie": f"tsunagi-alarm-{house.escalation.hex}={house.alarm}"}
    async with aiohttp.ClientSession(headers=cookie, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for method, path, verb in (
            ("GET", at, "read_alarm"),
            ("GET", f"{at}/news", "read_alarm"),
            ("GET", f"{at}/news?seen=999999", None),
            ("POST", f"{at}/acknowledge", None),
            ("POST", f"{at}/glass", "break_glass"),
        ):
            before = await newest(service)
            async with http.request(
                method, path, data=form if method == "POST" else None, allow_redirects=False
            ) as told:
                page = await told.text()
            noted = [verb for _, actor, verb, _ in await rows_after(service, before) if actor == who]
            words = [one for one in SHOWN if one in page]
            assert (words != []) is (verb is not None), (path, words)
            assert verb is None or verb in noted, (path, noted)
