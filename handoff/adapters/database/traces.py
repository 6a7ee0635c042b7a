"""What is kept of visitors, sealed, until its days are over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.chat_tables import WebTraceRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.services.chat_ports import Trace


class SqlTraces:
    """Implements ``services.chat_ports.Traces``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, contact_id: UUID, facts: Mapping[str, str], at: datetime, until: datetime) -> None:
        trace_id = uuid4()
        sealed = (await self._sealer.for_contact(contact_id)).seal(
            "web_traces", "facts", str(trace_id), json.dumps(dict(facts), ensure_ascii=False)
        )
        await self._connection.execute(
            insert(WebTraceRow).values(id=trace_id, contact_id=contact_id, facts=sealed, at=at, kept_until=until)
        )

    async def of(self, contact_id: UUID, at: datetime) -> Sequence[Trace]:
        rows = await self._connection.execute(
            select(WebTraceRow.id, WebTraceRow.facts, WebTraceRow.at)
            .where(WebTraceRow.contact_id == contact_id, WebTraceRow.kept_until > at)
            .order_by(WebTraceRow.at.desc())
        )
        found = [(row.at, open_sealed(self._sealer, "web_traces", "facts", row.id, row.facts)) for row in rows]
        return [Trace(moment, json.loads(facts)) for moment, facts in found if facts is not None]

    async def forget(self, at: datetime) -> int:
        gone = await self._connection.execute(delete(WebTraceRow).where(WebTraceRow.kept_until <= at))
        return gone.rowcount
