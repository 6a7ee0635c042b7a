"""What LINE said last of the month's pushes: one row, whoever of the workers asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.desk_tables import LineQuotaRow
from handoff.domain.quota import Quota

ONLY = 1


class SqlQuota:
    """Implements ``services.care_ports.QuotaRow``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, at: datetime, every: timedelta) -> bool:
        row = insert(LineQuotaRow).values(id=ONLY, real_tried_at=at)
        begun = row.on_conflict_do_update(
            index_elements=[LineQuotaRow.id],
            set_={"real_tried_at": at},
            where=LineQuotaRow.real_tried_at <= at - every,
        ).returning(LineQuotaRow.id)
        return await self._connection.scalar(begun) is not None

    async def keep(self, quota: Quota, at: datetime) -> None:
        await self._connection.execute(
            update(LineQuotaRow).where(LineQuotaRow.id == ONLY).values(limit=quota.limit, used=quota.used, real_at=at)
        )

    async def read(self) -> Quota | None:
        row = (
            await self._connection.execute(select(LineQuotaRow.limit, LineQuotaRow.used).where(LineQuotaRow.id == ONLY))
        ).first()
        return None if row is None or row.used is None else Quota(row.limit, row.used)

    async def tell_once(self, day: date) -> bool:
        told = (
            update(LineQuotaRow)
            .where(LineQuotaRow.id == ONLY, or_(LineQuotaRow.told_on.is_(None), LineQuotaRow.told_on < day))
            .values(told_on=day)
            .returning(LineQuotaRow.id)
        )
        return await self._connection.scalar(told) is not None
