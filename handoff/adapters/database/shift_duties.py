"""Who was on duty from when to when, and the lines that people add to that log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import and_, case, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.shift_tables import DutyNoteRow, DutySpanRow
from handoff.domain.shift import GONE_AFTER, Duty
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.shift_ports import DutyNote

#: How often a beat writes down that somebody is still there.
SEEN_EVERY: Final = timedelta(seconds=30)


class SqlDuties:
    """The duty log's part of ``services.shift_ports.Shifts``."""

    _connection: AsyncConnection
    _sealer: RowSealer

    async def on_duty(self, members: Sequence[StaffMember], at: datetime) -> None:
        if not members:
            return
        await self._end_stale(members, at)
        # Of two browsers that begin at once one is enough; a beginning that is there already goes on.
        rows = [
            {"id": uuid4(), "staff_id": one.id, "role": one.role, "began_at": at, "seen_at": at}
            for one in sorted(members, key=lambda one: one.id)
        ]
        await self._connection.execute(
            insert(DutySpanRow)
            .values(rows)
            .on_conflict_do_update(
                index_elements=[DutySpanRow.staff_id],
                index_where=DutySpanRow.ended_at.is_(None),
                set_={"seen_at": func.greatest(DutySpanRow.seen_at, at)},
                where=DutySpanRow.seen_at < at - SEEN_EVERY,
            )
        )

    async def _end_stale(self, members: Sequence[StaffMember], at: datetime) -> Collection[UUID]:
        """End what went on without a sign for too long, or as another role, at its last sign; also what a clock set back
        left ahead. Gives whose it was.
        """
        stale = or_(
            DutySpanRow.seen_at < at - GONE_AFTER,
            DutySpanRow.seen_at > at + GONE_AFTER,
            tuple_(DutySpanRow.staff_id, DutySpanRow.role).not_in([(one.id, one.role) for one in members]),
        )
        return set(
            await self._connection.scalars(
                update(DutySpanRow)
                .where(
                    DutySpanRow.staff_id.in_([one.id for one in members]),
                    DutySpanRow.ended_at.is_(None),
                    stale,
                )
                .values(ended_at=DutySpanRow.seen_at)
                .returning(DutySpanRow.staff_id)
            )
        )

    async def end_duty(self, member_ids: Sequence[UUID], at: datetime) -> None:
        if not member_ids:
            return
        # Who was silent for too long left at the last sign of them.
        gone = or_(DutySpanRow.seen_at < at - GONE_AFTER, DutySpanRow.seen_at > at + GONE_AFTER)
        until = case((gone, DutySpanRow.seen_at), else_=func.greatest(DutySpanRow.began_at, at))
        await self._connection.execute(
            update(DutySpanRow)
            .where(DutySpanRow.staff_id.in_(member_ids), DutySpanRow.ended_at.is_(None))
            .values(ended_at=until, seen_at=until)
        )

    async def seen(self, member: StaffMember, at: datetime) -> None:
        if await self._end_stale([member], at):
            await self.on_duty([member], at)
            return
        await self._connection.execute(
            update(DutySpanRow)
            .where(
                DutySpanRow.staff_id == member.id, DutySpanRow.ended_at.is_(None), DutySpanRow.seen_at < at - SEEN_EVERY
            )
            .values(seen_at=at)
        )

    async def duties(self, begins_at: datetime, ends_at: datetime) -> Sequence[Duty]:
        # One that nobody ended reaches as far as its last sign and the time for which that holds.
        until = case((DutySpanRow.ended_at.is_(None), DutySpanRow.seen_at + GONE_AFTER), else_=DutySpanRow.ended_at)
        rows = await self._connection.execute(
            select(DutySpanRow.__table__)
            .where(and_(DutySpanRow.began_at < ends_at, until > begins_at))
            .order_by(DutySpanRow.began_at, DutySpanRow.id)
        )
        return [Duty(row.staff_id, StaffRole(row.role), row.began_at, row.ended_at, row.seen_at) for row in rows]

    async def add_note(self, note: DutyNote) -> bool:
        added = await self._connection.scalar(
            insert(DutyNoteRow)
            .values(
                id=note.id,
                shift_id=note.shift_id,
                at=note.at,
                words=(await self._sealer.for_house()).seal("duty_notes", "words", str(note.id), note.words),
                corrects=note.corrects,
                made_by=note.by,
                made_at=note.made_at,
            )
            .on_conflict_do_nothing(index_elements=[DutyNoteRow.id])
            .returning(DutyNoteRow.id)
        )
        return added is not None

    async def notes(self, shift_id: UUID) -> Sequence[DutyNote]:
        rows = await self._connection.execute(
            select(DutyNoteRow.__table__)
            .where(DutyNoteRow.shift_id == shift_id)
            .order_by(DutyNoteRow.at, DutyNoteRow.made_at, DutyNoteRow.id)
        )
        return [
            DutyNote(
                id=row.id,
                shift_id=row.shift_id,
                at=row.at,
                words=open_sealed(self._sealer, "duty_notes", "words", row.id, row.words) or "",
                by=row.made_by,
                made_at=row.made_at,
                corrects=row.corrects,
            )
            for row in rows
        ]
