"""How much one person can carry, and whether enough are there (KAG-6.1ア, WG-9d)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handoff.domain.errors import CapacityReached, TraineeRefused
from handoff.domain.profile.access import Staff
from handoff.domain.session import URGENT, Level
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
