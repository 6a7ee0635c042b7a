"""When a service, a line or an on-call person can be reached: pure calendar arithmetic, no clock of its own.

Opening hours are a list of dated versions, because they drift from year to year (KAG-4.1). A version holds the slots
of each weekday, the dates on which everything is closed, and what happens on Japan's national holidays.

Conventions
    Times of day are whole minutes since midnight in Japan; ``"HH:MM"`` in YAML, ``"24:00"`` allowed as an end.
    A slot whose end isn't after its start ends on the next day; it belongs to the day on which it starts, so a
    closed date takes away the slots that start on it and not the early hours left over from the evening before.
    Intervals are half-open: open from the start on, reception over from the last reception on, closed from the end on.
    What a board hasn't said is read as closed: a student must never be promised a person who isn't there.
    A supervisor's closures lie over all that (``OpeningHours.closed_in``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, PrivateAttr, RootModel, model_validator

from handoff.domain.closures import FIRST_DAY, LAST_DAY, CalendarDate, ClosedDays, HolidayRule, is_national_holiday
from handoff.domain.window_closure import WindowClosure, stretches

ZONE: Final = ZoneInfo("Asia/Tokyo")
SEARCH_DAYS: Final = 400  # how far `next_opening` looks within one version
_DAY: Final = 24 * 60
_WEEKDAYS: Final = "月火水木金土日"
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")


class HoursStatus(StrEnum):
    """Whether somebody can be reached; ``reception_over`` still serves those in talk (KAG-4.1 受付21:30まで)."""

    OPEN = "open"
    RECEPTION_OVER = "reception_over"
    CLOSED = "closed"


class Weekday(StrEnum):
    """The days of the week, in the order of ``date.weekday()``."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _minutes(value: Any) -> Any:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'「{value}」は時刻ではありません。"HH:MM" の形（例 "21:30"）で書いてください')
    hours, minutes = int(match[1]), int(match[2])
    if minutes > 59 or hours * 60 + minutes > _DAY:
        raise ValueError(f"「{value}」という時刻はありません。00:00 から 24:00 までで書いてください")
    return hours * 60 + minutes


def format_minutes(minutes: int) -> str:
    """Minutes since midnight as ``HH:MM``; past midnight it starts again at 00:00."""
    return "24:00" if minutes == _DAY else f"{minutes % _DAY // 60:02}:{minutes % 60:02}"


MinuteOfDay = Annotated[int, BeforeValidator(_minutes), PlainSerializer(format_minutes)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Slot(_Frozen):
    """One stretch of a day: minutes since midnight; ``last_reception`` null = received until the end."""

    start: MinuteOfDay
    end: MinuteOfDay
    last_reception: MinuteOfDay | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Slot:
        if self.start == _DAY:
            raise ValueError('始まりに "24:00" は書けません。次の日の "00:00" にしてください')
        if self.start == self.end:
            raise ValueError('始まりと終わりが同じです。終日は "00:00" から "24:00" と書いてください')
        if not self.start < self.reception_ends <= self.closes:
            raise ValueError("最終受付は、始まりより後、終わりまでの時刻にしてください")
        return self

    @cached_property
    def closes(self) -> int:
        """Minutes from the midnight of the slot's own day to its end; over 1,440 when it passes midnight."""
        return self.end if self.end > self.start else self.end + _DAY

    @cached_property
    def reception_ends(self) -> int:
        """Minutes from the midnight of the slot's own day to the last reception."""
        if self.last_reception is None:
            return self.closes
        return self.last_reception if self.last_reception >= self.start else self.last_reception + _DAY


class HoursVersion(_Frozen):
    """The hours that hold from one date to another, both included; ``valid_to`` null = until further notice."""

    valid_from: CalendarDate
    valid_to: CalendarDate | None = None
    mon: tuple[Slot, ...] = ()
    tue: tuple[Slot, ...] = ()
    wed: tuple[Slot, ...] = ()
    thu: tuple[Slot, ...] = ()
    fri: tuple[Slot, ...] = ()
    sat: tuple[Slot, ...] = ()
    sun: tuple[Slot, ...] = ()
    closed: tuple[ClosedDays, ...] | None = None
    national_holidays: HolidayRule | None = None

    @model_validator(mode="after")
    def _consistent(self) -> HoursVersion:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to が valid_from より前です。順番を直してください")
        stretches = sorted(
            (number * _DAY + slot.start, number * _DAY + slot.closes)
            for number, slots in enumerate(self.week)
            for slot in slots
        )
        if not stretches:
            raise ValueError("開く曜日が一つもありません。時間が未定なら hours を null にしてください")
        follows = [*stretches[1:], (stretches[0][0] + 7 * _DAY, 0)]
        if any(end > start for (_, end), (start, _) in zip(stretches, follows, strict=True)):
            raise ValueError("時間帯が重なっています。重ならないように分けてください")
        return self

    @cached_property
    def week(self) -> tuple[tuple[Slot, ...], ...]:
        """The slots of Monday to Sunday, each day's in order."""
        days: Mapping[str, tuple[Slot, ...]] = {day: getattr(self, day) for day in Weekday}
        return tuple(tuple(sorted(slots, key=lambda slot: slot.start)) for slots in days.values())

    @cached_property
    def last_day(self) -> date:
        """The last day of validity; the end of the calendar when there is none."""
        return self.valid_to or LAST_DAY

    def slots_on(self, day: date) -> tuple[Slot, ...]:
        """The slots that start on a day of this version's validity."""
        slots = self.week[day.weekday()]
        if not slots or any(closure.covers(day) for closure in self.closed or ()):
            return ()
        if self.national_holidays is not HolidayRule.OPEN and is_national_holiday(day):
            return ()
        return slots


def _none_is_unknown(value: Any) -> Any:
    return () if value is None else value


class OpeningHours(RootModel[tuple[HoursVersion, ...]]):
    """Dated versions of hours; null in YAML, or no version for a day, reads as closed (HOK-3.3 協議の上、設定)."""

    model_config = ConfigDict(frozen=True)
    root: Annotated[tuple[HoursVersion, ...], BeforeValidator(_none_is_unknown)] = ()

    _closures: tuple[WindowClosure, ...] = PrivateAttr(default=())
    _shut: tuple[tuple[datetime, datetime], ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _one_at_a_time(self) -> OpeningHours:
        if any(a.last_day >= b.valid_from for a, b in zip(self.versions, self.versions[1:], strict=False)):
            raise ValueError("期間が重なっています。前の版の valid_to を次の版の valid_from の前日にしてください")
        return self

    @cached_property
    def versions(self) -> tuple[HoursVersion, ...]:
        """The versions by date."""
        return tuple(sorted(self.root, key=lambda version: version.valid_from))

    @property
    def known(self) -> bool:
        """False while the board hasn't set any hours."""
        return bool(self.root)

    @property
    def closures(self) -> tuple[WindowClosure, ...]:
        """What lies over the hours, by its beginning."""
        return self._closures

    def closed_in(self, closures: Iterable[WindowClosure]) -> OpeningHours:
        """The same hours with these closures, and no others, laid over them."""
        # Not ``model_copy``: of a root model the copy shares what is private with the original.
        copy = OpeningHours.model_construct(self.root)
        copy._closures = tuple(sorted((one for one in closures if one.holds), key=lambda one: (one.begins_at, one.id)))
        copy._shut = stretches(copy._closures)
        return copy

    def closure_at(self, at: datetime) -> WindowClosure | None:
        """The closure that holds at this moment; of several the one that was made last."""
        here = [one for one in self._closures if one.covers(at)]
        return max(here, key=lambda one: (one.made_at, one.id), default=None)

    def status(self, at: datetime) -> HoursStatus:
        """Whether somebody can be reached at this moment; ValueError for a naive datetime."""
        status = self._by_week(at)
        return HoursStatus.CLOSED if self._is_shut(at) else status

    def status_of_talks(self, at: datetime) -> HoursStatus:
        """The same for talks that are under way: a closure that nobody announced ends none, it lets them be finished as
        after the last reception.
        """
        status = self._by_week(at)
        here = [one for one in self._closures if one.covers(at)]
        if not here or status is HoursStatus.CLOSED:
            return status
        return HoursStatus.CLOSED if any(one.announced for one in here) else HoursStatus.RECEPTION_OVER

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment after ``at`` at which the status turns to open, in Japan's zone.

        None when there is none: hours unknown or at an end, never closed, or nothing within 400 days of a version.
        ValueError for a naive datetime.
        """
        local = _local(at)
        if local is None:
            return None
        by_week = next((opens for opens in self._openings(local) if not self._is_shut(opens)), None)
        # In the middle of a slot a closure's end opens the window again.
        ends = (end for _begin, end in self._shut if end > local and self._by_week(end) is HoursStatus.OPEN)
        first = min((moment for moment in (by_week, *ends) if moment is not None), default=None)
        return None if first is None else first.astimezone(ZONE)

    def _openings(self, local: datetime) -> Iterator[datetime]:
        """The openings of the week after a moment in Japan, in order."""
        for version in self.versions:
            first = max(version.valid_from, local.date())
            span = min((version.last_day - first).days, SEARCH_DAYS)
            for ahead in range(span + 1):
                day = first + timedelta(days=ahead)
                for slot in version.slots_on(day):
                    opens = _moment(day, slot.start)
                    # One slot that follows another without a gap is no opening.
                    if opens > local and self._by_week(opens - timedelta(minutes=1)) is not HoursStatus.OPEN:
                        yield opens

    def reception_until(self, at: datetime) -> datetime | None:
        """The end of reception of the slot that ``at`` lies in, in Japan's zone; None unless open."""
        here, local = self._here(at), _local(at)
        if here is None or local is None or here[1] >= here[0].reception_ends or self._is_shut(at):
            return None
        slot, minute = here
        until = local.replace(second=0, microsecond=0) + timedelta(minutes=slot.reception_ends - minute)
        return min((until, *(begin.astimezone(ZONE) for begin, _end in self._shut if begin > local)))

    def always_open(self, at: datetime) -> bool:
        """Whether the version of this day is open round the clock, every day of the year."""
        local = _local(at)
        version = None if local is None else self._version(local.date())
        return version is not None and (
            not self._shut
            and not version.closed
            and version.national_holidays is HolidayRule.OPEN
            and all(sum(slot.reception_ends - slot.start for slot in slots) == _DAY for slots in version.week)
        )

    def _is_shut(self, at: datetime) -> bool:
        return any(begin <= at < end for begin, end in self._shut)

    def _by_week(self, at: datetime) -> HoursStatus:
        """The status that the versions give, whatever lies over them."""
        here = self._here(at)
        if here is None:
            return HoursStatus.CLOSED
        slot, minute = here
        return HoursStatus.OPEN if minute < slot.reception_ends else HoursStatus.RECEPTION_OVER

    def _version(self, day: date) -> HoursVersion | None:
        for version in self.versions:
            if version.valid_from <= day <= version.last_day:
                return version
        return None

    def _here(self, at: datetime) -> tuple[Slot, int] | None:
        """The slot of this moment and the minutes since the midnight of the slot's own day; the open one first."""
        local = _local(at)
        if local is None:
            return None
        return max(self._stretches(local), key=lambda found: found[1] < found[0].reception_ends, default=None)

    def _stretches(self, local: datetime) -> Iterator[tuple[Slot, int]]:
        today, minute = local.date(), local.hour * 60 + local.minute
        for day, now in ((today, minute), (today - timedelta(days=1), minute + _DAY)):
            version = self._version(day)
            if version is not None:
                for slot in version.slots_on(day):
                    if slot.start <= now < slot.closes:
                        yield slot, now


def _local(at: datetime) -> datetime | None:
    """The moment in Japan; None outside the calendar; ValueError for a naive datetime."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError("a datetime without a zone has no place in opening hours")
    try:
        local = at.astimezone(ZONE)
    except OverflowError:
        return None
    return local if FIRST_DAY.year <= local.year <= LAST_DAY.year + 1 else None


def _moment(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), ZONE)


def spoken_moment(at: datetime, now: datetime) -> str:
    """A coming moment as people say it, in Japan's time: 今日の17時, 明日の9時30分, 11月25日（火）の17時."""
    there, here = at.astimezone(ZONE), now.astimezone(ZONE)
    days = (there.date() - here.date()).days
    day = {0: "今日", 1: "明日"}.get(days, f"{there.month}月{there.day}日（{_WEEKDAYS[there.weekday()]}）")
    return f"{day}の{there.hour}時" + (f"{there.minute}分" if there.minute else "")
