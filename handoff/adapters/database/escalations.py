"""Escalations: what they rest on is sealed, who did what and when is in codes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.drills import of_drill
from handoff.adapters.database.escalation_tables import (
    EscalationCallRow,
    EscalationEvidenceRow,
    EscalationNoticeRow,
    EscalationRow,
    GlassOpeningRow,
)
from handoff.domain.errors import NotFound
from handoff.domain.escalation import Alarm, Cause, CloseReason, EscalationState, Suspect
from handoff.domain.escalation_steps import CallResult
from handoff.domain.kept import Kept
from handoff.domain.notice import NoticeState
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level
from handoff.services.escalation_ports import Call, Escalation, Evidence, GlassOpening
from kernel.sealing import SealBroken


class SqlEscalations:
    """Implements ``services.escalation_ports.Escalations``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # The record -------------------------------------------------------------------------------------------------

    async def find(self, escalation_id: UUID) -> Escalation:
        return await self._one(_select().where(EscalationRow.id == escalation_id))

    async def lock(self, escalation_id: UUID) -> Escalation:
        return await self._one(_select().where(EscalationRow.id == escalation_id).with_for_update())

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Escalation:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such escalation")
        return self._escalation(row)

    async def open_for(self, session_id: UUID) -> Escalation | None:
        row = (
            await self._connection.execute(
                _select()
                .where(EscalationRow.session_id == session_id, EscalationRow.state != EscalationState.CLOSED)
                .with_for_update()
            )
        ).first()
        return None if row is None else self._escalation(row)

    async def all_open(self) -> Sequence[Escalation]:
        rows = await self._connection.execute(
            _select().where(EscalationRow.state != EscalationState.CLOSED).order_by(EscalationRow.sequence)
        )
        return [self._escalation(row) for row in rows]

    async def closed_since(self, at: datetime) -> Sequence[Escalation]:
        rows = await self._connection.execute(
            _select()
            .where(EscalationRow.closed_at > at, EscalationRow.test.is_(False))
            .order_by(EscalationRow.closed_at.desc())
        )
        return [self._escalation(row) for row in rows]

    def _escalation(self, row: Row[*tuple[Any, ...]]) -> Escalation:
        try:
            detail = json.loads(self._sealer.open("escalations", "detail", str(row.id), row.detail))
        except SealBroken:
            # Somebody must be called all the same, and nobody who might be the one that harms.
            detail = {"categories": [], "suspects": list(Suspect)}
        return Escalation(
            id=row.id,
            session_id=row.session_id,
            test=row.test,
            state=EscalationState(row.state),
            cause=Cause(row.cause),
            level=Level(row.level),
            categories=tuple(detail["categories"]),
            suspects=frozenset(Suspect(name) for name in detail["suspects"]),
            raised_at=row.raised_at,
            deadline_at=row.deadline_at,
            ladder_from=row.ladder_from,
            rung=row.rung,
            round=row.round,
            alarms=row.alarms,
            alarmed_at=row.alarmed_at,
            next_alarm_at=row.next_alarm_at,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.acknowledged_by,
            contacted_at=row.contacted_at,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            closed_reason=None if row.closed_reason is None else CloseReason(row.closed_reason),
            drill=row.drill,
        )

    async def _detail(self, escalation: Escalation) -> bytes:
        # What is suspected of whom is as delicate as the words it was read from.
        detail = json.dumps({"categories": escalation.categories, "suspects": sorted(escalation.suspects)})
        if escalation.session_id is None:
            key = await self._sealer.for_house()
        else:
            key = await self._sealer.for_session(escalation.session_id, Kept.ESCALATION)
        return key.seal("escalations", "detail", str(escalation.id), detail)

    @staticmethod
    def _changing(escalation: Escalation) -> dict[str, Any]:
        return {
            "state": escalation.state,
            "level": escalation.level,
            "deadline_at": escalation.deadline_at,
            "ladder_from": escalation.ladder_from,
            "rung": escalation.rung,
            "round": escalation.round,
            "alarms": escalation.alarms,
            "alarmed_at": escalation.alarmed_at,
            "next_alarm_at": escalation.next_alarm_at,
            "acknowledged_at": escalation.acknowledged_at,
            "acknowledged_by": escalation.acknowledged_by,
            "contacted_at": escalation.contacted_at,
            "closed_at": escalation.closed_at,
            "closed_by": escalation.closed_by,
            "closed_reason": escalation.closed_reason,
        }

    async def add(self, escalation: Escalation) -> None:
        await self._connection.execute(
            insert(EscalationRow).values(
                id=escalation.id,
                session_id=escalation.session_id,
                test=escalation.test,
                cause=escalation.cause,
                raised_at=escalation.raised_at,
                detail=await self._detail(escalation),
                **self._changing(escalation),
            )
        )

    async def save(self, escalation: Escalation) -> None:
        await self._connection.execute(
            update(EscalationRow).where(EscalationRow.id == escalation.id).values(**self._changing(escalation))
        )

    async def save_detail(self, escalation: Escalation) -> None:
        await self._connection.execute(
            update(EscalationRow).where(EscalationRow.id == escalation.id).values(detail=await self._detail(escalation))
        )

    async def set_note(self, escalation_id: UUID, note: str) -> None:
        sealed = (await self._sealer.for_escalation(escalation_id)).seal(
            "escalations", "note", str(escalation_id), note
        )
        await self._connection.execute(
            update(EscalationRow).where(EscalationRow.id == escalation_id).values(note=sealed)
        )

    async def due(self, at: datetime, real_at: datetime, limit: int) -> Sequence[UUID]:
        waiting = exists().where(
            EscalationNoticeRow.escalation_id == EscalationRow.id,
            EscalationNoticeRow.state == NoticeState.PLANNED,
            EscalationNoticeRow.real_next_at <= real_at,
        )
        rows = await self._connection.scalars(
            select(EscalationRow.id)
            .where(or_(EscalationRow.next_alarm_at <= at, waiting))
            .order_by(EscalationRow.sequence)
            .limit(limit)
        )
        return list(rows)

    # What it rests on -------------------------------------------------------------------------------------------

    async def with_evidence(self, session_id: UUID, event_id: UUID) -> UUID | None:
        return await self._connection.scalar(
            select(EscalationRow.id)
            .join(EscalationEvidenceRow, EscalationEvidenceRow.escalation_id == EscalationRow.id)
            .where(EscalationEvidenceRow.event_id == event_id, EscalationRow.session_id == session_id)
            .order_by(EscalationRow.sequence.desc())
            .limit(1)
        )

    async def add_evidence(self, escalation_id: UUID, alarm: Alarm, at: datetime) -> None:
        await self._connection.execute(
            upsert(EscalationEvidenceRow)
            .values(
                escalation_id=escalation_id,
                event_id=alarm.message_event_id,
                cause=alarm.cause,
                level=alarm.level,
                at=at,
            )
            .on_conflict_do_nothing()
        )

    async def evidence(self, escalation_id: UUID) -> Sequence[Evidence]:
        rows = await self._connection.execute(
            select(EscalationEvidenceRow.__table__)
            .where(EscalationEvidenceRow.escalation_id == escalation_id)
            .order_by(EscalationEvidenceRow.at)
        )
        return [Evidence(row.event_id, Cause(row.cause), Level(row.level), row.at) for row in rows]

    # What people did --------------------------------------------------------------------------------------------

    async def add_call(self, escalation_id: UUID, call: Call, key: UUID | None = None) -> bool:
        call_id, detail = key or uuid4(), None
        if call.whom or call.told:
            told = json.dumps({"whom": call.whom, "told": call.told}, ensure_ascii=False)
            detail = (await self._sealer.for_escalation(escalation_id)).seal(
                "escalation_calls", "detail", str(call_id), told
            )
        added = await self._connection.scalar(
            upsert(EscalationCallRow)
            .values(
                id=call_id,
                escalation_id=escalation_id,
                agency=call.agency,
                who=call.who,
                at=call.at,
                result=call.result,
                detail=detail,
            )
            .on_conflict_do_nothing(index_elements=[EscalationCallRow.id])
            .returning(EscalationCallRow.id)
        )
        return added is not None

    async def calls(self, escalation_id: UUID) -> Sequence[Call]:
        rows = await self._connection.execute(
            select(EscalationCallRow.__table__)
            .where(EscalationCallRow.escalation_id == escalation_id)
            .order_by(EscalationCallRow.at)
        )
        return [self._call(row) for row in rows]

    def _call(self, row: Row[*tuple[Any, ...]]) -> Call:
        told: dict[str, str] = {}
        if row.detail is not None:
            try:
                told = json.loads(self._sealer.open("escalation_calls", "detail", str(row.id), row.detail))
            except SealBroken:
                # That the call was made has to be seen all the same.
                told = {"told": "（開けませんでした）"}
        result = None if row.result is None else CallResult(row.result)
        return Call(Agency(row.agency), row.who, row.at, result, told.get("whom", ""), told.get("told", ""))

    async def add_opening(self, opening: GlassOpening, reason: str) -> None:
        await self._connection.execute(
            insert(GlassOpeningRow).values(
                id=opening.id,
                escalation_id=opening.escalation_id,
                who=opening.who,
                reason=(await self._sealer.for_escalation(opening.escalation_id)).seal(
                    "glass_openings", "reason", str(opening.id), reason
                ),
                at=opening.at,
                review_due_at=opening.review_due_at,
            )
        )

    async def lock_opening(self, opening_id: UUID) -> tuple[GlassOpening, str]:
        row = (
            await self._connection.execute(
                select(GlassOpeningRow.__table__).where(GlassOpeningRow.id == opening_id).with_for_update()
            )
        ).first()
        if row is None:
            raise NotFound("no such opening")
        return _opening(row), self._sealer.open("glass_openings", "reason", str(row.id), row.reason)

    async def save_review(self, opening_id: UUID, person: str, at: datetime) -> None:
        await self._connection.execute(
            update(GlassOpeningRow).where(GlassOpeningRow.id == opening_id).values(reviewed_by=person, reviewed_at=at)
        )

    async def openings(self, escalation_id: UUID) -> Sequence[GlassOpening]:
        rows = await self._connection.execute(
            select(GlassOpeningRow.__table__)
            .where(GlassOpeningRow.escalation_id == escalation_id)
            .order_by(GlassOpeningRow.at)
        )
        return [_opening(row) for row in rows]

    async def unreviewed(self, limit: int) -> Sequence[GlassOpening]:
        rows = await self._connection.execute(
            select(GlassOpeningRow.__table__)
            .where(GlassOpeningRow.reviewed_at.is_(None))
            .order_by(GlassOpeningRow.review_due_at)
            .limit(limit)
        )
        return [_opening(row) for row in rows]


def _select() -> Select[*tuple[Any, ...]]:
    return select(EscalationRow.__table__, of_drill().label("drill"))


def _opening(row: Row[*tuple[Any, ...]]) -> GlassOpening:
    return GlassOpening(
        id=row.id,
        escalation_id=row.escalation_id,
        who=row.who,
        at=row.at,
        review_due_at=row.review_due_at,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
    )
