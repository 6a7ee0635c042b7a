"""Rasa's sealed memory, opened here for one thing alone: to take withdrawn words out of it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.tables import SessionRow, TrackerRow
from handoff.domain.kept import Kept
from handoff.domain.session import State
from kernel.sealing import SealBroken
from kernel.tracker import TrackerUnreadable, pack, scrub


class SqlTrackers:
    """Implements ``services.ports.Trackers``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def forget(self, session_id: UUID) -> None:
        await self._connection.execute(delete(TrackerRow).where(TrackerRow.session_id == str(session_id)))

    async def forget_message(self, session_id: UUID, event_id: UUID) -> None:
        # Rasa's process asks in the same way before it makes a row: where the session is closed there is none, and none
        # may come. The lock makes a close that is under way wait, or this wait for it.
        open_session = select(SessionRow.id).where(SessionRow.id == session_id, SessionRow.state != State.CLOSED)
        if await self._connection.scalar(open_session.with_for_update(read=True)) is None:
            await self.forget(session_id)
            return
        key = str(session_id)
        sealed = await self._connection.scalar(
            select(TrackerRow.blob).where(TrackerRow.session_id == key).with_for_update()
        )
        try:
            known = None if sealed is None else self._sealer.open("rasa_trackers", "blob", key, sealed)
            scrubbed = pack([]) if known is None else scrub(known, str(event_id))
        except (SealBroken, TrackerUnreadable):
            # Words that were taken back must go, even if the dialogue's memory goes with them.
            scrubbed = pack([])
        # A row of a new version, also where there was none: a turn that is still under way in Rasa finds the tracker
        # changed and can't bring the words back.
        cells = await self._sealer.for_session(session_id, Kept.TRACKER)
        row = insert(TrackerRow).values(
            session_id=key, blob=cells.seal("rasa_trackers", "blob", key, scrubbed), updated_at=func.now()
        )
        await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[TrackerRow.session_id],
                set_={"blob": row.excluded.blob, "updated_at": row.excluded.updated_at},
            )
        )
