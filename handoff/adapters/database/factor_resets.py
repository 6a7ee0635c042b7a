"""Requests to take a factor off, because a device is gone. Their reasons are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.factor_tables import FactorResetRow
from handoff.domain.errors import NotFound
from handoff.domain.second_factor import Reset, ResetState
from handoff.domain.staff import StaffRole


class SqlFactorResets:
    """Implements ``services.factor_ports.FactorResets``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, reset: Reset) -> bool:
        added = await self._connection.scalar(
            insert(FactorResetRow)
            .values(
                id=reset.id,
                staff_id=reset.staff_id,
                asked_by=reset.asked_by,
                role=reset.role,
                reason=await self._seal(reset.id, reset.reason),
                state=reset.state,
                real_asked_at=reset.real_asked_at,
                real_ends_at=reset.real_ends_at,
                answered_by=reset.answered_by,
                real_answered_at=reset.real_answered_at,
            )
            .on_conflict_do_nothing(index_elements=[FactorResetRow.id])
            .returning(FactorResetRow.id)
        )
        return added is not None

    async def lock(self, reset_id: UUID) -> Reset:
        found = select(FactorResetRow.__table__).where(FactorResetRow.id == reset_id).with_for_update()
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such request")
        return self._reset(row)

    async def answer(self, reset_id: UUID, state: ResetState, by: UUID | None, at: datetime) -> None:
        await self._connection.execute(
            update(FactorResetRow)
            .where(FactorResetRow.id == reset_id)
            .values(state=state, answered_by=by, real_answered_at=at)
        )

    async def open(self, at: datetime) -> Sequence[Reset]:
        rows = await self._connection.execute(
            select(FactorResetRow.__table__)
            .where(FactorResetRow.state == ResetState.ASKED, FactorResetRow.real_ends_at > at)
            .order_by(FactorResetRow.real_asked_at)
        )
        return [self._reset(row) for row in rows]

    async def decided(self, since: datetime) -> Sequence[Reset]:
        rows = await self._connection.execute(
            select(FactorResetRow.__table__)
            .where(FactorResetRow.real_answered_at >= since)
            .order_by(FactorResetRow.real_answered_at.desc())
        )
        return [self._reset(row) for row in rows]

    async def untold(self, member_id: UUID) -> Sequence[Reset]:
        rows = await self._connection.execute(
            select(FactorResetRow.__table__)
            .where(
                FactorResetRow.staff_id == member_id,
                FactorResetRow.real_told_at.is_(None),
                FactorResetRow.state == ResetState.CONFIRMED,
            )
            .order_by(FactorResetRow.real_answered_at.desc())
        )
        return [self._reset(row) for row in rows]

    async def tell(self, member_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(FactorResetRow)
            .where(
                FactorResetRow.staff_id == member_id,
                FactorResetRow.real_told_at.is_(None),
                FactorResetRow.state == ResetState.CONFIRMED,
            )
            .values(real_told_at=at)
        )

    def _reset(self, row: Row[*tuple[Any, ...]]) -> Reset:
        return Reset(
            id=row.id,
            staff_id=row.staff_id,
            asked_by=row.asked_by,
            role=None if row.role is None else StaffRole(row.role),
            reason=self._sealer.open("factor_resets", "reason", str(row.id), row.reason),
            real_asked_at=row.real_asked_at,
            real_ends_at=row.real_ends_at,
            state=ResetState(row.state),
            answered_by=row.answered_by,
            real_answered_at=row.real_answered_at,
        )

    async def _seal(self, reset_id: UUID, reason: str) -> bytes:
        return (await self._sealer.for_house()).seal("factor_resets", "reason", str(reset_id), reason)
