"""What the desk's verbs of an escalation need of the database beside ``escalation_ports``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.escalation_steps import GlassState, StepKind
from handoff.domain.incoming import Channel


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """A question that was put to somebody, and the answer. who, answered_by: the aliases of those who wrote them down."""

    id: UUID
    escalation_id: UUID
    kind: StepKind
    question: str
    who: str
    at: datetime
    answer: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GlassRequest:
    """A counsellor's wish to see a student's id; why is read apart, and on record."""

    id: UUID
    escalation_id: UUID
    asked_by: UUID
    asked_at: datetime
    state: GlassState
    decided_by: UUID | None = None
    decided_at: datetime | None = None


class EscalationSteps(Protocol):
    """Questions with their answers, and wishes to see an id that a second person decides on."""

    async def add(self, step: EscalationStep) -> bool:
        """False where its id, the key of the request, is known already."""

    async def lock(self, step_id: UUID) -> EscalationStep:
        """Raises: NotFound."""

    async def answer(self, step_id: UUID, answer: str, by: str, at: datetime) -> None: ...
    async def of(self, escalation_id: UUID) -> Sequence[EscalationStep]: ...
    async def unanswered(self) -> Sequence[tuple[UUID, StepKind, datetime]]:
        """Questions without an answer: of which escalation, which, since when; the oldest first."""

    async def add_request(self, request: GlassRequest, reason: str) -> bool:
        """False where its id is known already."""

    async def request(self, request_id: UUID) -> GlassRequest:
        """Not locked. Raises: NotFound."""

    async def lock_request(self, request_id: UUID) -> tuple[GlassRequest, str]:
        """A wish and its reason. Raises: NotFound."""

    async def save_request(self, request: GlassRequest) -> None:
        """Write state and decision."""

    async def requests(self, escalation_id: UUID) -> Sequence[GlassRequest]: ...
    async def undecided(self) -> Sequence[GlassRequest]:
        """Wishes in escalations that aren't closed, of which nobody has said yes or no; the oldest first."""

    async def closing_note(self, escalation_id: UUID) -> str | None: ...
    async def channel(self, session_id: UUID) -> Channel:
        """By which channel a session's student writes. Raises: NotFound."""
