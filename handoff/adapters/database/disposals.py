"""What may not be disposed of (legal holds), and what two people decided to dispose of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.data_requests import UNREADABLE
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.request_tables import DisposalOrderRow, LegalHoldRow
from handoff.adapters.database.tables import AuditRow, ContactRow, SessionRow
from handoff.domain.escalation import EscalationState
from handoff.domain.retention import HoldKind
from handoff.services.request_ports import DisposalOrder, LegalHold


def in_force(today: date) -> ColumnElement[bool]:
    """Whether a hold holds on a day."""
    return and_(LegalHoldRow.lifted_at.is_(None), or_(LegalHoldRow.until.is_(None), LegalHoldRow.until >= today))


async def oldest_held(connection: AsyncConnection, today: date) -> datetime | None:
    """When the first thing was written down of a session whose records are held."""
    held = select(SessionRow.id).join(LegalHoldRow, LegalHoldRow.contact_id == SessionRow.contact_id)
    of_held = select(func.min(AuditRow.at)).where(AuditRow.session_id.in_(held.where(in_force(today))))
    return await connection.scalar(of_held)


class SqlDisposals:
    """Implements ``services.request_ports.Disposals``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def has_open_escalation(self, contact_id: UUID) -> bool:
        found = select(EscalationRow.id).join(SessionRow, SessionRow.id == EscalationRow.session_id)
        is_open = EscalationRow.state != EscalationState.CLOSED
        return (
            await self._connection.scalar(found.where(SessionRow.contact_id == contact_id, is_open).limit(1))
            is not None
        )

    async def lock_contact(self, contact_id: UUID) -> None:
        await self._connection.execute(select(ContactRow.id).where(ContactRow.id == contact_id).with_for_update())

    async def holds(self, contact_id: UUID, today: date) -> Sequence[LegalHold]:
        rows = await self._connection.execute(
            select(LegalHoldRow.__table__)
            .where(LegalHoldRow.contact_id == contact_id, in_force(today))
            .order_by(LegalHoldRow.placed_at)
        )
        return [
            LegalHold(
                row.id,
                row.contact_id,
                open_sealed(self._sealer, "legal_holds", "reason", row.id, row.reason) or UNREADABLE,
                row.placed_by,
                row.placed_at,
                HoldKind(row.kind),
                row.until,
            )
            for row in rows
        ]

    async def place_hold(self, hold: LegalHold) -> None:
        await self._connection.execute(
            insert(LegalHoldRow).values(
                id=hold.id,
                contact_id=hold.contact_id,
                reason=(await self._sealer.for_contact(hold.contact_id)).seal(
                    "legal_holds", "reason", str(hold.id), hold.reason
                ),
                placed_by=hold.placed_by,
                placed_at=hold.placed_at,
                kind=hold.kind,
                until=hold.until,
            )
        )

    async def lift_holds(self, contact_id: UUID, by: UUID, at: datetime, reason: str) -> None:
        for hold in await self.holds(contact_id, date.min):
            sealed = (await self._sealer.for_contact(contact_id)).seal(
                "legal_holds", "lifted_reason", str(hold.id), reason
            )
            await self._connection.execute(
                update(LegalHoldRow)
                .where(LegalHoldRow.id == hold.id)
                .values(lifted_by=by, lifted_at=at, lifted_reason=sealed)
            )

    async def order(self, order: DisposalOrder) -> None:
        await self._connection.execute(
            insert(DisposalOrderRow).values(
                id=order.id,
                request_id=order.request_id,
                contact_id=order.contact_id,
                session_ids=list(order.session_ids),
                line_ids=list(order.line_ids),
                decided_by=order.decided_by,
                second_by=order.second_by,
                ordered_by=order.ordered_by,
                ordered_at=order.ordered_at,
            )
        )

    async def order_of(self, request_id: UUID) -> DisposalOrder | None:
        found = select(DisposalOrderRow.__table__).where(DisposalOrderRow.request_id == request_id)
        row = (await self._connection.execute(found)).first()
        if row is None:
            return None
        return DisposalOrder(**{**row._mapping, "session_ids": tuple(row.session_ids), "line_ids": tuple(row.line_ids)})

    async def drop_order(self, request_id: UUID) -> None:
        await self._connection.execute(
            delete(DisposalOrderRow).where(
                DisposalOrderRow.request_id == request_id, DisposalOrderRow.done_at.is_(None)
            )
        )
