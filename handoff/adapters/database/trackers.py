"""Rasa's sealed memory, opened here for one thing alone: to take withdrawn words out of it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.tables import TrackerRow
from kernel.sealing import Sealer
from kernel.tracker import scrub


class SqlTrackers:
    """Implements ``services.ports.Trackers``."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def forget_message(self, session_id: UUID, event_id: UUID) -> None:
        key = str(session_id)
        sealed = await self._connection.scalar(
            select(TrackerRow.blob).where(TrackerRow.session_id == key).with_for_update()
        )
        if sealed is None:
            return
        scrubbed = scrub(self._sealer.open("rasa_trackers", "blob", key, sealed), str(event_id))
        blob = self._sealer.seal("rasa_trackers", "blob", key, scrubbed)
        await self._connection.execute(
            update(TrackerRow).where(TrackerRow.session_id == key).values(blob=blob, updated_at=func.now())
        )
