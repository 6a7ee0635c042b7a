"""What is kept until when, what holds it back, and what goes now (KAG-8.4, TAJ-7, WG-19). Pure.

Days count from the last of: the end of the session, the handing over of its report, and, where the profile lets a return
postpone, the person's last word anywhere. An end of a hold comes on top. A later word or hold therefore never shortens.
What isn't decided (no days in the profile) stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.hours import ZONE
from handoff.domain.kept import Kept
from handoff.domain.profile.privacy import Keeping, RetentionDays

#: LINE may bring a message again for hours; what was forgotten sooner would come back as a new one.
SETTLES: Final = timedelta(hours=24)
#: A run looks again after so long, so that nothing outlives its deadline by a day.
RUN_EVERY: Final = timedelta(hours=6)
#: How far the page looks ahead.
AHEAD: Final = timedelta(days=30)
#: Kinds that hang on a session, in the order in which they may be deleted.
OF_SESSION: Final = (Kept.ESCALATION, Kept.MEDIA, Kept.REPORT, Kept.WRAP_UP, Kept.TRANSCRIPT)
#: What a statistic is made of: once any of these went, its session's fact can't be written anew.
COUNTED_FROM: Final = frozenset({Kept.TRANSCRIPT, Kept.REPORT, Kept.WRAP_UP})
#: While one of these is there, somebody has to be able to find the person they are about.
_NEEDS_CONTACT: Final = frozenset({Kept.TRANSCRIPT, Kept.MEDIA, Kept.REPORT})


class Held(StrEnum):
    """Why something stays though its days are over."""

    HOLD = "hold"  # somebody said so, with a reason and an end
    OPEN = "open"  # a talk isn't over
    FRESH = "fresh"  # LINE may still bring it again
    ESCALATION = "escalation"
    REPORT = "report"  # a report nobody has finished
    REQUEST = "request"  # a request about the person's data
    UNTOLD = "untold"  # whoever asked for the deletion hasn't heard of it yet
    FOLLOW_UP = "follow_up"
    CORRECTION = "correction"
    SURVEY = "survey"
    GLASS = "glass"  # somebody saw the id, and nobody has looked into it yet
    STEP = "step"  # the board or a lawyer was asked
    DELIVERY = "delivery"  # a line is on its way
    EVENT = "event"  # a message waits to be worked on
    FILE = "file"  # a file is under way
    BLOCK = "block"
    WISH = "wish"  # no broadcasts: forgotten, they would come again
    UNCOUNTED = "uncounted"  # its fact isn't written yet


class HoldKind(StrEnum):
    """Why somebody lets records be kept longer."""

    SERIOUS = "serious"  # 重大事案
    DISPUTE = "dispute"  # 争い、裁判
    ORDER = "order"  # 捜査機関、教育委員会などの求め


class Cause(StrEnum):
    """By what something was disposed of."""

    RULE = "rule"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Rule:
    """The profile's days by kind, None where they aren't decided. extends: a return postpones all of the person's."""

    days: Mapping[Kept, int | None]
    extends: bool = True

    @classmethod
    def of(cls, days: RetentionDays, keeping: Keeping) -> Rule:
        # Undecided reads as yes: words that somebody comes back for can't be brought back.
        named = {Kept(name): value for name, value in days if name in set(Kept)}
        return cls(named, keeping.returning_extends is not False)


@dataclass(frozen=True, slots=True)
class KeptSession:
    """What is left of one session. closed_at: None while it isn't over; kinds: of which there are rows; held: by what."""

    id: UUID
    closed_at: datetime | None
    kinds: frozenset[Kept]
    held: frozenset[Held] = frozenset()


@dataclass(frozen=True, slots=True)
class KeptContact:
    """What is left of one person.

    Attributes: born_at: first seen; last_word_at: of theirs, anywhere; handed_over_at: a report of theirs, to somebody
    else; held_until: the last day of the holds, None without any; held: what holds all of it back; reported: its sessions
    belong to reports and go together; wiped: only ids are left.
    """

    id: UUID
    born_at: datetime
    sessions: tuple[KeptSession, ...] = ()
    last_word_at: datetime | None = None
    handed_over_at: datetime | None = None
    held_until: date | None = None
    held: frozenset[Held] = frozenset()
    reported: bool = False
    wiped: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """One thing and its last moment. session_id: None of the contact itself."""

    kind: Kept
    at: datetime
    session_id: UUID | None = None
    held: frozenset[Held] = frozenset()

    def goes(self, now: datetime) -> bool:
        return self.at <= now and not self.held


@dataclass(frozen=True, slots=True)
class Parting:
    """What goes now. kinds: by session; whole: sessions of which nothing is left then; contact: so of the person."""

    kinds: Mapping[UUID, frozenset[Kept]] = field(default_factory=dict)
    whole: frozenset[UUID] = frozenset()
    contact: bool = False

    def __bool__(self) -> bool:
        return bool(self.kinds) or self.contact


def end_of(day: date) -> datetime:
    """The first moment after a day in Japan."""
    if day == date.max:
        return datetime.max.replace(tzinfo=ZONE)
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


def deadline(
    ends: datetime,
    days: int,
    *,
    last_word_at: datetime | None = None,
    handed_over_at: datetime | None = None,
    held_until: date | None = None,
) -> datetime:
    """The last moment of something. Args: ends: of its session."""
    since = max(moment for moment in (ends, last_word_at, handed_over_at) if moment is not None)
    at = since + timedelta(days=days)
    return at if held_until is None else max(at, end_of(held_until))


def dues(contact: KeptContact, rule: Rule, now: datetime) -> tuple[Due, ...]:
    """All that is left of a person with its last moment; nothing of what no days are decided for, or isn't over."""
    closed = [one for one in contact.sessions if one.closed_at is not None]
    together = rule.extends or contact.reported
    last = max((one.closed_at for one in closed if one.closed_at), default=contact.born_at)
    spoke = contact.last_word_at if rule.extends else None
    everyone = _holding(contact, now)
    if together:
        for one in contact.sessions:
            everyone |= one.held
            everyone |= frozenset() if one.closed_at else {Held.OPEN}
    found = list[Due]()
    for one in closed:
        ends = last if together or one.closed_at is None else one.closed_at
        held = everyone | one.held | _fresh(max(ends, contact.last_word_at or ends), now)
        for kind in OF_SESSION:
            days = rule.days.get(kind)
            if kind in one.kinds and days is not None:
                at = deadline(
                    ends,
                    days,
                    last_word_at=spoke,
                    handed_over_at=contact.handed_over_at,
                    held_until=contact.held_until,
                )
                found.append(Due(kind, at, one.id, held))
    whole = _of_person(contact, rule, found, now)
    return (*found, *whole)


def _holding(contact: KeptContact, now: datetime) -> frozenset[Held]:
    held_on = contact.held_until is not None and now < end_of(contact.held_until)
    # A person's wish about broadcasts keeps their id, never their words.
    return contact.held - {Held.WISH} | ({Held.HOLD} if held_on else frozenset())


def _fresh(last: datetime, now: datetime) -> frozenset[Held]:
    return frozenset({Held.FRESH}) if now - last < SETTLES else frozenset()


def _of_person(contact: KeptContact, rule: Rule, found: list[Due], now: datetime) -> list[Due]:
    days = rule.days.get(Kept.CONTACT)
    if days is None or contact.wiped:
        return []
    held = _holding(contact, now) | contact.held
    for one in contact.sessions:
        held |= one.held if one.closed_at else {Held.OPEN}
        if any(rule.days.get(kind) is None for kind in one.kinds & _NEEDS_CONTACT):
            return []
    last = max((one.closed_at for one in contact.sessions if one.closed_at), default=contact.born_at)
    at = deadline(
        last,
        days,
        last_word_at=contact.last_word_at,
        handed_over_at=contact.handed_over_at,
        held_until=contact.held_until,
    )
    # Whoever reads the words has to be able to say whose they are: the id goes with the last of them.
    at = max([at, *(one.at for one in found if one.kind in _NEEDS_CONTACT)])
    return [Due(Kept.CONTACT, at, None, held)]


def parting(contact: KeptContact, rule: Rule, now: datetime) -> Parting:
    """What of a person goes now by the rule."""
    going = dict[UUID, set[Kept]]()
    person = False
    for due in dues(contact, rule, now):
        if not due.goes(now):
            continue
        if due.session_id is None:
            person = True
        else:
            going.setdefault(due.session_id, set()).add(due.kind)
    kinds = {session: frozenset(of) for session, of in going.items()}
    whole = frozenset(one.id for one in contact.sessions if one.kinds and one.kinds == kinds.get(one.id))
    left = [one for one in contact.sessions if one.id not in whole]
    needed = any((one.kinds - kinds.get(one.id, frozenset())) & _NEEDS_CONTACT for one in left)
    return Parting(kinds, whole, person and not needed)


def ordered(
    contact: KeptContact, session_ids: frozenset[UUID], now: datetime, *, everything: bool
) -> tuple[Parting, frozenset[Held]]:
    """What of a person goes now because two decided so, and by what that is held back.

    Args: everything: the person's id, too, where no other session of theirs is left.
    """
    chosen = [one for one in contact.sessions if one.id in session_ids]
    held = _holding(contact, now)
    for one in chosen:
        held |= one.held
        if one.closed_at is None:
            held |= {Held.OPEN}
        else:
            held |= _fresh(max(one.closed_at, contact.last_word_at or one.closed_at), now)
    if held:
        return Parting(), held
    kinds = {one.id: one.kinds for one in chosen}
    alone = all(one.id in session_ids for one in contact.sessions)
    return Parting(kinds, frozenset(kinds), everything and alone and not contact.wiped), frozenset()
