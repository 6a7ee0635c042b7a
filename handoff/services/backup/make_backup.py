"""Make a backup: the wrapped data keys over the former ones, then the data into a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import structlog

from handoff.domain.backup import BackupFailed, BackupFault, RunKind, fault_of
from handoff.domain.clock import Clock
from handoff.domain.kept import Kept
from handoff.services.backup_ports import BackupRuns, Source, StoredKey, Vault

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """What was made. expired: older files that were deleted before it."""

    backup_id: UUID
    made: datetime
    size: int
    rows: int
    keys: int
    expired: int


class MakeBackup:
    """The verb."""

    def __init__(
        self,
        runs: BackupRuns,
        source: Source,
        vault: Vault,
        clock: Clock,
        keys_days: int | None,
        *,
        anew: bool = False,
    ) -> None:
        """Args: keys_days: as long may wrapped data keys be kept; anew: also over the keys of another database."""
        self._runs, self._source, self._vault = runs, source, vault
        self._clock, self._keys_days, self._anew = clock, keys_days, anew

    async def __call__(self) -> MadeBackup:
        """Make one. Raises: BackupFailed: whatever the reason; former files are untouched, and the run is written down
        as failed where the database can still be reached.
        """
        run_id = uuid4()
        # Also where nothing else succeeds: what was disposed of must not live on because the disk is full.
        expired = self._vault.expire(self._clock.real(), self._keys_days)
        async with self._runs.alone(RunKind.BACKUP):
            await self._runs.begin(run_id, RunKind.BACKUP)
            try:
                made = await self._make(run_id, expired)
                await self._runs.done(run_id, run_id, made.size, made.rows)
            except BaseException as error:
                await self._write_down(run_id, error)
                raise
        log.info("backup_done", backup=str(run_id), size=made.size, rows=made.rows)
        return made

    async def _make(self, run_id: UUID, expired: int) -> MadeBackup:
        async with self._source.snapshot() as snapshot:
            made = self._clock.real()
            keys = await snapshot.keys()
            if not self._anew:
                self._check_own(keys)
            # The keys first: newer keys open an older file, and a file without its keys would open nowhere.
            self._vault.keep_keys(run_id, made, keys)
            manifest = await snapshot.manifest()
            size = await self._vault.keep_data(run_id, made, manifest, snapshot.dump())
        return MadeBackup(run_id, made, size, manifest.rows, len(keys), expired)

    def _check_own(self, keys: Sequence[StoredKey]) -> None:
        """The former keys open all older data files: those of another database, or none, must not take their place."""
        try:
            _, former = self._vault.read_keys()
        except BackupFailed as error:
            if error.fault is BackupFault.KEYS_MISSING:
                return
            raise BackupFailed(BackupFault.OTHER_DATABASE, error.more) from None
        had, has = {one["id"] for one in former}, {one["id"] for one in keys}
        # The house's key is made once and never destroyed.
        house = {one["id"] for one in former if one["kind"] == Kept.HOUSE}
        if not house <= has or (had and not had & has):
            raise BackupFailed(BackupFault.OTHER_DATABASE)

    async def _write_down(self, run_id: UUID, error: BaseException) -> None:
        fault = fault_of(error)
        log.error("backup_failed", backup=str(run_id), fault=fault, error=type(error).__name__)
        try:
            await self._runs.failed(run_id, fault)
        except BackupFailed:
            # It stays as running, and the next run finds it so.
            log.error("backup_failure_not_kept", backup=str(run_id))
