"""Pages of the report that somebody left at once: keyed hashes of the signs that they held, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.report_tables import ReportSittingLeftRow

_SITTING = "report_sitting"


class SqlSittings:
    """Implements ``services.report_ports.Sittings``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def leave(self, sitting: str, at: datetime) -> None:
        left = upsert(ReportSittingLeftRow).values(sitting=self._sealer.lookup(_SITTING, sitting), real_left_at=at)
        await self._connection.execute(left.on_conflict_do_nothing())

    async def left_at(self, sitting: str) -> datetime | None:
        found = select(ReportSittingLeftRow.real_left_at).where(
            ReportSittingLeftRow.sitting == self._sealer.lookup(_SITTING, sitting)
        )
        return await self._connection.scalar(found)

    async def forget(self, before: datetime) -> int:
        forgotten = delete(ReportSittingLeftRow).where(ReportSittingLeftRow.real_left_at < before)
        return (await self._connection.execute(forgotten)).rowcount
