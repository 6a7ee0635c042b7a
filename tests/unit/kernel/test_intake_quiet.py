"""When a student wants nothing sent unasked."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.intake.quiet import ALL_DAY, QuietTime, quiet_times


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("夜は送らないでください", ["21時から6時まで"]),
        ("よるは通知こまる", ["21時から6時まで"]),
        ("10時以降は返信しないで", ["22時から6時まで"]),
        ("２２時すぎは送らないで", ["22時から6時まで"]),
        ("夜10時から朝7時までは送らないでください", ["22時から7時まで"]),
        ("夜の9時半以降はだめ", ["21時30分から6時まで"]),
        ("11時から5時までは寝てる", ["23時から5時まで"]),
        ("学校にいる間は送らないで", ["8時から16時まで"]),
        ("授業中は通知こまります", ["8時から16時まで"]),
        ("朝は見れません", ["5時から9時まで"]),
        ("夜中と朝は送らないで", ["22時から6時まで", "5時から9時まで"]),
        ("午後3時半までは返事しないで", ["0時から15時30分まで"]),
        ("朝7時までは送らないで", ["21時から7時まで"]),
        ("深夜1時以降", ["1時から6時まで"]),
    ],
)
def test_times_as_people_say_them(text: str, spoken: list[str]) -> None:
    assert [one.spoken() for one in quiet_times(text)] == spoken


@pytest.mark.parametrize("text", ["親にスマホ見られるから通知やめて", "25時以降", "いまは返さないで", ""])
def test_without_a_time_it_is_always(text: str) -> None:
    assert quiet_times(text) == (ALL_DAY,)


def test_a_time_may_pass_midnight() -> None:
    night = QuietTime(21 * 60, 6 * 60)
    assert [night.holds(time(hour)) for hour in (20, 21, 23, 0, 5, 6)] == [False, True, True, True, True, False]
    assert not QuietTime(8 * 60, 16 * 60).holds(time(16))
    assert ALL_DAY.holds(time(12))


@given(st.text(max_size=60))
def test_any_text_gives_times_of_a_day(text: str) -> None:
    found = quiet_times(text)
    assert found
    assert all(0 <= one.start < 1440 and 0 <= one.end < 1440 for one in found)
