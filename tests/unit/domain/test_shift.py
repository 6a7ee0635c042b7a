"""Shifts: their day, who was there, and when too few were (KAG-6.1ア(イ), HYO-4.3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE, OpeningHours
from handoff.domain.profile.access import Staff
from handoff.domain.shift import (
    GONE_AFTER,
    START,
    Confirmation,
    Duty,
    Item,
    ShortageStep,
    check_confirmation,
    checked_words,
    day_frame,
    open_stretches,
    shift_day,
    shortages,
    unconfirmed,
    worked,
)
from handoff.domain.staff import StaffRole
from handoff.domain.window_closure import WindowClosure

DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=ZONE)
FRAME = (MIDNIGHT, MIDNIGHT + timedelta(days=1))
LATER = MIDNIGHT + timedelta(days=2)
PEOPLE = [UUID(int=number) for number in range(1, 5)]
RULE = Staff(min_counsellors=2, supervisor_excluded=True)


def at(text: str, day: int = 20) -> datetime:
    hours, _, minutes = text.partition(":")
    return datetime(2026, 11, day, tzinfo=ZONE) + timedelta(hours=int(hours), minutes=int(minutes))


def hours(start: str, end: str, closed: list[str] | None = None) -> OpeningHours:
    week = {day: [{"start": start, "end": end}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    version = {"valid_from": "2020-04-01", **week, "closed": closed, "national_holidays": "open"}
    return OpeningHours.model_validate([version])


def duty(who: int, begins: datetime, ends: datetime | None, role: StaffRole = StaffRole.COUNSELLOR) -> Duty:
    return Duty(PEOPLE[who], role, begins, ends, ends or begins)


def minutes_since_midnight() -> st.SearchStrategy[datetime]:
    return st.integers(-600, 2000).map(lambda minutes: MIDNIGHT + timedelta(minutes=minutes))


duties = st.lists(
    st.builds(
        lambda who, one, other, role: Duty(PEOPLE[who], role, min(one, other), max(one, other), max(one, other)),
        st.integers(0, 3),
        minutes_since_midnight(),
        minutes_since_midnight(),
        st.sampled_from([StaffRole.COUNSELLOR, StaffRole.SUPERVISOR]),
    ),
    max_size=12,
)


# --- the day --------------------------------------------------------------------------------------------------------


def test_what_lies_past_midnight_is_still_the_evening_s() -> None:
    evening, night = hours("16:00", "22:00"), hours("20:00", "02:00")
    assert shift_day(evening, at("23:59")) == DAY and shift_day(evening, at("0:10")) == DAY
    assert shift_day(night, at("1:59", 21)) == DAY and shift_day(night, at("2:00", 21)) == date(2026, 11, 21)
    assert day_frame(night, DAY) == (at("2:00"), at("26:00"))
    assert day_frame(evening, DAY) == FRAME
    assert day_frame(OpeningHours(), DAY) == FRAME


@given(minutes_since_midnight(), st.integers(0, 23), st.integers(1, 23))
def test_every_moment_lies_in_the_frame_of_its_shift_and_frames_touch(
    moment: datetime, start: int, length: int
) -> None:
    week = hours(f"{start:02}:00", f"{(start + length) % 24:02}:00")
    day = shift_day(week, moment)
    begins, ends = day_frame(week, day)
    assert begins <= moment < ends
    assert day_frame(week, day + timedelta(days=1))[0] == ends


def test_closures_are_taken_out_of_the_open_hours() -> None:
    def closure(begins: datetime, ends: datetime) -> WindowClosure:
        return WindowClosure(uuid4(), begins, ends, "休み", True, PEOPLE[0], begins)

    week = hours("16:00", "22:00").closed_in([closure(at("17:00"), at("18:00")), closure(at("21:00"), at("30:00"))])
    assert open_stretches(week, DAY) == ((at("16:00"), at("17:00")), (at("18:00"), at("21:00")))
    assert open_stretches(week.closed_in([closure(at("0:00"), at("24:00"))]), DAY) == ()
    assert open_stretches(hours("16:00", "22:00", ["11-20..11-20"]), DAY) == ()


# --- who was there ----------------------------------------------------------------------------------------------------


def test_overlaps_count_once_and_midnight_cuts() -> None:
    found = worked(
        [
            duty(0, at("17:00"), at("19:00")),
            duty(0, at("18:00"), at("20:00")),
            duty(0, at("20:00"), at("20:30")),
            duty(1, at("22:00"), at("25:00")),
        ],
        FRAME,
        LATER,
    )
    assert found == {PEOPLE[0]: ((at("17:00"), at("20:30")),), PEOPLE[1]: ((at("22:00"), at("24:00")),)}


def test_who_never_signed_out_was_there_until_the_last_sign_of_them() -> None:
    silent = Duty(PEOPLE[0], StaffRole.COUNSELLOR, at("17:00"), None, at("19:00"))
    assert silent.until(at("19:00") + GONE_AFTER) == at("19:00") + GONE_AFTER, "they may read something"
    assert silent.until(at("19:31")) == at("19:00")


@given(duties)
def test_nobody_is_there_longer_than_the_day_and_stretches_never_touch(found: list[Duty]) -> None:
    for person, stretches in worked(found, FRAME, LATER).items():
        assert all(FRAME[0] <= begins < ends <= FRAME[1] for begins, ends in stretches)
        assert all(one[1] < other[0] for one, other in pairwise(stretches))
        for minute in range(0, 24 * 60, 37):
            moment = MIDNIGHT + timedelta(minutes=minute)
            there = any(one.staff_id == person and one.begins_at <= moment < one.until(LATER) for one in found)
            assert there == any(begins <= moment < ends for begins, ends in stretches)


@given(duties, st.integers(1, 3), st.booleans())
def test_shortages_are_just_the_minutes_in_which_too_few_people_were_there(
    found: list[Duty], least: int, excluded: bool
) -> None:
    opened = ((at("16:00"), at("22:00")),)
    rule = Staff(min_counsellors=least, supervisor_excluded=excluded)
    short = shortages(found, opened, rule, LATER)
    for minute in range(24 * 60):
        moment = MIDNIGHT + timedelta(minutes=minute)
        there = {
            one.staff_id
            for one in found
            if one.begins_at <= moment < one.until(LATER) and (not excluded or one.role is StaffRole.COUNSELLOR)
        }
        missing = max(0, least - len(there)) if at("16:00") <= moment < at("22:00") else 0
        assert sum(one.missing for one in short if one.begins_at <= moment < one.ends_at) == missing
    assert all(one.ends_at < other.begins_at or one.missing != other.missing for one, other in pairwise(short))


def test_what_is_to_come_is_no_shortage_and_a_profile_without_a_number_has_none() -> None:
    opened = ((at("16:00"), at("22:00")),)
    assert shortages([], opened, RULE, at("15:00")) == ()
    assert [one.minutes for one in shortages([], opened, RULE, at("17:00"))] == [60]
    assert shortages([], opened, Staff(), LATER) == ()


# --- what is confirmed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", list(Item))
def test_what_is_well_needs_no_word(item: Item) -> None:
    check_confirmation(item, True, False, None, "")


@pytest.mark.parametrize(
    ("item", "supervisor", "step", "words", "field"),
    [
        (Item.ALARM, False, None, "入院中", "words"),
        (Item.ALARM, True, None, "", "words"),
        (Item.STAFF, False, ShortageStep.CALL_IN, "呼びました", "words"),
        (Item.STAFF, True, None, "呼びました", "step"),
        (Item.STAFF, True, ShortageStep.GO_ON, "", "words"),
        (Item.TALKS, True, None, "", "words"),
        (Item.DRAFTS, True, None, "", "words"),
        (Item.SHEETS, True, None, "", "words"),
        (Item.HANDOVER, True, None, "あとで書く", "words"),
    ],
)
def test_what_isn_t_needs_somebody_to_answer_for_it(
    item: Item, supervisor: bool, step: ShortageStep | None, words: str, field: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        check_confirmation(item, False, supervisor, step, words)
    assert refused.value.field == field


def test_a_reason_suffices() -> None:
    check_confirmation(Item.ALARM, False, True, None, "入院中")
    check_confirmation(Item.STAFF, False, True, ShortageStep.CALL_IN, "")
    check_confirmation(Item.STAFF, False, True, ShortageStep.GO_ON, "研修のため")
    check_confirmation(Item.SHEETS, False, False, None, "明日ゆきが書きます")
    check_confirmation(Item.LINES, False, False, None, "")


def test_items_stay_open_until_somebody_confirms_them() -> None:
    told = Confirmation(uuid4(), uuid4(), Item.STAFF, True, PEOPLE[0], MIDNIGHT)
    assert unconfirmed(START, [told, told]) == [Item.ALARM, Item.LINES, Item.TASKS]
    assert checked_words(" あ\0 ") == "あ"
