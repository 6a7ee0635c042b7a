"""Opening hours for any hours and any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from hypothesis import assume, example, given
from hypothesis import strategies as st

from handoff.domain.closures import is_national_holiday
from handoff.domain.hours import ZONE, HoursStatus, OpeningHours, Weekday, format_minutes

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
Stretch = tuple[int, int, int]  # minutes since Monday 00:00: start, last reception, end (may pass the week's end)


@st.composite
def weeks(draw: st.DrawFn) -> list[Stretch]:
    marks = sorted(draw(st.sets(st.integers(0, WEEK - 1), min_size=2, max_size=12)))
    turn = draw(st.integers(0, WEEK - 1))
    stretches = []
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        if end - start < DAY:
            last = draw(st.one_of(st.just(end), st.integers(start + 1, end)))
            stretches.append((start + turn, last + turn, end + turn))
    assume(stretches)
    return stretches


def as_hours(stretches: list[Stretch], **more: Any) -> OpeningHours:
    version: dict[str, Any] = {"valid_from": "2000-01-01", "closed": [], "national_holidays": "open"} | more
    for start, last, end in stretches:
        slot = {
            "start": format_minutes(start % DAY),
            "end": _end(end),
            "last_reception": None if last == end else _end(last),
        }
        version.setdefault(list(Weekday)[start % WEEK // DAY].value, []).append(slot)
    return OpeningHours.model_validate([version])


def _end(minutes: int) -> str:
    return "24:00" if minutes % DAY == 0 else format_minutes(minutes % DAY)


moments = st.datetimes(datetime(2000, 1, 9), datetime(2098, 1, 1), timezones=st.sampled_from([ZONE, UTC]))
closures = st.lists(st.sampled_from(["12-29..01-03", "02-29", "05-03..05-05", "08-11", "2026-11-01..2026-12-15"]))


def minute_of_week(at: datetime) -> int:
    here = at.astimezone(ZONE)
    return here.weekday() * DAY + here.hour * 60 + here.minute


@given(weeks(), moments)
def test_status_is_what_the_week_says(week: list[Stretch], at: datetime) -> None:
    now = minute_of_week(at)
    # A last reception at a slot's midnight is written "24:00" or "00:00"; the week itself knows no such doubt.
    expected = HoursStatus.CLOSED
    for start, last, end in week:
        into = (now - start) % WEEK
        if into < end - start:
            expected = HoursStatus.OPEN if into < last - start else HoursStatus.RECEPTION_OVER
    assert as_hours(week).status(at) is expected


@given(weeks(), closures, st.sampled_from(["open", "closed"]), moments)
@example([(0, DAY, DAY)], [], "open", datetime(2026, 12, 31, 23, 59, tzinfo=ZONE))
@example([(22 * 60, 26 * 60, 26 * 60)], ["02-29"], "closed", datetime(2028, 2, 28, 23, 0, tzinfo=ZONE))
def test_the_next_opening_opens(week: list[Stretch], closed: list[str], holidays: str, at: datetime) -> None:
    hours = as_hours(week, closed=closed, national_holidays=holidays)
    opening = hours.next_opening(at)
    assert opening is not None
    assert opening > at
    assert hours.status(opening) is HoursStatus.OPEN
    assert hours.status(opening - timedelta(minutes=1)) is not HoursStatus.OPEN


@given(weeks(), closures, moments, st.floats(0, 1, exclude_max=True))
def test_nothing_opens_before_the_next_opening(
    week: list[Stretch], closed: list[str], at: datetime, part: float
) -> None:
    hours = as_hours(week, closed=closed)
    opening = hours.next_opening(at)
    assert opening is not None
    between = at + (opening - at) * part
    assume(between < opening)
    assert hours.next_opening(between) == opening
    if hours.status(at) is not HoursStatus.OPEN:
        assert hours.status(between) is not HoursStatus.OPEN


@given(weeks(), moments)
def test_reception_ends_when_it_says(week: list[Stretch], at: datetime) -> None:
    hours = as_hours(week)
    until = hours.reception_until(at)
    assert (until is not None) == (hours.status(at) is HoursStatus.OPEN)
    if until is not None:
        assert until > at
        assert hours.status(until - timedelta(minutes=1)) is HoursStatus.OPEN


@given(weeks(), moments)
def test_on_a_holiday_no_slot_starts(week: list[Stretch], at: datetime) -> None:
    hours = as_hours(week, national_holidays="closed")
    opening = hours.next_opening(at)
    assert opening is not None
    assert not is_national_holiday(opening.date())


@given(
    weeks(),
    st.datetimes(timezones=st.integers(-23, 23).map(lambda hour: timezone(timedelta(hours=hour)))),
)
@example([(0, 60, 60)], datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))))
@example([(0, 60, 60)], datetime.min.replace(tzinfo=timezone(timedelta(hours=23))))
@example([(WEEK - 60, WEEK + 60, WEEK + 60)], datetime(2100, 1, 1, 0, 30, tzinfo=ZONE))
def test_any_aware_moment_has_an_answer(week: list[Stretch], at: datetime) -> None:
    hours = as_hours(week)
    assert hours.status(at) in HoursStatus
    opening = hours.next_opening(at)
    assert opening is None or opening > at


@given(moments)
def test_unknown_hours_never_open(at: datetime) -> None:
    hours = OpeningHours()
    assert hours.status(at) is HoursStatus.CLOSED
    assert hours.next_opening(at) is None
