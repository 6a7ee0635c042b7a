"""What keeps a wrap-up sheet back (KAG-7.1, WG-17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handoff.domain.coding import (
    Consent,
    Outcome,
    SheetKind,
    Told,
    ToldState,
    TopicCode,
    Way,
)
from handoff.domain.escalation import Suspect
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.wrap_up import (
    Person,
)
from handoff.domain.wrap_up_faults import HANDOVER_LETTERS, SUMMARY_LETTERS, faults
from tests.unit.domain.wrap_up_support import (
    AT_ONCE,
    BOARD,
    DECISION,
    FRIDAY,
    GOOD,
    PERIODIC,
    TEACHER,
    WHOLE,
    fields_at_fault,
    profile,
    report,
    told,
)


def test_a_sheet_with_its_topic_is_enough_and_a_whole_one_is_accepted() -> None:
    assert faults(GOOD, profile()) == faults(WHOLE, profile()) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"primary": None}, "primary"),
        ({"primary": None, "kind": SheetKind.REPORT, "outcome": Outcome.NO_RESPONSE}, "primary"),
        ({"primary": None, "kind": SheetKind.ENQUIRY, "secondaries": (TopicCode.NET,)}, "primary"),
        ({"secondaries": (TopicCode.NET, TopicCode.FRIENDS)}, "secondaries"),
        ({"secondaries": (TopicCode.NET, TopicCode.NET)}, "secondaries"),
        ({"person": Person(grade=Told("中2"))}, "person.grade"),
        ({"person": Person(grade=Told("中2", ToldState.TOLD))}, "person.grade"),
        ({"person": Person(grade=told("2年生"))}, "person.grade"),
        ({"person": Person(gender=told("女子"))}, "person.gender"),
        ({"person": Person(school_type=told("高等学校"))}, "person.school_type"),
        ({"person": Person(school_name=told(" "))}, "person.school_name"),
        ({"person": Person(school_name=told("あ" * 101))}, "person.school_name"),
        ({"reporting": report(recipients=())}, "reporting.recipients"),
        ({"reporting": report(recipients=(BOARD, BOARD))}, "reporting.recipients"),
        ({"reporting": report(decided_by=" ")}, "reporting.decided_by"),
        ({"reporting": report(decided_at=None)}, "reporting.decided_at"),
        ({"reporting": report(deadline=None)}, "reporting.deadline"),
        ({"reporting": report(deadline=FRIDAY - timedelta(seconds=1))}, "reporting.deadline"),
        ({"reporting": report(AT_ONCE, way=Way.MAIL)}, "reporting.way"),
        ({"reporting": report(AT_ONCE, way=None)}, "reporting.way"),
        ({"reporting": report(reply="あ" * 1001)}, "reporting.reply"),
        ({"without_consent": replace(DECISION, supervisor="")}, "without_consent.supervisor"),
        ({"without_consent": replace(DECISION, board=" ")}, "without_consent.board"),
        ({"without_consent": replace(DECISION, board="やまだ ")}, "without_consent.board"),
        ({"without_consent": replace(DECISION, reason="")}, "without_consent.reason"),
        ({"without_consent": replace(DECISION, source_protected=False)}, "without_consent.source_protected"),
        ({"without_consent": DECISION, "consent": Consent.GIVEN}, "without_consent"),
        ({"call_transfer": True}, "call_line"),
        ({"call_transfer": True, "call_line": " "}, "call_line"),
        ({"call_line": "電話相談"}, "call_transfer"),
        ({"summary": "あ" * (SUMMARY_LETTERS + 1)}, "summary"),
        ({"handover": "あ" * (HANDOVER_LETTERS + 1)}, "handover"),
        ({"next_step": "あ" * 301}, "next_step"),
    ],
)
def test_each_fault_is_found_alone_and_said_kindly(change: dict[str, Any], field: str) -> None:
    found = faults(replace(GOOD, **change), profile())
    assert [fault.field for fault in found] == [field]
    assert found[0].text.endswith("ください。")


def test_texts_of_full_length_are_accepted() -> None:
    assert not faults(replace(GOOD, summary="あ" * SUMMARY_LETTERS, handover="あ" * HANDOVER_LETTERS), profile())


@pytest.mark.parametrize(
    "change",
    [{"kind": SheetKind.ENQUIRY}, {"outcome": Outcome.NO_RESPONSE}, {"outcome": Outcome.PRANK}],
)
def test_what_was_no_consultation_needs_no_topic(change: dict[str, Any]) -> None:
    assert not faults(replace(GOOD, primary=None, **change), profile())


def test_the_class_is_one_of_the_board_s() -> None:
    """KAG-7.1; a board that says nothing of classes has every one of them."""
    two = profile(reporting={"classes": ["phone_at_once", "periodic"], "criteria": None})
    assert fields_at_fault(replace(GOOD, reporting=report()), two) == {"reporting.reporting_class"}
    assert fields_at_fault(replace(GOOD, reporting=report(PERIODIC)), two) == set()
    assert fields_at_fault(replace(GOOD, reporting=report()), profile()) == set()


def test_a_suspected_teacher_s_school_is_refused_whoever_agreed() -> None:
    """WG-17: a class for life, consent or a decision change nothing."""
    to_school = replace(GOOD, reporting=report(AT_ONCE, recipients=(BOARD, Agency.SCHOOL)), consent=Consent.GIVEN)
    assert fields_at_fault(to_school, suspects=TEACHER) == {"reporting.recipients"}
    assert fields_at_fault(replace(GOOD, without_consent=DECISION), suspects=TEACHER) == {"without_consent"}
    assert fields_at_fault(to_school, suspects=frozenset({Suspect.GUARDIAN})) == set()
    assert fields_at_fault(replace(GOOD, reporting=report()), suspects=TEACHER) == set()


@pytest.mark.parametrize(
    ("change", "disclosure", "accepted"),
    [
        ({}, {}, False),
        ({"consent": Consent.REFUSED}, {"nonurgent": "with_consent", "nonurgent_to": ["school"]}, False),
        ({"consent": Consent.GIVEN}, {}, True),
        ({"consent": Consent.REFUSED, "without_consent": DECISION}, {}, True),
        ({}, {"nonurgent": "when_needed", "nonurgent_to": ["school"]}, True),
        ({}, {"nonurgent": "when_needed", "nonurgent_to": ["municipal_board"]}, False),
        ({}, {"classification_to": ["school"]}, True),
    ],
)
def test_a_school_is_told_as_students_were_promised(
    change: dict[str, Any], disclosure: dict[str, object], accepted: bool
) -> None:
    """TAJ-U1, HYO-I-1, KAG-7.1: what the secrecy notice says holds for the sheet, too."""
    sheet = replace(GOOD, reporting=report(recipients=(Agency.SCHOOL,)), **change)
    assert (fields_at_fault(sheet, profile(disclosure=disclosure)) == set()) is accepted


def test_danger_to_life_needs_no_consent() -> None:
    sheet = replace(GOOD, reporting=report(AT_ONCE, recipients=(Agency.SCHOOL,)), consent=Consent.REFUSED)
    assert not faults(sheet, profile())
