"""What a day comes to: the daily report (日報) for the board and the handover (引継ぎ) for the next shift (HYO-4.1⑥, WG-19).

Pure. The daily report is counted from facts, which lead back to nobody, and from the duty log; it holds no id of a
session and no word of a student's. The handover holds ids, so that who may open a session finds it; it stays in the team.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median_high
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from handoff.domain.fact import Fact
from handoff.domain.session import Level, State
from handoff.domain.shift import Shortage
from handoff.domain.staff import StaffRole

#: The sides from which the day's sessions are counted, in the order in which the page has them.
DIMENSIONS: Final = ("kind", "channel", "hours", "hour", "outcome", "level", "topic", "reporting_class", "agency")
#: In place of a level, topic or class that there is none of.
NONE: Final = "none_told"


@dataclass(frozen=True, slots=True)
class Waits:
    """How long students of one level waited for a person, in seconds; level: a code, or ``NONE``."""

    level: str
    count: int
    median: int
    longest: int


@dataclass(frozen=True, slots=True)
class Worked:
    """How long somebody was on duty on this day."""

    alias: str
    role: StaffRole
    minutes: int


@dataclass(frozen=True, slots=True)
class Shut:
    """A closure of the window that touched the day."""

    begins_at: datetime
    ends_at: datetime
    announced: bool


@dataclass(frozen=True, slots=True)
class DailyReport:
    """One day for the board.

    Attributes: sessions: those of the day that are over and were counted; running: those that aren't over; counts: by
    side and code; alarms: escalations of the day by level; open_alarms, open_faults: not finished when it was made.
    """

    service_name: str
    day: date
    made_at: datetime
    opened: tuple[tuple[datetime, datetime], ...]
    sessions: int
    running: int
    counts: Mapping[str, Mapping[str, int]]
    waits: tuple[Waits, ...]
    people: tuple[Worked, ...]
    shortages: tuple[Shortage, ...]
    alarms: Mapping[str, int]
    open_alarms: int
    open_faults: int
    closures: tuple[Shut, ...]

    @property
    def short_minutes(self) -> int:
        return sum(one.minutes for one in self.shortages)


@dataclass(frozen=True, slots=True)
class OpenTalk:
    """A session at high, critical or unread that isn't over. level: None while unread."""

    session_id: UUID
    state: State
    level: Level | None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is due by the next day, by its session."""

    task_id: UUID
    session_id: UUID
    due_on: date
    owner: str


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An escalation that isn't over. state: its code; holder: who took it, None for nobody."""

    escalation_id: UUID
    level: Level
    state: str
    raised_at: datetime
    holder: str | None


@dataclass(frozen=True, slots=True)
class Handover:
    """What the next shift finds.

    Attributes: left: messages that were left, by level; waiting, live, unfilled, unsigned: numbers of sessions, the last
    two of sheets; unanswered: questions of escalations without an answer; reports: that nobody has taken up.
    """

    day: date
    made_at: datetime
    left: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    live: int = 0
    unfilled: int = 0
    unsigned: int = 0
    at_risk: tuple[OpenTalk, ...] = ()
    tasks: tuple[OpenTask, ...] = ()
    alarms: tuple[OpenAlarm, ...] = ()
    unanswered: int = 0
    reports: int = 0
    faults: int = 0
    requests: int = 0

    @property
    def risks(self) -> frozenset[tuple[UUID, str]]:
        """What the next shift must hear of, by id and level: what has risen since is news."""
        talks = {(one.session_id, str(one.level)) for one in self.at_risk}
        return frozenset(talks | {(one.escalation_id, str(one.level)) for one in self.alarms})


_DAILY: Final = TypeAdapter(DailyReport)
_HANDOVER: Final = TypeAdapter(Handover)


def kept(paper: DailyReport | Handover) -> str:
    """A finished paper as JSON; what comes later changes nothing in it."""
    told = _DAILY.dump_json(paper) if isinstance(paper, DailyReport) else _HANDOVER.dump_json(paper)
    return told.decode()


def daily_report_in(told: str | None) -> DailyReport | None:
    """A finished one again; None where it can't be read."""
    try:
        return None if told is None else _DAILY.validate_json(told)
    except ValidationError:
        return None


def handover_in(told: str | None) -> Handover | None:
    """A finished one again; None where it can't be read."""
    try:
        return None if told is None else _HANDOVER.validate_json(told)
    except ValidationError:
        return None


def counted(facts: Sequence[Fact]) -> dict[str, dict[str, int]]:
    """The sessions of a day by side and code; an agency counts once for each session in which it was contacted."""
    sides: dict[str, Counter[str]] = {side: Counter() for side in DIMENSIONS}
    for fact in facts:
        for side, code in (
            ("kind", fact.kind),
            ("channel", fact.channel),
            ("hours", fact.hours),
            ("hour", f"{fact.hour:02}"),
            ("outcome", fact.outcome),
            ("level", fact.level or NONE),
            ("topic", fact.primary or NONE),
            ("reporting_class", fact.reporting_class or NONE),
        ):
            sides[side][str(code)] += 1
        sides["agency"].update({str(agency) for agency in fact.agencies})
    return {side: dict(sorted(codes.items())) for side, codes in sides.items()}


def waits(facts: Iterable[Fact]) -> tuple[Waits, ...]:
    """By level, the gravest first: how long the students waited who were taken up by a person."""
    found: dict[str, list[int]] = {}
    for fact in facts:
        if fact.waited is not None:
            found.setdefault(str(fact.level or NONE), []).append(fact.waited)
    order = [*(str(level) for level in reversed(Level)), NONE]
    return tuple(Waits(level, len(told), median_high(told), max(told)) for level in order if (told := found.get(level)))
