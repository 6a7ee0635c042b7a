"""Backups: what was put in comes out, what was disposed of doesn't, and a failure says that it is one (row 26)."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import psycopg
import pytest

from handoff.adapters.backups.database import PostgresTarget
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.migrate import upgrade
from handoff.backup_command import check_restore, list_backups, restore
from handoff.bootstrap.backups import BackupParts
from handoff.domain.backup import BackupFailed, BackupFault
from handoff.domain.errors import ConfigurationError
from handoff.settings import ROOT
from kernel.sealing import ensure_key_file
from tests.integration.backup_support import Keyed, open_keyed
from tests.integration.backups.hands import CANARY, clear, cut, emptied, runs
from tests.integration.conftest import Database


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
