"""Whoever takes the disk, a dump or a backup reads nothing without the key file (row 21)."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    DateTime,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.account import find_binaries
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.keyed_connection import HeldKeys, KeyedConnection
from handoff.adapters.database.sealed_columns import SEALED_TABLES, SealedTable
from handoff.adapters.database.tables import Base
from kernel.sealing import SealBroken, Sealer, ensure_key_file, key_id_of
from tests.integration import conftest, house_support
from tests.integration.backup_support import Keyed
from tests.integration.conftest import Database, open_service
from tests.integration.evidence_support import Files
from tests.integration.house_support import SCHOOL_NAME, House, open_house
from tests.support.hostile_files import MP4
from tests.support.line_events import arrivals
from tests.support.line_events import text as line_text

#: Nothing else in the server's folder has these.
CANARY = f"かなりや{secrets.token_hex(8)}のことば"
USER = f"U{secrets.token_hex(16)}"
#: What a row needs that its table's checks ask for, in SQL.
NEEDED: dict[str, dict[str, str]] = {
    "rasa_trackers": {
        "session_id": "(SELECT id::text FROM sessions WHERE id::text NOT IN (SELECT session_id FROM rasa_trackers) LIMIT 1)"
    }
}


def words(longest: int) -> str:
    """A canary, but where nothing is sealed and nothing is a student's: an alias, a school's name."""
    public = longest < len(CANARY) or longest == SCHOOL_NAME
    return "あだな" if public else (CANARY + "、と書いた。" * 60)[:longest]


class Cells:
    """Every sealed cell of a database, read and written as the service does, by the list of sealed columns."""

    def __init__(self, raw: AsyncConnection, sealer: Sealer) -> None:
        held = HeldKeys(sealer)
        self.raw, self.keyed, self.sealer = raw, KeyedConnection(raw, held), RowSealer(raw, held)

    async def of(self, rule: SealedTable, column: str) -> list[Any]:
        """Row id and cell of each row of a column that holds something; ``at`` names the row."""
        rows = await self.keyed.execute(
            text(
                f'SELECT t.ctid::text AS at, {rule.row_id} AS row_id, t."{column}" AS cell FROM {rule.name} t'
                f' WHERE t."{column}" IS NOT NULL ORDER BY t.ctid'
            )
        )
        return list(rows.all())

    async def put(self, rule: SealedTable, column: str, at: str, cell: bytes) -> None:
        await self.raw.execute(
            text(f'UPDATE {rule.name} SET "{column}" = :cell WHERE ctid = CAST(:at AS tid)'), {"cell": cell, "at": at}
        )

    async def fill(self, rule: SealedTable) -> None:
        """Let the table have two rows at least, and a canary in each sealed column of theirs that holds nothing."""
        table = Base.metadata.tables[rule.name]
        while (await self.raw.scalar(select(func.count()).select_from(table)) or 0) < 2:
            await self.row(table)
        for column in rule.columns:
            empty = await self.raw.execute(
                text(
                    f"SELECT {rule.row_id} AS row_id, {rule.session or 'NULL'} AS session, {rule.contact or 'NULL'}"
                    f' AS contact, t.ctid::text AS at FROM {rule.name} t WHERE t."{column}" IS NULL'
                    f" OR t.\"{column}\" = '\\x00'"
                )
            )
            for row in empty.all():
                key = await self._key(rule, row.session, row.contact)
                cell = key.seal(rule.name, column, row.row_id, CANARY)
                # A row moves when it is written: found again by what it is.
                await self.raw.execute(
                    text(f'UPDATE {rule.name} t SET "{column}" = :cell WHERE {rule.row_id} = :row_id'),
                    {"cell": cell, "row_id": row.row_id},
                )

    async def _key(self, rule: SealedTable, session: Any, contact: Any) -> Any:
        if session is not None and rule.kind != "event":
            return await self.sealer.for_session(UUID(str(session)), rule.kind)
        if rule.kind == "event":
            return await self.sealer.for_event(contact)
        return await (self.sealer.for_house() if contact is None else self.sealer.for_contact(contact))

    async def row(self, table: Table) -> None:
        """One more row of a table, with whatever its columns take."""
        values: dict[str, Any] = {}
        for column in table.columns:
            if column.name in NEEDED.get(table.name, {}):
                values[column.name] = text(NEEDED[table.name][column.name])
            elif column.identity is not None or column.server_default is not None:
                continue
            elif column.foreign_keys and (column.primary_key or not column.nullable):
                values[column.name] = await self._parent(table, column)
            elif column.primary_key or not column.nullable:
                values[column.name] = _some(column)
        for constraint in table.foreign_key_constraints:
            if len(constraint.elements) > 1 and not all(one.nullable for one in constraint.columns):
                found = (await self.raw.execute(select(*(one.column for one in constraint.elements)).limit(1))).one()
                values |= {column.name: value for column, value in zip(constraint.columns, found, strict=True)}
        await self.raw.execute(insert(table).values(**values))

    async def _parent(self, table: Table, column: Any) -> Any:
        (key,) = column.foreign_keys
        parent = key.column.table
        alone = column.primary_key and len(table.primary_key) == 1 or column.unique
        wanted = select(key.column).limit(1)
        if alone:
            wanted = wanted.where(key.column.not_in(select(column)))
        found = await self.raw.scalar(wanted)
        if found is None:
            await self.row(parent)
            found = await self.raw.scalar(wanted)
        return found


def _some(column: Any) -> Any:
    kind = column.type
    if isinstance(kind, LargeBinary):
        return secrets.token_bytes(kind.length) if kind.length else b"\x00"
    if isinstance(kind, ARRAY):
        return []
    if isinstance(kind, JSONB):
        return {}
    if isinstance(kind, Uuid):
        return uuid4()
    if isinstance(kind, DateTime):
        return func.now()
    if isinstance(kind, Date):
        return func.current_date()
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Text):
        return secrets.token_hex(4)
    if isinstance(kind, Numeric):
        return 1.0
    return secrets.randbelow(30_000) + 1


@pytest.fixture
async def house(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[House, Keyed, Sealer]]:
    """People have worked with the service, on a key file, with a folder for temporary files that is ours alone."""
    ensure_key_file(tmp_path / "seal.key")
    sealer = Sealer.from_key_file(tmp_path / "seal.key")
    for module in (conftest, house_support):
        monkeypatch.setattr(module, "SEALER", sealer)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    async with open_service(database) as service, open_house(service, words) as opened:
        yield opened, Keyed(service, database, tmp_path), sealer


def forms_of(secret: str) -> set[bytes]:
    """A secret as it may lie somewhere: in several codes, as digits, in base64 wherever it begins, in JSON and URLs."""
    plain = [secret.encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be")]
    found = {*plain, json.dumps(secret)[1:-1].encode(), quote(secret).encode()}
    for one in plain:
        found |= {one.hex().encode(), one.hex().upper().encode()}
        # Of each of the three places in which it can begin, the part that is the same whatever stands around it.
        found |= {base64.b64encode(b"\x00" * start + one)[4:-4] for start in range(3)}
    return found


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            try:
                yield str(path), path.read_bytes()
            except FileNotFoundError:
                continue  # the server works on


async def dumped(url: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        str(find_binaries() / "pg_dump"), url, env={"PATH": "/usr/bin:/bin"}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output


async def test_row_21_no_canary_lies_in_any_file_and_swapped_cells_open_nothing(
    house: tuple[House, Keyed, Sealer], postgres: EmbeddedPostgres, database: Database
) -> None:
    _opened, kept, sealer = house
    service = kept.service
    in_a_file = CANARY.encode() * 9
    (session, *_) = await kept.sessions()
    await Files(service).send(session, MP4 + in_a_file, "video/mp4", f"{CANARY}.mp4")
    await service.accept(arrivals(line_text(CANARY, USER)))
    await service.work()
    # Of each sealed column what the service wrote itself, and a canary where it wrote nothing.
    async with kept.store(database.owner_url) as owner, owner.engine.begin() as raw:
        cells = Cells(raw, sealer)
        # The rows that are made up hold nothing that makes sense but what is sealed.
        for check in await raw.execute(
            text("SELECT conrelid::regclass AS name, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0")
        ):
            await raw.execute(text(f"ALTER TABLE {check.name} DROP CONSTRAINT {check.conname}"))
        written = {
            (rule.name, column) for rule in SEALED_TABLES for column in rule.columns if await cells.of(rule, column)
        }
        for rule in SEALED_TABLES:
            await cells.fill(rule)
    assert {("messages", "body"), ("line_events", "payload"), ("evidence", "facts"), ("reports", "answers")} <= written
    await kept.parts.make()()
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    secrets_ = forms_of(CANARY) | forms_of(USER)

    async def places() -> AsyncIterator[tuple[str, bytes]]:
        for place in (Path(folder), Path(folder).parent, kept.folder):
            for found in files_below(place):
                yield found
        yield "dump", await dumped(database.owner_url)

    seen = set()
    async for place, data in places():
        assert not any(secret in data for secret in secrets_), place
        seen |= {
            name for name in ("/base/", "/pg_wal/", "postgres.log", ".backup", "data-keys", "dump") if name in place
        }
    assert len(seen) == 6, seen

    # The same cells in each other's rows.
    async with kept.store(database.owner_url) as owner, owner.engine.connect() as raw:
        cells = Cells(raw, sealer)
        kinds = {row.id: row.kind for row in await raw.execute(text("SELECT id, kind FROM data_keys"))}
        for rule in SEALED_TABLES:
            for column in rule.columns:
                rows = await cells.of(rule, column)
                assert len(rows) >= 2, (rule.name, column)
                # Each under its owner's key of its kind: with that it is disposed of.
                instead = {"outbox": {"contact"}, "line_events": {"house"}}.get(rule.name, {"house"})
                wrong = {kinds[key] for row in rows if (key := key_id_of(row.cell))} - {rule.kind} - instead
                assert not wrong, (rule.name, column, wrong)
                for row in rows:
                    cells.sealer.open_bytes(rule.name, column, row.row_id, row.cell)
                one, other = rows[0], rows[-1]
                for row, cell in ((one, other.cell), (other, one.cell)):
                    with pytest.raises(SealBroken):
                        cells.sealer.open_bytes(rule.name, column, row.row_id, cell)
                for foreign in (*(name for name in rule.columns if name != column), "another"):
                    with pytest.raises(SealBroken):
                        cells.sealer.open_bytes(rule.name, foreign, one.row_id, one.cell)

    # All of this would be found if it lay there.
    await service.change("UPDATE staff SET alias = :alias WHERE alias LIKE 'あだな%' AND role = 'board'", alias=CANARY)
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    found = {place async for place, data in places() if any(secret in data for secret in secrets_)}
    assert "dump" in found and any("/base/" in one for one in found) and any("/pg_wal/" in one for one in found)
