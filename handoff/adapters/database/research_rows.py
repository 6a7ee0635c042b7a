"""Consents, the lines that are kept for research, and wishes to export them."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.data_requests import UNREADABLE
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.retention_tables import ResearchConsentRow, ResearchExportRow, ResearchRow
from handoff.domain.errors import NotFound
from handoff.domain.research import ResearchRecord
from handoff.services.retention_ports import ResearchExport

#: Of the database's advisory locks; any number that nothing else uses.
_WRITERS = 0x7361_7265_7365


class SqlResearch:
    """Implements ``services.retention_ports.Research``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def consent(self, session_id: UUID) -> datetime | None:
        return await self._connection.scalar(
            select(ResearchConsentRow.at).where(ResearchConsentRow.session_id == session_id)
        )

    async def note_consent(self, session_id: UUID, by: UUID, at: datetime) -> None:
        await self._connection.execute(
            insert_or_not(ResearchConsentRow)
            .values(session_id=session_id, noted_by=by, at=at)
            .on_conflict_do_nothing(index_elements=[ResearchConsentRow.session_id])
        )

    async def drop_consent(self, session_id: UUID) -> bool:
        gone = await self._connection.execute(
            delete(ResearchConsentRow).where(ResearchConsentRow.session_id == session_id)
        )
        return bool(gone.rowcount)

    async def consented(self, session_ids: Collection[UUID]) -> frozenset[UUID]:
        found = select(ResearchConsentRow.session_id).where(ResearchConsentRow.session_id.in_(session_ids))
        return frozenset((await self._connection.scalars(found)).all())

    async def add(self, records: Sequence[ResearchRecord]) -> None:
        await self._connection.execute(select(func.pg_advisory_xact_lock(_WRITERS)))
        every = [*await self.records(), *records]
        # Nothing secret: the order, the ids and the number of the transaction only have to tell nothing.
        random.shuffle(every)
        await self._connection.execute(delete(ResearchRow))
        if every:
            await self._connection.execute(insert(ResearchRow), [{"id": uuid4(), **asdict(one)} for one in every])

    async def records(self) -> Sequence[ResearchRecord]:
        rows = await self._connection.execute(select(ResearchRow.__table__))
        return [ResearchRecord(**{name: value for name, value in row._mapping.items() if name != "id"}) for row in rows]

    async def count(self) -> int:
        return await self._connection.scalar(select(func.count()).select_from(ResearchRow)) or 0

    # Exports ----------------------------------------------------------------------------------------------------

    async def ask(self, export: ResearchExport) -> bool:
        key = await self._sealer.for_house()
        added = await self._connection.scalar(
            insert_or_not(ResearchExportRow)
            .values(
                id=export.id,
                profile=export.profile,
                purpose=key.seal("research_exports", "purpose", str(export.id), export.purpose),
                made_by=export.made_by,
                made_at=export.made_at,
            )
            .on_conflict_do_nothing(index_elements=[ResearchExportRow.id])
            .returning(ResearchExportRow.id)
        )
        return added is not None

    async def lock(self, profile: str, export_id: UUID) -> ResearchExport:
        found = select(ResearchExportRow.__table__).where(
            ResearchExportRow.id == export_id, ResearchExportRow.profile == profile
        )
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such export")
        return self._export(row)

    async def save(self, export: ResearchExport) -> None:
        key = await self._sealer.for_house()
        remark = key.seal("research_exports", "remark", str(export.id), export.remark) if export.remark else None
        await self._connection.execute(
            update(ResearchExportRow)
            .where(ResearchExportRow.id == export.id)
            .values(
                approved=export.approved,
                remark=remark,
                decided_by=export.decided_by,
                decided_at=export.decided_at,
                taken_by=export.taken_by,
                taken_at=export.taken_at,
                rows_given=export.rows_given,
                rows_left_out=export.rows_left_out,
            )
        )

    async def exports(self, profile: str, limit: int) -> Sequence[ResearchExport]:
        found = select(ResearchExportRow.__table__).where(ResearchExportRow.profile == profile)
        rows = await self._connection.execute(found.order_by(ResearchExportRow.made_at.desc()).limit(limit))
        return [self._export(row) for row in rows]

    def _export(self, row: Row[*tuple[Any, ...]]) -> ResearchExport:
        opened = {
            name: ""
            if sealed is None
            else open_sealed(self._sealer, "research_exports", name, row.id, sealed) or UNREADABLE
            for name, sealed in (("purpose", row.purpose), ("remark", row.remark))
        }
        return ResearchExport(**{**row._mapping, **opened})
