"""The desk's log: what a transaction tells, written as its last statement; and the reading of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.desk_tables import DeskEventRow
from handoff.domain.desk import DeskEvent
from handoff.services.desk_ports import FeedEntry

#: Channel of the note that says how far the log has grown.
CHANNEL = "tsunagi_desk"


class SqlDeskFeed:
    """Implements ``services.ports.DeskFeed``; ``flush`` belongs to whoever ends the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._told: list[dict[str, Any]] = []

    def tell(self, kind: DeskEvent, session_id: UUID | None = None, subject: UUID | None = None, **detail: str) -> None:
        entry = {
            "kind": kind,
            "session": None if session_id is None else str(session_id),
            "subject": None if subject is None else str(subject),
            "detail": detail,
        }
        # A session that changes twice in one transaction has to be shown once.
        if entry not in self._told:
            self._told.append(entry)

    async def flush(self) -> None:
        """Write what was told; nothing may follow in the transaction, because a lock is held from here to its end."""
        if self._told:
            told, self._told = self._told, []
            await self._connection.execute(select(func.tsunagi_publish(cast(told, JSONB))))


async def last_number(connection: AsyncConnection) -> int:
    """How far the log has grown."""
    return await connection.scalar(select(func.coalesce(func.max(DeskEventRow.sequence), 0))) or 0


async def entries_after(connection: AsyncConnection, cursor: int, limit: int) -> Sequence[FeedEntry]:
    """The entries beyond a number, in order."""
    rows = await connection.execute(
        select(
            DeskEventRow.sequence, DeskEventRow.kind, DeskEventRow.session_id, DeskEventRow.subject, DeskEventRow.detail
        )
        # While a newer version starts beside this one, kinds may come that only that one knows.
        .where(DeskEventRow.sequence > cursor, DeskEventRow.kind.in_(tuple(DeskEvent)))
        .order_by(DeskEventRow.sequence)
        .limit(limit)
    )
    return [FeedEntry(row.sequence, DeskEvent(row.kind), row.session_id, row.subject, row.detail) for row in rows]
