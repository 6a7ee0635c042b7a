"""The hours of each board as its document has them, at every boundary minute (HOK-5.2, KAG-4.1, KAG-6.1イ(イ), TAJ-3, HYO)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from handoff.adapters.profiles import load_profile
from handoff.domain.closures import is_national_holiday
from handoff.domain.hours import ZONE, HoursStatus, OpeningHours

OPEN, OVER, CLOSED = HoursStatus.OPEN, HoursStatus.RECEPTION_OVER, HoursStatus.CLOSED
PROFILES = Path(__file__).resolve().parents[3] / "data" / "profiles"
MINUTE = timedelta(minutes=1)


@cache
def hours(name: str) -> OpeningHours:
    return load_profile(PROFILES / f"{name}.yml").hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def turns(name: str, day: str) -> list[tuple[str, HoursStatus]]:
    """Every minute of a day at which the status is another than the minute before, from the midnight before it on."""
    start, known = at(f"{day}T00:00"), hours(name)
    found, before = [], known.status(start - MINUTE)
    for minute in range(24 * 60):
        moment = start + minute * MINUTE
        status = known.status(moment)
        if status is not before:
            found.append((f"{moment:%H:%M}", status))
            # To the second: the turn is at the minute itself, not within the one before it.
            assert known.status(moment - timedelta(microseconds=1)) is before
        before = status
    return found


EVENING_KAG = [("17:00", OPEN), ("21:30", OVER), ("22:00", CLOSED)]
EVENING_DEMO = [("16:00", OPEN), ("21:30", OVER), ("22:00", CLOSED)]
WEEKDAY_TAJ = [("13:00", OPEN), ("19:00", CLOSED)]
SATURDAY_TAJ = [("12:00", OPEN), ("18:00", CLOSED)]
AFTERNOON_HYO = [("14:00", OPEN), ("19:00", CLOSED)]


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        # KAG-4.1 毎日17:00から22:00、受付は21:30まで: every day means every day.
        ("kagoshima", "2026-11-20", EVENING_KAG),  # Friday
        ("kagoshima", "2026-11-22", EVENING_KAG),  # Sunday
        ("kagoshima", "2026-11-23", EVENING_KAG),  # 勤労感謝の日
        ("kagoshima", "2026-12-31", EVENING_KAG),
        ("kagoshima", "2027-01-01", EVENING_KAG),
        ("kagoshima", "2027-02-28", EVENING_KAG),
        ("kagoshima", "2027-03-31", EVENING_KAG),  # the last day of the contract
        ("kagoshima", "2027-04-01", []),
        ("kagoshima", "2026-03-31", []),
        ("kagoshima", "2026-04-01", EVENING_KAG),
        # TAJ-3 火曜から金曜13時から19時、土曜12時から18時、12/29から1/3は休み. Holidays: not said, so nobody is promised.
        ("tajimi", "2026-11-16", []),  # Monday
        ("tajimi", "2026-11-17", WEEKDAY_TAJ),
        ("tajimi", "2026-11-18", WEEKDAY_TAJ),
        ("tajimi", "2026-11-19", WEEKDAY_TAJ),
        ("tajimi", "2026-11-20", WEEKDAY_TAJ),
        ("tajimi", "2026-11-21", SATURDAY_TAJ),
        ("tajimi", "2026-11-22", []),  # Sunday
        ("tajimi", "2026-11-03", []),  # 文化の日, a Tuesday
        ("tajimi", "2026-12-26", SATURDAY_TAJ),
        ("tajimi", "2026-12-29", []),  # a Tuesday
        ("tajimi", "2027-01-02", []),  # a Saturday
        ("tajimi", "2027-01-05", WEEKDAY_TAJ),
        ("tajimi", "2028-02-29", WEEKDAY_TAJ),  # a Tuesday
        ("tajimi", "2028-03-01", WEEKDAY_TAJ),
        # HYO-4.1① 月曜から土曜14時から19時、日曜・祝日・12/29から1/3を除く.
        ("hyogo", "2019-11-11", AFTERNOON_HYO),  # Monday
        ("hyogo", "2019-11-16", AFTERNOON_HYO),  # Saturday
        ("hyogo", "2019-11-17", []),  # Sunday
        ("hyogo", "2019-11-04", []),  # 振替休日
        ("hyogo", "2019-11-23", []),  # 勤労感謝の日, a Saturday
        ("hyogo", "2019-04-30", []),  # 国民の休日
        ("hyogo", "2019-10-22", []),  # 即位礼正殿の儀, of that year alone
        ("hyogo", "2019-12-28", AFTERNOON_HYO),
        ("hyogo", "2019-12-30", []),
        ("hyogo", "2020-01-03", []),
        ("hyogo", "2020-01-04", AFTERNOON_HYO),
        ("hyogo", "2020-02-29", AFTERNOON_HYO),  # a Saturday
        ("hyogo", "2020-03-31", AFTERNOON_HYO),
        ("hyogo", "2020-04-01", []),
        # HOK-3.3 協議の上、設定: nothing is decided, so nothing is open.
        ("hokkaido", "2026-11-20", []),
        ("hokkaido", "2028-02-29", []),
        # The demo, on holidays too, but not around New Year.
        ("demo", "2026-11-23", EVENING_DEMO),
        ("demo", "2026-12-28", EVENING_DEMO),
        ("demo", "2026-12-29", []),
        ("demo", "2026-12-31", []),
        ("demo", "2027-01-03", []),
        ("demo", "2027-01-04", EVENING_DEMO),
        ("demo", "2028-02-29", EVENING_DEMO),
    ],
)
def test_every_minute_of_a_day_is_as_the_document_says(
    name: str, day: str, expected: list[tuple[str, HoursStatus]]
) -> None:
    assert turns(name, day) == expected


@pytest.mark.parametrize(
    ("name", "moment", "opening"),
    [
        ("kagoshima", "2026-11-20T21:30", "2026-11-21T17:00"),
        ("kagoshima", "2026-12-31T22:00", "2027-01-01T17:00"),
        ("kagoshima", "2027-03-31T17:00", None),  # the contract ends, and the next one isn't written yet
        ("tajimi", "2026-11-21T18:00", "2026-11-24T13:00"),  # over Sunday, and Monday that is a holiday as well
        ("tajimi", "2026-12-26T18:00", "2027-01-05T13:00"),  # over New Year
        ("tajimi", "2028-02-28T00:00", "2028-02-29T13:00"),
        ("hyogo", "2019-12-28T19:00", "2020-01-04T14:00"),
        ("hyogo", "2019-04-27T19:00", "2019-05-07T14:00"),  # the ten days of 2019
        ("hokkaido", "2026-11-20T18:00", None),
        ("demo", "2026-12-28T22:00", "2027-01-04T16:00"),
    ],
)
def test_the_next_opening_that_a_student_hears(name: str, moment: str, opening: str | None) -> None:
    assert hours(name).next_opening(at(moment)) == (None if opening is None else at(opening))


@pytest.mark.parametrize("name", ["demo", "hokkaido", "hyogo", "kagoshima", "tajimi"])
def test_nobody_is_there_on_any_day_that_a_board_ruled_out(name: str) -> None:
    """Four years, leap day included: noon to evening of each day against the rules told in the profile."""
    known = hours(name)
    day = date(2019, 1, 1)
    while day < date(2029, 1, 1):
        version = next((one for one in known.versions if one.valid_from <= day <= one.last_day), None)
        open_at = [known.status(at(f"{day}T{clock}")) for clock in ("12:00", "14:30", "17:30", "18:30")]
        ruled_out = version is None or (
            any(closure.covers(day) for closure in version.closed or ())
            or (is_national_holiday(day) and str(version.national_holidays) != "open")
            or not version.week[day.weekday()]
        )
        assert (set(open_at) == {CLOSED}) == ruled_out, day
        day += timedelta(days=1)


def test_over_midnight_the_evening_s_slot_goes_on_into_a_day_on_which_nothing_starts() -> None:
    late = OpeningHours.model_validate(
        [
            {
                "valid_from": "2026-04-01",
                "sat": [{"start": "21:00", "end": "01:00", "last_reception": "00:30"}],
                "closed": ["12-29..01-03"],
                "national_holidays": "closed",
            }
        ]
    )
    minutes = {"20:59": CLOSED, "21:00": OPEN, "23:59": OPEN}
    assert {clock: late.status(at(f"2026-11-21T{clock}")) for clock in minutes} == minutes
    early = {"00:00": OPEN, "00:29": OPEN, "00:30": OVER, "00:59": OVER, "01:00": CLOSED}
    assert {clock: late.status(at(f"2026-11-22T{clock}")) for clock in early} == early
    # The night from 26 December ends on the 27th; that of 2 January, in the days off, never begins.
    assert late.status(at("2026-12-27T00:29")) is OPEN
    assert late.status(at("2027-01-03T00:10")) is CLOSED
    assert late.next_opening(at("2026-12-27T00:30")) == at("2027-01-09T21:00")
