"""What the tests of backups share: words that must not lie open, and what is done to files and databases."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests.integration.backup_support import Keyed
from tests.integration.conftest import Database

CANARY = "ひみつのことば"


async def runs(kept: Keyed) -> list[tuple[str, str, str | None]]:
    found = await kept.service.rows("SELECT kind, state, fault FROM backup_runs ORDER BY real_started_at")
    return [(row.kind, row.state, row.fault) for row in found]


def empty_database_as_owner(database: Database) -> Database:
    """Rights come with the next start's migration; until then the owner works."""
    return Database(database.owner_url, database.owner_url)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def clear(database: Database) -> None:
    with psycopg.connect(database.owner_url) as there:
        there.execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")
