"""What may not be disposed of (legal holds), and what two people decided to dispose of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_requests import UNREADABLE
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.request_tables import DisposalOrderRow, LegalHoldRow
from handoff.adapters.database.tables import ContactRow, SessionRow
from handoff.domain.escalation import EscalationState
from handoff.services.request_ports import DisposalOrder, LegalHold
from kernel.sealing import Sealer


class SqlDisposals:
    """Implements ``services.request_ports.Disposals``."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
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

    async def holds(self, contact_id: UUID) -> Sequence[LegalHold]:
        rows = await self._connection.execute(
            select(LegalHoldRow.__table__)
            .where(LegalHoldRow.contact_id == contact_id, LegalHoldRow.lifted_at.is_(None))
            .order_by(LegalHoldRow.placed_at)
        )
        return [
            LegalHold(
                row.id,
                row.contact_id,
                open_sealed(self._sealer, "legal_holds", "reason", row.id, row.reason) or UNREADABLE,
                row.placed_by,
                row.placed_at,
            )
            for row in rows
        ]

    async def place_hold(self, hold: LegalHold) -> None:
        await self._connection.execute(
            insert(LegalHoldRow).values(
                id=hold.id,
                contact_id=hold.contact_id,
                reason=self._sealer.seal("legal_holds", "reason", str(hold.id), hold.reason),
                placed_by=hold.placed_by,
                placed_at=hold.placed_at,
            )
        )

    async def lift_holds(self, contact_id: UUID, by: UUID, at: datetime, reason: str) -> None:
        for hold in await self.holds(contact_id):
            sealed = self._sealer.seal("legal_holds", "lifted_reason", str(hold.id), reason)
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
        return DisposalOrder(**{**row._mapping, "session_ids": tuple(row.session_ids)})

    async def drop_order(self, request_id: UUID) -> None:
        await self._connection.execute(
            delete(DisposalOrderRow).where(
                DisposalOrderRow.request_id == request_id, DisposalOrderRow.done_at.is_(None)
            )
        )
