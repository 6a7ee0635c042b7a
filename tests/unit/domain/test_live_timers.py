"""What time does to a talk: gently, once, and never to a child at risk (TAJ-N4, TAJ-N5, KAG-4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.domain.hours import ZONE, HoursStatus, OpeningHours, Weekday
from handoff.domain.live_timers import LiveFacts, TimerStep, due, is_over_an_hour, notes_due, silent_since
from handoff.domain.profile.duty import SessionTimers

NUDGE, END_SILENT, ALARM_SILENT = TimerStep.NUDGE, TimerStep.END_SILENT, TimerStep.ALARM_SILENT
LAST_CALL, END_HOURS, ALARM_HOURS = TimerStep.LAST_CALL, TimerStep.END_HOURS, TimerStep.ALARM_HOURS
ENDS = {END_SILENT, END_HOURS}
TAJ = SessionTimers.model_validate(
    {"soft_limit_minutes": 60, "nudge_minutes": 5, "silence_close_minutes": 10, "hard_end": "at_close"}
)
LAST: Final = timedelta(minutes=10)
MINUTE: Final = timedelta(minutes=1)


def opening(start: str, end: str, last: str | None = None) -> OpeningHours:
    slot = {"start": start, "end": end, "last_reception": last}
    week = {day.value: [slot] for day in Weekday}
    return OpeningHours.model_validate([{"valid_from": "2020-04-01", "closed": [], "national_holidays": "open"} | week])


EVENING: Final = opening("17:00", "22:00", "21:30")  # KAG-4.1
ALWAYS: Final = opening("00:00", "24:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{text}").replace(tzinfo=ZONE)


def talk(urgent: bool = False, taken: str = "18:00", **told: str | bool | None) -> LiveFacts:
    """A live session; times of the day as HH:MM."""
    more: dict[str, Any] = {name: at(value) if isinstance(value, str) else value for name, value in told.items()}
    return replace(LiveFacts(urgent, at(taken), heard_at=None, wrote_at=None), **more)


def steps(facts: LiveFacts, now: str, timers: SessionTimers = TAJ, hours: OpeningHours = EVENING) -> list[TimerStep]:
    return list(due(facts, timers, hours, LAST, at(now)))


def done(facts: LiveFacts, step: TimerStep, now: datetime) -> LiveFacts:
    """The facts once the worker has done a step that ends nothing."""
    match step:
        case TimerStep.NUDGE:
            return replace(facts, nudged_at=now)
        case TimerStep.ALARM_SILENT:
            return replace(facts, silence_told_at=now)
        case TimerStep.LAST_CALL:
            return replace(facts, last_called=True)
        case TimerStep.ALARM_HOURS:
            return replace(facts, hours_told=True)
        case _:
            raise AssertionError(step)


def play(
    facts: LiveFacts, timers: SessionTimers, hours: OpeningHours, words: dict[int, str], minutes: int = 120
) -> list[tuple[datetime, TimerStep]]:
    """Look each minute from the taking on, as the worker does; words: minute → "us" or "student"."""
    did = []
    for minute in range(minutes):
        now = facts.taken_at + minute * MINUTE
        match words.get(minute):
            case "us":
                facts = replace(facts, heard_at=now)
            case "student":
                facts = replace(facts, wrote_at=now)
        for step in list(due(facts, timers, hours, LAST, now)):
            did.append((now, step))
            if step in ENDS:
                return did
            facts = done(facts, step, now)
        assert list(due(facts, timers, hours, LAST, now)) == [], "what was done comes again"
    return did


# --- silence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "wrote", "since"),
    [
        (None, None, None),
        (None, "18:05", None),
        ("18:05", None, "18:05"),
        ("18:05", "18:04", "18:05"),
        ("18:05", "18:06", None),
    ],
)
def test_silence_counts_only_while_the_student_owes_a_word(
    heard: str | None, wrote: str | None, since: str | None
) -> None:
    facts = talk(heard_at=heard, wrote_at=wrote)
    assert silent_since(facts) == (None if since is None else at(since))


def test_whoever_takes_over_begins_a_silence_of_their_own() -> None:
    facts = talk(heard_at="18:05", nudged_at="18:10")
    assert steps(facts, "18:15") == [END_SILENT]
    taken = replace(facts, taken_at=at("18:14"))
    assert silent_since(taken) == at("18:14")
    assert [steps(taken, now) for now in ("18:15", "18:18", "18:19")] == [[], [], [NUDGE]]
    # An alarm told to the one before is told again to the one who has it now.
    risk = replace(taken, urgent=True, nudged_at=None, silence_told_at=at("18:13"))
    assert [steps(risk, now) for now in ("18:23", "18:24")] == [[], [ALARM_SILENT]]


def test_the_nudge_comes_before_the_end_and_leaves_time_to_answer() -> None:
    facts = talk(heard_at="18:05")
    assert [steps(facts, now) for now in ("18:09", "18:10", "18:30")] == [[], [NUDGE], [NUDGE]]
    on_time = replace(facts, nudged_at=at("18:10"))
    assert [steps(on_time, now) for now in ("18:11", "18:14", "18:15")] == [[], [], [END_SILENT]]
    late = replace(facts, nudged_at=at("18:30"))  # the worker was away
    assert [steps(late, now) for now in ("18:30", "18:34", "18:35")] == [[], [], [END_SILENT]]
    assert steps(replace(late, wrote_at=at("18:34")), "18:40") == []


def test_a_nudge_of_an_earlier_silence_is_none_of_this_one() -> None:
    facts = talk(heard_at="18:20", wrote_at="18:12", nudged_at="18:10")
    assert steps(facts, "18:30") == [NUDGE]


@pytest.mark.parametrize(
    ("timers", "expected"),
    [
        ({"nudge_minutes": 5}, [NUDGE]),
        ({"silence_close_minutes": 10}, [END_SILENT]),
        ({}, []),
    ],
)
def test_what_the_profile_leaves_open_doesn_t_happen(timers: dict[str, int], expected: list[TimerStep]) -> None:
    assert steps(talk(heard_at="18:00"), "19:00", SessionTimers.model_validate(timers)) == expected


# --- the hours ------------------------------------------------------------------------------------------------------


def test_the_last_call_comes_before_the_hard_end() -> None:
    facts = talk(taken="21:00")
    assert [steps(facts, now) for now in ("21:49", "21:50", "21:59")] == [[], [LAST_CALL], [LAST_CALL]]
    called = replace(facts, last_called=True)
    assert [steps(called, now) for now in ("21:59", "22:00", "23:00")] == [[], [END_HOURS], [END_HOURS]]


def test_at_risk_a_person_is_called_once_and_nothing_ends() -> None:
    facts = talk(urgent=True, taken="21:00", last_called=True)
    assert steps(facts, "22:00") == [ALARM_HOURS]
    assert steps(replace(facts, hours_told=True), "23:30") == []


def test_what_was_taken_after_the_last_reception_ends_with_the_hours_and_what_was_taken_after_them_doesn_t() -> None:
    assert steps(talk(taken="21:45", last_called=True), "22:00") == [END_HOURS]
    for urgent in (True, False):
        assert steps(talk(urgent=urgent, taken="22:00"), "22:30") == []


@pytest.mark.parametrize("timers", [{}, {"hard_end": "none"}, {"hard_end": None}])
def test_without_a_hard_end_the_hours_end_nothing(timers: dict[str, str | None]) -> None:
    assert steps(talk(taken="21:00"), "22:30", SessionTimers.model_validate(timers)) == []


def test_hours_that_nobody_has_told_cut_nothing() -> None:
    assert steps(talk(), "23:00", hours=OpeningHours()) == []


def test_what_ends_now_isn_t_told_that_it_ends_soon() -> None:
    assert steps(talk(taken="21:00", heard_at="21:45", nudged_at="21:50"), "21:55") == [END_SILENT]
    assert steps(talk(taken="21:00", heard_at="21:45"), "21:50") == [LAST_CALL, NUDGE]
    assert steps(talk(urgent=True, taken="21:00", heard_at="21:45"), "21:55") == [LAST_CALL, ALARM_SILENT]


# --- whatever happens -----------------------------------------------------------------------------------------------

MOMENTS = st.integers(0, 48 * 60).map(lambda minute: at("00:00") + minute * MINUTE)
MAYBE = st.none() | MOMENTS
FACTS = st.builds(LiveFacts, st.booleans(), MOMENTS, MAYBE, MAYBE, MAYBE, MAYBE, st.booleans(), st.booleans())
HOURS = st.sampled_from([EVENING, ALWAYS, OpeningHours(), opening("22:00", "02:00", "01:30")])


@st.composite
def some_timers(draw: st.DrawFn) -> SessionTimers:
    nudge = draw(st.none() | st.integers(1, 20))
    close = draw(st.none() | st.integers((nudge or 0) + 1, 30))
    hard_end = draw(st.sampled_from([None, "at_close", "at_close", "none"]))
    return SessionTimers.model_validate({"nudge_minutes": nudge, "silence_close_minutes": close, "hard_end": hard_end})


@given(FACTS, some_timers(), HOURS, st.integers(1, 60), MOMENTS)
def test_no_timer_ever_ends_or_hurries_what_is_urgent_or_unread(
    facts: LiveFacts, timers: SessionTimers, hours: OpeningHours, last: int, now: datetime
) -> None:
    found = list(due(replace(facts, urgent=True), timers, hours, last * MINUTE, now))
    assert set(found) <= {ALARM_SILENT, LAST_CALL, ALARM_HOURS}
    assert len(set(found)) == len(found)


@given(FACTS, some_timers(), HOURS, st.integers(1, 60), MOMENTS)
def test_no_end_without_its_reason(
    facts: LiveFacts, timers: SessionTimers, hours: OpeningHours, last: int, now: datetime
) -> None:
    facts = replace(facts, urgent=False)
    found = list(due(facts, timers, hours, last * MINUTE, now))
    assert not {ALARM_SILENT, ALARM_HOURS} & {*found}
    since = silent_since(facts)
    if END_SILENT in found:
        assert timers.silence_close_minutes is not None
        assert since is not None
        assert now - since >= timers.silence_close_minutes * MINUTE
        assert timers.nudge_minutes is None or (facts.nudged_at is not None and since <= facts.nudged_at <= now)
    if END_HOURS in found:
        assert hours.status(now) is HoursStatus.CLOSED
        assert hours.status(facts.taken_at) is not HoursStatus.CLOSED
    if since is None:
        assert not {NUDGE, END_SILENT} & {*found}


WORDS = st.dictionaries(st.integers(0, 110), st.sampled_from(["us", "student"]), max_size=12)
#: From an hour before the end of the evening to half an hour after it.
TAKEN = st.integers(0, 150).map(lambda minute: at("20:00") + minute * MINUTE)


@settings(max_examples=60, deadline=None)
@given(TAKEN, WORDS, some_timers())
def test_every_end_was_announced(taken: datetime, words: dict[int, str], timers: SessionTimers) -> None:
    did = play(LiveFacts(False, taken, None, None), timers, EVENING, words)
    found = [step for _, step in did]
    assert not ENDS & {*found[:-1]}
    if END_HOURS in found:
        assert LAST_CALL in found
    if END_SILENT in found and timers.nudge_minutes is not None:
        (nudged, *_), (ended, _) = [moment for moment, step in reversed(did) if step is NUDGE], did[-1]
        assert ended - nudged >= ((timers.silence_close_minutes or 0) - timers.nudge_minutes) * MINUTE
        spoke = [taken + minute * MINUTE for minute, who in words.items() if who == "student"]
        assert not any(nudged < moment <= ended for moment in spoke), "the student answered the nudge"
    assert found.count(LAST_CALL) <= 1


@settings(max_examples=60, deadline=None)
@given(TAKEN, WORDS, some_timers())
def test_at_risk_the_alarm_comes_once_a_silence_and_the_talk_goes_on(
    taken: datetime, words: dict[int, str], timers: SessionTimers
) -> None:
    did = play(LiveFacts(True, taken, None, None), timers, EVENING, words)
    assert {step for _, step in did} <= {ALARM_SILENT, LAST_CALL, ALARM_HOURS}
    assert sum(step is ALARM_HOURS for _, step in did) <= 1
    spoke = [taken + minute * MINUTE for minute in words]
    alarms = [moment for moment, step in did if step is ALARM_SILENT]
    for sooner, later in pairwise(alarms):
        assert any(sooner < moment <= later for moment in spoke), "twice for one silence"


# --- about an hour, and the words to those who wait -----------------------------------------------------------------


def test_about_an_hour_is_shown_from_its_minute_on() -> None:
    assert not is_over_an_hour(at("18:00"), TAJ, at("18:59"))
    assert is_over_an_hour(at("18:00"), TAJ, at("19:00"))
    assert not is_over_an_hour(at("18:00"), SessionTimers(), at("23:00"))


def test_the_words_come_by_the_rhythm_the_last_pause_again_and_again() -> None:
    marks = {0: 0, 2: 0, 3: 1, 12: 1, 13: 2, 42: 2, 43: 3, 72: 3, 73: 4, 103: 5}
    assert {minute: notes_due(at("18:00"), (3, 10, 30), at("18:00") + minute * MINUTE) for minute in marks} == marks
    assert notes_due(at("18:00"), (), at("23:00")) == 0
    assert notes_due(at("18:00"), (3,), at("17:00")) == 0


RHYTHMS = st.lists(st.integers(0, 40), min_size=1, max_size=5)


@given(RHYTHMS, st.lists(st.integers(-60, 600), min_size=2, max_size=8))
def test_no_word_comes_too_early_or_is_taken_back(rhythm: Sequence[int], seconds: list[int]) -> None:
    since = at("12:00")
    counts = [notes_due(since, rhythm, since + span * MINUTE) for span in sorted(seconds)]
    assert counts == sorted(counts)
    pauses = [max(minutes, 1) for minutes in [*rhythm, *[rhythm[-1]] * 600]]
    for span, count in zip(sorted(seconds), counts, strict=True):
        assert count == sum(mark <= span for mark in accumulate(pauses))


@pytest.mark.parametrize("urgent", [False, True])
def test_where_nobody_sits_silence_and_the_end_of_the_hours_say_nothing(urgent: bool) -> None:
    """A report that somebody took: its reporter comes back when they can."""
    facts = talk(urgent, heard_at="18:05", wrote_at="18:00", absent=True)
    assert steps(facts, "19:00") == steps(facts, "21:55") == []
    assert steps(facts, "22:00") == ([ALARM_HOURS] if urgent else [])
    assert steps(replace(facts, absent=False), "19:00") != []
