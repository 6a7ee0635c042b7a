"""The database that is backed up, read at one moment; and one into which a backup is put back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString

import psycopg
from psycopg import AsyncConnection, IsolationLevel, sql

from handoff.adapters.backups.programs import Programs
from handoff.adapters.database.connection import CONNECT_OPTIONS
from handoff.adapters.database.sealed_columns import SEALED_TABLES
from handoff.domain.backup import BackupFailed, BackupFault, Manifest, TableSum
from handoff.services.backup_ports import SampledCell, StoredKey

#: The one table whose rows are in no data file.
KEYS_TABLE: Final = "public.data_keys"
#: The same row must read the same on every server.
_READS_ALIKE: Final[tuple[LiteralString, ...]] = (
    "SET timezone = 'UTC'",
    "SET datestyle = 'ISO'",
    "SET intervalstyle = 'postgres'",
    "SET bytea_output = 'hex'",
    "SET extra_float_digits = 1",
)
_TABLES: Final = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_FETCHED: Final = 5000


@asynccontextmanager
async def connected(url: str, *, autocommit: bool = False) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection for the block. Raises: BackupFailed: the database can't be reached, or went away meanwhile."""
    try:
        async with await AsyncConnection.connect(url, autocommit=autocommit, **CONNECT_OPTIONS) as connection:
            yield connection
    except psycopg.Error as error:
        raise BackupFailed(BackupFault.DATABASE, type(error).__name__) from None


async def manifest_of(connection: AsyncConnection[Any]) -> Manifest:
    """Count and digest every table but the data keys'. The rows are sorted by their digests: they have no order."""
    for statement in _READS_ALIKE:
        await connection.execute(statement)
    tables: dict[str, TableSum] = {}
    for schema, name in await (await connection.execute(_TABLES)).fetchall():
        if f"{schema}.{name}" == KEYS_TABLE:
            continue
        table, digest, rows = sql.Identifier(schema, name), hashlib.sha256(), 0
        query = sql.SQL("SELECT sha256(convert_to((t.*)::text, 'UTF8')) AS digest FROM {} AS t ORDER BY 1")
        async with connection.cursor(name="manifest") as cursor:
            cursor.itersize = _FETCHED
            await cursor.execute(query.format(table))
            async for (one,) in cursor:
                digest.update(one)
                rows += 1
        tables[f"{schema}.{name}"] = TableSum(rows, digest.hexdigest())
    version = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
    return Manifest(str(version[0]) if version else "", tables)


class PostgresSnapshot:
    """Implements ``services.backup_ports.Snapshot`` on a transaction that others may join by its name."""

    def __init__(self, connection: AsyncConnection[Any], url: str, name: str, programs: Programs) -> None:
        self._connection, self._url, self._name, self._programs = connection, url, name, programs

    async def manifest(self) -> Manifest:
        return await manifest_of(self._connection)

    async def keys(self) -> Sequence[StoredKey]:
        rows = await self._connection.execute("SELECT to_json(k)::text FROM data_keys AS k ORDER BY id")
        return [json.loads(row[0]) async for row in rows]

    def dump(self) -> AsyncGenerator[bytes]:
        return self._programs.dump(self._url, self._name, KEYS_TABLE)


class PostgresSource:
    """Implements ``services.backup_ports.Source``. Args: url: with a role that may read everything."""

    def __init__(self, url: str, programs: Programs) -> None:
        self._url, self._programs = url, programs

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresSnapshot]:
        async with connected(self._url) as connection:
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)
            row = await (await connection.execute("SELECT pg_export_snapshot()")).fetchone()
            assert row is not None  # noqa: S101 - a function gives a row
            yield PostgresSnapshot(connection, self._url, str(row[0]), self._programs)


class PostgresTarget:
    """Implements ``services.backup_ports.Target``. Args: url: with the role that shall own the tables."""

    def __init__(self, url: str, programs: Programs) -> None:
        self._url, self._programs = url, programs

    async def check_empty(self) -> None:
        async with connected(self._url) as connection:
            if await (await connection.execute(_TABLES)).fetchone() is not None:
                raise BackupFailed(BackupFault.NOT_EMPTY)

    async def restore(self, dump: AsyncGenerator[bytes]) -> None:
        await self._programs.restore(self._url, dump)

    async def manifest(self) -> Manifest:
        async with connected(self._url) as connection:
            return await manifest_of(connection)

    async def sample(self, cells: int) -> Sequence[SampledCell]:
        found = []
        async with connected(self._url) as connection:
            for table in SEALED_TABLES:
                for column in table.columns:
                    query = sql.SQL(
                        "SELECT {row_id}, {column} FROM {table} AS t WHERE {column} IS NOT NULL"
                        " ORDER BY md5(t.ctid::text) LIMIT %s"
                    ).format(
                        row_id=sql.SQL(table.row_id),
                        column=sql.Identifier("t", column),
                        table=sql.Identifier(table.name),
                    )
                    rows = await connection.execute(query, (cells,))
                    found += [SampledCell(table.name, column, row[0], bytes(row[1])) async for row in rows]
        return found

    async def put_keys(self, keys: Sequence[StoredKey]) -> int:
        async with connected(self._url) as connection:
            put = await connection.execute(
                """
                INSERT INTO data_keys SELECT k.* FROM json_populate_recordset(NULL::data_keys, %s::json) AS k
                WHERE (k.session_id IS NULL OR EXISTS (SELECT FROM sessions s WHERE s.id = k.session_id))
                  AND (k.contact_id IS NULL OR EXISTS (SELECT FROM contacts c WHERE c.id = k.contact_id))
                """,
                (json.dumps(list(keys)),),
            )
            # A session that began after the data was read took over its contact's waiting key; there it waits again. Of
            # several the first did: the others were made later, and seal nothing here.
            waiting = await connection.execute(
                """
                INSERT INTO data_keys (id, kind, session_id, contact_id, kek, wrapped, real_created_at)
                SELECT k.id, k.kind, NULL, k.contact_id, k.kek, k.wrapped, k.real_created_at
                FROM json_populate_recordset(NULL::data_keys, %s::json) AS k
                WHERE k.kind = 'event' AND NOT EXISTS (SELECT FROM sessions s WHERE s.id = k.session_id)
                  AND k.session_id IS NOT NULL AND EXISTS (SELECT FROM contacts c WHERE c.id = k.contact_id)
                ORDER BY k.real_created_at ON CONFLICT DO NOTHING
                """,
                (json.dumps(list(keys)),),
            )
            # Who was signed in when the backup was made may have been shut out since.
            await connection.execute("DELETE FROM sign_ins")
            return put.rowcount + waiting.rowcount
