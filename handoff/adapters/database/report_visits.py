"""Visits of the report's page, as keyed hashes of what their browsers hold."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.report_tables import ReportVisitRow

_VISIT = "report_visit"


class SqlReportVisits:
    """Implements ``services.report_ports.ReportVisits``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def hold(self, token: str, until: datetime) -> None:
        await self._connection.execute(
            update(ReportVisitRow)
            .where(ReportVisitRow.token == self._sealer.lookup(_VISIT, token), ReportVisitRow.real_until < until)
            .values(real_until=until)
        )

    async def open(self, report_id: UUID, token: str, until: datetime) -> None:
        await self._connection.execute(
            insert(ReportVisitRow).values(
                token=self._sealer.lookup(_VISIT, token), report_id=report_id, real_until=until
            )
        )

    async def turn(self, token: str) -> int:
        found = select(ReportVisitRow.turn).where(ReportVisitRow.token == self._sealer.lookup(_VISIT, token))
        return await self._connection.scalar(found) or 0

    async def set_turn(self, token: str, turn: int) -> None:
        held = ReportVisitRow.token == self._sealer.lookup(_VISIT, token)
        await self._connection.execute(update(ReportVisitRow).where(held).values(turn=turn))

    async def report_of(self, token: str, at: datetime) -> UUID | None:
        found = select(ReportVisitRow.report_id).where(
            ReportVisitRow.token == self._sealer.lookup(_VISIT, token), ReportVisitRow.real_until > at
        )
        return await self._connection.scalar(found)

    async def end_all(self, before: datetime) -> int:
        return (
            await self._connection.execute(delete(ReportVisitRow).where(ReportVisitRow.real_until < before))
        ).rowcount

    async def end(self, token: str) -> None:
        of_token = ReportVisitRow.token == self._sealer.lookup(_VISIT, token)
        await self._connection.execute(delete(ReportVisitRow).where(of_token))
