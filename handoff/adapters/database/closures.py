"""Closures of the window. Their words are sealed: the board's own, but whoever reads the table need not have them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.closure_tables import ClosureRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.domain.errors import NotFound
from handoff.domain.window_closure import WindowClosure


class SqlClosures:
    """Implements ``services.hours_ports.Closures``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, closure: WindowClosure) -> bool:
        added = await self._connection.scalar(
            insert(ClosureRow)
            .values(
                id=closure.id,
                begins_at=closure.begins_at,
                ends_at=closure.ends_at,
                announced=closure.announced,
                words=(await self._sealer.for_house()).seal("closures", "words", str(closure.id), closure.text),
                made_by=closure.made_by,
                made_at=closure.made_at,
            )
            .on_conflict_do_nothing(index_elements=[ClosureRow.id])
            .returning(ClosureRow.id)
        )
        return added is not None

    async def lock(self, closure_id: UUID) -> WindowClosure:
        found = select(ClosureRow.__table__).where(ClosureRow.id == closure_id)
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such closure")
        return self._closure(row)

    async def lift(self, closure: WindowClosure) -> None:
        await self._connection.execute(
            update(ClosureRow)
            .where(ClosureRow.id == closure.id)
            .values(ends_at=closure.ends_at, lifted_by=closure.lifted_by, lifted_at=closure.lifted_at)
        )

    async def not_over_before(self, at: datetime) -> Sequence[WindowClosure]:
        rows = await self._connection.execute(
            select(ClosureRow.__table__)
            .where(ClosureRow.ends_at >= at, ClosureRow.ends_at > ClosureRow.begins_at)
            .order_by(ClosureRow.begins_at, ClosureRow.id)
        )
        return [self._closure(row) for row in rows]

    def _closure(self, row: Row[*tuple[Any, ...]]) -> WindowClosure:
        # Words that can't be opened keep nobody from knowing that the window is closed.
        words = open_sealed(self._sealer, "closures", "words", row.id, row.words)
        return WindowClosure(
            id=row.id,
            begins_at=row.begins_at,
            ends_at=row.ends_at,
            text=words or "",
            announced=row.announced,
            made_by=row.made_by,
            made_at=row.made_at,
            lifted_by=row.lifted_by,
            lifted_at=row.lifted_at,
        )
