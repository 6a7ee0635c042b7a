"""The queue: who is taken next (HOK-5.4, WG-3). A student is never told a place in it (WG-14).

Risk comes first, then what could not be read, then waiting time. Waiting itself raises a session: after each stretch of
the profile's ``ageing_minutes`` it stands a band higher, so that a run of newer, graver sessions can't keep anybody
waiting for ever. No age lifts a session past one that is critical. A night between two openings is no waiting of that kind:
what was left while nobody was there enters the queue by risk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final
from uuid import UUID

from handoff.domain.session import Level


class Band(IntEnum):
    """A rank of the queue; the smaller, the sooner."""

    CRITICAL = 0
    HIGH = 1
    UNSCREENED = 2
    CONCERN = 3
    CALM = 4


#: The highest band that waiting alone can reach.
HIGHEST_BY_AGE: Final = Band.HIGH


@dataclass(frozen=True, slots=True)
class Waiting:
    """One session in the queue. since: when it asked for a person; queued_at: when a message that was left became a place
    in the queue, from which on it ages; drill: it is played, and comes after all that are not."""

    id: UUID
    level: Level | None
    unscreened: bool
    since: datetime
    queued_at: datetime | None = None
    drill: bool = False


def band_of(level: Level | None, unscreened: bool) -> Band:
    """The band that a session has by what was read in it. One without a level has said nothing that could be read."""
    match level:
        case Level.CRITICAL:
            return Band.CRITICAL
        case Level.HIGH:
            return Band.HIGH
        case _ if unscreened:
            return Band.UNSCREENED
        case Level.CONCERN:
            return Band.CONCERN
        case _:
            return Band.CALM


def band_now(waiting: Waiting, now: datetime, ageing: timedelta) -> Band:
    """The band with the time that was waited; never worse than at the start."""
    at_first = band_of(waiting.level, waiting.unscreened)
    if at_first <= HIGHEST_BY_AGE:
        return at_first
    steps = max(timedelta(), now - (waiting.queued_at or waiting.since)) // ageing
    return Band(max(at_first - steps, HIGHEST_BY_AGE))


def order(queue: Iterable[Waiting], now: datetime, ageing: timedelta) -> list[Waiting]:
    """The queue in the order in which it is taken."""
    return sorted(queue, key=lambda one: (one.drill, band_now(one, now, ageing), one.since, one.id))
