"""Phrases that counsellors made; all that they wrote is sealed as one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_tables import PhraseRow
from handoff.domain.errors import NotFound
from handoff.domain.phrase import Phrase, PhraseState
from handoff.domain.session import Level
from handoff.services.care_ports import OwnPhrase
from kernel.sealing import SealBroken

log = structlog.get_logger(__name__)


class SqlPhrases:
    """Implements ``services.care_ports.PhraseRows``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, own: OwnPhrase) -> bool:
        added = await self._connection.scalar(
            insert(PhraseRow)
            .values(id=own.id, owner_id=own.owner_id, **await self._values(own))
            .on_conflict_do_nothing(index_elements=[PhraseRow.id])
            .returning(PhraseRow.id)
        )
        return added is not None

    async def lock(self, phrase_id: UUID) -> OwnPhrase:
        found = _select().where(PhraseRow.id == phrase_id).with_for_update()
        row = (await self._connection.execute(found)).first()
        own = None if row is None else self._own(row)
        if own is None:
            raise NotFound("no such phrase")
        return own

    async def save(self, own: OwnPhrase) -> None:
        await self._connection.execute(
            update(PhraseRow).where(PhraseRow.id == own.id).values(**await self._values(own))
        )

    async def remove(self, phrase_id: UUID) -> None:
        await self._connection.execute(delete(PhraseRow).where(PhraseRow.id == phrase_id))

    async def of(self, owner_id: UUID) -> Sequence[OwnPhrase]:
        return await self._all(_select().where(PhraseRow.owner_id == owner_id))

    async def in_state(self, state: PhraseState) -> Sequence[OwnPhrase]:
        return await self._all(_select().where(PhraseRow.state == state))

    async def _all(self, found: Select[*tuple[Any, ...]]) -> Sequence[OwnPhrase]:
        rows = await self._connection.execute(found.order_by(PhraseRow.updated_at, PhraseRow.id))
        return [own for own in map(self._own, rows) if own is not None]

    async def _values(self, own: OwnPhrase) -> dict[str, Any]:
        phrase = own.phrase
        content = {
            "title": phrase.title,
            "shortcut": phrase.shortcut,
            "text": phrase.text,
            "topics": phrase.topics,
            "levels": phrase.levels,
            "remark": own.remark,
        }
        sealed = (await self._sealer.for_house()).seal(
            "phrases", "content", str(own.id), json.dumps(content, ensure_ascii=False)
        )
        return {
            "state": own.state,
            "content": sealed,
            "updated_at": own.updated_at,
            "reviewed_by": own.reviewed_by,
            "reviewed_at": own.reviewed_at,
        }

    def _own(self, row: Row[*tuple[Any, ...]]) -> OwnPhrase | None:
        try:
            told = json.loads(self._sealer.open("phrases", "content", str(row.id), row.content))
        except SealBroken:
            log.error("phrase_unreadable", phrase_id=str(row.id))
            return None  # nobody could write with it, and the others have to be there
        phrase = Phrase(
            id=f"own_{row.id.hex}",
            title=told["title"],
            shortcut=told["shortcut"],
            text=told["text"],
            topics=tuple(told["topics"]),
            levels=tuple(Level(level) for level in told["levels"]),
            owner=str(row.owner_id),
        )
        return OwnPhrase(
            id=row.id,
            phrase=phrase,
            owner_id=row.owner_id,
            state=PhraseState(row.state),
            updated_at=row.updated_at,
            reviewed_by=row.reviewed_by,
            reviewed_at=row.reviewed_at,
            remark=told["remark"],
        )


def _select() -> Select[*tuple[Any, ...]]:
    return select(PhraseRow.__table__)
