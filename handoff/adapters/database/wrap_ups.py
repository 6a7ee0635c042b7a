"""Wrap-up sheets: sealed whole; beside them only who did what and when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.care_tables import WrapUpRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.tables import MessageRow, SessionRow
from handoff.domain.escalation import Suspect
from handoff.domain.kept import Kept
from handoff.domain.wrap_up import Sheet, from_json, to_json
from handoff.services.care_ports import WrapUp
from kernel.sealing import SealBroken


def _select() -> Select[*tuple[Any, ...]]:
    return select(WrapUpRow.__table__, SessionRow.ended_at).join(SessionRow, SessionRow.id == WrapUpRow.session_id)


class SqlWrapUps:
    """Implements ``services.care_ports.WrapUps``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def find(self, session_id: UUID) -> WrapUp | None:
        return await self._one(_select().where(WrapUpRow.session_id == session_id))

    async def lock(self, session_id: UUID) -> WrapUp | None:
        return await self._one(_select().where(WrapUpRow.session_id == session_id).with_for_update(of=WrapUpRow))

    async def _one(self, found: Select[*tuple[Any, ...]]) -> WrapUp | None:
        row = (await self._connection.execute(found)).first()
        return None if row is None else self._wrap_up(row)

    async def of(self, session_ids: Sequence[UUID]) -> Mapping[UUID, WrapUp]:
        rows = await self._connection.execute(_select().where(WrapUpRow.session_id.in_(session_ids)))
        return {row.session_id: self._wrap_up(row) for row in rows}

    def _wrap_up(self, row: Row[*tuple[Any, ...]]) -> WrapUp:
        # The talk went on after the sheet was filled in, and ended again: what was filled in isn't all of it any more.
        outdated = row.signed_at is None and _is_before(row.filled_at, row.ended_at)
        return WrapUp(
            session_id=row.session_id,
            sheet=self._sheet(row.session_id, row.sheet),
            version=row.version,
            saved_by=row.saved_by,
            saved_at=row.saved_at,
            filled_by=None if outdated else row.filled_by,
            filled_at=None if outdated else row.filled_at,
            signed_by=row.signed_by,
            signed_at=row.signed_at,
            returned_by=row.returned_by,
            returned_at=row.returned_at,
            remark=self._open("wrap_ups", "remark", row.session_id, row.remark) or "",
        )

    def _sheet(self, session_id: UUID, sealed: bytes) -> Sheet | None:
        text = self._open("wrap_ups", "sheet", session_id, sealed)
        try:
            return None if text is None else from_json(text)
        except ValueError:
            return None

    async def save(self, record: WrapUp, sheet: Sheet) -> None:
        row_id = str(record.session_id)
        values = {
            "sheet": (await self._sealer.for_session(record.session_id, Kept.WRAP_UP)).seal(
                "wrap_ups", "sheet", row_id, to_json(sheet)
            ),
            "version": record.version,
            "saved_by": record.saved_by,
            "saved_at": record.saved_at,
            "filled_by": record.filled_by,
            "filled_at": record.filled_at,
            "signed_by": record.signed_by,
            "signed_at": record.signed_at,
            "returned_by": record.returned_by,
            "returned_at": record.returned_at,
            "remark": (await self._sealer.for_session(record.session_id, Kept.WRAP_UP)).seal(
                "wrap_ups", "remark", row_id, record.remark
            )
            if record.remark
            else None,
        }
        await self._connection.execute(
            insert(WrapUpRow)
            .values(session_id=record.session_id, **values)
            .on_conflict_do_update(index_elements=[WrapUpRow.session_id], set_=values)
        )

    # What the sheet needs to know of its session ----------------------------------------------------------------

    async def suspects(self, session_id: UUID) -> frozenset[Suspect]:
        found = set[Suspect]()
        escalations = await self._connection.execute(
            select(EscalationRow.id, EscalationRow.detail).where(EscalationRow.session_id == session_id)
        )
        for escalation in escalations:
            found |= self._suspects("escalations", "detail", escalation.id, escalation.detail)
        # Also of words that were taken back: what was read from them may still keep a child from harm.
        messages = await self._connection.execute(
            select(MessageRow.id, MessageRow.assessment).where(
                MessageRow.session_id == session_id, MessageRow.assessment.is_not(None)
            )
        )
        for message in messages:
            found |= self._suspects("messages", "assessment", message.id, message.assessment)
        safety = await self._connection.scalar(select(SessionRow.safety).where(SessionRow.id == session_id))
        if safety is not None:
            found |= self._suspects("sessions", "safety", session_id, safety)
        return frozenset(found)

    def _suspects(self, table: str, column: str, row_id: UUID, sealed: bytes | None) -> frozenset[Suspect]:
        text = self._open(table, column, row_id, sealed)
        if text is None:
            # Nobody knows who it was: so nobody who might be the one that harms may hear of it.
            return frozenset(Suspect)
        named = set(json.loads(text).get("suspects", ()))
        return frozenset(suspect for suspect in Suspect if suspect in named)

    async def linked(self, session_id: UUID) -> tuple[UUID | None, UUID | None]:
        before = await self._connection.scalar(select(SessionRow.previous_id).where(SessionRow.id == session_id))
        after = await self._connection.scalar(
            select(SessionRow.id).where(SessionRow.previous_id == session_id).order_by(SessionRow.opened_at).limit(1)
        )
        return before, after

    def _open(self, table: str, column: str, row_id: UUID, sealed: bytes | None) -> str | None:
        try:
            return None if sealed is None else self._sealer.open(table, column, str(row_id), sealed)
        except SealBroken:
            return None


def _is_before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other
