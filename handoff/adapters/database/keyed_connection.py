"""A connection that has the data keys of what it reads at hand, so that whoever reads can open it at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter, _CoreAnyExecuteParams
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable

from handoff.adapters.database.key_tables import DataKeyRow
from kernel.sealing import CellSealer, SealBroken, Sealer, WrappedKey, key_id_of

#: PostgreSQL's number of the type of every sealed column.
_BYTEA: Final = 17
_OF_IDS: Final = select(DataKeyRow.id, DataKeyRow.kind, DataKeyRow.kek, DataKeyRow.wrapped).where(
    DataKeyRow.id.in_(bindparam("ids", expanding=True))
)


class HeldKeys:
    """The data keys of one transaction: what it has read stays open to it until its end."""

    def __init__(self, sealer: Sealer) -> None:
        self.sealer = sealer
        self._held: dict[UUID, CellSealer | None] = {}
        self._made: list[CellSealer] = []
        self._destroyed: set[UUID] = set()

    def find(self, key_id: UUID) -> CellSealer | None:
        return self._held.get(key_id)

    def missing(self, cells: Iterable[bytes]) -> set[UUID]:
        """Take what the process knows; give the ids of the keys that have to be read."""
        missing = set()
        for cell in cells:
            key_id = key_id_of(cell)
            if key_id is None or key_id in self._held:
                continue
            known = self.sealer.known(key_id)
            if known is None:
                missing.add(key_id)
            else:
                self._held[key_id] = known
        return missing

    def hold(self, stored: WrappedKey) -> CellSealer | None:
        """Unwrap a key; None where its row was changed. Raises: KeyFileError, SealFailed: nothing can be unwrapped."""
        try:
            self._held[stored.id] = self.sealer.learn(stored)
        except SealBroken:
            # The cells that it sealed can't be opened; those of other keys can.
            self._held[stored.id] = None
        return self._held[stored.id]

    def keep(self, made: CellSealer) -> None:
        """Hold a key that this transaction made: only once it's committed may others come across it."""
        self._held[made.key_id] = made
        self._made.append(made)

    def lacks(self, key_ids: Iterable[UUID]) -> None:
        """Remember that there are no such keys, so that they aren't asked for again."""
        for key_id in key_ids:
            self._held.setdefault(key_id, None)

    def drop(self, key_ids: Iterable[UUID]) -> None:
        """Forget keys that this transaction destroyed."""
        key_ids = set(key_ids)
        self._held |= dict.fromkeys(key_ids)
        self._destroyed |= key_ids

    def end(self) -> None:
        """Tell the process, once all is committed: what was destroyed opens nothing here from now on."""
        for made in self._made:
            self.sealer.remember(made)
        self.sealer.forget(self._destroyed)


#: Where the sealed columns of a statement's results are; which they are, the driver tells at some cost.
_known_places: dict[str, tuple[int, ...]] = {}
_MOST_STATEMENTS: Final = 2_000


def _places(result: CursorResult[*tuple[Any, ...]]) -> tuple[int, ...]:
    if not result.returns_rows or result.cursor is None:
        return ()
    statement = str(result.context.statement)
    known = _known_places.get(statement)
    if known is None:
        columns = result.cursor.description or ()
        known = tuple(place for place, column in enumerate(columns) if column[1] == _BYTEA)
        if len(_known_places) < _MOST_STATEMENTS:
            _known_places[statement] = known
    return known


class KeyedConnection(AsyncConnection):
    """The same connection, whose results come with their data keys: one more statement where some weren't known.

    ``scalar`` and ``scalars`` go the same way; ``stream`` doesn't.
    """

    def __init__(self, connection: AsyncConnection, keys: HeldKeys) -> None:
        super().__init__(connection.engine, connection.sync_connection)
        self.keys = keys

    async def execute(
        self,
        statement: Executable,
        parameters: _CoreAnyExecuteParams | None = None,
        *,
        execution_options: CoreExecuteOptionsParameter | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        """As ``AsyncConnection.execute``. Raises: KeyFileError, SealFailed: a key was read and can't be unwrapped."""
        result = await super().execute(statement, parameters, execution_options=execution_options)
        places = _places(result)
        if not places:
            return result
        frozen = result.freeze()
        rows = frozen.data
        missing = self.keys.missing(row[place] for row in rows for place in places if row[place] is not None)
        if missing:
            await self._learn(missing)
        # Whoever gets rows asks for nothing but rows.
        return cast("CursorResult[*tuple[Any, ...]]", frozen())

    async def _learn(self, key_ids: set[UUID]) -> None:
        found = await super().execute(_OF_IDS, {"ids": list(key_ids)})
        for row in found:
            self.keys.hold(WrappedKey(row.id, row.kind, row.kek, row.wrapped))
        self.keys.lacks(key_ids)
