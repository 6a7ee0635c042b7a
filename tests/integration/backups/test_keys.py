"""The one backup of the keys: what it is good for, how long it stays, and whose it is (rows 23 and 26)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.domain.backup import BackupFailed, BackupFault
from handoff.domain.kept import Kept
from handoff.services.backup.expire_backups import ExpireBackups
from kernel.sealing.key_file import activate_key, add_key, drop_key
from tests.integration.backup_support import Keyed, open_keyed
from tests.integration.backups.hands import CANARY, clear, cut, emptied, empty_database_as_owner, runs
from tests.integration.conftest import Database, _copied
from tests.support.fakes import FrozenClock


async def test_row_26_what_was_disposed_of_is_gone_from_older_backups_too(
    kept: Keyed, postgres: EmbeddedPostgres
) -> None:
    await kept.parts.make()()
    (old,) = kept.backups
    (gone, *stay) = await kept.sessions()
    async with kept.service.store.transaction() as tx:
        assert await tx.keys.destroy_session(gone, set(Kept)) >= 2
    await kept.parts.make()()
    with _copied(postgres, "template0") as scratch:
        checked = await kept.parts.check(into=scratch.owner_url)(old)
        assert checked.disposed >= 2 and checked.opened > 0, "said, and no failure"
        await kept.parts.target(scratch.owner_url).put_keys(kept.parts.vault.read_keys()[1])
        async with open_keyed(empty_database_as_owner(scratch), kept.folder) as there:
            lines = await there.read()
    assert lines[:2] == [None, None] and f"{CANARY}その2" in lines and len(lines) == 2 + 2 * len(stay)


async def test_row_26_keys_that_are_missing_old_or_others_are_noticed(kept: Keyed, empty_database: Database) -> None:
    await kept.parts.make()()
    first, keys = kept.backups[0], kept.settings.backup_keys_file
    before = keys.read_bytes()
    await kept.parts.make()()
    newest, after = kept.backups[0], keys.read_bytes()
    assert newest != first and after != before
    check = kept.parts.check(into=empty_database.owner_url)
    told, stored = kept.parts.vault.read_keys()

    async def fault_of(path: Path) -> BackupFault:
        clear(empty_database)
        with pytest.raises(BackupFailed) as failed:
            await check(path)
        return failed.value.fault

    keys.write_bytes(before)
    assert await fault_of(newest) is BackupFault.KEYS_MISSING, "older than the data"
    keys.unlink()
    assert await fault_of(newest) is BackupFault.KEYS_MISSING
    # One key of the very moment is missing: that is no disposal, it is a loss.
    for row in await kept.service.rows("SELECT id FROM data_keys WHERE kind = 'transcript' LIMIT 1"):
        kept.parts.vault.keep_keys(told.backup_id, told.made, [one for one in stored if one["id"] != str(row.id)])
    assert await fault_of(newest) is BackupFault.CELLS_SHUT
    swapped = [one | {"wrapped": stored[-index]["wrapped"]} for index, one in enumerate(stored)]
    kept.parts.vault.keep_keys(told.backup_id, told.made, swapped)
    assert await fault_of(newest) is BackupFault.CELLS_SHUT


# --- what goes wrong while a backup is made ------------------------------------------------------------------------


async def test_row_26_one_cell_that_doesn_t_open_keeps_nobody_from_all_the_others(
    kept: Keyed, empty_database: Database
) -> None:
    await kept.parts.make()()
    old_keys = kept.settings.backup_keys_file.read_bytes()
    await kept.service.change("UPDATE messages SET body = body || decode('00', 'hex') WHERE sequence = 1")
    await kept.parts.make()()
    path = kept.backups[0]
    with pytest.raises(BackupFailed) as failed:
        await kept.parts.check(into=empty_database.owner_url)(path)
    assert failed.value.fault is BackupFault.CELLS_SHUT, "the trial says so"
    clear(empty_database)
    # Keys older than the data are refused before anything is changed.
    new_keys = kept.settings.backup_keys_file.read_bytes()
    kept.settings.backup_keys_file.write_bytes(old_keys)
    restore_there = kept.parts.restore(empty_database.owner_url)
    with pytest.raises(BackupFailed) as failed:
        await restore_there(path)
    assert failed.value.fault is BackupFault.KEYS_MISSING
    kept.settings.backup_keys_file.write_bytes(new_keys)
    restored = await restore_there(path)
    assert [one.fault for one in restored.troubles] == [BackupFault.CELLS_SHUT]
    assert restored.keys == (await kept.service.rows("SELECT count(*) AS keys FROM data_keys"))[0].keys
    async with open_keyed(empty_database_as_owner(empty_database), kept.folder) as there:
        lines = await there.read()
    assert lines == await kept.read() and lines.count(None) == 1 and len(lines) == 6


async def test_row_26_the_keys_of_another_database_never_take_the_place_of_ours(kept: Keyed) -> None:
    """As where the disk of the data isn't there, and a start made an empty database."""
    await kept.service.change(
        "INSERT INTO data_keys (id, kind, kek, wrapped, real_created_at)"
        " VALUES (gen_random_uuid(), 'house', 'k1', decode('00', 'hex'), now()) ON CONFLICT DO NOTHING"
    )
    for _ in range(2):
        await kept.parts.make()()
    file, there = kept.settings.backup_keys_file, kept.backups
    ours = file.read_bytes()

    async def refused() -> None:
        before = file.read_bytes()
        with pytest.raises(BackupFailed, match="--anew") as failed:
            await kept.parts.make()()
        assert failed.value.fault is BackupFault.OTHER_DATABASE and file.read_bytes() == before
        assert (await runs(kept))[-1] == ("backup", "failed", "other_database") and kept.backups == there

    await kept.service.change("UPDATE data_keys SET id = gen_random_uuid() WHERE kind = 'house'")
    await refused()
    await kept.service.change("DELETE FROM data_keys")
    await refused()
    cut(file)
    await refused()
    file.write_bytes(ours)
    code, _, errors = await kept.run("backup", "--anew")
    assert code == 0 and file.read_bytes() != ours, errors
    assert len(kept.backups) == len(there) + 1
    await kept.parts.make()()


async def test_row_26_a_waiting_key_that_a_later_talk_took_over_waits_again(
    kept: Keyed, empty_database: Database
) -> None:
    await kept.parts.make()()
    _, stored = kept.parts.vault.read_keys()
    first = next(one for one in stored if one["kind"] == "event")
    later = {**first, "id": str(uuid4()), "session_id": str(uuid4()), "real_created_at": "2099-01-01T00:00:00Z"}
    newer = [later, {**first, "session_id": str(uuid4())}, *(one for one in stored if one is not first)]
    target = kept.parts.target(empty_database.owner_url)
    async with kept.parts.vault.open(kept.backups[0]) as backup:
        await target.restore(backup.dump())
    assert await target.put_keys(newer) == len(stored)
    with psycopg.connect(empty_database.owner_url) as there:
        waiting = there.execute(
            "SELECT id::text, contact_id::text FROM data_keys WHERE session_id IS NULL AND kind = 'event'"
        )
        assert waiting.fetchall() == [(first["id"], first["contact_id"])]


async def test_row_26_keys_that_can_t_be_read_or_are_dated_ahead_go_in_their_days_too(kept: Keyed) -> None:
    await kept.parts.make()()
    vault, file, real = kept.parts.vault, kept.settings.backup_keys_file, datetime.now(UTC)
    told, stored = vault.read_keys()
    for harm in (emptied, lambda _path: vault.keep_keys(told.backup_id, real + timedelta(days=900), stored)):
        harm(file)
        vault.expire(real + timedelta(days=6), 7)
        assert file.exists()
        vault.expire(real + timedelta(days=8), 7)
        assert not file.exists()


async def test_old_files_go_in_their_days_and_the_newest_stays(kept: Keyed) -> None:
    for _ in range(2):
        await kept.parts.make()()
    newest, older = kept.backups
    real = datetime.now(UTC)
    setting = kept.service.setting
    assert setting.profile.keeping.backup_key_days == 7
    expire = ExpireBackups(kept.parts.vault, setting)
    assert await expire() == 0 and kept.settings.backup_keys_file.exists()
    setting.clock = FrozenClock(real + timedelta(days=8))
    setting.clock.advance(days=8)
    assert await expire() == 0
    assert not kept.settings.backup_keys_file.exists(), "the keys' own days are fewer"
    assert kept.parts.vault.expire(real + timedelta(days=31), 7) == 1
    assert kept.backups == [newest] and not older.exists()


async def test_a_backup_s_key_is_kept_as_long_as_the_backup(kept: Keyed, empty_database: Database) -> None:
    await kept.parts.make()()
    (path,) = kept.backups
    add_key(kept.key_file)
    activate_key(kept.key_file, "k2")
    checked = await kept.parts.check(into=empty_database.owner_url)(path)
    assert checked.told.key == "k1" and checked.opened > 0
    assert kept.parts.vault.backups_under("k1") == 2
    drop_key(kept.key_file, "k1")  # which the command refuses
    with pytest.raises(BackupFailed) as failed:
        await kept.parts.check(into=empty_database.owner_url)(path)
    assert failed.value.fault is BackupFault.BROKEN
