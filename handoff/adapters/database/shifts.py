"""Shifts: their checks and test alarms. Reasons and names are sealed; who was there and the papers are beside this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.shift_duties import SqlDuties
from handoff.adapters.database.shift_papers import SqlPapers
from handoff.adapters.database.shift_tables import AlarmReceiptRow, ShiftAlarmRow, ShiftCheckRow, ShiftRow
from handoff.domain.errors import NotFound
from handoff.domain.shift import Confirmation, Item, Shift, ShortageStep
from handoff.services.shift_ports import Receipt, RungTest


class SqlShifts(SqlDuties, SqlPapers):
    """Implements ``services.shift_ports.Shifts``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def open(self, shift: Shift) -> bool:
        added = await self._connection.scalar(
            insert(ShiftRow)
            .values(
                id=shift.id,
                profile=shift.profile,
                day=shift.day,
                opened_by=shift.opened_by,
                opened_at=shift.opened_at,
            )
            .on_conflict_do_nothing()
            .returning(ShiftRow.id)
        )
        return added is not None

    async def of_day(self, profile: str, day: date) -> Shift | None:
        found = select(ShiftRow.__table__).where(ShiftRow.profile == profile, ShiftRow.day == day)
        row = (await self._connection.execute(found)).first()
        return None if row is None else _shift(row)

    async def lock(self, profile: str, day: date) -> Shift:
        found = select(ShiftRow.__table__).where(ShiftRow.profile == profile, ShiftRow.day == day)
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such shift")
        return _shift(row)

    async def save(self, shift: Shift) -> None:
        await self._connection.execute(
            update(ShiftRow)
            .where(ShiftRow.id == shift.id)
            .values(
                begun_by=shift.begun_by, begun_at=shift.begun_at, closed_by=shift.closed_by, closed_at=shift.closed_at
            )
        )

    async def before(self, profile: str, day: date) -> Shift | None:
        found = select(ShiftRow.__table__).where(ShiftRow.profile == profile, ShiftRow.day < day)
        row = (await self._connection.execute(found.order_by(ShiftRow.day.desc()).limit(1))).first()
        return None if row is None else _shift(row)

    async def newest(self, profile: str, limit: int, skip: int = 0) -> Sequence[Shift]:
        rows = await self._connection.execute(
            select(ShiftRow.__table__)
            .where(ShiftRow.profile == profile)
            .order_by(ShiftRow.day.desc())
            .limit(limit)
            .offset(skip)
        )
        return [_shift(row) for row in rows]

    async def count(self, profile: str) -> int:
        counted = select(func.count()).select_from(ShiftRow).where(ShiftRow.profile == profile)
        return await self._connection.scalar(counted) or 0

    # Checks -----------------------------------------------------------------------------------------------------

    async def confirm(self, confirmation: Confirmation) -> bool:
        words = confirmation.words
        added = await self._connection.scalar(
            insert(ShiftCheckRow)
            .values(
                id=confirmation.id,
                shift_id=confirmation.shift_id,
                item=confirmation.item,
                fine=confirmation.fine,
                step=confirmation.step,
                words=(await self._sealer.for_house()).seal("shift_checks", "words", str(confirmation.id), words)
                if words
                else None,
                made_by=confirmation.by,
                made_at=confirmation.at,
            )
            .on_conflict_do_nothing(index_elements=[ShiftCheckRow.id])
            .returning(ShiftCheckRow.id)
        )
        return added is not None

    async def confirmations(self, shift_id: UUID) -> Sequence[Confirmation]:
        rows = await self._connection.execute(
            select(ShiftCheckRow.__table__).where(ShiftCheckRow.shift_id == shift_id).order_by(ShiftCheckRow.sequence)
        )
        return [
            Confirmation(
                id=row.id,
                shift_id=row.shift_id,
                item=Item(row.item),
                fine=row.fine,
                by=row.made_by,
                at=row.made_at,
                step=None if row.step is None else ShortageStep(row.step),
                words=open_sealed(self._sealer, "shift_checks", "words", row.id, row.words) or "",
            )
            for row in rows
        ]

    # The test alarm ---------------------------------------------------------------------------------------------

    async def add_alarm(self, alarm: RungTest) -> bool:
        added = await self._connection.scalar(
            insert(ShiftAlarmRow)
            .values(
                id=alarm.id,
                shift_id=alarm.shift_id,
                escalation_id=alarm.escalation_id,
                rung_by=alarm.by,
                rung_at=alarm.at,
            )
            .on_conflict_do_nothing(index_elements=[ShiftAlarmRow.id])
            .returning(ShiftAlarmRow.id)
        )
        return added is not None

    async def alarms(self, shift_id: UUID) -> Sequence[RungTest]:
        rows = await self._connection.execute(
            select(ShiftAlarmRow.__table__)
            .where(ShiftAlarmRow.shift_id == shift_id)
            .order_by(ShiftAlarmRow.rung_at, ShiftAlarmRow.id)
        )
        return [
            RungTest(row.id, row.shift_id, row.escalation_id, row.rung_by, row.rung_at, row.complete_at) for row in rows
        ]

    async def last_complete(self, profile: str) -> datetime | None:
        return await self._connection.scalar(
            select(func.max(ShiftAlarmRow.complete_at))
            .join(ShiftRow, ShiftRow.id == ShiftAlarmRow.shift_id)
            .where(ShiftRow.profile == profile)
        )

    async def is_test(self, escalation_id: UUID) -> bool:
        found = select(ShiftAlarmRow.id).where(ShiftAlarmRow.escalation_id == escalation_id).with_for_update()
        return await self._connection.scalar(found) is not None

    async def add_receipt(self, receipt: Receipt) -> bool:
        place = f"{receipt.escalation_id}:{receipt.rung}"
        sealed = (
            (await self._sealer.for_house()).seal("alarm_receipts", "name", place, receipt.name)
            if receipt.name
            else None
        )
        added = await self._connection.scalar(
            insert(AlarmReceiptRow)
            .values(
                escalation_id=receipt.escalation_id,
                rung=receipt.rung,
                at=receipt.at,
                made_by=receipt.by,
                name=sealed,
            )
            .on_conflict_do_nothing()
            .returning(AlarmReceiptRow.rung)
        )
        return added is not None

    async def receipts(self, escalation_id: UUID) -> Mapping[int, Receipt]:
        rows = await self._connection.execute(
            select(AlarmReceiptRow.__table__).where(AlarmReceiptRow.escalation_id == escalation_id)
        )
        return {row.rung: self._receipt(row) for row in rows}

    def _receipt(self, row: Row[*tuple[Any, ...]]) -> Receipt:
        name = open_sealed(self._sealer, "alarm_receipts", "name", f"{row.escalation_id}:{row.rung}", row.name)
        return Receipt(row.escalation_id, row.rung, row.at, row.made_by, name or "")

    async def complete(self, escalation_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(ShiftAlarmRow)
            .where(ShiftAlarmRow.escalation_id == escalation_id, ShiftAlarmRow.complete_at.is_(None))
            .values(complete_at=at)
        )


def _shift(row: Row[*tuple[Any, ...]]) -> Shift:
    return Shift(
        id=row.id,
        profile=row.profile,
        day=row.day,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        begun_by=row.begun_by,
        begun_at=row.begun_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )
