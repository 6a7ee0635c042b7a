"""The keys change while people write and read; cut off anywhere, nothing is lost (row 22)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text as sql

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.key_work import SqlKeyWork
from handoff.adapters.database.keyed_connection import KeyedConnection
from handoff.adapters.database.sealed_columns import SEALED_TABLES, SealedTable
from handoff.adapters.database.store import SqlStore
from handoff.bootstrap.keys import KeyParts, open_keys
from handoff.domain.errors import ConfigurationError, KeyInUse
from handoff.domain.kept import Kept
from handoff.services.keys import drop_key
from handoff.services.keys.drop_key import REST
from handoff.services.keys.reseal_cells import ResealedCells
from handoff.services.keys.rotate_keys import RewrappedKeys
from handoff.settings import ROOT
from kernel.sealing import CellSealer, Keyring, Sealer, WrappedKey, key_id_of
from kernel.sealing.key_file import activate_key, add_key
from tests.integration.backup_support import Keyed, open_keyed
from tests.integration.conftest import Database
from tests.support.first_seal import first_seal


@pytest.fixture
async def kept(database: Database, tmp_path: Path) -> AsyncIterator[Keyed]:
    async with open_keyed(database, tmp_path) as keyed:
        yield keyed


@pytest.fixture
async def keys(kept: Keyed) -> AsyncIterator[KeyParts]:
    async with open_keys(kept.settings) as parts:
        yield replace(parts, rest=timedelta(0))


async def wrapped_by(keys: KeyParts) -> dict[str, int]:
    async with keys.store.reading() as tx:
        return dict(await tx.key_work.wrapped_by())


async def test_row_22_under_traffic_every_word_old_and_new_opens(kept: Keyed, keys: KeyParts) -> None:
    for user in range(6):
        await kept.say(f"はじめのことば{user}", user)
    stop, rounds, said = asyncio.Event(), 0, {f"はじめのことば{user}" for user in range(6)}

    async def write() -> None:
        nonlocal rounds
        while not stop.is_set():
            rounds += 1
            # Talks that were there, and new ones, whose keys are made now.
            for user, words in ((rounds % 6, f"つづきのことば{rounds}"), (100 + rounds, f"あたらしいことば{rounds}")):
                await kept.say(words, user)
                said.add(words)

    async def read(store: SqlStore) -> None:
        while not stop.is_set():
            assert None not in await kept.read(store)
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(kept.store()) for _ in range(2)]
        tasks = [asyncio.create_task(write()), *(asyncio.create_task(read(store)) for store in others)]
        for number in (2, 3, 4):
            before = rounds
            name, _ = await keys.rotate()
            assert name == f"k{number}"
            async with asyncio.timeout(20):
                while rounds < before + 2:
                    await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*tasks)
        await keys.rewrap()
        assert set(await wrapped_by(keys)) == {"k4"}
        for name in ("k1", "k2", "k3"):
            await keys.drop(name)
        assert list(Keyring.from_file(kept.key_file).keys) == ["k4"]
        # Those who ran all the time, and one that begins now, with the one key that is left.
        fresh = await stack.enter_async_context(kept.store())
        for store in (kept.service.store, *others, fresh):
            lines = await kept.read(store)
            assert None not in lines and said <= set(lines)
        await kept.say("いれかえたあと", 1)
    audits = await kept.service.rows("SELECT verb FROM audit_events WHERE actor = 'administrator'")
    assert {row.verb for row in audits} >= {"add_key", "activate_key", "rewrap_keys", "drop_key"}


async def many_keys(kept: Keyed, count: int) -> dict[UUID, CellSealer]:
    """So many people with a key each; the unwrapped keys by id."""
    sealer, now = Sealer.from_key_file(kept.key_file), datetime.now(UTC)
    made = {}
    async with await psycopg.AsyncConnection.connect(kept.database.owner_url) as there, there.cursor() as cursor:
        people, stored = [], []
        for _ in range(count):
            (wrapped, key), person = sealer.new_key(Kept.CONTACT), uuid4()
            made[wrapped.id] = key
            people.append((person, person.bytes * 2, b"\x02", now))
            stored.append((wrapped.id, wrapped.kind, person, wrapped.kek, wrapped.wrapped, now))
        await cursor.executemany(
            "INSERT INTO contacts (id, channel, lookup, address, created_at) VALUES (%s, 'line', %s, %s, %s)", people
        )
        await cursor.executemany(
            "INSERT INTO data_keys (id, kind, contact_id, kek, wrapped, real_created_at) VALUES (%s, %s, %s, %s, %s, %s)",
            stored,
        )
    return made


async def test_row_22_killed_half_way_it_goes_on(kept: Keyed, keys: KeyParts) -> None:
    made = await many_keys(kept, 1000)
    async with await psycopg.AsyncConnection.connect(kept.database.owner_url) as holder:
        # Somebody works on a few keys and doesn't end: the command can't be through before it is killed.
        await holder.execute("SELECT id FROM data_keys ORDER BY id LIMIT 7 FOR UPDATE")
        argv, environment = kept.command("keys", "rotate")
        process = await asyncio.create_subprocess_exec(
            *argv, env=environment, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(60):
            while not (await wrapped_by(keys)).get("k2"):
                await asyncio.sleep(0.01)
        process.kill()
        await process.wait()
    half = await wrapped_by(keys)
    assert half["k1"] >= 7 and sum(half.values()) == 1000
    with pytest.raises(KeyInUse, match="rewrap"):
        await keys.drop("k1")
    await keys.rewrap()
    assert await wrapped_by(keys) == {"k2": 1000}
    await keys.drop("k1")
    # Each is the key that it was.
    sealer = Sealer.from_key_file(kept.key_file)
    for row in await kept.service.rows("SELECT id, kind, kek, wrapped FROM data_keys"):
        cell = made[row.id].seal("a", "b", "c", "ことば")
        assert sealer.unwrap(WrappedKey(row.id, row.kind, row.kek, row.wrapped)).open("a", "b", "c", cell) == "ことば"


async def test_row_22_a_key_in_use_isn_t_dropped(kept: Keyed, keys: KeyParts) -> None:
    await kept.say("もしもし")
    ring = Keyring.from_file(kept.key_file)
    with pytest.raises(KeyInUse, match="いま使っている"):
        await keys.drop("k1")
    add_key(kept.key_file)
    activate_key(kept.key_file, "k2")
    with pytest.raises(KeyInUse, match="包んでいます"):
        await keys.drop("k1")
    await keys.rewrap()
    (line,) = await kept.service.rows("SELECT id FROM messages WHERE author = 'student'")
    await kept.service.change(
        "UPDATE messages SET body = :body WHERE id = :id",
        id=line.id,
        body=first_seal(ring, "messages", "body", str(line.id), "もしもし"),
    )
    with pytest.raises(KeyInUse, match="封印しています"):
        await keys.drop("k1")
    assert await keys.reseal() == ResealedCells(1, 0)
    activate_key(kept.key_file, "k1")
    await kept.parts.make()()
    activate_key(kept.key_file, "k2")
    with pytest.raises(KeyInUse, match="バックアップ 2個"):
        await keys.drop("k1")
    kept.backups[0].unlink()
    kept.settings.backup_keys_file.unlink()
    await keys.drop("k1")
    assert await kept.read() == ["もしもし", "はい：もしもし"]


async def test_row_22_a_damaged_data_key_stops_neither_the_start_nor_the_rotation(kept: Keyed, keys: KeyParts) -> None:
    for user in range(3):
        await kept.say(f"ことば{user}", user)
    lost, *_rest = await kept.sessions()
    # The newest of all, and one more: a start looks at the newest first.
    await kept.service.change(
        "UPDATE data_keys SET wrapped = decode('00', 'hex') WHERE session_id = :id AND kind = 'transcript'"
        " OR id = (SELECT id FROM data_keys WHERE kind <> 'transcript' ORDER BY real_created_at DESC LIMIT 1)",
        id=lost,
    )
    before = await kept.read()
    async with kept.store() as fresh:
        await fresh.check()
        assert (await kept.read(fresh)).count(None) == 2, "the damaged key's own words alone"
    async with asyncio.timeout(30):
        name, wrapped = await keys.rotate()
    assert wrapped.broken == 2 and wrapped.done > 5
    assert (await wrapped_by(keys))["k1"] == 2
    await keys.drop("k1")
    async with kept.store() as fresh:
        await fresh.check()
        lines = await kept.read(fresh)
        assert lines.count(None) == 2 and [line for line in lines if line] == [line for line in before[2:] if line]
    assert await keys.rewrap() == RewrappedKeys(0, 2) and name == "k2"


async def test_row_22_a_key_isn_t_dropped_while_somebody_may_still_wrap_by_it(
    kept: Keyed, keys: KeyParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.say("もしもし")
    monkeypatch.setattr(drop_key, "_TRIES", 1)
    session, (late, _key) = (await kept.sessions())[0], Sealer.from_key_file(kept.key_file).new_key(Kept.REPORT)
    async with await psycopg.AsyncConnection.connect(kept.database.owner_url) as other:
        # It has its key before the rotation, and commits it after everything was wrapped anew.
        await other.execute(
            "INSERT INTO data_keys (id, kind, session_id, kek, wrapped, real_created_at) VALUES (%s, %s, %s, %s, %s, now())",
            (late.id, late.kind, session, late.kek, late.wrapped),
        )
        await keys.rotate()
        with pytest.raises(KeyInUse, match="書き込み"):
            await keys.drop("k1")
    with pytest.raises(KeyInUse, match="包んでいます"):
        await keys.drop("k1")
    await keys.rewrap()
    with pytest.raises(KeyInUse, match="数分"):
        await replace(keys, rest=REST).drop("k1")
    await keys.drop("k1")
    assert await kept.read() == ["もしもし", "はい：もしもし"]


async def test_row_22_what_a_dropped_key_wrapped_is_a_broken_cell_and_a_missing_key_stops_the_start(
    kept: Keyed, keys: KeyParts
) -> None:
    for user in range(2):
        await kept.say(f"ことば{user}", user)
    (lost, _other) = await kept.sessions()
    await keys.rotate()
    await kept.service.change("UPDATE data_keys SET kek = 'k1' WHERE session_id = :id AND kind = 'transcript'", id=lost)
    await keys.drop("k1")
    async with kept.store() as fresh:
        await fresh.check()
        assert await kept.read(fresh) == [None, None, "ことば1", "はい：ことば1"]
        await kept.service.change("UPDATE data_keys SET kek = 'k9' WHERE kek = 'k1'")
        with pytest.raises(ConfigurationError):
            await fresh.check()


async def test_row_22_right_after_the_upgrade_another_key_file_is_refused_too(kept: Keyed, keys: KeyParts) -> None:
    await kept.say("もしもし")
    await to_first_version(kept)
    await kept.service.change("DELETE FROM data_keys")
    jobs = kept.service.jobs
    for ring, fits in ((Keyring.from_file(kept.key_file), True), (Keyring("k1", {"k1": b"1" * 32}, b"1" * 32), False)):
        store = SqlStore(kept.database.url, Sealer(ring), jobs, pool_size=1)
        if fits:
            await store.check()
        else:
            with pytest.raises(ConfigurationError):
                await store.check()
        await store.close()


async def to_first_version(kept: Keyed) -> dict[tuple[str, str], int]:
    """Every sealed cell as the first version would have it."""
    ring, found = Keyring.from_file(kept.key_file), {}
    async with kept.store(kept.database.owner_url) as store:
        for table in SEALED_TABLES:
            for column in table.columns:
                async with store.transaction() as tx, store.engine.begin() as raw:
                    keyed = KeyedConnection(raw, tx.held_keys)
                    sealer = RowSealer(raw, tx.held_keys)
                    rows = (
                        await keyed.execute(
                            sql(
                                f'SELECT t.ctid::text AS at, {table.row_id} AS row_id, t."{column}" AS cell'
                                f' FROM {table.name} t WHERE t."{column}" IS NOT NULL'
                            )
                        )
                    ).all()
                    for row in rows:
                        words = sealer.open(table.name, column, row.row_id, row.cell)
                        await raw.execute(
                            sql(f'UPDATE {table.name} SET "{column}" = :cell WHERE ctid = CAST(:at AS tid)'),
                            {"at": row.at, "cell": first_seal(ring, table.name, column, row.row_id, words)},
                        )
                    if rows:
                        found[table.name, column] = len(rows)
    return found


async def test_row_22_what_the_first_version_sealed_gets_under_the_data_keys_of_its_owners(
    kept: Keyed, keys: KeyParts
) -> None:
    for user in (1, 2):
        await kept.say(f"まえのことば{user}", user)
    # One talk is over: its events are its own, and no later talk's.
    (closed, _open) = await kept.sessions()
    await kept.service.change("UPDATE sessions SET state = 'closed', closed_at = now() WHERE id = :id", id=closed)
    before = await kept.read()
    cells = await to_first_version(kept)
    assert cells[("messages", "body")] == 4 and ("line_events", "payload") in cells
    await kept.service.change("DELETE FROM data_keys")
    assert await kept.read() == before, "the first version still opens"
    assert await keys.reseal() == ResealedCells(sum(cells.values()), 0)
    async with keys.store.reading() as tx:
        assert await tx.key_work.sealed_by() == {}
    async with kept.store() as fresh:
        assert await kept.read(fresh) == before
    for table, column in cells:
        owned = await kept.service.rows(f'SELECT "{column}" AS cell FROM {table} WHERE "{column}" IS NOT NULL')
        kinds = {row.id: row.kind for row in await kept.service.rows("SELECT id, kind FROM data_keys")}
        rule = next(one for one in SEALED_TABLES if one.name == table)
        assert {kinds[key] for row in owned if (key := key_id_of(row.cell))} == {rule.kind}, table
    events = await kept.service.rows(
        "SELECT k.session_id FROM data_keys k WHERE kind = 'event' AND session_id = :id", id=closed
    )
    assert len(events) == 1
    assert await keys.reseal() == ResealedCells(0, 0), "again changes nothing"
    # Nobody has to remember it: a backup takes no cell that the key file alone opens.
    await to_first_version(kept)
    code, _, errors = await kept.run("backup")
    assert code == 0 and f"{sum(cells.values())}か所" in errors, errors
    async with keys.store.reading() as tx:
        assert await tx.key_work.sealed_by() == {}
    async with kept.store() as fresh:
        assert await kept.read(fresh) == before


async def test_row_22_a_cell_that_is_written_meanwhile_keeps_the_newer_words(
    kept: Keyed, keys: KeyParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.say("もしもし")
    await to_first_version(kept)
    (line,) = await kept.service.rows("SELECT id FROM messages WHERE author = 'student'")
    owner_key, once = SqlKeyWork._key, iter([1])

    async def while_somebody_writes(
        work: SqlKeyWork, rule: SealedTable, session: UUID | None, contact: UUID | None
    ) -> CellSealer:
        key = await owner_key(work, rule, session, contact)
        if next(once, None) is None:
            return key
        await kept.service.change(
            "UPDATE messages SET body = :cell WHERE id = :id",
            id=line.id,
            cell=first_seal(Keyring.from_file(kept.key_file), "messages", "body", str(line.id), "なおしたことば"),
        )
        return key

    async with keys.store.reading() as tx:
        place = next(one for one in tx.key_work.places() if (one.table, one.column) == ("messages", "body"))
    monkeypatch.setattr(SqlKeyWork, "_key", while_somebody_writes)
    async with keys.store.transaction() as tx:
        batch = await tx.key_work.reseal(place)
    assert (batch.resealed, batch.changed, batch.broken) == (1, 1, 0)
    assert await kept.read() == ["なおしたことば", "はい：もしもし"]
    await keys.reseal()
    assert await kept.read() == ["なおしたことば", "はい：もしもし"]


async def test_row_22_without_a_readable_key_file_nothing_changes(kept: Keyed, keys: KeyParts) -> None:
    await kept.say("もしもし")
    before = await wrapped_by(keys)
    kept.key_file.write_bytes(b"{")
    code, said, errors = await kept.run("keys", "rotate")
    assert code == 1 and said == "" and len(errors.splitlines()) == 1 and "expected form" in errors
    assert kept.key_file.read_bytes() == b"{" and await wrapped_by(keys) == before
