"""A backup that fails says so, leaves no half file, and the former one stays (row 26)."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from handoff.bootstrap.backups import BackupParts, backup_note
from handoff.bootstrap.core import Core
from handoff.domain.backup import BackupFailed, BackupFault, RunKind, RunState
from handoff.domain.fault import HintCode
from handoff.settings import ROOT
from tests.integration.backup_support import Keyed
from tests.integration.backups.hands import CANARY, runs


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
