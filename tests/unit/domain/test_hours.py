"""Opening hours at their boundaries."""

from __future__ import annotations

import timeit
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from handoff.domain.closures import Closure, is_national_holiday
from handoff.domain.hours import ZONE, HoursStatus, OpeningHours, Weekday, format_minutes

OPEN, RECEPTION_OVER, CLOSED = HoursStatus.OPEN, HoursStatus.RECEPTION_OVER, HoursStatus.CLOSED


def hours(*versions: dict[str, Any]) -> OpeningHours:
    base = {"valid_from": "2000-01-01", "closed": [], "national_holidays": "open"}
    return OpeningHours.model_validate([base | version for version in versions])


def daily(start: str, end: str, last: str | None = None, **more: Any) -> dict[str, Any]:
    return {day.value: [{"start": start, "end": end, "last_reception": last}] for day in Weekday} | more


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-11-20T16:59:59", CLOSED),
        ("2026-11-20T17:00:00", OPEN),
        ("2026-11-20T21:29:59", OPEN),
        ("2026-11-20T21:30:00", RECEPTION_OVER),
        ("2026-11-20T21:59:59", RECEPTION_OVER),
        ("2026-11-20T22:00:00", CLOSED),
    ],
)
def test_boundaries_of_a_slot(moment: str, status: HoursStatus) -> None:
    assert hours(daily("17:00", "22:00", "21:30")).status(at(moment)) is status


def test_several_slots_a_day() -> None:
    both = hours({"fri": [{"start": "09:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}]})
    assert both.status(at("2026-11-20T12:30")) is CLOSED
    assert both.next_opening(at("2026-11-20T08:00")) == at("2026-11-20T09:00")
    assert both.next_opening(at("2026-11-20T10:00")) == at("2026-11-20T13:00")
    assert both.next_opening(at("2026-11-20T13:00")) == at("2026-11-27T09:00")


def test_slots_are_read_in_order_however_they_are_written() -> None:
    both = hours({"fri": [{"start": "13:00", "end": "17:00"}, {"start": "09:00", "end": "12:00"}]})
    assert both.next_opening(at("2026-11-20T08:00")) == at("2026-11-20T09:00")


def test_over_midnight() -> None:
    late = hours({"fri": [{"start": "22:00", "end": "02:00", "last_reception": "01:30"}]})
    assert late.status(at("2026-11-20T23:59")) is OPEN
    assert late.status(at("2026-11-21T01:29")) is OPEN
    assert late.status(at("2026-11-21T01:30")) is RECEPTION_OVER
    assert late.status(at("2026-11-21T02:00")) is CLOSED
    assert late.status(at("2026-11-20T01:00")) is CLOSED  # Thursday's night has no slot
    assert late.reception_until(at("2026-11-21T00:10")) == at("2026-11-21T01:30")


def test_a_closed_date_keeps_the_early_hours_of_the_evening_before() -> None:
    late = hours(daily("22:00", "02:00", closed=["12-29..01-03"]))
    assert late.status(at("2026-12-29T01:00")) is OPEN
    assert late.status(at("2026-12-29T23:00")) is CLOSED
    assert late.status(at("2027-01-04T01:00")) is CLOSED
    assert late.next_opening(at("2026-12-29T01:00")) == at("2027-01-04T22:00")


def test_until_midnight_and_round_the_clock() -> None:
    evening = hours(daily("18:00", "24:00"))
    assert evening.status(at("2026-11-20T23:59:59")) is OPEN
    assert evening.status(at("2026-11-21T00:00")) is CLOSED
    always = hours(daily("00:00", "24:00"))
    assert always.status(at("2026-11-20T00:00")) is OPEN
    assert always.next_opening(at("2026-11-20T12:00")) is None  # it never closes, so it never opens again
    assert always.always_open(at("2026-11-20T12:00"))
    assert not evening.always_open(at("2026-11-20T19:00"))
    assert not hours(daily("00:00", "24:00", closed=["01-01"])).always_open(at("2026-11-20T12:00"))
    assert not hours(daily("00:00", "24:00", "23:00")).always_open(at("2026-11-20T12:00"))


def test_end_of_the_year() -> None:
    year_end = hours(daily("17:00", "22:00", closed=["12-29..01-03"]))
    assert year_end.status(at("2026-12-28T18:00")) is OPEN
    for day in ("2026-12-29", "2026-12-31", "2027-01-01", "2027-01-03"):
        assert year_end.status(at(f"{day}T18:00")) is CLOSED
    assert year_end.next_opening(at("2026-12-28T18:00")) == at("2027-01-04T17:00")


def test_29_february() -> None:
    closed = hours(daily("17:00", "22:00", closed=["02-29"]))
    assert closed.status(at("2028-02-29T18:00")) is CLOSED
    assert closed.next_opening(at("2028-02-28T22:00")) == at("2028-03-01T17:00")
    assert closed.next_opening(at("2027-02-28T22:00")) == at("2027-03-01T17:00")
    assert hours(daily("17:00", "22:00")).status(at("2028-02-29T18:00")) is OPEN


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2019, 5, 1), True),  # 即位の日
        (date(2019, 4, 30), True),  # 国民の休日
        (date(2020, 7, 24), True),  # スポーツの日, moved for that year
        (date(2020, 10, 12), False),
        (date(2026, 5, 6), True),  # 振替休日
        (date(2026, 9, 22), True),  # 国民の休日
        (date(2026, 11, 23), True),
        (date(2026, 11, 24), False),
        (date(2026, 12, 23), False),  # no longer 天皇誕生日
    ],
)
def test_national_holidays(day: date, holiday: bool) -> None:
    assert is_national_holiday(day) is holiday
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
    assert (hours(daily("10:00", "14:00", national_holidays="closed")).status(noon) is CLOSED) is holiday
    assert hours(daily("10:00", "14:00", national_holidays="open")).status(noon) is OPEN


def test_an_undecided_holiday_is_read_as_closed() -> None:
    assert hours(daily("10:00", "14:00", national_holidays=None)).status(at("2026-11-23T12:00")) is CLOSED


def test_dated_versions() -> None:
    drift = hours(
        daily("17:00", "22:00", valid_from="2026-04-01", valid_to="2027-03-31"),
        daily("17:00", "21:00", valid_from="2025-04-01", valid_to="2026-03-31"),
    )
    assert drift.status(at("2025-03-31T18:00")) is CLOSED
    assert drift.next_opening(at("2024-01-01T00:00")) == at("2025-04-01T17:00")
    assert drift.status(at("2026-03-31T21:30")) is CLOSED
    assert drift.status(at("2026-04-01T21:30")) is OPEN
    assert drift.next_opening(at("2027-03-31T17:00")) is None
    assert drift.status(at("2027-04-01T18:00")) is CLOSED


def test_unknown_hours_are_closed() -> None:
    unknown = OpeningHours.model_validate(None)
    assert not unknown.known
    assert unknown.status(at("2026-11-20T18:00")) is CLOSED
    assert unknown.next_opening(at("2026-11-20T18:00")) is None
    assert unknown.reception_until(at("2026-11-20T18:00")) is None


def test_other_zones_are_the_same_moment() -> None:
    evening = hours(daily("17:00", "22:00"))
    assert evening.status(datetime(2026, 11, 20, 8, 0, tzinfo=UTC)) is OPEN
    assert evening.status(datetime(2026, 11, 19, 22, 0, tzinfo=timezone(timedelta(hours=-10)))) is OPEN
    assert evening.next_opening(datetime(2026, 11, 20, 13, 0, tzinfo=UTC)) == at("2026-11-21T17:00")


def test_a_naive_datetime_is_refused() -> None:
    evening = hours(daily("17:00", "22:00"))
    for ask in (evening.status, evening.next_opening, evening.reception_until, evening.always_open):
        with pytest.raises(ValueError, match="zone"):
            ask(datetime(2026, 11, 20, 18, 0))
    with pytest.raises(ValueError, match="zone"):
        OpeningHours().status(datetime(2026, 11, 20, 18, 0))


@pytest.mark.parametrize(
    ("version", "says"),
    [
        (daily("17:00", "17:00"), "終日"),
        (daily("24:00", "02:00"), "00:00"),
        (daily("17:00", "22:00", "16:00"), "最終受付"),
        (daily("17:00", "22:00", "17:00"), "最終受付"),
        (daily("17:00", "25:00"), "24:00"),
        (daily("17:60", "22:00"), "17:60"),
        (daily("5:00", "22:00"), "HH:MM"),
        (daily("１７:00", "22:00"), "HH:MM"),
        ({"mon": [{"start": 1020, "end": "22:00"}]}, "HH:MM"),
        (daily("20:00", "21:00") | {"mon": [{"start": "22:00", "end": "21:00"}]}, "重なって"),
        ({"sun": [{"start": "22:00", "end": "02:00"}], "mon": [{"start": "01:00", "end": "03:00"}]}, "重なって"),
        (daily("17:00", "22:00", valid_from="2026-04-01", valid_to="2026-03-31"), "valid_to"),
        ({}, "曜日"),
        (daily("17:00", "22:00", closed=["02-30"]), "02-30"),
        (daily("17:00", "22:00", closed=["12-29..2027-01-03"]), "休業日"),
        (daily("17:00", "22:00", closed=["2027-01-03..2026-12-29"]), "順番"),
        (daily("17:00", "22:00", closed=["01-01..01-02..01-03"]), "休業日"),
        (daily("17:00", "22:00", closed=["sun"]), "休業日"),
        (daily("17:00", "22:00", valid_from=20260401), "日付"),
        (daily("17:00", "22:00", valid_from="1999-12-31"), "2000"),
    ],
)
def test_what_makes_no_sense_is_refused(version: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        hours(version)


def test_versions_may_not_overlap() -> None:
    with pytest.raises(ValidationError, match="期間が重なって"):
        hours(daily("17:00", "22:00"), daily("17:00", "21:00", valid_from="2026-04-01"))


def test_slots_that_touch_are_one_opening() -> None:
    touching = hours({"fri": [{"start": "09:00", "end": "12:00"}, {"start": "12:00", "end": "15:00"}]})
    assert touching.next_opening(at("2026-11-20T10:00")) == at("2026-11-27T09:00")


def test_closures_are_written_back_as_they_were_read() -> None:
    for text in ("12-29..01-03", "02-29", "2026-08-11", "2026-08-10..2026-08-16"):
        assert str(Closure.parse(text)) == text
    assert [format_minutes(minutes) for minutes in (0, 570, 1440, 1530)] == ["00:00", "09:30", "24:00", "01:30"]


def test_status_takes_no_more_than_50_microseconds() -> None:
    kagoshima = hours(daily("17:00", "22:00", "21:30", national_holidays="closed", closed=["12-29..01-03"]))
    moment = at("2026-11-23T21:45")
    best = min(timeit.repeat(lambda: kagoshima.status(moment), number=500, repeat=5)) / 500
    assert best <= 50e-6
