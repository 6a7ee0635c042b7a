"""The parts of changing keys. They work with the role that owns the tables: some of them the service may not write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from handoff.adapters.backups.vault import FileVault
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.adapters.key_files import KeyFileAt
from handoff.bootstrap.backups import BackupParts
from handoff.domain.clock import Clock
from handoff.domain.errors import ConfigurationError
from handoff.services.keys.drop_key import REST, DropKey
from handoff.services.keys.reseal_cells import ResealCells
from handoff.services.keys.rotate_keys import ActivateKey, AddKey, RewrapKeys, RotateKeys
from handoff.settings import Settings
from kernel.sealing import Sealer


@dataclass(frozen=True, slots=True)
class KeyParts:
    """The verbs, and what is shown."""

    store: SqlStore
    files: KeyFileAt
    backups: FileVault
    clock: Clock
    rest: timedelta = REST

    @property
    def add(self) -> AddKey:
        return AddKey(self.store, self.files, self.clock)

    @property
    def activate(self) -> ActivateKey:
        return ActivateKey(self.store, self.files, self.clock)

    @property
    def rotate(self) -> RotateKeys:
        return RotateKeys(self.store, self.files, self.clock)

    @property
    def rewrap(self) -> RewrapKeys:
        return RewrapKeys(self.store, self.files, self.clock)

    @property
    def reseal(self) -> ResealCells:
        return ResealCells(self.store, self.clock)

    @property
    def drop(self) -> DropKey:
        return DropKey(self.store, self.files, self.backups, self.clock, self.rest)


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncIterator[KeyParts]:
    """Open them. Raises: ConfigurationError, KeyFileError, StoreUnavailable."""
    url = settings.database_owner_url
    if url is None:
        raise ConfigurationError("TSUNAGI_DATABASE_URL が設定されていません。")
    sealer = Sealer.from_key_file(settings.sealing_key_file)
    jobs = JobQueue(url, pool_size=1)
    store = SqlStore(url, sealer, jobs, pool_size=2)
    try:
        await store.check()
        async with jobs.app.open_async():
            files = KeyFileAt(settings.sealing_key_file)
            yield KeyParts(store, files, BackupParts(settings).vault, Clock(settings.clock_offset))
    finally:
        await store.close()
