"""The inbox for reports: its order, its deadlines, and what may be done when (KAG-7.1, WG-2, WG-15, WG-17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import MoveRefused
from handoff.domain.profile.vocabulary import ReportingClass
from handoff.domain.report import OVER, Answers, Danger, Report, ReportStatus
from handoff.domain.report_triage import (
    CALL_WITHIN,
    TABLE,
    Deed,
    Late,
    allowed,
    close_faults,
    done,
    is_at_risk,
    is_decided,
    is_kept_for_people,
    joined,
    late,
    matter_of,
    parted,
    place,
    prank_faults,
    reopened,
    seen_of,
    triage_due,
)
from handoff.domain.session import URGENT, Level
from handoff.domain.wrap_up import report_deadline
from tests.unit.domain.report_desk_support import DEMO, SENT, SORA, YUKI, decided, report

# --- what leads where -------------------------------------------------------------------------------------------------


@given(status=st.sampled_from(ReportStatus), deed=st.sampled_from(Deed))
def test_a_deed_starts_where_the_table_says_and_only_there(status: ReportStatus, deed: Deed) -> None:
    one = report(status=status)
    assert (deed in allowed(one)) is (status in TABLE[deed][0])
    if deed not in allowed(one):
        with pytest.raises(MoveRefused):
            done(one, deed, SENT, YUKI, "staff")
        return
    after = done(one, deed, SENT, YUKI, "staff")
    assert after.status is (TABLE[deed][1] or status)
    assert (after.closed_at is not None) is (after.status in OVER and TABLE[deed][1] in OVER)
    assert after.owner_id == (YUKI if after.status is ReportStatus.IN_HAND and TABLE[deed][1] is not None else None)


def test_nothing_is_done_with_what_is_still_being_written() -> None:
    assert not allowed(report(status=ReportStatus.DRAFT))


def test_whoever_joins_in_takes_nothing_from_the_one_who_has_it() -> None:
    assert done(report(owner_id=YUKI), Deed.CHECK, SENT, SORA, "staff").owner_id == YUKI


# --- order and deadlines ----------------------------------------------------------------------------------------------

LEVELS = st.sampled_from([None, *Level])
DANGERS = st.sampled_from([None, *Danger])


@st.composite
def inboxes(draw: st.DrawFn) -> list[Report]:
    rows = draw(st.lists(st.tuples(LEVELS, st.booleans(), DANGERS, st.booleans(), st.integers(0, 96)), max_size=8))
    return [
        (decided if sure else report)(
            number=n,
            level=level,
            unscreened=unread,
            answers=Answers(danger=danger),
            sent_at=SENT + timedelta(hours=hours),
        )
        for n, (level, unread, danger, sure, hours) in enumerate(rows, 1)
    ]


@given(inbox=inboxes(), hours=st.integers(0, 400))
def test_risk_is_read_first_then_danger_then_what_nobody_decided(inbox: list[Report], hours: int) -> None:
    now = SENT + timedelta(hours=hours)
    ordered = sorted(inbox, key=lambda one: place(one, DEMO, now, told=False))
    for one, after in pairwise(ordered):
        urgent = one.level in URGENT or one.unscreened
        assert urgent or not (after.level in URGENT or after.unscreened)
        if one.level is Level.CRITICAL or after.level is not Level.CRITICAL:
            same = (one.level, one.unscreened) == (after.level, after.unscreened)
            assert not (same and after.answers.danger is Danger.NOW and one.answers.danger is not Danger.NOW)
            if same and one.answers == after.answers:
                assert not (is_decided(one) and not is_decided(after)), "undecided before decided"
    assert one_of(ordered) == one_of(inbox)


def one_of(reports: list[Report]) -> set[UUID]:
    return {one.id for one in reports}


def test_the_oldest_of_the_same_kind_comes_first() -> None:
    old, new = report(), report(number=10, sent_at=SENT + timedelta(hours=1))
    assert place(old, DEMO, SENT, told=False) < place(new, DEMO, SENT, told=False)


def test_nobody_has_decided_by_the_end_of_the_next_working_day() -> None:
    due = datetime.fromisoformat("2026-11-24T23:59:59+09:00")
    assert triage_due(report(), DEMO) == due, "over the weekend and a holiday (WG-2)"
    assert late(report(), DEMO, due, told=False) is None
    assert late(report(), DEMO, due + timedelta(seconds=1), told=False) is Late.UNDECIDED


@pytest.mark.parametrize("reporting_class", ReportingClass)
def test_what_was_decided_is_told_in_time(reporting_class: ReportingClass) -> None:
    one = decided(reporting_class)
    at_once = reporting_class is ReportingClass.PHONE_AT_ONCE
    due = report_deadline(reporting_class, SENT, DEMO) + (CALL_WITHIN if at_once else timedelta())
    assert late(one, DEMO, due, told=False) is None
    after = due + timedelta(seconds=1)
    assert late(one, DEMO, after, told=False) is (Late.NOT_CALLED if at_once else Late.NOT_TOLD)
    assert late(one, DEMO, after, told=True) is None
    assert late(replace(one, status=ReportStatus.DONE), DEMO, after, told=False) is None


@given(level=LEVELS, unread=st.booleans(), danger=DANGERS, quarantined=st.booleans(), at_once=st.booleans())
def test_nobody_takes_back_what_somebody_must_look_at(
    level: Level | None, unread: bool, danger: Danger | None, quarantined: bool, at_once: bool
) -> None:
    reporting_class = ReportingClass.PHONE_AT_ONCE if at_once else ReportingClass.PERIODIC
    one = decided(reporting_class, level=level, unscreened=unread, answers=Answers(danger=danger))
    kept = is_at_risk(one) or quarantined or at_once
    assert is_kept_for_people(one, quarantined=quarantined) is kept


def test_what_was_over_is_decided_on_anew_and_in_time_from_then() -> None:
    over = replace(decided(ReportingClass.PHONE_AT_ONCE), status=ReportStatus.DONE, closed_at=SENT)
    again = SENT + timedelta(days=30)
    for one in (reopened(over, ReportStatus.NEW, again), done(over, Deed.REOPEN, again, SORA, "staff")):
        assert not is_decided(one) and one.deadline is None and one.closed_at is None
        assert triage_due(one, DEMO) == report_deadline(ReportingClass.PROMPTLY, again, DEMO)
        assert late(one, DEMO, again, told=True) is None
        assert late(one, DEMO, again + timedelta(days=5), told=True) is Late.UNDECIDED


def test_what_must_be_told_at_once_is_told_before_it_is_finished() -> None:
    for reporting_class in ReportingClass:
        at_once = reporting_class is ReportingClass.PHONE_AT_ONCE
        assert bool(close_faults(decided(reporting_class), told=False)) is at_once
        assert bool(prank_faults(decided(reporting_class), supervisor=False)) is at_once
        assert not close_faults(decided(reporting_class), told=True)
    assert close_faults(report(), told=True)


def test_a_form_is_old_once_the_reporter_wrote_and_not_for_what_people_do() -> None:
    one = report()
    assert seen_of(decided(number=9)) == seen_of(one)
    assert seen_of(replace(one, version=2)) != seen_of(one)
    assert seen_of(replace(one, touched_at=SENT + timedelta(microseconds=1))) != seen_of(one)


# --- jokes, and the same matter ---------------------------------------------------------------------------------------


@given(level=LEVELS, unread=st.booleans(), danger=DANGERS, supervisor=st.booleans())
def test_what_may_be_a_child_at_risk_is_a_supervisors_to_put_aside(
    level: Level | None, unread: bool, danger: Danger | None, supervisor: bool
) -> None:
    one = report(level=level, unscreened=unread, answers=Answers(danger=danger))
    grave = level in (Level.HIGH, Level.CRITICAL) or unread or danger is Danger.NOW
    assert is_at_risk(one) is grave
    assert bool(prank_faults(one, supervisor=supervisor)) is (grave and not supervisor)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 6), st.integers(1, 6)), max_size=12))
def test_matters_stay_whole_whatever_is_joined_and_parted(deeds: list[tuple[bool, int, int]]) -> None:
    every = {n: report(number=n) for n in range(1, 7)}

    def together(one: Report) -> list[Report]:
        return [r for r in every.values() if one.matter_id is not None and r.matter_id == one.matter_id]

    for fresh, (joins, first, second) in enumerate(deeds, 100):
        one, other = every[first], every[second]
        if joins and first != second:
            changed = joined(matter_of(one, other, UUID(int=fresh)), [one, other], together(one), together(other))
        else:
            changed = parted(one, together(one)) if one.matter_id is not None else ()
        every |= {r.id.int: r for r in changed}
        if joins and first != second:
            assert every[first].matter_id == every[second].matter_id is not None
            assert all(r.matter_id == every[first].matter_id for r in (every[x.id.int] for x in together(one)))
        sizes = [len(together(r)) for r in every.values() if r.matter_id is not None]
        assert all(size > 1 for size in sizes), "a matter of one is none"
