"""Who writes fast is taken more slowly, and never refused (row 15)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from handoff.web.chat import pace as pacing
from handoff.web.chat.pace import AT_ONCE, EVERY, LONGEST, Pace, Paces


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_twenty_go_at_once_and_then_one_every_half_second() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert (AT_ONCE, EVERY, LONGEST) == (20, 0.5, 4.0)
    assert [pace.pause() for _ in range(20)] == [0.0] * 20
    for _ in range(10):
        pause = pace.pause()
        assert pause == 0.5
        clock.now += pause


def test_nobody_waits_longer_than_four_seconds() -> None:
    pace = Pace(Clock())
    pauses = [pace.pause() for _ in range(500)]
    assert pauses == sorted(pauses) and max(pauses) == 4.0


def test_who_rests_writes_freely_again_and_no_more_than_twenty() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(25):
        pace.pause()
    clock.now += 10_000
    assert [pace.pause() for _ in range(21)] == [0.0] * 20 + [0.5]


async def test_a_page_without_a_socket_keeps_its_pace_and_the_oldest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "MOST_REMEMBERED", 3)
    paces, mine = Paces(), uuid4()
    first = paces.of(mine)
    others = [uuid4() for _ in range(2)]
    for other in others:
        assert paces.of(other) is not first
    assert paces.of(mine) is first
    paces.of(uuid4())
    assert paces.of(mine) is first, "who writes now isn't the oldest"
