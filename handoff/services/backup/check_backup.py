"""Put a backup back, for a trial or in earnest, and compare what is there then with what was there when it was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from handoff.domain.backup import BackupFailed, BackupFault, Manifest, RunKind, differences, fault_of
from handoff.services.backup_ports import (
    BackupRuns,
    BackupTold,
    KeyBunch,
    KeyUnknown,
    OpenBackup,
    Scratch,
    StoredKey,
    Target,
    Vault,
)

log = structlog.get_logger(__name__)

#: Cells of each sealed column that are opened.
SAMPLE = 20
#: Differences that are named.
NAMED = 3


@dataclass(frozen=True, slots=True)
class CheckedBackup:
    """What a restore came to.

    Attributes: opened: cells whose seal was opened; disposed: cells whose data key was destroyed since; keys: wrapped
    data keys that were put back (in earnest alone).
    """

    told: BackupTold
    tables: int
    rows: int
    opened: int
    disposed: int
    keys: int = 0


@dataclass(frozen=True, slots=True)
class _Compare:
    """What trial and earnest share."""

    vault: Vault
    bunch: Callable[[Sequence[StoredKey]], KeyBunch]

    async def __call__(self, backup: OpenBackup, manifest: Manifest, target: Target) -> CheckedBackup:
        await target.restore(backup.dump())
        unlike = differences(manifest, await target.manifest())
        if unlike:
            more = f"ほか{len(unlike) - NAMED}か所" if len(unlike) > NAMED else ""
            raise BackupFailed(BackupFault.ROWS_DIFFER, "、".join(filter(None, [*unlike[:NAMED], more])))
        told, keys = self.vault.read_keys()
        if told.made < backup.told.made:
            raise BackupFailed(BackupFault.KEYS_MISSING)
        opened, disposed = await self._open(target, self.bunch(keys), exact=told.backup_id == backup.told.backup_id)
        return CheckedBackup(backup.told, len(manifest.tables), manifest.rows, opened, disposed)

    async def _open(self, target: Target, bunch: KeyBunch, *, exact: bool) -> tuple[int, int]:
        opened = disposed = 0
        for cell in await target.sample(SAMPLE):
            try:
                if not bunch.opens(cell):
                    raise BackupFailed(BackupFault.CELLS_SHUT, f"{cell.table}.{cell.column}")
                opened += 1
            except KeyUnknown:
                # Of a moment's keys and data all must be there; keys of later on lack what was disposed of since.
                if exact:
                    raise BackupFailed(BackupFault.CELLS_SHUT, f"{cell.table}.{cell.column}") from None
                disposed += 1
        if disposed and not opened:
            raise BackupFailed(BackupFault.CELLS_SHUT)
        return opened, disposed


class CheckBackup:
    """The trial."""

    def __init__(
        self, runs: BackupRuns, vault: Vault, scratch: Scratch, bunch: Callable[[Sequence[StoredKey]], KeyBunch]
    ) -> None:
        self._runs, self._vault, self._scratch = runs, vault, scratch
        self._compare = _Compare(vault, bunch)

    async def __call__(self, path: Path) -> CheckedBackup:
        """Raises: BackupFailed: it can't be put back as it was; the run is written down as failed."""
        run_id = uuid4()
        async with self._runs.alone(RunKind.CHECK):
            await self._runs.begin(run_id, RunKind.CHECK)
            try:
                checked, size = await self._check(path)
                await self._runs.done(run_id, checked.told.backup_id, size, checked.rows)
            except BaseException as error:
                await self._write_down(run_id, error)
                raise
        log.info("restore_check_done", backup=str(checked.told.backup_id), rows=checked.rows)
        return checked

    async def _check(self, path: Path) -> tuple[CheckedBackup, int]:
        async with self._vault.open(path) as backup:
            manifest = await backup.check_whole()
            async with self._scratch() as target:
                return await self._compare(backup, manifest, target), backup.size

    async def _write_down(self, run_id: UUID, error: BaseException) -> None:
        fault = fault_of(error)
        log.error("restore_check_failed", fault=fault, error=type(error).__name__)
        try:
            await self._runs.failed(run_id, fault)
        except BackupFailed:
            log.error("backup_failure_not_kept", backup=str(run_id))


class RestoreBackup:
    """In earnest: into an empty database, with the data keys that are left."""

    def __init__(self, vault: Vault, target: Target, bunch: Callable[[Sequence[StoredKey]], KeyBunch]) -> None:
        self._vault, self._target = vault, target
        self._compare = _Compare(vault, bunch)

    async def __call__(self, path: Path) -> CheckedBackup:
        """Raises: BackupFailed: nothing was restored (broken file, a database that isn't empty), or what was isn't the same."""
        async with self._vault.open(path) as backup:
            manifest = await backup.check_whole()
            _, keys = self._vault.read_keys()
            await self._target.check_empty()
            checked = await self._compare(backup, manifest, self._target)
            put = await self._target.put_keys(keys)
        log.info("restored", backup=str(checked.told.backup_id), rows=checked.rows, keys=put)
        return CheckedBackup(checked.told, checked.tables, checked.rows, checked.opened, checked.disposed, put)
