"""The table of rules against the router, the verbs and the page that shows it; and that ids in addresses are random."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock
from uuid import UUID, uuid4

import pytest
from sanic import Request, Sanic
from sqlalchemy import LargeBinary, Uuid

import handoff.adapters.database.store  # noqa: F401 - all tables are known then
from handoff.adapters.database.tables import Base
from handoff.domain.access import Door, Reach, Rule
from handoff.domain.errors import NotCleared, NotFound, NotPermitted, TraineeRefused
from handoff.domain.staff import Lack, Permission, StaffMember, StaffRole
from handoff.permissions_document import DOORS, PAGE, REACHES, RIGHTS, filled
from handoff.web.access import DEEDS, RULES, admit, find_rule, hides
from handoff.web.app import create_app
from handoff.web.desk.api import VERBS
from handoff.web.desk.report_acts import ACTS
from handoff.web.desk.requests.data_acts import STEPS
from handoff.web.form_key import random_key

#: What an address may name beside a random id: public, or it counts nothing that happened.
OPEN_NAMES = {
    ("__file_uri__", "path"),
    ("number", "int"),  # versions of the posted policy
    ("rung", "int"),  # of the alarm's ladder, as the profile has it
    ("day", "ymd"),
    ("code", "str"),  # of a school, an item of a check, a document, a hint
    ("school_code", "str"),
    ("ending", "str"),
    ("token", "str"),  # 256 bits
    ("content_id", "str"),  # of the stand-in for LINE, as are its events
    ("event_id", "str"),
    *((deed, "str") for deed in DEEDS),
}


def router() -> set[str]:
    app = create_app(AsyncMock(), "http://127.0.0.1:9")
    Sanic.unregister_app(app)
    return {
        f"{method} /{route.path}" for route in app.router.routes for method in set(route.methods) - {"HEAD", "OPTIONS"}
    }


def shape(address: str) -> re.Pattern[str]:
    pattern = re.escape(address)
    for deed in DEEDS:
        pattern = pattern.replace(f"<{deed}:str>", r"[a-z-]+")
    return re.compile(pattern)


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    addresses = router()
    plain = {one for one in addresses if not any(f"<{deed}:str>" in one for deed in DEEDS)}
    assert len(plain) > 200
    assert plain - set(RULES) == set(), "an address without a rule is shut"
    shapes = [shape(one) for one in addresses - plain]
    left = {one for one in set(RULES) - plain if not any(form.fullmatch(one) for form in shapes)}
    assert left == set(), "no such address"
    for form in shapes:
        assert any(form.fullmatch(one) for one in RULES), form.pattern


def test_what_is_done_by_the_last_word_of_an_address_has_its_rule() -> None:
    for start, deeds in (
        ("POST /desk/api/talks/<session_id:uuid>/", VERBS),
        ("POST /desk/reports/<report_id:uuid>/", ACTS),
        ("POST /desk/requests/data/<request_id:uuid>/", {**STEPS, "copy": None}),
    ):
        told = {one.removeprefix(start) for one in RULES if re.fullmatch(re.escape(start) + "[a-z-]+", one)}
        assert told == set(deeds), start


async def test_what_has_no_rule_is_refused_before_anything_is_done() -> None:
    def asked(path: str, **told: Any) -> Request[Any, Any]:
        return cast(Any, SimpleNamespace(method="GET", route=SimpleNamespace(path=path), match_info=told))

    await find_rule(asked("desk/api/desk"))
    for path in ("desk/forgotten", "simulator/forgotten", "forgotten"):
        with pytest.raises(NotFound):
            await find_rule(asked(path))
    verb = cast(Any, SimpleNamespace(method="POST", route=None, match_info={}))
    verb.route = SimpleNamespace(path="desk/api/talks/<session_id:uuid>/<verb:str>")
    for deed, right in (("claim", True), ("<verb:str>", False), ("forget", False), ("", False)):
        verb.match_info = {"verb": deed}
        if right:
            await find_rule(verb)
        else:
            with pytest.raises(NotFound):
                await find_rule(verb)


def somebody(role: StaffRole, *lacks: Lack, trainee: bool = False) -> StaffMember:
    return StaffMember(uuid4(), "n", "n", role, trainee=trainee, lacks=frozenset(lacks))


def test_who_is_not_admitted_hears_nothing_of_a_thing_and_the_reason_elsewhere() -> None:
    rule = Rule(Door.SIGNED_IN, (Permission.SUPERVISE, Permission.INSTRUCT), Reach.TEAM)
    for role in (StaffRole.SUPERVISOR, StaffRole.BOARD):
        rule.check(somebody(role), hidden=True)
    for role in (StaffRole.COUNSELLOR, StaffRole.ADMINISTRATOR, StaffRole.TRAINER):
        with pytest.raises(NotFound):
            rule.check(somebody(role), hidden=True)
        with pytest.raises(NotPermitted):
            rule.check(somebody(role), hidden=False)
    with pytest.raises(NotCleared):
        rule.check(somebody(StaffRole.SUPERVISOR, Lack.PLEDGE), hidden=False)
    with pytest.raises(NotFound):
        rule.check(somebody(StaffRole.SUPERVISOR, Lack.PLEDGE), hidden=True)
    own = Rule(Door.SIGNED_IN)
    with pytest.raises(NotCleared):
        own.check(somebody(StaffRole.TRAINER, Lack.ENTRY), hidden=False)
    Rule(Door.SIGNED_IN, uncleared=True).check(somebody(StaffRole.TRAINER, Lack.ENTRY), hidden=False)
    trained = Rule(Door.SIGNED_IN, (Permission.ESCALATE,), trained=True)
    with pytest.raises(TraineeRefused):
        trained.check(somebody(StaffRole.COUNSELLOR, trainee=True), hidden=True)
    request = cast(Any, SimpleNamespace(method="GET", route=SimpleNamespace(path="desk/cards"), match_info={}))
    with pytest.raises(NotPermitted):
        admit(request, somebody(StaffRole.BOARD))


def test_the_page_shows_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page, "run `make docs`"
    assert set(RIGHTS) == set(Permission) and set(DOORS) == set(Door) and set(REACHES) == set(Reach)
    assert all(address in page for address in RULES)


def test_row_29_every_id_in_an_address_is_random() -> None:
    named = {(name, kind) for address in router() for name, kind in re.findall(r"<(\w+):(\w+)>", address)}
    assert {one for one in named if one[1] != "uuid"} <= OPEN_NAMES
    assert len([one for one in RULES if hides(one)]) > 80
    # What lies behind is found by that id, by a keyed hash, or by what is no secret; nothing by a number that counts.
    counted = {
        table.name: [column.name for column in table.primary_key.columns]
        for table in Base.metadata.tables.values()
        if not all(_is_random(column.type) for column in table.primary_key.columns)
    }
    assert counted.keys() <= COUNTED, sorted(counted.keys() - COUNTED)


def _is_random(kind: object) -> bool:
    return isinstance(kind, Uuid) or (isinstance(kind, LargeBinary) and kind.length is not None)


#: Tables with another key, which stands in no address, or says there what is public: a version, a rung, a school's code.
COUNTED = {
    "alarm_receipts",
    "audit_cuts",
    "audit_links",
    "delivery_attempts",
    "demo_choice",
    "desk_alive",
    "desk_events",
    "evidence_pieces",
    "fault_hints",
    "fault_versions",
    "line_quota",
    "policy_drafts",
    "rasa_trackers",
    "school_enrolments",
    "schools",
}


def test_row_29_a_key_that_becomes_an_id_is_a_random_one() -> None:
    key = uuid4()
    assert random_key(str(key)) == key
    for told in ("", "x", None, 7, UUID(int=7), UUID(int=0), "6ba7b810-9dad-11d1-80b4-00c04fd430c8"):
        with pytest.raises(ValueError):
            random_key(told)
