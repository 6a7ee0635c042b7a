"""How fast passwords may be tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.sign_in_pace import FIRST_WAIT, FORGOTTEN_AFTER, FREE_TRIES, LONGEST_WAIT, Pace, folded

START = datetime(2026, 11, 23, tzinfo=UTC)
NONE = Pace(0, START - timedelta(days=1))
seconds = st.integers(0, 3 * 3600)


def test_row_10_five_may_fail_and_the_sixth_waits_a_minute() -> None:
    pace = NONE
    for _ in range(FREE_TRIES):
        assert not pace.wait(START)
        pace = pace.after_try(START)
    assert pace.wait(START) == FIRST_WAIT == timedelta(minutes=1)
    assert not pace.wait(START + FIRST_WAIT)


def test_each_further_failure_doubles_the_wait_up_to_the_longest() -> None:
    now, pace, waits = START, NONE, []
    for _ in range(12):
        now += pace.wait(now)
        pace = pace.after_try(now)
        waits.append(pace.wait(now))
    minutes = [wait.total_seconds() / 60 for wait in waits[FREE_TRIES - 1 :]]
    assert minutes == [1, 2, 4, 8, 15, 15, 15, 15]


def test_after_an_hour_without_a_try_all_is_forgotten() -> None:
    pace = Pace(40, START)
    assert pace.wait(START + timedelta(minutes=14)) and not pace.wait(START + LONGEST_WAIT)
    assert pace.after_try(START + LONGEST_WAIT).failures == 41
    assert pace.after_try(START + FORGOTTEN_AFTER).failures == 1


@given(st.lists(seconds, max_size=400))
def test_row_10_nobody_has_more_than_some_hundred_looks_a_day(gaps: list[int]) -> None:
    """Whoever tries whenever it is let, however it is timed: what was looked at on one day stays few."""
    now, pace, looked_at = START, NONE, []
    for gap in [*gaps, *[0] * 50]:
        now += timedelta(seconds=gap)
        now += pace.wait(now)
        pace = pace.after_try(now)
        looked_at.append(now)
    for first in looked_at:
        assert sum(first <= at < first + timedelta(minutes=1) for at in looked_at) <= FREE_TRIES
        assert sum(first <= at < first + timedelta(days=1) for at in looked_at) <= 24 * FREE_TRIES + 10


@given(st.integers(0, 10**9), seconds)
def test_no_count_and_no_moment_makes_a_wait_without_end(failures: int, later: int) -> None:
    wait = Pace(failures, START).wait(START + timedelta(seconds=later))
    assert timedelta(0) <= wait <= LONGEST_WAIT
    assert Pace(failures, START).after_try(START).failures <= max(failures, 100_000)


def test_a_name_is_one_name_however_it_is_written() -> None:
    assert folded(" Ｙｕｋｉ ") == folded("yuki") == folded("YUKI")
    assert folded("ﾕｷ") == folded("ユキ")
    assert folded("ゆき") != folded("ユキ")
