"""The board of short notes. Titles and texts are sealed: whoever searches opens them first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_tables import KnowledgeRow
from handoff.domain.errors import NotFound
from handoff.services.care_ports import KnowledgeNote
from kernel.sealing import SealBroken


class SqlKnowledge:
    """Implements ``services.care_ports.KnowledgeNotes``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, note: KnowledgeNote) -> bool:
        added = await self._connection.scalar(
            insert(KnowledgeRow)
            .values(
                id=note.id,
                author_id=note.author_id,
                content=await self._seal(note.id, note.title, note.text),
                at=note.at,
                updated_at=note.updated_at,
                expires_on=note.expires_on,
            )
            .on_conflict_do_nothing(index_elements=[KnowledgeRow.id])
            .returning(KnowledgeRow.id)
        )
        return added is not None

    async def lock(self, note_id: UUID) -> KnowledgeNote:
        found = select(KnowledgeRow.__table__).where(KnowledgeRow.id == note_id, KnowledgeRow.removed_at.is_(None))
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such note")
        return self._note(row)

    async def save(self, note: KnowledgeNote) -> None:
        await self._connection.execute(
            update(KnowledgeRow)
            .where(KnowledgeRow.id == note.id)
            .values(
                content=await self._seal(note.id, note.title, note.text),
                updated_at=note.updated_at,
                expires_on=note.expires_on,
            )
        )

    async def remove(self, note_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(KnowledgeRow)
            .where(KnowledgeRow.id == note_id)
            .values(content=await self._seal(note_id, "", ""), removed_at=at)
        )

    async def not_over_before(self, day: date, limit: int) -> Sequence[KnowledgeNote]:
        rows = await self._connection.execute(
            select(KnowledgeRow.__table__)
            .where(
                KnowledgeRow.removed_at.is_(None),
                or_(KnowledgeRow.expires_on.is_(None), KnowledgeRow.expires_on >= day),
            )
            .order_by(KnowledgeRow.updated_at.desc())
            .limit(limit)
        )
        return [self._note(row) for row in rows]

    async def _seal(self, note_id: UUID, title: str, text: str) -> bytes:
        content = json.dumps({"title": title, "text": text}, ensure_ascii=False)
        return (await self._sealer.for_house()).seal("knowledge_notes", "content", str(note_id), content)

    def _note(self, row: Row[*tuple[Any, ...]]) -> KnowledgeNote:
        try:
            told = json.loads(self._sealer.open("knowledge_notes", "content", str(row.id), row.content))
        except SealBroken:
            told = {"title": "（このメモは開けませんでした）", "text": ""}  # the others are shown all the same
        return KnowledgeNote(
            id=row.id,
            author_id=row.author_id,
            title=told["title"],
            text=told["text"],
            at=row.at,
            updated_at=row.updated_at,
            expires_on=row.expires_on,
        )
