"""An escalation: a person has to look at a session now, is called, and the next one until somebody answers.

Pure. Its states, the ladder of people who are called one after the other (HOK-6, KAG-7.1ア), and the order of calls to
agencies that a person makes (WG-11); the service itself calls no agency. A suspected teacher's school is left out of
both, whatever a procedure says; a guardian never stands in either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import MoveRefused
from handoff.domain.hours import ZONE, HoursStatus, OpeningHours
from handoff.domain.notice import Medium
from handoff.domain.profile import Profile
from handoff.domain.profile.duty import Emergency, EmergencyContact, LadderStep
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level

#: Where a profile says nothing of a level, this holds: nobody's alarm waits for ever.
ACKNOWLEDGE_WITHIN: Final = timedelta(minutes=5)
#: Who is called where the profile names nobody, or all of them are left out.
DESK_WHO: Final = "相談員の画面"
#: How long after its end an escalation's links still open its page.
LINK_LIFE: Final = timedelta(hours=24)
#: The hour of the next day at which a review is due where there is no next opening.
REVIEW_HOUR: Final = time(9)
_LEVELS: Final = tuple(Level)


class EscalationState(StrEnum):
    """Where an escalation stands."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    IN_CONTACT = "in_contact"
    CLOSED = "closed"


#: From a state to the states that may follow it. A closed one never opens again: what comes later raises a new one.
MOVES: Final[dict[EscalationState, frozenset[EscalationState]]] = {
    EscalationState.RAISED: frozenset(
        {EscalationState.ACKNOWLEDGED, EscalationState.IN_CONTACT, EscalationState.CLOSED}
    ),
    EscalationState.ACKNOWLEDGED: frozenset({EscalationState.IN_CONTACT, EscalationState.CLOSED}),
    EscalationState.IN_CONTACT: frozenset({EscalationState.CLOSED}),
    EscalationState.CLOSED: frozenset(),
}


def check_move(current: EscalationState, target: EscalationState, actor: str) -> None:
    """Raises: MoveRefused: the table doesn't know this move."""
    if target not in MOVES[current]:
        raise MoveRefused(current, target, actor)


class Cause(StrEnum):
    """Why somebody has to look."""

    RISK = "risk"
    SCREEN_FAILURE = "screen_failure"
    STUDENT_LEFT = "student_left"  # an end or unfollow at high or critical
    CANNOT_PHONE = "cannot_phone"  # 『できない』
    DANGER_TOLD = "danger_told"  # a report whose writer chose 「いま、あぶない人がいる」
    UNANSWERED = "unanswered"  # nobody has done anything about a student at risk


class Suspect(StrEnum):
    """Who may be the one that harms, and so may not hear of it."""

    GUARDIAN = "guardian"
    TEACHER = "teacher"


class CloseReason(StrEnum):
    """Why an escalation ends."""

    SAFE = "safe"  # 安全を確かめた
    HANDED_OVER = "handed_over"  # 関係機関などへつないだ
    NOT_AT_RISK = "not_at_risk"  # 危険ではなかった
    NOT_REACHED = "not_reached"  # 連絡がとれなかった
    TEST = "test"  # 試験


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the screen hands over. message_event_id: the stored event that is the evidence."""

    cause: Cause
    level: Level
    categories: tuple[str, ...]
    suspects: frozenset[Suspect]
    message_event_id: UUID


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder, as it holds for one escalation.

    Attributes: index: its place in the profile's ladder, which stays when others are left out; due: after the ladder's
    start.
    """

    index: int
    who: str
    due: timedelta
    phone: str | None
    mail: str | None


@dataclass(frozen=True, slots=True)
class LadderFacts:
    """What the decision on the next alarm needs.

    Attributes: rungs: not empty, by index; repeat: pause of the last rung; since: when the ladder began; rung: index of
    the last one that rang, round: how often it did beyond the first time, rang_at: when (None before the first).
    """

    state: EscalationState
    rungs: tuple[Rung, ...]
    repeat: timedelta
    since: datetime
    rung: int | None
    round: int
    rang_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ring:
    """Call this one now. round: 0 the first time, then counted up."""

    rung: Rung
    round: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """Nobody needs to be called any more."""


def worse(one: Level, other: Level) -> Level:
    """The higher of two levels."""
    return max(one, other, key=_LEVELS.index)


def someone_on_duty(profile: Profile, at: datetime) -> bool:
    """Whether counsellors are there, also after the last reception."""
    return profile.hours.status(at) is not HoursStatus.CLOSED


def opens_escalation(level: Level, profile: Profile, on_duty: bool) -> bool:
    """Whether a message of this level raises an alarm: critical always, high by the profile or when nobody is there."""
    if level is Level.HIGH:
        return profile.on_call.escalate_high is True or not on_duty
    return level is Level.CRITICAL


def opens(alarm: Alarm, profile: Profile, on_duty: bool) -> bool:
    """Whether an alarm opens an escalation. All but a found risk do so whatever their level."""
    return alarm.cause is not Cause.RISK or opens_escalation(alarm.level, profile, on_duty)


def acknowledge_within(level: Level, profile: Profile) -> timedelta:
    """The time within which a person must have acknowledged an alarm of this level."""
    told = profile.on_call.acknowledge_minutes
    minutes = {Level.CONCERN: told.concern, Level.HIGH: told.high, Level.CRITICAL: told.critical}.get(level)
    return ACKNOWLEDGE_WITHIN if minutes is None else timedelta(minutes=minutes)


def deadline(raised_at: datetime, level: Level, profile: Profile) -> datetime:
    """The moment by which somebody must have acknowledged."""
    return raised_at + acknowledge_within(level, profile)


def left_out(index: int, profile: Profile, suspects: frozenset[Suspect]) -> bool:
    """Whether this step of the profile's ladder may not hear of the alarm."""
    steps = profile.on_call.ladder or ()
    return index < len(steps) and _is_suspected(steps[index], suspects)


def _is_suspected(step: LadderStep, suspects: frozenset[Suspect]) -> bool:
    return Suspect.TEACHER in suspects and step.agency is Agency.SCHOOL


def ladder(profile: Profile, suspects: frozenset[Suspect]) -> tuple[Rung, ...]:
    """The rungs of an alarm, never empty: the first is due at once, the others after their minutes.

    Where nobody is left, the desk is the one rung (``is_desk``), so that no alarm stays unseen.
    """
    steps = profile.on_call.ladder or ()
    rungs = [
        Rung(index, step.who, timedelta(minutes=step.after_minutes), step.phone, step.mail)
        for index, step in enumerate(steps)
        if not _is_suspected(step, suspects)
    ]
    if not rungs:
        # Its index lies beyond all others: a ladder that loses its last person later still comes to the desk.
        return (Rung(len(steps), DESK_WHO, timedelta(), None, None),)
    first, *others = rungs
    return (Rung(first.index, first.who, timedelta(), first.phone, first.mail), *others)


def is_desk(rung: Rung, profile: Profile) -> bool:
    """Whether this rung stands in for people whom the profile doesn't name."""
    return rung.index >= len(profile.on_call.ladder or ())


def next_alarm(facts: LadderFacts, now: datetime) -> Ring | Wait | Done:
    """Say who is called next, and when. Every rung rings before the last one repeats, and that one goes on repeating.

    Rungs that are overdue (the service was down) ring one after the other, none is skipped; a repetition that was
    missed isn't made up for.
    """
    if facts.state is not EscalationState.RAISED:
        return Done()
    ahead = next((rung for rung in facts.rungs if facts.rung is None or rung.index > facts.rung), None)
    if ahead is not None:
        due = facts.since + ahead.due
        # The very first waits for no clock.
        return Ring(ahead, 0) if facts.rung is None or now >= due else Wait(due)
    due = (facts.rang_at or facts.since) + facts.repeat
    return Ring(facts.rungs[-1], facts.round + 1) if now >= due else Wait(due)


def next_rung(rungs: tuple[Rung, ...], rung: int | None) -> Rung:
    """Who is called next after the rung of this index (None: nobody was called yet); the last one repeats."""
    return next((one for one in rungs if rung is None or one.index > rung), rungs[-1])


def ways(rung: Rung, configured: frozenset[Medium]) -> Iterator[Medium]:
    """By which media a rung is called: the desk always, the others where they are set up and the profile has the
    address."""
    yield Medium.DESK
    wanted = {Medium.MAIL: rung.mail is not None, Medium.WEBHOOK: True, Medium.VOICE: rung.phone is not None}
    yield from (medium for medium, has_address in wanted.items() if has_address and medium in configured)


def link_holds(closed_at: datetime | None, now: datetime) -> bool:
    """Whether the links of an escalation still open its page."""
    return closed_at is None or now < closed_at + LINK_LIFE


def call_order(emergency: Emergency, suspects: frozenset[Suspect]) -> tuple[EmergencyContact, ...]:
    """Whom a person calls, in this order (KAG-6.1ク); no school while a teacher is suspected."""
    return tuple(
        contact
        for contact in emergency.order or ()
        if not (Suspect.TEACHER in suspects and contact.agency is Agency.SCHOOL)
    )


def review_due(at: datetime, hours: OpeningHours) -> datetime:
    """When another person must have looked at a revealed id: the next opening, else nine in the next morning."""
    opening = hours.next_opening(at)
    if opening is not None:
        return opening
    return datetime.combine(at.astimezone(ZONE).date() + timedelta(days=1), REVIEW_HOUR, ZONE)
