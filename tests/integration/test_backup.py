"""Backups: what was put in comes out, what was disposed of doesn't, and a failure says that it is one (row 26)."""

from __future__ import annotations

import asyncio
import base64
import os
import resource
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from handoff.adapters.backups.database import PostgresTarget
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.migrate import upgrade
from handoff.backup_command import check_restore, list_backups, restore
from handoff.bootstrap.backups import BackupParts, backup_note
from handoff.bootstrap.core import Core
from handoff.domain.backup import BackupFailed, BackupFault, RunKind, RunState
from handoff.domain.errors import ConfigurationError
from handoff.domain.fault import HintCode
from handoff.domain.kept import Kept
from handoff.services.backup.expire_backups import ExpireBackups
from handoff.settings import ROOT
from kernel.sealing import ensure_key_file
from kernel.sealing.key_file import activate_key, add_key, drop_key
from tests.integration.backup_support import Keyed, open_keyed
from tests.integration.conftest import Database, _copied
from tests.support.fakes import FrozenClock

CANARY = "ひみつのことば"


@pytest.fixture
async def kept(database: Database, tmp_path: Path) -> AsyncIterator[Keyed]:
    async with open_keyed(database, tmp_path) as keyed:
        for user in (1, 2, 3):
            await keyed.say(f"{CANARY}その{user}", user)
        yield keyed


async def runs(kept: Keyed) -> list[tuple[str, str, str | None]]:
    found = await kept.service.rows("SELECT kind, state, fault FROM backup_runs ORDER BY real_started_at")
    return [(row.kind, row.state, row.fault) for row in found]


async def test_row_26_a_restore_equals_rows_and_files(kept: Keyed, empty_database: Database) -> None:
    made = await kept.parts.make()()
    (path,) = kept.backups
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.settings.backup_keys_file.stat().st_mode) == 0o600
    assert kept.left() == {path.name, kept.settings.backup_keys_file.name}, "no draft"
    # What happens afterwards isn't in it.
    await kept.say("あとのことば", 4)
    checked = await kept.parts.check(into=empty_database.owner_url)(path)
    assert (checked.told.backup_id, checked.rows, checked.disposed) == (made.backup_id, made.rows, 0)
    assert checked.opened >= 12, "cells of contacts, events, lines, answers"
    assert await runs(kept) == [("backup", "done", None), ("check", "done", None)]
    with psycopg.connect(empty_database.owner_url) as there:
        (keys,) = there.execute("SELECT count(*) FROM data_keys").fetchone() or (None,)
        assert keys == 0, "a data file has no key in it"
        (lines,) = there.execute("SELECT count(*) FROM messages").fetchone() or (None,)
        assert lines == 6


async def test_row_26_a_stream_is_put_back_for_a_trial_in_a_server_of_its_own(
    kept: Keyed, empty_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the commands, as the timer runs them."""
    argv, environment = kept.command("backup", "--to", "-")
    process = await asyncio.create_subprocess_exec(
        *argv, env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    stream, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert kept.backups == []
    path = kept.settings.backup_folder / "streamed.backup"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream)
    code, said, told = await kept.run("restore", "--check")
    assert (code, said.count("\n")) == (0, 1) and "同じものが戻ることを確かめました" in said, told
    assert not (kept.settings.var / "restore-check").exists()
    assert await runs(kept) == [("backup", "done", None), ("check", "done", None)]
    list_backups(kept.settings)
    assert capsys.readouterr().out.count("鍵 k1") == 2
    # Another installation's key file opens nothing of it.
    ensure_key_file(kept.folder / "other.key")
    other = kept.settings.model_copy(update={"key_file": kept.folder / "other.key"})
    with pytest.raises(BackupFailed, match="鍵がちがいます"):
        await BackupParts(other).check()(path)
    assert (await runs(kept))[-1] == ("check", "failed", "broken")
    path.write_bytes(stream[: len(stream) * 2 // 3])
    with pytest.raises(BackupFailed):
        await kept.parts.check(into=empty_database.owner_url)(path)


async def test_row_26_after_a_fire_it_comes_back_into_an_installation_s_own_server(
    kept: Keyed, empty_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that is left: the key file, the data file, the file of keys."""
    await kept.parts.make()()
    (path,), keys = kept.backups, kept.settings.backup_keys_file
    nowhere = "postgresql://x@127.0.0.1:9/x"
    update = {"var": tmp_path / "new", "database_url": nowhere, "database_owner_url": nowhere}
    new = kept.settings.model_copy(update=update)
    await check_restore(new, path, keys, empty_database.owner_url)
    told = capsys.readouterr()
    assert "同じものが戻ることを確かめました" in told.out and "記録に残りません" in told.err
    await restore(new, path, keys, "embedded")
    assert "戻しました" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match="移してから"):
        await restore(new, path, keys, "embedded")
    async with EmbeddedPostgres(new.var, durable=False).running() as server:
        upgrade(server.owner_url, "tsunagi")  # as every start does: it gives the service its rights
        async with open_keyed(Database(server.database_url, server.owner_url), kept.folder) as there:
            assert await there.read() == await kept.read()
            await there.say("つづき", 1)
            assert (await there.read()).count("つづき") == 1, "numbers go on where they were"


async def test_row_26_nothing_is_put_back_over_what_is_there(kept: Keyed) -> None:
    await kept.parts.make()()
    before = await kept.read()
    with pytest.raises(BackupFailed) as refused:
        await kept.parts.restore(kept.database.owner_url)(kept.backups[0])
    assert refused.value.fault is BackupFault.NOT_EMPTY and await kept.read() == before


def empty_database_as_owner(database: Database) -> Database:
    """Rights come with the next start's migration; until then the owner works."""
    return Database(database.owner_url, database.owner_url)


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


async def test_row_26_nothing_readable_lies_in_a_backup(kept: Keyed) -> None:
    await kept.parts.make()()
    (path,) = kept.backups
    forms = [CANARY.encode(), CANARY.encode("utf-16-le"), base64.b64encode(CANARY.encode()), b"messages", b"data_keys"]
    for file in (path, kept.settings.backup_keys_file):
        held = file.read_bytes()
        assert not any(form in held or form.hex().encode() in held for form in forms), file
    # And what the key file alone opens has none of the keys that open the words.
    async with kept.parts.vault.open(path) as backup:
        inside = b"".join([piece async for piece in backup.dump()])
    assert b"messages" in inside, "the dump it is"
    for row in await kept.service.rows("SELECT wrapped FROM data_keys"):
        assert row.wrapped not in inside and row.wrapped.hex().encode() not in inside


def one_piece_changed(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def somebody_elses(path: Path) -> None:
    path.write_bytes(b"PGDMP" + os.urandom(500))


async def test_row_26_a_changed_file_is_refused(kept: Keyed, empty_database: Database) -> None:
    await kept.parts.make()()
    (path,) = kept.backups
    whole = path.read_bytes()
    for harm in (one_piece_changed, cut, emptied, somebody_elses):
        path.write_bytes(whole)
        harm(path)
        for verb in (kept.parts.check(into=empty_database.owner_url), kept.parts.restore(empty_database.owner_url)):
            with pytest.raises(BackupFailed) as failed:
                await verb(path)
            assert failed.value.fault is BackupFault.BROKEN, harm
        assert (await runs(kept))[-1] == ("check", "failed", "broken")
    with psycopg.connect(empty_database.owner_url) as there:
        assert there.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone() is None


DAMAGES = (
    "DELETE FROM messages WHERE sequence = (SELECT max(sequence) FROM messages)",
    "UPDATE messages SET body = body || '\\x00' WHERE sequence = 1",
    "INSERT INTO demo_choice (id) VALUES (77)",
    "DROP TABLE demo_choice",
)


def clear(database: Database) -> None:
    with psycopg.connect(database.owner_url) as there:
        there.execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")


async def test_row_26_what_comes_back_otherwise_is_noticed(
    kept: Keyed, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line less, a cell changed, a row more, a table less."""
    await kept.parts.make()()
    put_back = PostgresTarget.restore
    for damage in DAMAGES:
        clear(empty_database)

        async def badly(target: PostgresTarget, dump: AsyncGenerator[bytes], damage: str = damage) -> None:
            await put_back(target, dump)
            with psycopg.connect(empty_database.owner_url) as there:
                there.execute(damage.encode())

        monkeypatch.setattr(PostgresTarget, "restore", badly)
        with pytest.raises(BackupFailed) as failed:
            await kept.parts.check(into=empty_database.owner_url)(kept.backups[0])
        assert failed.value.fault is BackupFault.ROWS_DIFFER, damage
        assert (await runs(kept))[-1] == ("check", "failed", "rows_differ")


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


def program(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "pg_dump").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "pg_dump").chmod(0o755)
    return folder


@pytest.fixture
def small_files() -> Iterator[None]:
    """A disk on which no file grows over 40 kB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_row_26_a_dump_that_fails_is_a_failed_backup(kept: Keyed) -> None:
    """It ends badly at once, after half of its work, is killed, or isn't there."""
    await kept.parts.make()()
    (former,) = kept.backups
    before = former.read_bytes()
    half = "head -c 300000 /dev/urandom"
    for number, text in enumerate(("exit 1", f"{half}; exit 3", f"{half}; kill -9 $$", None)):
        folder = kept.folder / "none" if text is None else program(kept.folder / f"bin{number}", text)
        with pytest.raises(BackupFailed) as failed:
            await BackupParts(kept.settings.model_copy(update={"pg_bin": folder})).make()()
        assert failed.value.fault is BackupFault.DUMP and "pg_dump" in str(failed.value)
        assert (await runs(kept))[-1] == ("backup", "failed", "dump")
        assert kept.backups == [former] and former.read_bytes() == before
        assert len(kept.left()) == 2, "nothing of the failed one stays"


async def test_row_26_a_full_disk_is_a_failed_backup(kept: Keyed, small_files: None) -> None:
    with pytest.raises(BackupFailed) as failed:
        await kept.parts.make()()
    assert failed.value.fault is BackupFault.NO_SPACE and CANARY not in str(failed.value)
    assert await runs(kept) == [("backup", "failed", "no_space")]
    assert kept.backups == []


async def test_row_26_a_backup_that_is_killed_half_way_never_looks_like_one(kept: Keyed) -> None:
    await kept.parts.make()()
    (former,) = kept.backups
    folder = program(
        kept.folder / "bin", "head -c 3000000 /dev/urandom; touch " + str(kept.folder / "half") + "; sleep 60"
    )
    argv, environment = kept.command("backup", TSUNAGI_PG_BIN=str(folder))
    process = await asyncio.create_subprocess_exec(*argv, env=environment, cwd=ROOT)
    async with asyncio.timeout(30):
        while not (kept.folder / "half").exists():
            await asyncio.sleep(0.05)
    process.kill()
    await process.wait()
    assert kept.backups == [former], "a draft isn't a backup"
    assert (await runs(kept))[-1] == ("backup", "running", None)
    async with asyncio.timeout(10):
        while await kept.service.rows(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7305184127 % 4294967296 AND granted"
        ):
            await asyncio.sleep(0.05)
    await kept.parts.make()()
    assert [state for _, state, _ in await runs(kept)] == ["done", "failed", "done"]
    assert (await runs(kept))[1] == ("backup", "failed", "killed")
    assert len(kept.backups) == 2
    # What it left is taken away a day later.
    kept.parts.vault.expire(datetime.now(UTC) + timedelta(days=2), None)
    assert not [name for name in kept.left() if name.startswith(".draft")]


async def test_row_26_a_database_that_is_away_is_a_failed_backup(kept: Keyed) -> None:
    code, said, errors = await kept.run(
        "backup",
        TSUNAGI_DATABASE_URL="postgresql://x@127.0.0.1:9/x",
        TSUNAGI_DATABASE_OWNER_URL="postgresql://x@127.0.0.1:9/x",
    )
    assert (code, said) == (1, "") and "データベースにつながりません" in errors.splitlines()[-1]
    assert "Traceback" not in errors


async def test_two_at_once_are_one(kept: Keyed) -> None:
    results = await asyncio.gather(kept.parts.make()(), kept.parts.make()(), return_exceptions=True)
    failed = [one for one in results if isinstance(one, BackupFailed)]
    assert [one.fault for one in failed] in ([BackupFault.ALREADY], [])
    assert len(kept.backups) == 2 - len(failed)
    assert not any(state == "failed" for _, state, _ in await runs(kept)), "the other one was no failure"


async def test_a_backup_holds_one_moment_while_people_write(kept: Keyed, empty_database: Database) -> None:
    """Rows, keys and dump are of one snapshot: whatever is written meanwhile is in all of them or in none."""
    stop = asyncio.Event()

    async def write() -> None:
        number = 10
        while not stop.is_set():
            number += 1
            await kept.say(f"あいだのことば{number}", number)

    writing = asyncio.create_task(write())
    try:
        for _ in range(3):
            await kept.parts.make()()
    finally:
        stop.set()
        await writing
    checked = await kept.parts.check(into=empty_database.owner_url)(kept.backups[0])
    assert checked.disposed == 0


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


async def test_row_26_how_backups_stand_is_told(kept: Keyed) -> None:
    service, setting = kept.service, kept.service.setting
    core = Core(service.store, service.jobs, setting)
    for_real, demo = backup_note(core, demo=False), backup_note(core, demo=True)
    assert (await for_real(), await demo()) == ("no_backup", None)

    async def run(kind: RunKind, state: RunState, hours_ago: float) -> None:
        at = setting.clock.real() - timedelta(hours=hours_ago)
        ended = None if state is RunState.RUNNING else at
        await service.change(
            "INSERT INTO backup_runs (id, kind, state, real_started_at, real_ended_at)"
            " VALUES (:id, :kind, :state, :at, :ended)",
            id=uuid4(),
            kind=kind,
            state=state,
            at=at,
            ended=ended,
        )

    async def hints() -> set[HintCode]:
        async with service.store.reading() as tx:
            week = timedelta(days=7)
            found = await tx.faults.hints("demo", setting.clock.now() - week, setting.clock.real() - week)
        return {one.code for one in found} & {HintCode.BACKUP_FAILED, HintCode.BACKUP_LATE}

    assert await hints() == {HintCode.BACKUP_LATE}
    await run(RunKind.BACKUP, RunState.DONE, 24 * 9)
    assert await for_real() == "backup_late" == await demo()
    await run(RunKind.BACKUP, RunState.DONE, 40)
    assert await for_real() == "restore_check_late" and await hints() == set()
    await run(RunKind.CHECK, RunState.DONE, 30)
    assert await for_real() is None
    await run(RunKind.BACKUP, RunState.RUNNING, 1)
    assert await for_real() is None
    await service.change("UPDATE backup_runs SET real_started_at = now() - interval '13 hours' WHERE state = 'running'")
    await run(RunKind.CHECK, RunState.FAILED, 2)
    assert await for_real() == "backup_failed" and await hints() == {HintCode.BACKUP_FAILED}
    await run(RunKind.BACKUP, RunState.DONE, 0)
    assert await for_real() == "restore_check_failed"
