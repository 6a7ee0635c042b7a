"""A supervisor's closure lies over the hours: nothing opens inside one, and what it leaves alone stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE, HoursStatus, OpeningHours
from handoff.domain.live_timers import LiveFacts, TimerStep, due
from handoff.domain.profile.duty import SessionTimers
from handoff.domain.profile.vocabulary import HardEnd
from handoff.domain.window_closure import WindowClosure, check_span, checked_text
from tests.unit.domain.test_hours_properties import Stretch, as_hours, closures, weeks

OPEN, OVER, CLOSED = HoursStatus.OPEN, HoursStatus.RECEPTION_OVER, HoursStatus.CLOSED
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=ZONE)
EVENINGS = [(day * 1440 + 17 * 60, day * 1440 + 21 * 60 + 30, day * 1440 + 22 * 60) for day in range(7)]


def closed(begins: datetime, ends: datetime, *, announced: bool = True, text: str = "お休みです。") -> WindowClosure:
    return WindowClosure(uuid4(), begins, ends, text, announced, UUID(int=1), begins)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def evenings(*shut: WindowClosure) -> OpeningHours:
    """Every day 17:00 to 22:00, reception until 21:30, and these closures."""
    return as_hours(EVENINGS).closed_in(shut)


moments = st.datetimes(datetime(2026, 2, 1), datetime(2028, 3, 31), timezones=st.sampled_from([ZONE, UTC]))
spans = st.builds(
    lambda begins, minutes, announced: closed(begins, begins + timedelta(minutes=minutes), announced=announced),
    moments,
    st.integers(0, 40 * 1440),
    st.booleans(),
)
overlays = st.lists(spans, max_size=4)


@given(weeks(), closures, overlays, moments)
@example(EVENINGS, [], [closed(at("2026-11-20T00:00"), at("2026-11-21T17:00"))], NOW)
@example(EVENINGS, [], [closed(at("2026-11-20T17:00"), at("2026-11-20T18:00"))], NOW)
def test_never_open_inside_a_closure_and_as_before_outside(
    week: list[Stretch], days: list[str], shut: list[WindowClosure], moment: datetime
) -> None:
    plain = as_hours(week, closed=days)
    hours = plain.closed_in(shut)
    inside = any(one.covers(moment) for one in shut)
    assert hours.status(moment) is (CLOSED if inside else plain.status(moment))
    assert (hours.closure_at(moment) is not None) == inside
    assert plain.closures == (), "the hours themselves were not touched"


@given(weeks(), closures, overlays, moments)
@example(EVENINGS, [], [closed(at("2026-11-20T18:30"), at("2026-11-20T19:10"))], at("2026-11-20T18:30"))
@example(EVENINGS, [], [closed(NOW, NOW + timedelta(seconds=90))], NOW)
def test_the_next_opening_is_open_outside_every_closure_and_nothing_opens_before_it(
    week: list[Stretch], days: list[str], shut: list[WindowClosure], moment: datetime
) -> None:
    hours = as_hours(week, closed=days).closed_in(shut)
    opening = hours.next_opening(moment)
    assert opening is not None and opening > moment
    assert hours.status(opening) is OPEN
    assert not any(one.covers(opening) for one in shut)
    assert hours.status(opening - timedelta(microseconds=1)) is not OPEN
    # Whatever turns between must be one of these moments; none of them turns to open.
    marks = [mark for one in shut for mark in (one.begins_at, one.ends_at) if moment < mark < opening]
    for mark in marks:
        turned = hours.status(mark) is OPEN and hours.status(mark - timedelta(microseconds=1)) is not OPEN
        assert not turned


@given(weeks(), overlays, moments)
def test_reception_ends_with_the_slot_or_with_a_closure(
    week: list[Stretch], shut: list[WindowClosure], moment: datetime
) -> None:
    hours = as_hours(week).closed_in(shut)
    until = hours.reception_until(moment)
    assert (until is not None) == (hours.status(moment) is OPEN)
    if until is not None:
        assert until > moment
        assert hours.status(until - timedelta(microseconds=1)) is OPEN
        plain = as_hours(week).reception_until(moment)
        assert until == plain or any(until == one.begins_at for one in shut)


@given(weeks(), overlays, moments)
@example(EVENINGS, [closed(NOW, NOW + timedelta(hours=1), announced=False)], NOW)
@example(EVENINGS, [closed(NOW, NOW + timedelta(hours=1))], NOW)
def test_talks_end_with_the_hours_or_with_what_was_announced(
    week: list[Stretch], shut: list[WindowClosure], moment: datetime
) -> None:
    plain, hours = as_hours(week), as_hours(week).closed_in(shut)
    here = [one for one in shut if one.covers(moment)]
    told = hours.status_of_talks(moment)
    if plain.status(moment) is CLOSED or any(one.announced for one in here):
        assert told is CLOSED
    else:
        assert told is (OVER if here else plain.status(moment))


def test_a_closure_in_the_middle_of_an_evening() -> None:
    hours = evenings(closed(at("2026-11-20T18:00"), at("2026-11-20T19:00")))
    assert hours.status(at("2026-11-20T17:59:59")) is OPEN
    assert hours.status(at("2026-11-20T18:00")) is CLOSED
    assert hours.status(at("2026-11-20T18:59:59")) is CLOSED
    assert hours.status(at("2026-11-20T19:00")) is OPEN
    assert hours.next_opening(at("2026-11-20T18:30")) == at("2026-11-20T19:00")
    assert hours.reception_until(at("2026-11-20T17:10")) == at("2026-11-20T18:00")
    assert hours.reception_until(at("2026-11-20T18:10")) is None


def test_closures_that_touch_or_overlap_are_one() -> None:
    hours = evenings(
        closed(at("2026-11-20T18:00"), at("2026-11-20T19:00")),
        closed(at("2026-11-20T19:00"), at("2026-11-20T19:30")),
        closed(at("2026-11-20T19:10"), at("2026-11-21T17:00")),
    )
    assert hours.next_opening(at("2026-11-20T18:30")) == at("2026-11-21T17:00")


def test_over_the_year_s_end_and_29_february() -> None:
    hours = evenings(
        closed(at("2027-12-28T00:00"), at("2028-01-05T00:00")), closed(at("2028-02-29T00:00"), at("2028-03-01T00:00"))
    )
    assert hours.status(at("2027-12-31T23:59")) is CLOSED and hours.status(at("2028-01-04T18:00")) is CLOSED
    assert hours.next_opening(at("2027-12-27T22:00")) == at("2028-01-05T17:00")
    assert hours.status(at("2028-02-29T18:00")) is CLOSED
    assert hours.next_opening(at("2028-02-28T21:45")) == at("2028-03-01T17:00")


def test_the_words_are_those_of_the_closure_that_was_made_last() -> None:
    first = closed(at("2026-11-20T00:00"), at("2026-11-22T00:00"), text="先の文です。")
    later = WindowClosure(uuid4(), NOW, at("2026-11-20T19:00"), "あとの文です。", False, UUID(int=1), NOW)
    hours = evenings(later, first)
    assert [hours.closure_at(moment) for moment in (NOW, at("2026-11-20T19:00"))] == [later, first]


def test_one_that_was_lifted_before_it_began_never_was() -> None:
    gone = closed(at("2026-11-20T19:00"), at("2026-11-20T19:00"))
    assert evenings(gone).closures == ()
    assert evenings(gone).status(at("2026-11-20T19:00")) is OPEN


# --- what is live -----------------------------------------------------------------------------------------------------


def steps(hours: OpeningHours, moment: str) -> list[TimerStep]:
    facts = LiveFacts(False, at("2026-11-20T17:30"), at("2026-11-20T17:40"), at("2026-11-20T17:45"))
    timers = SessionTimers(hard_end=HardEnd.AT_CLOSE)
    return list(due(facts, timers, hours, timedelta(minutes=10), at(moment)))


def test_what_is_live_when_an_unannounced_closure_begins_is_finished() -> None:
    hours = evenings(closed(at("2026-11-20T18:00"), at("2026-11-21T17:00"), announced=False))
    assert steps(hours, "2026-11-20T17:55") == steps(hours, "2026-11-20T18:00") == []
    assert steps(hours, "2026-11-20T21:50") == [TimerStep.LAST_CALL]
    assert steps(hours, "2026-11-20T22:00") == [TimerStep.END_HOURS]


def test_an_announced_closure_has_a_last_call_and_an_end() -> None:
    hours = evenings(closed(at("2026-11-20T18:00"), at("2026-11-21T17:00")))
    assert steps(hours, "2026-11-20T17:49") == []
    assert steps(hours, "2026-11-20T17:50") == [TimerStep.LAST_CALL]
    assert steps(hours, "2026-11-20T18:00") == [TimerStep.END_HOURS]


# --- what a supervisor writes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "あ" * 121,
        "10分後に開きます。",
        "ほかの人を優先しています。",
        "がんばってください。",
        "すみません！",
    ],
)
def test_words_that_no_student_may_read_are_refused(text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        checked_text(text)
    assert refused.value.field == "text"


def test_words_are_kept_without_what_surrounds_them() -> None:
    assert checked_text("  台風のため、\r\n\r\n  お休みします。 ") == "台風のため、\nお休みします。"


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [
        (-1, 0, "ends_at"),  # over
        (60, 60, "ends_at"),  # no time at all
        (60, 30, "ends_at"),
        (500 * 1440, 501 * 1440, "begins_at"),
        (0, 121 * 1440, "ends_at"),
    ],
)
def test_spans_that_make_no_sense_are_refused(begins: int, ends: int, field: str) -> None:
    with pytest.raises(InputRefused) as refused:
        check_span(NOW + timedelta(minutes=begins), NOW + timedelta(minutes=ends), NOW)
    assert refused.value.field == field
