"""Days on which nobody is there: dates, yearly ranges and Japan's national holidays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final

import holidays
from pydantic import BeforeValidator, PlainSerializer

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)  # the calendar of holidays ends here
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")


class HolidayRule(StrEnum):
    """What happens on a national holiday."""

    OPEN = "open"
    CLOSED = "closed"


def _calendar_date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"「{value}」は日付ではありません。YYYY-MM-DD の形で書いてください") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"「{value}」は日付ではありません。YYYY-MM-DD の形で書いてください")
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError(f"「{value}」は扱えません。2000年から2099年までの日付で書いてください")
    return value


CalendarDate = Annotated[date, BeforeValidator(_calendar_date)]


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed days: one date or a range, of one year or of every year.

    ``first`` and ``last`` are (month, day) for every year, else (year, month, day); both have the same length.
    A yearly range may pass the end of the year (``12-29..01-03``).
    """

    first: tuple[int, ...]
    last: tuple[int, ...]

    @classmethod
    def parse(cls, value: object) -> Closure:
        """Read ``MM-DD``, ``MM-DD..MM-DD``, ``YYYY-MM-DD`` or ``YYYY-MM-DD..YYYY-MM-DD``; ValueError otherwise."""
        if isinstance(value, Closure):
            return value
        text = value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
        if not isinstance(text, str):
            raise ValueError(f"「{value}」は休業日ではありません。{_CLOSURE_HELP}")
        ends = [cls._end(part) for part in text.split("..")]
        if len(ends) > 2 or len({len(end) for end in ends}) > 1:
            raise ValueError(f"「{text}」は休業日ではありません。{_CLOSURE_HELP}")
        first, last = ends[0], ends[-1]
        if len(first) == 3 and first > last:
            raise ValueError(f"「{text}」は終わりの日が始まりの日より前です。順番を直してください")
        return cls(first, last)

    @staticmethod
    def _end(text: str) -> tuple[int, ...]:
        try:
            yearly = _MONTH_DAY.fullmatch(text)
            if yearly:
                leap = date(2000, int(yearly[1]), int(yearly[2]))  # 02-29 is a day of every year that has one
                return leap.month, leap.day
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"「{text}」は休業日ではありません。{_CLOSURE_HELP}") from None
        return day.year, day.month, day.day

    def covers(self, day: date) -> bool:
        """Whether this day is closed."""
        here = (day.month, day.day) if len(self.first) == 2 else (day.year, day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last

    def __str__(self) -> str:
        ends = ["-".join(f"{number:02}" for number in end) for end in (self.first, self.last)]
        return ends[0] if ends[0] == ends[1] else "..".join(ends)


_CLOSURE_HELP: Final = '"MM-DD"、"MM-DD..MM-DD"（毎年）か YYYY-MM-DD の形で書いてください'
ClosedDays = Annotated[Closure, BeforeValidator(Closure.parse), PlainSerializer(str)]


@cache
def _holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=year))


def is_national_holiday(day: date) -> bool:
    """Whether the day is a national holiday of Japan, 振替休日 and 国民の休日 included."""
    return day in _holidays_of(day.year)
