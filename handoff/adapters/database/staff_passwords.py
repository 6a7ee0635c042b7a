"""Passwords of people with accounts, as argon2's encodings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.desk_tables import StaffRow
from handoff.adapters.database.sign_in_tables import OldPasswordRow

#: Earlier passwords that are kept, so that none of them comes back.
KEPT: Final = 5


class SqlStaffPasswords:
    """Implements ``services.sign_in_ports.StaffPasswords``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, member_id: UUID) -> str:
        return await self._connection.scalar(select(StaffRow.password).where(StaffRow.id == member_id)) or ""

    async def set(self, member_id: UUID, encoded: str, at: datetime, *, must_change: bool) -> None:
        await self._connection.execute(
            insert(OldPasswordRow).values(
                id=uuid4(), staff_id=member_id, password=await self.of(member_id), real_ended_at=at
            )
        )
        newest = (
            select(OldPasswordRow.id)
            .where(OldPasswordRow.staff_id == member_id)
            .order_by(OldPasswordRow.real_ended_at.desc())
            .limit(KEPT)
        )
        await self._connection.execute(
            delete(OldPasswordRow).where(OldPasswordRow.staff_id == member_id, OldPasswordRow.id.not_in(newest))
        )
        await self._connection.execute(
            update(StaffRow)
            .where(StaffRow.id == member_id)
            .values(password=encoded, must_change=must_change, real_password_at=at)
        )

    async def demand(self, member_id: UUID) -> None:
        await self._connection.execute(update(StaffRow).where(StaffRow.id == member_id).values(must_change=True))

    async def renew(self, member_id: UUID, before: str, encoded: str) -> None:
        await self._connection.execute(
            update(StaffRow).where(StaffRow.id == member_id, StaffRow.password == before).values(password=encoded)
        )

    async def earlier(self, member_id: UUID) -> Sequence[str]:
        found = (
            select(OldPasswordRow.password)
            .where(OldPasswordRow.staff_id == member_id)
            .order_by(OldPasswordRow.real_ended_at.desc())
        )
        return list(await self._connection.scalars(found.limit(KEPT)))

    async def forget_earlier(self, member_id: UUID) -> None:
        await self._connection.execute(delete(OldPasswordRow).where(OldPasswordRow.staff_id == member_id))
