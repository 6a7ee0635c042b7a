"""Row 23: whoever copies the database's files after a disposal finds no key in them that was destroyed or wrapped anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from structlog.testing import capture_logs

from handoff.adapters.database import key_heap
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.bootstrap.keys import open_keys
from tests.integration.backup_support import open_keyed
from tests.integration.conftest import Database, Service
from tests.integration.desk_support import Bridge
from tests.integration.retention.test_retention import run

#: Of whom some stay.
PEOPLE, STAY = 6, 2


async def wrapped(service: Service) -> dict[UUID, bytes]:
    return {row.id: row.wrapped for row in await service.rows("SELECT id, wrapped FROM data_keys")}


class Disk:
    """The files of one database, as somebody who takes the disk finds them."""

    def __init__(self, postgres: EmbeddedPostgres, database: Database) -> None:
        name = database.url.partition("@/")[2].partition("?")[0]
        self._url = postgres.superuser_url.replace("/postgres?", f"/{name}?")

    def holds(self, keys: Iterable[bytes]) -> int:
        """How many of these lie in any file of the database's folder."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            (data, heap) = connection.execute(
                "SELECT current_setting('data_directory'), pg_relation_filepath('data_keys')"
            ).fetchone() or ("", "")
        folder = (Path(data) / heap).parent
        files = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
        return sum(key in files for key in keys)


@pytest.fixture
def disk(postgres: EmbeddedPostgres, database: Database) -> Disk:
    return Disk(postgres, database)


async def test_row_23_no_destroyed_key_lies_in_the_database_s_files(service: Service, disk: Disk) -> None:
    bridge = Bridge(service)
    for number in range(PEOPLE):
        await bridge.write("あしたも学校に行きたくない", number)
    stays = [row.id for row in await service.rows("SELECT id FROM contacts ORDER BY id LIMIT :n", n=STAY)]
    await service.change(
        "UPDATE sessions SET state = 'closed', closed_at = :t WHERE contact_id <> ALL(:s)",
        t=bridge.clock.now(),
        s=stays,
    )
    await service.change("UPDATE outbox SET state = 'sent'")
    await service.change("DELETE FROM fact_dues")
    before = await wrapped(service)
    assert disk.holds(before.values()) == len(before) >= 3 * PEOPLE, "all of it would be found"
    bridge.clock.advance(days=400)
    assert (await run(service)).disposed == 2 * (PEOPLE - STAY)
    after = await wrapped(service)
    gone = {key: value for key, value in before.items() if key not in after}
    assert len(gone) >= 2 * (PEOPLE - STAY) and len(after) >= 2 * STAY
    assert disk.holds(gone.values()) == 0
    assert disk.holds(after.values()) == len(after), "those that live are where they were"
    assert len(await service.transcript()) == 2 * STAY, "and open what they sealed"


async def test_row_23_no_former_wrapping_lies_there_after_a_rotation(
    postgres: EmbeddedPostgres, database: Database, tmp_path: Path
) -> None:
    """Or a stolen key of the key file would open what it once wrapped."""
    disk = Disk(postgres, database)
    async with open_keyed(database, tmp_path) as kept, open_keys(kept.settings) as keys:
        await kept.say("ひみつのことば")
        before = await wrapped(kept.service)
        assert disk.holds(before.values()) == len(before)
        _name, done = await keys.rotate()
        assert done.cleared and done.done == len(before)
        assert disk.holds(before.values()) == 0
        assert await kept.read() == ["ひみつのことば", "はい：ひみつのことば"]


async def test_row_23_what_can_t_be_cleared_now_is_said_and_cleared_by_the_next_look(
    service: Service, database: Database, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a backup reads; or where the service's role may not."""
    monkeypatch.setattr(key_heap, "_TRIES", 1)
    bridge = Bridge(service)
    await bridge.write("あしたも学校に行きたくない")
    gone = list((await wrapped(service)).values())
    await service.change("DELETE FROM data_keys WHERE kind <> 'house'")
    kept = set((await wrapped(service)).values())
    gone = [key for key in gone if key not in kept]
    with psycopg.connect(database.owner_url) as reader:
        reader.execute("SELECT count(*) FROM data_keys")
        with capture_logs() as logs:
            assert (await run(service)).ended
    assert [(line["event"], line["log_level"]) for line in logs] == [("keys_not_cleared", "warning")]
    assert disk.holds(gone) == len(gone) > 0
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("REVOKE MAINTAIN ON data_keys FROM tsunagi")
    assert not await service.store.clear_keys() and disk.holds(gone) == len(gone)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("GRANT MAINTAIN ON data_keys TO tsunagi")
    with capture_logs() as logs:
        assert (await run(service)).ended
    assert logs == [] and disk.holds(gone) == 0


async def test_row_23_who_began_before_keeps_a_key_in_the_file_and_nobody_says_that_it_is_gone(
    service: Service, database: Database, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever they write: PostgreSQL keeps for them what they might still read."""
    monkeypatch.setattr(key_heap, "_LOOKS", 1)
    await Bridge(service).write("あしたも学校に行きたくない")
    with psycopg.connect(database.owner_url) as writer:
        writer.execute("SELECT pg_current_xact_id()")
        (gone,) = await service.rows("SELECT id, wrapped FROM data_keys WHERE kind <> 'house' LIMIT 1")
        await service.change("DELETE FROM data_keys WHERE id = :id", id=gone.id)
        assert not await service.store.clear_keys()
        assert disk.holds([gone.wrapped]) == 1
    assert await service.store.clear_keys() and disk.holds([gone.wrapped]) == 0
