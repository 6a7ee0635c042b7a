"""Wrapping data keys anew, and sealing anew what a key of the key file sealed itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, literal_column, null, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.key_tables import DataKeyRow
from handoff.adapters.database.keyed_connection import HeldKeys
from handoff.adapters.database.sealed_columns import SEALED_TABLES, SealedTable
from handoff.adapters.database.tables import Base, SessionRow
from handoff.domain.kept import Kept
from handoff.domain.session import State
from handoff.services.key_work_ports import ResealedBatch, RewrappedBatch, SealedPlace
from kernel.sealing import CellSealer, SealBroken, SealFailed, WrappedKey

#: Cells of one transaction; pieces of files are a quarter of a megabyte each.
_BATCH: Final = 200
_PIECES: Final = 16
_FIRST_VERSION: Final = b"\x01"
#: As text: their type, xid8, has no other way out.
_XMAX: Final[ColumnElement[str]] = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text")
_XMIN: Final[ColumnElement[str]] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text")
_TABLES: Final[Mapping[str, SealedTable]] = {table.name: table for table in SEALED_TABLES}


class SqlKeyWork:
    """Implements ``services.key_work_ports.KeyWork``; of a transaction of the owner's role, which may write every table."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer, held: HeldKeys) -> None:
        self._connection, self._sealer, self._held = connection, sealer, held

    async def wrapped_by(self) -> Mapping[str, int]:
        rows = await self._connection.execute(
            select(DataKeyRow.kek, func.count().label("keys")).group_by(DataKeyRow.kek)
        )
        return {row.kek: row.keys for row in rows}

    async def sealed_by(self) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for place in self.places():
            cell = Base.metadata.tables[place.table].c[place.column]
            # The name follows its length; whoever made the value has checked that it is ASCII.
            name = func.convert_from(func.substring(cell, 3, func.get_byte(cell, 1)), "SQL_ASCII").label("name")
            first = func.substring(cell, 1, 1) == _FIRST_VERSION
            for row in await self._connection.execute(
                select(name, func.count().label("cells")).where(first).group_by(name)
            ):
                found[row.name] += row.cells
        return found

    async def rewrap(self, active: str, most: int, skip: Collection[UUID] = ()) -> RewrappedBatch:
        rows = await self._connection.execute(
            select(DataKeyRow.id, DataKeyRow.kind, DataKeyRow.kek, DataKeyRow.wrapped)
            .where(DataKeyRow.kek != active, DataKeyRow.id.not_in(skip))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        done, broken = 0, set()
        for row in rows.all():
            try:
                anew = self._held.sealer.rewrap(WrappedKey(row.id, row.kind, row.kek, row.wrapped))
            except SealBroken:
                broken.add(row.id)
                continue
            await self._connection.execute(
                update(DataKeyRow).where(DataKeyRow.id == row.id).values(kek=anew.kek, wrapped=anew.wrapped)
            )
            done += 1
        return RewrappedBatch(done, frozenset(broken))

    async def opens_any(self, name: str) -> bool:
        after = UUID(int=0)
        while True:
            rows = await self._connection.execute(
                select(DataKeyRow.id, DataKeyRow.kind, DataKeyRow.kek, DataKeyRow.wrapped)
                .where(DataKeyRow.kek == name, DataKeyRow.id > after)
                .order_by(DataKeyRow.id)
                .limit(_BATCH)
            )
            batch = rows.all()
            for row in batch:
                try:
                    self._held.sealer.unwrap(WrappedKey(row.id, row.kind, row.kek, row.wrapped))
                except SealBroken:
                    continue
                return True
            if len(batch) < _BATCH:
                return False
            after = batch[-1].id

    async def begun(self) -> int:
        return int((await self._connection.execute(select(_XMAX))).scalar_one())

    async def running(self) -> int:
        return int((await self._connection.execute(select(_XMIN))).scalar_one())

    def places(self) -> Sequence[SealedPlace]:
        return [SealedPlace(table.name, column) for table in SEALED_TABLES for column in table.columns]

    async def reseal(self, place: SealedPlace) -> ResealedBatch:
        rule, table = _TABLES[place.table], Base.metadata.tables[place.table]
        t, most = table.alias("t"), _PIECES if place.table == "evidence_pieces" else _BATCH
        keys, cell = [t.c[column.name] for column in table.primary_key], t.c[place.column]
        wanted = select(
            *keys,
            cell.label("sealed"),
            literal_column(rule.row_id).label("row_id"),
            (null() if rule.session is None else literal_column(rule.session)).label("owner_session"),
            (null() if rule.contact is None else literal_column(rule.contact)).label("owner_contact"),
        ).where(func.substring(cell, 1, 1) == _FIRST_VERSION)
        if place.after is not None:
            wanted = wanted.where(tuple_(*keys) > tuple_(*place.after, types=[key.type for key in keys]))
        rows = (await self._connection.execute(wanted.order_by(*keys).limit(most))).all()
        resealed = changed = broken = 0
        for row in rows:
            try:
                opened = self._sealer.open_bytes(place.table, place.column, row.row_id, row.sealed)
            except SealBroken:
                broken += 1
                continue
            key = await self._key(rule, _id(row.owner_session), _id(row.owner_contact))
            anew = key.seal_bytes(place.table, place.column, row.row_id, opened)
            written = await self._connection.execute(
                update(table)
                .where(*(table.c[one.name] == row._mapping[one.name] for one in keys))
                .where(table.c[place.column] == row.sealed)
                .values({place.column: anew})
            )
            resealed, changed = resealed + written.rowcount, changed + 1 - written.rowcount
        then = None if len(rows) < most else SealedPlace(place.table, place.column, _key_of(rows[-1], keys))
        return ResealedBatch(resealed, changed, broken, then)

    async def _key(self, rule: SealedTable, session: UUID | None, contact: UUID | None) -> CellSealer:
        if rule.kind is Kept.EVENT:
            return await self._of_event(session, contact)
        if session is not None:
            return await self._sealer.for_session(session, rule.kind)
        return await (self._sealer.for_house() if contact is None else self._sealer.for_contact(contact))

    async def _of_event(self, session: UUID | None, contact: UUID | None) -> CellSealer:
        """An event of a talk that is over belongs to that talk, not to the one that is open now."""
        if session is None or contact is None:
            return await self._sealer.for_event(contact)
        state = await self._connection.scalar(select(SessionRow.state).where(SessionRow.id == session))
        if state != State.CLOSED:
            return await self._sealer.for_event(contact)
        made, _key = self._sealer.fresh(Kept.EVENT)
        await self._connection.execute(
            insert(DataKeyRow)
            .values(
                id=made.id,
                kind=made.kind,
                session_id=session,
                contact_id=contact,
                kek=made.kek,
                wrapped=made.wrapped,
                real_created_at=datetime.now(UTC),
            )
            .on_conflict_do_nothing()
        )
        stored = await self._connection.execute(
            select(DataKeyRow.id, DataKeyRow.kind, DataKeyRow.kek, DataKeyRow.wrapped).where(
                DataKeyRow.session_id == session, DataKeyRow.kind == Kept.EVENT
            )
        )
        row = stored.one()
        key = self._held.hold(WrappedKey(row.id, row.kind, row.kek, row.wrapped))
        if key is None:
            raise SealFailed(f"the data key {row.id} can't be unwrapped")
        return key


def _id(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) else value


def _key_of(row: Row[*tuple[Any, ...]], keys: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(row._mapping[key.name] for key in keys)
