"""Who is taken next: risk first, then waiting time, and nobody waits for ever (HOK-5.4, WG-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise, product
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.queue import Band, Waiting, band_now, band_of, order
from handoff.domain.session import Level

START = datetime.fromisoformat("2026-11-20T18:00:00+09:00")
AGEING = timedelta(minutes=15)
NO_AGEING = timedelta(days=365)
KINDS = list(product([None, *Level], [False, True]))
NOT_CRITICAL = [(level, unscreened) for level, unscreened in KINDS if level is not Level.CRITICAL]


def waiting(number: int, level: Level | None, minutes: float = 0, unscreened: bool = False) -> Waiting:
    return Waiting(UUID(int=number), level, unscreened, START + timedelta(minutes=minutes))


def numbers(queue: list[Waiting], at: float, ageing: timedelta = AGEING) -> list[int]:
    return [one.id.int for one in order(queue, START + timedelta(minutes=at), ageing)]


@st.composite
def queues(draw: st.DrawFn, kinds: list[tuple[Level | None, bool]] = KINDS, since: int = 0) -> list[Waiting]:
    """Up to eight sessions that asked within two hours from ``since`` on, in any order; often at the same minute."""
    rows = draw(st.lists(st.tuples(st.sampled_from(kinds), st.integers(since, since + 120)), max_size=8))
    queue = [waiting(number, level, at, unread) for number, ((level, unread), at) in enumerate(rows, 1)]
    return draw(st.permutations(queue))


MOMENTS = st.integers(0, 300).map(lambda minutes: START + timedelta(minutes=minutes))
AGEINGS = st.integers(1, 60).map(lambda minutes: timedelta(minutes=minutes))


# --- bands ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "unscreened", "band"),
    [
        (Level.CRITICAL, False, Band.CRITICAL),
        (Level.CRITICAL, True, Band.CRITICAL),
        (Level.HIGH, False, Band.HIGH),
        (Level.HIGH, True, Band.HIGH),
        (Level.CONCERN, True, Band.UNSCREENED),
        (Level.NONE, True, Band.UNSCREENED),
        (None, True, Band.UNSCREENED),
        (Level.CONCERN, False, Band.CONCERN),
        (Level.NONE, False, Band.CALM),
        (None, False, Band.CALM),
    ],
)
def test_what_could_not_be_read_stands_between_high_and_concern(
    level: Level | None, unscreened: bool, band: Band
) -> None:
    assert band_of(level, unscreened) is band


@given(st.sampled_from(KINDS), MOMENTS, MOMENTS, AGEINGS)
def test_the_band_is_never_worse_than_at_first_nor_than_before(
    kind: tuple[Level | None, bool], one: datetime, other: datetime, ageing: timedelta
) -> None:
    session = Waiting(UUID(int=1), *kind, START + timedelta(minutes=60))
    sooner, later = sorted([one, other])
    first = band_of(*kind)
    assert band_now(session, later, ageing) <= band_now(session, sooner, ageing) <= first
    assert band_now(session, later, ageing) >= min(first, Band.HIGH)


def test_each_stretch_of_waiting_lifts_by_one_band_up_to_high() -> None:
    calm = waiting(1, Level.NONE)
    at = [timedelta(), AGEING - timedelta(seconds=1), AGEING, AGEING * 2, AGEING * 3, AGEING * 300]
    assert [band_now(calm, START + span, AGEING) for span in at] == [
        Band.CALM,
        Band.CALM,
        Band.CONCERN,
        Band.UNSCREENED,
        Band.HIGH,
        Band.HIGH,
    ]


def test_a_clock_that_runs_behind_lifts_and_lowers_nobody() -> None:
    assert band_now(waiting(1, Level.CONCERN), START - timedelta(hours=1), AGEING) is Band.CONCERN


# --- the order ------------------------------------------------------------------------------------------------------


def test_risk_comes_first_then_waiting_time() -> None:
    queue = [
        waiting(1, Level.NONE, 0),
        waiting(2, Level.CONCERN, 1),
        waiting(3, Level.CONCERN, 2, unscreened=True),
        waiting(4, Level.HIGH, 4),
        waiting(5, Level.HIGH, 3),
        waiting(6, Level.CRITICAL, 5),
        waiting(7, None, 6),
    ]
    assert numbers(queue, 10) == [6, 5, 4, 3, 2, 1, 7]


@given(queues(), MOMENTS)
def test_without_ageing_the_order_is_by_band_then_by_waiting_time(queue: list[Waiting], now: datetime) -> None:
    ordered = order(queue, now, NO_AGEING)
    keys = [(band_of(one.level, one.unscreened), one.since) for one in ordered]
    assert keys == sorted(keys)


@given(queues(), MOMENTS, AGEINGS, st.randoms(use_true_random=False))
def test_the_order_is_total_whoever_lists_it(
    queue: list[Waiting], now: datetime, ageing: timedelta, random: Random
) -> None:
    ordered = order(queue, now, ageing)
    assert sorted(ordered, key=lambda one: one.id) == sorted(queue, key=lambda one: one.id)
    shuffled = list(queue)
    random.shuffle(shuffled)
    assert order(shuffled, now, ageing) == order(reversed(queue), now, ageing) == ordered
    for sooner, later in pairwise(ordered):  # who comes or goes elsewhere changes nothing between two
        assert order([later, sooner], now, ageing) == [sooner, later]


@given(queues(), MOMENTS, AGEINGS)
def test_age_passes_nobody_critical_and_nobody_high_who_came_before(
    queue: list[Waiting], now: datetime, ageing: timedelta
) -> None:
    place = {one.id: place for place, one in enumerate(order(queue, now, ageing))}
    for one, other in product(queue, queue):
        if one.level is Level.CRITICAL and other.level is not Level.CRITICAL:
            assert place[one.id] < place[other.id]
        if one.level is Level.HIGH and other.level is not Level.CRITICAL and one.since < other.since:
            assert place[one.id] < place[other.id]


# --- nobody waits for ever ------------------------------------------------------------------------------------------


@given(
    st.sampled_from(NOT_CRITICAL), queues(NOT_CRITICAL, since=1), AGEINGS, st.timedeltas(timedelta(), timedelta(days=2))
)
def test_whoever_keeps_coming_an_old_session_is_first_after_three_stretches(
    kind: tuple[Level | None, bool], newer: list[Waiting], ageing: timedelta, more: timedelta
) -> None:
    old = Waiting(UUID(int=99), *kind, START)
    now = START + ageing * 3 + more
    assert order([*newer, old], now, ageing)[0] == old


@given(queues(), AGEINGS)
def test_after_three_stretches_only_the_critical_and_the_earlier_stand_before_anybody(
    queue: list[Waiting], ageing: timedelta
) -> None:
    now = START + timedelta(minutes=120) + ageing * 3
    ordered = order(queue, now, ageing)
    for place, one in enumerate(ordered):
        assert all(before.level is Level.CRITICAL or before.since <= one.since for before in ordered[:place])


@given(st.sampled_from(NOT_CRITICAL), st.lists(st.sampled_from(NOT_CRITICAL), min_size=40, max_size=40), AGEINGS)
def test_one_counsellor_and_a_newcomer_each_minute_still_reach_the_old_one(
    kind: tuple[Level | None, bool], stream: list[tuple[Level | None, bool]], ageing: timedelta
) -> None:
    """The stream never ends: each minute one session is taken and a newer one has come."""
    old, now = Waiting(UUID(int=99_999), *kind, START), START
    queue = [old]
    for minute in range(1, 3 * 60 + 2):
        now = START + timedelta(minutes=minute)
        queue.append(Waiting(UUID(int=minute), *stream[minute % len(stream)], now))
        taken = order(queue, now, ageing)[0]
        queue.remove(taken)
        if taken == old:
            break
    assert old not in queue
    assert now - START <= max(ageing * 3, timedelta(minutes=1))


def test_before_its_time_a_calm_session_lets_newer_graver_ones_pass() -> None:
    queue = [waiting(1, Level.NONE, 0), waiting(2, Level.HIGH, 40)]
    assert numbers(queue, 44) == [2, 1]
    assert numbers(queue, 45) == [1, 2]
    assert numbers([*queue, waiting(3, Level.CRITICAL, 45)], 45) == [3, 1, 2]


def test_at_the_same_moment_the_id_decides() -> None:
    twins = [waiting(2, Level.HIGH), waiting(1, Level.HIGH), replace(waiting(3, Level.HIGH), unscreened=True)]
    assert numbers(twins, 5) == [1, 2, 3]


def test_a_night_between_two_openings_lifts_nobody_past_risk() -> None:
    """What was left at night enters the queue by risk (WG-4), and within a band by who asked first."""
    opening = START + timedelta(hours=17)
    calm = Waiting(UUID(int=1), Level.NONE, False, START, opening)
    calm_later = Waiting(UUID(int=2), Level.NONE, False, START + timedelta(hours=2), opening)
    concern = Waiting(UUID(int=3), Level.CONCERN, False, START + timedelta(hours=9), opening)
    high = Waiting(UUID(int=4), Level.HIGH, False, START + timedelta(hours=16), opening)
    queue = [calm_later, calm, concern, high]
    assert order(queue, opening, timedelta(minutes=15)) == [high, concern, calm, calm_later]
    # From the opening on they age like everybody.
    assert order(queue, opening + timedelta(hours=1), timedelta(minutes=15)) == [calm, calm_later, concern, high]
