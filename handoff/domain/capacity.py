"""How much one person can carry, and whether enough are there (KAG-6.1ア, WG-9d)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handoff.domain.errors import CapacityReached, ReceptionOver, TraineeRefused
from handoff.domain.hours import HoursStatus, OpeningHours
from handoff.domain.profile.access import Staff
from handoff.domain.session import URGENT, Level, SessionView
from handoff.domain.staff import StaffMember, StaffRole


def load(levels: Iterable[Level | None], limit: int) -> int:
    """What live sessions of these levels weigh: one each, and a critical one as much as the whole limit."""
    return sum(limit if level is Level.CRITICAL else 1 for level in levels)


def check_claim(
    member: StaffMember, level: Level | None, unscreened: bool, live: Sequence[Level | None], limit: int
) -> None:
    """Whether this person may take one more session.

    Args: live: the levels of those they have already; limit: of the profile.

    Raises: TraineeRefused: nobody in training takes what is high, critical or unread. CapacityReached: they have
    enough; a supervisor, who isn't counted, takes over instead.
    """
    if member.trainee and (unscreened or level in URGENT):
        raise TraineeRefused(level if level in URGENT else "unscreened")
    if load(live, limit) >= limit:
        raise CapacityReached(len(live), limit)


def may_go_live(session: SessionView, hours: OpeningHours, at: datetime) -> bool:
    """Whether a session in the queue may become live: anything while the window is open, what is at risk or unread always,
    and after the last reception what a person had begun, so that it is finished (WG-4, KAG-4.1).
    """
    if session.is_urgent or hours.status(at) is HoursStatus.OPEN:
        return True
    return session.claimed_at is not None and hours.status_of_talks(at) is not HoursStatus.CLOSED


def check_reception(session: SessionView, hours: OpeningHours, at: datetime) -> None:
    """Raises: ReceptionOver."""
    if not may_go_live(session, hours, at):
        raise ReceptionOver(str(hours.status(at)))


def counselling(on_duty: Iterable[StaffMember], rule: Staff) -> list[StaffMember]:
    """Those on duty who take sessions out of the queue; a supervisor only where the profile counts them (KAG-6.1ア(イ))."""
    with_supervisors = rule.supervisor_excluded is False
    return [one for one in on_duty if one.role is StaffRole.COUNSELLOR or (with_supervisors and one.is_supervisor)]


def is_congested(waiting: int, counsellors: int, per_counsellor: int) -> bool:
    """Whether so many wait already that a student hears it at once (HOK-5.2, TAJ-N1). A desk at which nobody is seen
    counts as one: the first who come needn't hear it."""
    return waiting >= per_counsellor * max(1, counsellors)


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who is there against who has to be. missing: how many counsellors are too few."""

    counsellors: int
    supervisors: int
    missing: int


def staffing(on_duty: Iterable[StaffMember], rule: Staff) -> Staffing:
    """Count those on duty; a supervisor isn't one of the counsellors (KAG-6.1ア(イ)) unless the profile says so."""
    members = list(on_duty)
    supervisors = sum(member.role is StaffRole.SUPERVISOR for member in members)
    counsellors = sum(member.role is StaffRole.COUNSELLOR for member in members)
    counted = counsellors if rule.supervisor_excluded is not False else counsellors + supervisors
    return Staffing(counsellors, supervisors, max(0, (rule.min_counsellors or 0) - counted))
