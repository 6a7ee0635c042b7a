"""Runs, proofs and holds; and the sweeping away of what is done and read by nobody any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Text, cast, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.data_requests import UNREADABLE
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.disposals import in_force
from handoff.adapters.database.request_tables import DataRequestRow, LegalHoldRow
from handoff.adapters.database.retention_tables import DisposalRow, RetentionRunRow
from handoff.adapters.database.tables import MessageRow, SessionRow
from handoff.domain.kept import Kept
from handoff.domain.retention import Cause, HoldKind
from handoff.domain.session import Level
from handoff.services.request_ports import DisposalOrder
from handoff.services.retention_ports import Disposal, Hold, Run, Spent
from handoff.services.transcript_ports import KnownMessage

#: Done events keep their words so long, for the screen that looks at what was written just before.
_EMPTY: Final = text("""
UPDATE line_events SET payload = NULL, assessment = NULL WHERE id IN (
  SELECT id FROM line_events WHERE payload IS NOT NULL AND done_at IS NOT NULL
    AND done_at < CAST(:now AS timestamptz) - interval '1 hour' LIMIT 2000)
""")
_SWEPT: Final = {
    "desk_events": text("DELETE FROM desk_events WHERE real_at < now() - interval '30 days'"),
}
#: A handover names sessions with their levels; its words stay with the shift.
_HANDOVERS: Final = text(
    "UPDATE shift_papers SET found = NULL WHERE kind = 'handover' AND found IS NOT NULL"
    " AND made_at < CAST(:before AS timestamptz)"
)


class SqlRetentionRecords:
    """The quieter half of ``services.retention_ports.Retention``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def sweep(self, now: datetime, handovers_before: datetime | None) -> Spent:
        events = (await self._connection.execute(_EMPTY, {"now": now})).rowcount
        others = {name: (await self._connection.execute(one)).rowcount for name, one in _SWEPT.items()}
        if handovers_before is not None:
            done = await self._connection.execute(_HANDOVERS, {"before": handovers_before})
            others["handovers"] = done.rowcount
        return Spent(events, {name: count for name, count in others.items() if count})

    async def lines_of(self, order: DisposalOrder) -> Sequence[KnownMessage]:
        rows = await self._connection.execute(
            select(MessageRow.session_id, MessageRow.id, MessageRow.level, MessageRow.body)
            .join(SessionRow, SessionRow.id == MessageRow.session_id)
            .where(
                MessageRow.id.in_(order.line_ids),
                SessionRow.contact_id == order.contact_id,
                MessageRow.author == "student",
            )
            .order_by(MessageRow.sequence)
            .with_for_update(of=MessageRow)
        )
        return [
            KnownMessage(
                row.id,
                row.session_id,
                None if row.level is None else Level(row.level),
                open_sealed(self._sealer, "messages", "body", row.id, row.body),
            )
            for row in rows
        ]

    async def want_lines(self, request_id: UUID, line_ids: Sequence[UUID]) -> None:
        await self._connection.execute(
            update(DataRequestRow).where(DataRequestRow.id == request_id).values(line_ids=list(line_ids))
        )

    async def wanted_lines(self, request_id: UUID) -> tuple[UUID, ...]:
        found = select(DataRequestRow.line_ids).where(DataRequestRow.id == request_id)
        return tuple(await self._connection.scalar(found) or ())

    # Runs -------------------------------------------------------------------------------------------------------

    async def begin_run(self, run: Run, real: datetime, every_since: datetime) -> bool:
        newest = await self._connection.scalar(
            select(RetentionRunRow.id)
            .where(
                RetentionRunRow.at > every_since,
                RetentionRunRow.at <= run.at,
                RetentionRunRow.real_ended_at.is_not(None),
            )
            .limit(1)
        )
        if newest is not None:
            return False
        await self._connection.execute(
            insert(RetentionRunRow).values(id=run.id, at=run.at, by=run.by, real_started_at=real)
        )
        return True

    async def end_run(self, run: Run, real: datetime) -> None:
        await self._connection.execute(
            update(RetentionRunRow)
            .where(RetentionRunRow.id == run.id)
            .values(real_ended_at=real, disposed=run.disposed, held=run.held, failed=run.failed)
        )

    async def runs(self, limit: int) -> Sequence[Run]:
        rows = await self._connection.execute(
            select(RetentionRunRow.__table__).order_by(RetentionRunRow.real_started_at.desc()).limit(limit)
        )
        return [
            Run(row.id, row.at, row.by, row.real_ended_at is not None, row.disposed, row.held, row.failed)
            for row in rows
        ]

    # Proofs -----------------------------------------------------------------------------------------------------

    async def disposals(self, profile: str, limit: int) -> Sequence[Disposal]:
        return await self._disposals(profile, None, limit)

    async def disposals_of(self, profile: str, day: date) -> Sequence[Disposal]:
        return await self._disposals(profile, day, 200)

    async def _disposals(self, profile: str, day: date | None, limit: int) -> Sequence[Disposal]:
        row = DisposalRow
        same = (row.profile, row.day, row.kind, row.cause, row.decided_by, row.second_by)
        found = select(func.min(cast(row.id, Text)).label("id"), *same, func.sum(row.count).label("total"))
        found = found.where(row.profile == profile).group_by(*same)
        if day is not None:
            found = found.where(row.day == day)
        rows = await self._connection.execute(found.order_by(row.day.desc(), row.cause, row.kind).limit(limit))
        return [
            Disposal(
                UUID(one.id),
                one.profile,
                one.day,
                Kept(one.kind),
                Cause(one.cause),
                one.total,
                one.decided_by,
                one.second_by,
            )
            for one in rows
        ]

    # Holds ------------------------------------------------------------------------------------------------------

    async def holds(self, profile: str, today: date) -> Sequence[Hold]:
        newest = (
            select(SessionRow.id)
            .where(SessionRow.contact_id == LegalHoldRow.contact_id)
            .order_by(SessionRow.opened_at.desc())
            .limit(1)
            .correlate(LegalHoldRow)
            .scalar_subquery()
        )
        rows = await self._connection.execute(
            select(LegalHoldRow.__table__, newest.label("session_id"))
            .where(in_force(today))
            .order_by(LegalHoldRow.until.nulls_first(), LegalHoldRow.placed_at)
        )
        return [
            Hold(
                row.id,
                HoldKind(row.kind),
                row.until,
                open_sealed(self._sealer, "legal_holds", "reason", row.id, row.reason) or UNREADABLE,
                row.placed_by,
                row.placed_at,
                row.session_id,
            )
            for row in rows
        ]

    async def end_hold(self, hold_id: UUID, contact_id: UUID, by: UUID, at: datetime, reason: str) -> bool:
        key = await self._sealer.for_contact(contact_id)
        done = await self._connection.scalar(
            update(LegalHoldRow)
            .where(LegalHoldRow.id == hold_id, LegalHoldRow.contact_id == contact_id, LegalHoldRow.lifted_at.is_(None))
            .values(
                lifted_by=by,
                lifted_at=at,
                lifted_reason=key.seal("legal_holds", "lifted_reason", str(hold_id), reason),
            )
            .returning(LegalHoldRow.id)
        )
        return done is not None
