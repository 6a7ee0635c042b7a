"""What time does to a session that is live or waiting (TAJ-N4, TAJ-N5, KAG-4.1; domain: "Ambiguities" 5 and 6).

No timer ever ends a session at high or critical, or one that the screen couldn't read: there it calls a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate, chain, repeat
from typing import Final

from handoff.domain.hours import HoursStatus, OpeningHours
from handoff.domain.profile.duty import SessionTimers
from handoff.domain.profile.vocabulary import HardEnd

#: After the profile's last stretch the student hears again after that stretch, and so on; never more often than this.
SHORTEST_PAUSE: Final = timedelta(minutes=1)


class TimerStep(StrEnum):
    """What has to be done now."""

    NUDGE = "nudge"  # 「ゆっくりで大丈夫です」, before anything ends
    END_SILENT = "end_silent"
    ALARM_SILENT = "alarm_silent"
    LAST_CALL = "last_call"
    END_HOURS = "end_hours"
    ALARM_HOURS = "alarm_hours"


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What the timers know of a live session; times on the service's clock.

    Attributes: urgent: at high or critical, or unread; taken_at: when whoever has it took it; heard_at: the last word of
    a person of ours, None before it; wrote_at: the student's last word; nudged_at, silence_told_at: when that was done
    last (a new silence begins with the next word); last_called, hours_told: whether that was done; absent: nobody sits at the other
    end (a report's page), so that silence and the end of the hours say nothing.
    """

    urgent: bool
    taken_at: datetime
    heard_at: datetime | None
    wrote_at: datetime | None
    nudged_at: datetime | None = None
    silence_told_at: datetime | None = None
    last_called: bool = False
    hours_told: bool = False
    absent: bool = False


def silent_since(facts: LiveFacts) -> datetime | None:
    """Since when the student owes a word; None while we owe one."""
    if facts.heard_at is None or (facts.wrote_at is not None and facts.wrote_at > facts.heard_at):
        return None
    # Whoever takes a session over begins a silence of their own.
    return max(facts.heard_at, facts.taken_at)


def due(
    facts: LiveFacts, timers: SessionTimers, hours: OpeningHours, last_call: timedelta, now: datetime
) -> Iterator[TimerStep]:
    """The steps that are due, the gravest first; none comes twice once the facts say that it was done."""
    if facts.absent:
        yield from (
            step for step in _by_the_hours(facts, timers, hours, last_call, now) if step is TimerStep.ALARM_HOURS
        )
        return
    silence = next(_by_silence(facts, timers, now), None)
    for step in _by_the_hours(facts, timers, hours, last_call, now):
        # Nobody hears that the time is nearly over and, in the same breath, that it's over.
        if not (step is TimerStep.LAST_CALL and silence is TimerStep.END_SILENT):
            yield step
    if silence is not None:
        yield silence


def _by_silence(facts: LiveFacts, timers: SessionTimers, now: datetime) -> Iterator[TimerStep]:
    since = silent_since(facts)
    if since is None:
        return
    nudge, close = timers.nudge_minutes, timers.silence_close_minutes
    nudged = facts.nudged_at is not None and facts.nudged_at >= since
    if close is not None and now - since >= timedelta(minutes=close):
        if facts.urgent:
            if facts.silence_told_at is None or facts.silence_told_at < since:
                yield TimerStep.ALARM_SILENT
            return
        # The nudge comes first, and the student gets the whole of the rest to answer it (WG: 10 to 15 minutes of typing).
        rest = timedelta(minutes=close - (nudge or 0))
        if nudge is None or (nudged and now - (facts.nudged_at or since) >= rest):
            yield TimerStep.END_SILENT
            return
    if nudge is not None and not nudged and not facts.urgent and now - since >= timedelta(minutes=nudge):
        yield TimerStep.NUDGE


def _by_the_hours(
    facts: LiveFacts, timers: SessionTimers, hours: OpeningHours, last_call: timedelta, now: datetime
) -> Iterator[TimerStep]:
    if timers.hard_end is not HardEnd.AT_CLOSE:
        return
    if hours.status_of_talks(now) is HoursStatus.CLOSED:
        # What a person took outside the hours is theirs to end.
        if hours.status_of_talks(facts.taken_at) is HoursStatus.CLOSED:
            return
        if not facts.urgent:
            yield TimerStep.END_HOURS
        elif not facts.hours_told:
            yield TimerStep.ALARM_HOURS
    elif not facts.last_called and hours.status_of_talks(now + last_call) is HoursStatus.CLOSED:
        yield TimerStep.LAST_CALL


def is_over_an_hour(claimed_at: datetime, timers: SessionTimers, now: datetime) -> bool:
    """Whether a talk has lasted the profile's time (概ね1時間, TAJ-N4): shown to the counsellor, never enforced."""
    limit = timers.soft_limit_minutes
    return limit is not None and now - claimed_at >= timedelta(minutes=limit)


def notes_due(since: datetime, rhythm: Sequence[int], now: datetime) -> int:
    """How many words of the waiting rhythm should have been said by now. rhythm: minutes between them, the last again
    and again; none = never."""
    if not rhythm:
        return 0
    pauses = (max(timedelta(minutes=minutes), SHORTEST_PAUSE) for minutes in chain(rhythm, repeat(rhythm[-1])))
    count = 0
    for after in accumulate(pauses):
        if since + after > now:
            return count
        count += 1
    return count
