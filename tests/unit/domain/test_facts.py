"""What a fact keeps of a session: spans on a ladder, the year's begin, a school only among enough pupils, exchanges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.coding import Outcome, SheetKind, TopicCode, Writer
from handoff.domain.desk import ClosedWithout
from handoff.domain.fact import FEWEST, SPANS, Fact, Place, fiscal_year, kept_place, stepped, stepped_up
from handoff.domain.fact_source import FactSource, Spoken, fact_of
from handoff.domain.hours import ZONE, HoursStatus
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Agency, Founder
from handoff.domain.report import Answers, Report, ReportStatus
from handoff.domain.session import Level

AT = datetime(2026, 11, 20, 18, 59, 59, tzinfo=ZONE)
SPOT = Place("中学校", "futaba1", Founder.MUNICIPAL, "ふたば市")
TIMES = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=30))


def source(**changes: Any) -> FactSource:
    known = FactSource(
        session_id=UUID(int=1),
        contact_id=UUID(int=2),
        profile="demo",
        channel=Channel.LINE,
        test=False,
        opened_at=AT,
        waiting_since=None,
        queued_at=None,
        claimed_at=None,
        closed_at=AT + timedelta(hours=1),
        closed_reason="silence",
        level=Level.NONE,
        lines=(Spoken(True, AT),),
    )
    return replace(known, **changes)


def fact(known: FactSource) -> Fact:
    return fact_of(known, uuid4(), hours=HoursStatus.OPEN, place=Place(), user_key=b"k" * 16)


def report(status: ReportStatus, session: int = 1, **answers: Any) -> Report:
    told = Answers(what="見ました", **answers)
    return Report(UUID(int=9), UUID(int=session), UUID(int=2), Channel.LINE, status, told, 1, AT, AT)


@given(TIMES, TIMES)
def test_a_span_is_brought_to_the_ladder_and_keeps_its_order(one: timedelta, other: timedelta) -> None:
    for brought in (stepped(one), stepped_up(one)):
        assert brought % 60 == 0 and brought // 60 in SPANS
    assert stepped(one) <= one.total_seconds()
    assert stepped_up(one) >= min(one.total_seconds(), SPANS[-1] * 60), "a wait never looks shorter than it was"
    if one <= other:
        assert stepped(one) <= stepped(other) and stepped_up(one) <= stepped_up(other)


def test_the_bounds_of_the_statements_are_steps_and_the_clock_going_back_is_no_span() -> None:
    assert {10, 30, 60, 90, 120} <= set(SPANS) and all(low < high for low, high in pairwise(SPANS))
    assert stepped(timedelta(seconds=-5)) == 0 == stepped_up(timedelta(seconds=-5))


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_a_fiscal_year_goes_from_april_to_march(day: date) -> None:
    year = fiscal_year(day)
    assert date(year, 4, 1) <= day <= date(year + 1, 3, 31)


@given(st.none() | st.integers(0, 60), st.none() | st.integers(0, 200))
def test_a_school_is_kept_only_among_enough_pupils(pupils: int | None, around: int | None) -> None:
    place = kept_place(SPOT, pupils, around)
    assert place.school_type == SPOT.school_type
    assert (place.school_code is not None) == (pupils is not None and pupils >= FEWEST)
    if place.area is not None or place.founder is not None:
        assert max(pupils or 0, around or 0) >= FEWEST


def test_wait_and_work_leave_out_the_night_and_the_idle_tail() -> None:
    claimed = AT + timedelta(hours=14)
    lines = (Spoken(True, AT), *(Spoken(n % 2 == 1, claimed + timedelta(minutes=4 * n)) for n in range(6)))
    known = source(
        waiting_since=AT,
        queued_at=claimed - timedelta(seconds=100),
        claimed_at=claimed,
        closed_at=claimed + timedelta(hours=3),
        lines=lines,
    )
    made = fact(known)
    assert (made.waited, made.worked, made.exchanges) == (120, 20 * 60, 3)
    assert (made.hour, made.day) == (18, AT.date())
    assert made.closed_after == 12 * 3600


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (ClosedWithout.PRANK, Outcome.PRANK),
        (ClosedWithout.WITHDRAWN, Outcome.NO_RESPONSE),
        ("silence", Outcome.NO_RESPONSE),
    ],
)
def test_without_a_sheet_intake_and_screen_say_what_they_can(reason: str, outcome: Outcome) -> None:
    told = {"topic": "study", "grade": "小5", "role": "guardian", "declined": "gender"}
    made = fact(source(closed_reason=reason, intake=told, categories=("bullying",)))
    assert (made.outcome, made.grade, made.gender, made.writer) == (outcome, "小5", "declined", Writer.GUARDIAN)
    assert (made.primary, made.secondaries) == (TopicCode.STUDY, (TopicCode.BULLYING,))


def test_a_question_about_the_service_is_an_enquiry() -> None:
    assert fact(source(intake={"topic": "service"})).kind is SheetKind.ENQUIRY
    assert fact(source()).kind is SheetKind.CONSULTATION


def test_a_report_is_one_case_whatever_else_was_said_in_its_session() -> None:
    talked = (Spoken(True, AT), Spoken(False, AT + timedelta(minutes=5)))
    known = source(report=report(ReportStatus.DONE, grade="高校一年"), lines=talked, hand_overs=(Agency.SCHOOL,))
    made = fact(known)
    assert (made.kind, made.outcome, made.grade, made.agencies, made.exchanges) == (
        SheetKind.REPORT,
        Outcome.ESTABLISHED,
        "高1",
        (Agency.SCHOOL,),
        1,
    )
    assert fact(source(report=report(ReportStatus.WITHDRAWN))).outcome is Outcome.NO_RESPONSE
    assert fact(source(report=report(ReportStatus.PRANK))).outcome is Outcome.PRANK
    assert fact(source(report=report(ReportStatus.DRAFT))).kind is SheetKind.CONSULTATION, "begun in a talk, never told"


def test_later_words_to_a_report_are_no_case_of_their_own_and_an_empty_session_is_none() -> None:
    assert not source(report=report(ReportStatus.DONE, session=5)).is_counted
    assert not source(lines=()).is_counted
    assert source(report=report(ReportStatus.NEW), lines=()).is_counted
    assert source().is_counted
