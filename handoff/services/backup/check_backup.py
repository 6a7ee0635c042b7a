"""Put a backup back, for a trial or in earnest, and compare what is there then with what was there when it was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from handoff.domain.backup import CLEARED, BackupFailed, BackupFault, Manifest, RunKind, differences, fault_of
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
    data keys that were put back (in earnest alone); troubles: what isn't as it was.
    """

    told: BackupTold
    tables: int
    rows: int
    opened: int
    disposed: int
    keys: int = 0
    troubles: Sequence[BackupFailed] = ()


@dataclass(frozen=True, slots=True)
class _Compare:
    """What trial and earnest share."""

    vault: Vault
    bunch: Callable[[Sequence[StoredKey]], KeyBunch]

    def read_keys(self, backup: OpenBackup) -> tuple[Sequence[StoredKey], bool]:
        """The keys, and whether they are of the very moment of the data.

        Raises: BackupFailed: there are none, they don't open, or they are older than the data.
        """
        told, keys = self.vault.read_keys()
        if told.made < backup.told.made:
            raise BackupFailed(BackupFault.KEYS_MISSING)
        return keys, told.backup_id == backup.told.backup_id

    async def __call__(
        self, told: BackupTold, manifest: Manifest, target: Target, keys: Sequence[StoredKey], *, exact: bool
    ) -> CheckedBackup:
        """What is in the target now, with all that isn't as it was."""
        troubles: list[BackupFailed] = []
        opened = disposed = 0
        try:
            unlike = differences(manifest, (await target.manifest()).without(CLEARED - manifest.tables.keys()))
            if unlike:
                more = f"ほか{len(unlike) - NAMED}か所" if len(unlike) > NAMED else ""
                troubles.append(BackupFailed(BackupFault.ROWS_DIFFER, "、".join(filter(None, [*unlike[:NAMED], more]))))
            opened, disposed, shut = await self._open(target, self.bunch(keys), exact=exact)
            troubles += shut
        except BackupFailed as error:
            troubles.append(error)
        return CheckedBackup(told, len(manifest.tables), manifest.rows, opened, disposed, 0, troubles)

    async def _open(self, target: Target, bunch: KeyBunch, *, exact: bool) -> tuple[int, int, Sequence[BackupFailed]]:
        opened = disposed = 0
        shut: dict[str, BackupFailed] = {}
        for cell in await target.sample(SAMPLE):
            place = f"{cell.table}.{cell.column}"
            try:
                if bunch.opens(cell):
                    opened += 1
                else:
                    shut[place] = BackupFailed(BackupFault.CELLS_SHUT, place)
            except KeyUnknown:
                # Of a moment's keys and data all must be there; keys of later on lack what was disposed of since.
                if exact:
                    shut[place] = BackupFailed(BackupFault.CELLS_SHUT, place)
                else:
                    disposed += 1
            except BackupFailed as error:
                shut[place] = error
        if disposed and not opened and not shut:
            shut[""] = BackupFailed(BackupFault.CELLS_SHUT)
        return opened, disposed, list(shut.values())


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
            keys, exact = self._compare.read_keys(backup)
            async with self._scratch() as target:
                await target.restore(backup.dump())
                checked = await self._compare(backup.told, manifest, target, keys, exact=exact)
                for trouble in checked.troubles:
                    raise trouble
                return checked, backup.size

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
        """Raises: BackupFailed: nothing was restored: a broken file, keys that are missing or older than the data, a
        database that isn't empty; or putting it back was cut off. What is otherwise than it was is told by ``troubles``:
        one cell that doesn't open must keep nobody from all the others.
        """
        async with self._vault.open(path) as backup:
            manifest = await backup.check_whole()
            keys, exact = self._compare.read_keys(backup)
            await self._target.check_empty()
            await self._target.restore(backup.dump())
            put = await self._target.put_keys(keys)
            checked = await self._compare(backup.told, manifest.without(CLEARED), self._target, keys, exact=exact)
        for trouble in checked.troubles:
            log.error("restored_otherwise", fault=trouble.fault, more=trouble.more)
        log.info("restored", backup=str(checked.told.backup_id), rows=checked.rows, keys=put)
        return replace(checked, rows=manifest.rows, tables=len(manifest.tables), keys=put)
