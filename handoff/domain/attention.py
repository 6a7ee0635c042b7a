"""Whether somebody looks after a session at risk: the net under everything that may stop an alarm.

Whoever claims a session or acknowledges an alarm stops the ladder, and may then be called away, fall ill, or think that
somebody else has it. So the time since a person last did something about a student at risk is watched in every state:
after the profile's time the desks are told, after twice that time everybody on the ladder is called again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from handoff.domain.desk import EndReason
from handoff.domain.session import State

#: Ends after which nobody has said that the student is safe.
_OPEN_ENDS = frozenset({EndReason.STUDENT, EndReason.LEFT})


class Call(StrEnum):
    """What has to be done now."""

    TELL_DESK = "tell_desk"
    RING = "ring"


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What the watch knows of a session at high, critical or unread; times on the service's clock.

    Attributes: ringing: the ladder calls people already; wrote_at, heard_at: the last words of student and person;
    attended_at: when a person last took it, acknowledged, was in contact or noted a call; ended_at, ended_reason: of the
    talk; waiting_since: of the queue; told_at: when the desks were told last.
    """

    state: State
    ringing: bool
    wrote_at: datetime | None
    heard_at: datetime | None
    attended_at: datetime | None
    ended_at: datetime | None
    ended_reason: str | None
    waiting_since: datetime | None
    told_at: datetime | None


def unattended_since(facts: AtRisk) -> datetime | None:
    """Since when a person owes something; None while nobody does."""
    match facts.state:
        case State.WAITING | State.LEFT_MESSAGE:
            return _latest(facts.attended_at, facts.waiting_since)
        case State.LIVE:
            if facts.wrote_at is None or (facts.heard_at is not None and facts.heard_at >= facts.wrote_at):
                return None
            return _latest(facts.wrote_at, facts.attended_at)
        case State.WRAP_UP if facts.ended_reason in _OPEN_ENDS:
            looked = facts.attended_at is not None and facts.ended_at is not None and facts.attended_at > facts.ended_at
            return None if looked else facts.ended_at
        case _:
            return None


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def call_due(facts: AtRisk, within: timedelta, now: datetime) -> Call | None:
    """What is due, given the profile's time for an alarm of this level."""
    since = unattended_since(facts)
    if since is None or facts.ringing or now - since < within:
        return None
    if now - since >= 2 * within:
        return Call.RING
    return Call.TELL_DESK if facts.told_at is None or facts.told_at < since else None
