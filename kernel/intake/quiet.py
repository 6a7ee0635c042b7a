"""When a student wants nothing sent unasked: 夜は送らないで, 10時以降はやめて, 親にスマホを見られるので (domain, "Lock screen").

Who reads the times decides what follows: an answer to the student's own message still comes, what the service would
send by itself waits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import Iterator, List, Optional, Tuple

from kernel.text import normalise

MINUTES = 24 * 60
_NIGHT = (21 * 60, 6 * 60)
_MORNING = 6 * 60

_HOUR = r"(?P<half>午前|午後|朝|夜|よる|深夜|夕方)?(?:の)?(?P<hour>[0-2]?[0-9])時(?P<and_half>半)?"
_SPAN = re.compile(
    rf"{_HOUR}(?:から|〜|~|-|ー)(?P<half2>午前|午後|朝|夜|翌朝|次の日の朝)?(?:の)?(?P<hour2>[0-2]?[0-9])時(?P<and_half2>半)?"
)
_FROM = re.compile(rf"{_HOUR}(?:以降|いこう|から|すぎ|過ぎ|より(?:後|あと))")
_UNTIL = re.compile(rf"{_HOUR}(?:まで|より前|前)")
#: Words for a part of the day, and the span (minutes of the day) that is kept free for it.
_PARTS: Tuple[Tuple[str, Tuple[int, int]], ...] = (
    (r"深夜|夜中|寝て(?:い)?る(?:時|とき|間)", (22 * 60, 6 * 60)),
    (r"夜|よる|晩|遅い時間|遅く", _NIGHT),
    (r"学校(?:に|へ)?(?:いる|行って|の(?:時間|間|とき|時))|授業", (8 * 60, 16 * 60)),
    (r"朝|あさ", (5 * 60, 9 * 60)),
    (r"夕方|ゆうがた", (16 * 60, 19 * 60)),
    (r"昼|ひる|日中", (11 * 60, 15 * 60)),
)
_PART = re.compile("|".join(f"(?P<p{place}>{words})" for place, (words, _) in enumerate(_PARTS)))


@dataclass(frozen=True)
class QuietTime:
    """A part of each day, in minutes since midnight, the end not included; it may pass midnight. start == end: all day."""

    start: int
    end: int

    def holds(self, at: time) -> bool:
        """Whether a time of the day lies in it."""
        minute = at.hour * 60 + at.minute
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def spoken(self) -> str:
        """As people say it: 21時から6時まで."""
        return f"{_spoken(self.start)}から{_spoken(self.end)}まで"


ALL_DAY = QuietTime(0, 0)


def quiet_times(text: str) -> Tuple[QuietTime, ...]:
    """Give the times that a wish for quiet names; all day where it names none.

    Only to be asked where the message is such a wish: 「10時以降」 alone is any time.
    """
    return tuple(dict.fromkeys(_found(normalise(text).text))) or (ALL_DAY,)


def _found(text: str) -> Iterator[QuietTime]:
    spans: List[Tuple[int, int]] = []
    for match in _SPAN.finditer(text):
        start, end = _minute(match["half"], match["hour"], match["and_half"]), None
        if start is not None:
            end = _minute(match["half2"] or "朝", match["hour2"], match["and_half2"])
        if start is not None and end is not None and start != end:
            if not match["half"] and 7 * 60 <= start < MINUTES // 2 and end < start:
                start += MINUTES // 2  # 「11時から5時」 is the night
            spans.append(match.span())
            yield QuietTime(start, end)
    for pattern, after in ((_FROM, True), (_UNTIL, False)):
        for match in pattern.finditer(text):
            if any(begin < match.end() and match.start() < end for begin, end in spans):
                continue
            minute = _minute(match["half"] or ("夜" if after else "朝"), match["hour"], match["and_half"])
            if minute is not None:
                spans.append(match.span())
                before = _NIGHT[0] if minute <= MINUTES // 2 else 0
                yield QuietTime(minute, _MORNING) if after else QuietTime(before, minute)
    if not spans:
        for match in _PART.finditer(text):
            name = match.lastgroup or "p0"
            start, end = _PARTS[int(name[1:])][1]
            yield QuietTime(start, end)


def _minute(half: Optional[str], hour: str, and_half: Optional[str]) -> Optional[int]:
    """The minute of the day; 「10時」 said of the evening is ten at night. None for an hour that no clock shows."""
    number = int(hour)
    if number > 24:
        return None
    afternoon = half in ("午後", "夜", "よる", "夕方") or (half == "深夜" and number >= 9)
    if afternoon and 3 <= number <= 11:
        number += 12
    return (number * 60 + (30 if and_half else 0)) % MINUTES


def _spoken(minute: int) -> str:
    return f"{minute // 60}時" + (f"{minute % 60}分" if minute % 60 else "")
