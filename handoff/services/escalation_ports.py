"""What the verbs of an escalation need of the database; ``handoff/adapters/database`` implements it.

As everywhere: plain texts on this side, rows locked before they change, one transaction a verb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.escalation import Alarm, Cause, CloseReason, EscalationState, Suspect
from handoff.domain.escalation_steps import CallResult
from handoff.domain.notice import Medium, NoticeState
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level


@dataclass(frozen=True, slots=True)
class Escalation:
    """One escalation as it stands.

    Attributes: session_id: None for a test alone; drill: of a session that is played (訓練); ladder_from: when the ladder began, again after a rise to critical;
    rung, round: what rang last (rung None before the first); alarms: how many there were; alarmed_at: the last one;
    next_alarm_at: None when nobody has to be called any more; acknowledged_by, closed_by: the profile's name of a role.
    """

    id: UUID
    session_id: UUID | None
    test: bool
    state: EscalationState
    cause: Cause
    level: Level
    categories: tuple[str, ...]
    suspects: frozenset[Suspect]
    raised_at: datetime
    deadline_at: datetime
    ladder_from: datetime
    rung: int | None = None
    round: int = 0
    alarms: int = 0
    alarmed_at: datetime | None = None
    next_alarm_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    contacted_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    closed_reason: CloseReason | None = None
    drill: bool = False

    @property
    def is_real(self) -> bool:
        """Whether somebody may be in danger: neither a test of the bells nor a drill; only such ones are counted."""
        return not self.test and not self.drill


@dataclass(frozen=True, slots=True)
class Evidence:
    """One message behind an escalation; its words are in the transcript."""

    event_id: UUID
    cause: Cause
    level: Level
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """A call to an agency that a person made.

    Attributes: result: None where nobody noted it (the alarm's page); whom: the name or office they spoke with; told: what
    was said. Both are empty where nobody noted them.
    """

    agency: Agency
    who: str
    at: datetime
    result: CallResult | None = None
    whom: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class GlassOpening:
    """A student's id that was revealed. review_due_at: when another person must have looked at it."""

    id: UUID
    escalation_id: UUID
    who: str
    at: datetime
    review_due_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None


class Escalations(Protocol):
    """Escalations, what they rest on and what people did about them."""

    async def find(self, escalation_id: UUID) -> Escalation:
        """Not locked, for reading. Raises: NotFound."""

    async def lock(self, escalation_id: UUID) -> Escalation:
        """Raises: NotFound."""

    async def open_for(self, session_id: UUID) -> Escalation | None:
        """The one escalation of a session that isn't closed, locked."""

    async def all_open(self) -> Sequence[Escalation]:
        """All that aren't closed, tests too, in the order in which they were raised; not locked."""

    async def closed_since(self, at: datetime) -> Sequence[Escalation]:
        """Those that were closed after ``at``, but for tests; the last one first."""

    async def add(self, escalation: Escalation) -> None: ...
    async def save(self, escalation: Escalation) -> None:
        """Write all that can change of a locked escalation, but for its categories and suspects."""

    async def save_detail(self, escalation: Escalation) -> None:
        """Write categories and suspects."""

    async def with_evidence(self, session_id: UUID, event_id: UUID) -> UUID | None:
        """The session's escalation, closed ones too, that knows this event already."""

    async def add_evidence(self, escalation_id: UUID, alarm: Alarm, at: datetime) -> None: ...
    async def evidence(self, escalation_id: UUID) -> Sequence[Evidence]: ...
    async def set_note(self, escalation_id: UUID, note: str) -> None: ...
    async def add_call(self, escalation_id: UUID, call: Call, key: UUID | None = None) -> bool:
        """False where the key, the call's id, is known already."""

    async def calls(self, escalation_id: UUID) -> Sequence[Call]: ...
    async def add_opening(self, opening: GlassOpening, reason: str) -> None: ...
    async def lock_opening(self, opening_id: UUID) -> tuple[GlassOpening, str]:
        """An opening and the reason that was given. Raises: NotFound."""

    async def save_review(self, opening_id: UUID, person: str, at: datetime) -> None: ...
    async def openings(self, escalation_id: UUID) -> Sequence[GlassOpening]: ...
    async def unreviewed(self, limit: int) -> Sequence[GlassOpening]:
        """Openings that nobody has reviewed, the one due first before the others."""

    async def due(self, at: datetime, real_at: datetime, limit: int) -> Sequence[UUID]:
        """Escalations whose ladder goes on by ``at``, or of which a notice has to be tried by ``real_at``."""


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """A notice of the ladder as it stands in the tables; where it goes is looked up in the profile when it's sent.

    Attributes: number: of the alarm, from 1; attempts: made so far; at: when it was planned; next_at: real time;
    outcome: a code, None before the first attempt ended.
    """

    id: UUID
    escalation_id: UUID
    number: int
    rung: int
    round: int
    who: str
    medium: Medium
    state: NoticeState
    at: datetime
    next_at: datetime
    attempts: int = 0
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whose address of an alarm's page this is."""

    escalation_id: UUID
    rung: int
    who: str


class NoticeRows(Protocol):
    """The notices of escalations, and the links that they carry."""

    async def add(self, notices: Sequence[PlannedNotice]) -> None: ...
    async def all(self, escalation_id: UUID) -> Sequence[PlannedNotice]: ...
    async def pending(self, escalation_id: UUID) -> Sequence[PlannedNotice]:
        """Planned notices, the one due first before the others."""

    async def begin_attempt(self, notice: PlannedNotice, until: datetime) -> bool:
        """Count an attempt before it's made; nobody else tries until then (real time). False: somebody else does."""

    async def postpone(self, notice_id: UUID, until: datetime, outcome: str) -> None: ...
    async def settle(self, notice_id: UUID, state: NoticeState, outcome: str, at: datetime) -> None: ...
    async def drop_pending(self, escalation_id: UUID, outcome: str, at: datetime) -> None: ...
    async def link(self, holder: LinkHolder, at: datetime) -> str:
        """The token of a rung's link, made when it's asked for first."""

    async def holder(self, token: str) -> LinkHolder | None: ...
