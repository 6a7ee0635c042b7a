"""Leaks and their reports: all that a sheet says is sealed as one JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.request_tables import LeakRow, LeakVersionRow
from handoff.domain.errors import NotFound
from handoff.domain.leak import Leak, LeakContent, LeakState, VersionKind
from handoff.services.request_ports import LeakVersion

_CONTENT = TypeAdapter(LeakContent)
UNREADABLE = "（開けませんでした）"


class SqlLeaks:
    """Implements ``services.request_ports.Leaks``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, leak: Leak) -> bool:
        added = await self._connection.scalar(
            insert(LeakRow)
            .values(
                id=leak.id,
                profile=leak.profile,
                made_by=leak.made_by,
                made_at=leak.made_at,
                **await self._changing(leak),
            )
            .on_conflict_do_nothing(index_elements=[LeakRow.id])
            .returning(LeakRow.id)
        )
        return added is not None

    async def find(self, profile: str, leak_id: UUID) -> Leak:
        return await self._one(_select(profile).where(LeakRow.id == leak_id))

    async def lock(self, profile: str, leak_id: UUID) -> Leak:
        return await self._one(_select(profile).where(LeakRow.id == leak_id).with_for_update())

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Leak:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such leak")
        return self._leak(row)

    async def save(self, leak: Leak) -> None:
        await self._connection.execute(
            update(LeakRow).where(LeakRow.id == leak.id).values(**await self._changing(leak))
        )

    async def listed(self, profile: str, limit: int, skip: int = 0) -> Sequence[Leak]:
        found = _select(profile).order_by(LeakRow.noticed_on.desc(), LeakRow.made_at.desc())
        return [self._leak(row) for row in await self._connection.execute(found.limit(limit).offset(skip))]

    async def count(self, profile: str) -> int:
        return await self._connection.scalar(select(func.count()).where(LeakRow.profile == profile)) or 0

    async def open(self, profile: str) -> Sequence[Leak]:
        """Those of which a report is still to be made."""
        found = _select(profile).where(LeakRow.state.in_([LeakState.NOTED, LeakState.FIRST_SENT]))
        return [self._leak(row) for row in await self._connection.execute(found)]

    async def add_version(self, version: LeakVersion) -> bool:
        added = await self._connection.scalar(
            insert(LeakVersionRow)
            .values(
                id=version.id,
                leak_id=version.leak_id,
                number=version.number,
                kind=version.kind,
                noticed_on=version.noticed_on,
                content=await self._seal("leak_versions", version.id, version.content),
                made_by=version.made_by,
                made_at=version.made_at,
            )
            .on_conflict_do_nothing(index_elements=[LeakVersionRow.id])
            .returning(LeakVersionRow.id)
        )
        return added is not None

    async def versions(self, leak_id: UUID) -> Sequence[LeakVersion]:
        found = select(LeakVersionRow.__table__).where(LeakVersionRow.leak_id == leak_id)
        rows = await self._connection.execute(found.order_by(LeakVersionRow.number))
        return [self._version(row) for row in rows]

    async def version(self, profile: str, version_id: UUID) -> LeakVersion:
        row = (await self._connection.execute(_versions(profile).where(LeakVersionRow.id == version_id))).first()
        if row is None:
            raise NotFound("no such report of a leak")
        return self._version(row)

    async def sent(self, profile: str, limit: int) -> Sequence[LeakVersion]:
        found = _versions(profile).order_by(LeakVersionRow.made_at.desc(), LeakVersionRow.number.desc())
        return [self._version(row) for row in await self._connection.execute(found.limit(limit))]

    def _leak(self, row: Row[*tuple[Any, ...]]) -> Leak:
        reason = open_sealed(self._sealer, "leaks", "reason", row.id, row.reason)
        return Leak(
            id=row.id,
            profile=row.profile,
            noticed_on=row.noticed_on,
            content=self._content("leaks", row),
            made_by=row.made_by,
            made_at=row.made_at,
            saved_by=row.saved_by,
            saved_at=row.saved_at,
            version=row.version,
            state=LeakState(row.state),
            reason="" if row.reason is None else reason or UNREADABLE,
        )

    def _version(self, row: Row[*tuple[Any, ...]]) -> LeakVersion:
        return LeakVersion(
            id=row.id,
            leak_id=row.leak_id,
            number=row.number,
            kind=VersionKind(row.kind),
            noticed_on=row.noticed_on,
            content=self._content("leak_versions", row),
            made_by=row.made_by,
            made_at=row.made_at,
        )

    async def _changing(self, leak: Leak) -> dict[str, Any]:
        return {
            "noticed_on": leak.noticed_on,
            "state": leak.state,
            "content": await self._seal("leaks", leak.id, leak.content),
            "reason": (await self._sealer.for_house()).seal("leaks", "reason", str(leak.id), leak.reason)
            if leak.reason
            else None,
            "version": leak.version,
            "saved_by": leak.saved_by,
            "saved_at": leak.saved_at,
        }

    async def _seal(self, table: str, row_id: UUID, content: LeakContent) -> bytes:
        return (await self._sealer.for_house()).seal(
            table, "content", str(row_id), _CONTENT.dump_json(content).decode()
        )

    def _content(self, table: str, row: Row[*tuple[Any, ...]]) -> LeakContent:
        try:
            return _CONTENT.validate_json(open_sealed(self._sealer, table, "content", row.id, row.content) or "")
        except ValidationError:
            # A leak that can't be read is still one, with its days.
            return LeakContent(what=UNREADABLE)


def _select(profile: str) -> Select[*tuple[Any, ...]]:
    return select(LeakRow.__table__).where(LeakRow.profile == profile)


def _versions(profile: str) -> Select[*tuple[Any, ...]]:
    found = select(LeakVersionRow.__table__).join(LeakRow, LeakRow.id == LeakVersionRow.leak_id)
    return found.where(LeakRow.profile == profile)
