"""What people ask and decide while an escalation is open: their words are sealed, states and times are in codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.care_tables import EscalationStepRow, GlassRequestRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.drills import of_drill
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.tables import ContactRow, SessionRow
from handoff.domain.errors import NotFound
from handoff.domain.escalation import EscalationState
from handoff.domain.escalation_steps import GlassState, StepKind
from handoff.domain.incoming import Channel
from handoff.services.escalation_step_ports import EscalationStep, GlassRequest
from kernel.sealing import SealBroken

#: Stands where sealed words can't be opened: the rest of the record must be readable all the same.
UNREADABLE: Final = "（開けませんでした）"


class SqlEscalationSteps:
    """Implements ``services.escalation_step_ports.EscalationSteps``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def _open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> str:
        try:
            return self._sealer.open(table, column, str(row_id), sealed)
        except SealBroken:
            return UNREADABLE

    # Questions --------------------------------------------------------------------------------------------------

    async def add(self, step: EscalationStep) -> bool:
        added = await self._connection.scalar(
            insert(EscalationStepRow)
            .values(
                id=step.id,
                escalation_id=step.escalation_id,
                kind=step.kind,
                question=(await self._sealer.for_escalation(step.escalation_id)).seal(
                    "escalation_steps", "question", str(step.id), step.question
                ),
                who=step.who,
                at=step.at,
            )
            .on_conflict_do_nothing(index_elements=[EscalationStepRow.id])
            .returning(EscalationStepRow.id)
        )
        return added is not None

    async def lock(self, step_id: UUID) -> EscalationStep:
        found = select(EscalationStepRow.__table__).where(EscalationStepRow.id == step_id)
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such step")
        return self._step(row)

    async def answer(self, step_id: UUID, answer: str, by: str, at: datetime) -> None:
        found = select(EscalationStepRow.escalation_id).where(EscalationStepRow.id == step_id)
        key = await self._sealer.for_escalation((await self._connection.execute(found)).scalar_one())
        sealed = key.seal("escalation_steps", "answer", str(step_id), answer)
        await self._connection.execute(
            update(EscalationStepRow)
            .where(EscalationStepRow.id == step_id)
            .values(answer=sealed, answered_by=by, answered_at=at)
        )

    async def of(self, escalation_id: UUID) -> Sequence[EscalationStep]:
        rows = await self._connection.execute(
            select(EscalationStepRow.__table__)
            .where(EscalationStepRow.escalation_id == escalation_id)
            .order_by(EscalationStepRow.at, EscalationStepRow.id)
        )
        return [self._step(row) for row in rows]

    async def unanswered(self) -> Sequence[tuple[UUID, StepKind, datetime]]:
        rows = await self._connection.execute(
            select(EscalationStepRow.escalation_id, EscalationStepRow.kind, EscalationStepRow.at)
            .join(EscalationRow, EscalationRow.id == EscalationStepRow.escalation_id)
            .where(EscalationStepRow.answered_at.is_(None), ~of_drill())
            .order_by(EscalationStepRow.at)
        )
        return [(row.escalation_id, StepKind(row.kind), row.at) for row in rows]

    def _step(self, row: Row[*tuple[Any, ...]]) -> EscalationStep:
        return EscalationStep(
            id=row.id,
            escalation_id=row.escalation_id,
            kind=StepKind(row.kind),
            question=self._open("escalation_steps", "question", row.id, row.question),
            who=row.who,
            at=row.at,
            answer=None if row.answer is None else self._open("escalation_steps", "answer", row.id, row.answer),
            answered_by=row.answered_by,
            answered_at=row.answered_at,
        )

    # Wishes to see an id ----------------------------------------------------------------------------------------

    async def add_request(self, request: GlassRequest, reason: str) -> bool:
        added = await self._connection.scalar(
            insert(GlassRequestRow)
            .values(
                id=request.id,
                escalation_id=request.escalation_id,
                asked_by=request.asked_by,
                reason=(await self._sealer.for_escalation(request.escalation_id)).seal(
                    "glass_requests", "reason", str(request.id), reason
                ),
                asked_at=request.asked_at,
                state=request.state,
            )
            .on_conflict_do_nothing(index_elements=[GlassRequestRow.id])
            .returning(GlassRequestRow.id)
        )
        return added is not None

    async def request(self, request_id: UUID) -> GlassRequest:
        return _request(await self._one(select(GlassRequestRow.__table__).where(GlassRequestRow.id == request_id)))

    async def lock_request(self, request_id: UUID) -> tuple[GlassRequest, str]:
        found = select(GlassRequestRow.__table__).where(GlassRequestRow.id == request_id)
        row = await self._one(found.with_for_update())
        # A reason that can't be read is nothing to say yes to; the error is loud on purpose.
        return _request(row), self._sealer.open("glass_requests", "reason", str(row.id), row.reason)

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]]:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such request")
        return row

    async def save_request(self, request: GlassRequest) -> None:
        await self._connection.execute(
            update(GlassRequestRow)
            .where(GlassRequestRow.id == request.id)
            .values(state=request.state, decided_by=request.decided_by, decided_at=request.decided_at)
        )

    async def requests(self, escalation_id: UUID) -> Sequence[GlassRequest]:
        rows = await self._connection.execute(
            select(GlassRequestRow.__table__)
            .where(GlassRequestRow.escalation_id == escalation_id)
            .order_by(GlassRequestRow.asked_at, GlassRequestRow.id)
        )
        return [_request(row) for row in rows]

    async def undecided(self) -> Sequence[GlassRequest]:
        rows = await self._connection.execute(
            select(GlassRequestRow.__table__)
            .join(EscalationRow, EscalationRow.id == GlassRequestRow.escalation_id)
            .where(GlassRequestRow.state == GlassState.ASKED, EscalationRow.state != EscalationState.CLOSED)
            .order_by(GlassRequestRow.asked_at)
        )
        return [_request(row) for row in rows]

    # What else the desk shows of an escalation ------------------------------------------------------------------

    async def closing_note(self, escalation_id: UUID) -> str | None:
        sealed = await self._connection.scalar(select(EscalationRow.note).where(EscalationRow.id == escalation_id))
        return None if sealed is None else self._open("escalations", "note", escalation_id, sealed)

    async def channel(self, session_id: UUID) -> Channel:
        found = await self._connection.scalar(
            select(ContactRow.channel)
            .join(SessionRow, SessionRow.contact_id == ContactRow.id)
            .where(SessionRow.id == session_id)
        )
        if found is None:
            raise NotFound("no such session")
        return Channel(found)


def _request(row: Row[*tuple[Any, ...]]) -> GlassRequest:
    return GlassRequest(
        id=row.id,
        escalation_id=row.escalation_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        state=GlassState(row.state),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
