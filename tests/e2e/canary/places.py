"""Every place where words could be left lying, and what the holder of the key file finds in the sealed ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.sealed_columns import SEALED_TABLES
from kernel.tracker import unpack
from tests.support.needles import Needles
from tests.support.running import Running

#: Written in the clear on purpose, into a place of each kind: a search that doesn't find it there finds nothing.
CONTROL: Final = "ミツケテホシイカナリア"
#: Where each kind of file lies below the service's folder, and how it is called here.
KINDS: Final = {
    "postgres/pg_wal": "WAL",
    "postgres": "database",
    "log": "logs",
    "tmp": "temporary files",
    "backups": "backups",
    "backup-keys": "backup of the keys",
}
KEYS: Final = "keys"


def opened(service: Running) -> Mapping[tuple[str, str], bytes]:
    """All that every sealed column holds, opened with the key file."""
    sealer, found = service.sealer, {}
    for table in SEALED_TABLES:
        for column in table.columns:
            cells = (
                sealer.open_bytes(table.name, column, row["row_id"], row["cell"])
                for row in service.rows(
                    f'SELECT {table.row_id} AS row_id, t."{column}" AS cell FROM {table.name} t '
                    f'WHERE length(t."{column}") > 1'  # what tests put in beside the service isn't sealed
                )
            )
            if table.name == "rasa_trackers":
                cells = (json.dumps(unpack(cell.decode()), ensure_ascii=False).encode() for cell in cells)
            found[table.name, column] = b"\n".join(cells)
    return found


@contextmanager
def as_owner(service: Running, *, all_of_it: bool = False) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner; ``all_of_it``: of the server's, which may do everything."""
    server = EmbeddedPostgres(service.var)
    url = make_url(server.owner_url)
    if all_of_it:
        url = make_url(server.superuser_url).set(database=url.database)
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def kind_of(path: Path) -> str:
    """What a file below the service's folder is."""
    whole = path.as_posix()
    return next((kind for folder, kind in KINDS.items() if f"{whole}/".startswith(f"{folder}/")), "other files")


@dataclass
class Search:
    """What is looked for, and where it was found: kind of place, place, words."""

    needles: Needles
    found: set[tuple[str, str, str]] = field(default_factory=set)

    def look_at(self, kind: str, pieces: Sequence[bytes]) -> None:
        for data in pieces:
            self.found |= {(kind, "", words) for words in self.needles.found_in(data)}

    def look_below(self, folder: Path) -> None:
        """Every file but the keys, which lie apart from all of it."""
        for path, words in self.needles.found_below(folder, [folder / KEYS]):
            inside = path.relative_to(folder)
            self.found.add((kind_of(inside), inside.as_posix(), words))

    def look_into_tables(self, service: Running) -> None:
        """Every row of every table, as a dump has it; the queue's jobs with what they are given are a kind of their own."""
        with as_owner(service, all_of_it=True) as owner:
            tables = owner.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                named = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))
                with owner.cursor().copy(named) as rows:
                    kind = "jobs" if table.startswith("procrastinate") else "tables"
                    self.found |= {(kind, table, words) for words in self.needles.found_in(b"".join(rows))}


@contextmanager
def control(service: Running) -> Iterator[set[str]]:
    """One word in the clear in a place of each kind; the kinds."""
    plain = CONTROL.encode()
    files = [service.var / folder / "control" for folder in ("log", "tmp", "backups", "backup-keys")]
    with as_owner(service, all_of_it=True) as owner:
        owner.execute(sql.SQL("CREATE TABLE controls AS SELECT {} AS words").format(sql.Literal(CONTROL)))
        owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
            "VALUES ('control', 'control', jsonb_build_object('words', %s::text), 'cancelled')",
            [CONTROL],
        )
        owner.execute("CHECKPOINT")
        for file in files:
            file.write_bytes(b"\0before" + plain + b"after")
        try:
            yield {*KINDS.values(), "tables", "jobs"}
        finally:
            for file in files:
                file.unlink()
            owner.execute("DROP TABLE controls")
            owner.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'control'")
