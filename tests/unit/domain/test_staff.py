"""Five roles and what each may do, the names that students see, and what a silent profile means for the desk."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from handoff.domain.errors import NotPermitted
from handoff.domain.profile import Profile
from handoff.domain.profile.duty import Desk
from handoff.domain.profile.vocabulary import ApprovalTimeout
from handoff.domain.staff import (
    LONGEST_ALIAS,
    PERMISSIONS,
    ROLE_NAMES,
    Permission,
    StaffMember,
    StaffRole,
    alias_fault,
)

#: Who may do what; administrators, trainers and the board never read a talk.
MAY = {
    "counsel": "counsellor supervisor",
    "supervise": "supervisor",
    "escalate": "counsellor supervisor",
    "share": "counsellor supervisor",
    "print_cards": "supervisor administrator",
    "read_register": "counsellor supervisor administrator board",
    "keep_register": "supervisor administrator",
    "count": "supervisor administrator board",
    "run_shift": "counsellor supervisor",
    "read_shifts": "counsellor supervisor administrator board",
    "read_roster": "supervisor administrator board",
    "keep_roster": "supervisor administrator",
    "keep_policy": "supervisor administrator",
    "read_documents": "counsellor supervisor administrator board",
    "handle_requests": "supervisor",
    "instruct": "board",
    "reset_factor": "supervisor administrator",
    "read_retention": "supervisor administrator board",
    "keep_retention": "supervisor administrator",
    "read_audit": "administrator",
    "confirm_security": "supervisor administrator",
}


def member(role: StaffRole, **more: Any) -> StaffMember:
    return StaffMember(uuid4(), "sato.hanako", "さとう", role, **({"lacks": frozenset()} | more))


# --- permissions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "permission"), list(product(StaffRole, Permission)))
def test_the_table_says_what_each_role_may_do(role: StaffRole, permission: Permission) -> None:
    one, allowed = member(role), role in MAY[permission].split()
    assert one.may(permission) is allowed
    if allowed:
        one.check(permission)
    else:
        with pytest.raises(NotPermitted) as caught:
            one.check(permission)
        assert caught.value.permission == permission
        assert one.name not in str(caught.value)


def test_each_permission_has_its_row_and_each_role_its_name() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert set(ROLE_NAMES) == set(StaffRole)
    assert len(set(ROLE_NAMES.values())) == len(StaffRole)


@pytest.mark.parametrize("role", StaffRole)
def test_only_one_role_supervises(role: StaffRole) -> None:
    assert member(role).is_supervisor is (role is StaffRole.SUPERVISOR) is member(role).may(Permission.SUPERVISE)


def test_the_audit_names_people_by_id_never_by_name() -> None:
    one = member(StaffRole.COUNSELLOR)
    assert one.actor == f"staff:{one.id}"
    assert one.name not in one.actor
    assert one.alias not in one.actor


# --- the name that students see -------------------------------------------------------------------------------------


@pytest.mark.parametrize("alias", ["さ", "さとう", "相談員A", "あ" * LONGEST_ALIAS, "リン", "L I N E"])
def test_names_that_can_be_shown(alias: str) -> None:
    assert alias_fault(alias) is None


@pytest.mark.parametrize("alias", ["", " ", "\u3000", "\n\t", "あ" * (LONGEST_ALIAS + 1)])
def test_a_name_is_neither_blank_nor_longer_than_line_takes(alias: str) -> None:
    fault = alias_fault(alias)
    assert fault is not None
    assert str(LONGEST_ALIAS) in fault


@pytest.mark.parametrize("alias", ["LINE", "line相談", "さとうLiNe", "オンLINE", "Caroline"])
def test_line_s_own_name_can_t_be_part_of_it(alias: str) -> None:
    fault = alias_fault(alias)
    assert fault is not None
    assert "LINE" in fault


@given(st.text(max_size=40))
def test_what_is_let_through_is_what_line_takes(alias: str) -> None:
    takes = bool(alias.strip()) and len(alias) <= 20 and "LINE" not in alias.upper()
    assert (alias_fault(alias) is None) is takes


# --- the desk of a profile that is silent ---------------------------------------------------------------------------

FIELDS = list(Desk.model_fields)


def from_yaml(desk: str) -> Desk:
    text = f"id: p\nservice_name: 窓口\nowner: 市\n{desk}\n"
    return Profile.model_validate(yaml.safe_load(text)).desk


def test_what_no_document_says_has_a_value() -> None:
    desk = Desk()
    assert (desk.live_per_counsellor, desk.push_reserve, desk.waiting_minutes) == (3, 100, (3, 10, 30))
    assert desk.grace == timedelta(seconds=60)
    assert desk.ageing == timedelta(minutes=15)
    assert desk.last_call == timedelta(minutes=10)
    assert (desk.approve_trainees, desk.approval_minutes) == (True, 3)
    assert desk.approval_timeout is ApprovalTimeout.RETURN, "nothing goes out by silence"


@pytest.mark.parametrize("text", ["", "desk:", "desk: null", "desk: {}"])
def test_a_profile_without_a_desk_has_the_plain_one(text: str) -> None:
    assert from_yaml(text) == Desk()


def test_null_is_the_default_field_by_field_and_all_at_once() -> None:
    everything = "\n".join(f"  {name}: null" for name in FIELDS)
    assert from_yaml(f"desk:\n{everything}") == Desk()
    for name in FIELDS:
        other = "ageing_minutes" if name != "ageing_minutes" else "grace_seconds"
        told = from_yaml(f"desk: {{{name}: null, {other}: 7}}")
        assert told == Desk.model_validate({other: 7})


def test_what_is_told_holds() -> None:
    told = from_yaml(
        "desk: {waiting_minutes: [1, 2], approve_trainees: false, approval_timeout: send, push_reserve: 0}"
    )
    assert told.waiting_minutes == (1, 2)
    assert told.approve_trainees is False
    assert told.approval_timeout is ApprovalTimeout.SEND
    assert told.push_reserve == 0
    assert from_yaml("desk: {waiting_minutes: []}").waiting_minutes == (), "no words to those who wait"


@pytest.mark.parametrize(
    "desk",
    [
        {"live_per_counsellor": 0},
        {"ageing_minutes": 0},
        {"ageing_minutes": True},
        {"grace_seconds": "60"},
        {"waiting_minutes": [0]},
        {"waiting_minutes": [3, None]},
        {"approve_trainees": 1},
        {"approval_timeout": "later"},
        {"push_reserve": -1},
        {"live_per_person": 3},
    ],
)
def test_what_makes_no_sense_is_refused(desk: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Desk.model_validate(desk)
