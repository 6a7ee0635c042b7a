"""The parts of backups: the database's programs, the folder of the sealed files, and where a trial takes place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from handoff.adapters.backups.database import PostgresSource, PostgresTarget, connected
from handoff.adapters.backups.key_bunch import BackedUpKeys
from handoff.adapters.backups.programs import Programs
from handoff.adapters.backups.runs import NoRuns, PostgresRuns
from handoff.adapters.backups.scratch import GivenScratch, ScratchServer
from handoff.adapters.backups.vault import FileVault
from handoff.adapters.profiles import load_profile
from handoff.bootstrap.core import Core
from handoff.domain.backup import KEYS_DAYS, BackupFailed, Standing
from handoff.domain.clock import Clock
from handoff.domain.errors import ConfigurationError, StoreUnavailable
from handoff.services.backup.check_backup import CheckBackup, RestoreBackup
from handoff.services.backup.make_backup import MakeBackup
from handoff.services.patience import within
from handoff.settings import Settings
from kernel.sealing import Keyring

#: Seconds that reading how backups stand may take.
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class BackupParts:
    """Made from the settings of a command; nothing is opened before it is used."""

    settings: Settings

    @property
    def vault(self) -> FileVault:
        return self.vault_to(None)

    def vault_to(self, to: Path | BinaryIO | None, keys: Path | None = None) -> FileVault:
        """Args: to: where the next data file goes instead of the folder; keys: another file of wrapped data keys."""
        given = self.settings
        return FileVault(
            given.backup_folder,
            keys or given.backup_keys_file,
            self._ring,
            timedelta(days=given.backup_keep),
            to,
        )

    def make(self, to: Path | BinaryIO | None = None, *, anew: bool = False) -> MakeBackup:
        keys = load_profile(self.settings.profile).keeping.backup_key_days or KEYS_DAYS
        source = PostgresSource(self._owner, self._programs)
        return MakeBackup(PostgresRuns(self._owner), source, self.vault_to(to), Clock(), keys, anew=anew)

    async def database_answers(self) -> bool:
        """Whether there is a database to write a run down in."""
        try:
            async with connected(self._owner):
                return True
        except BackupFailed:
            return False

    def check(self, keys: Path | None = None, into: str | None = None, *, recorded: bool = True) -> CheckBackup:
        """Args: into: an empty database for the trial; None: a server of its own. recorded: the run is written down."""
        scratch = (
            ScratchServer(self.settings.var / "restore-check", self._programs)
            if into is None
            else GivenScratch(self.target(into))
        )
        runs = PostgresRuns(self._owner) if recorded else NoRuns()
        return CheckBackup(runs, self.vault_to(None, keys), scratch, self._bunch)

    def restore(self, into: str, keys: Path | None = None) -> RestoreBackup:
        return RestoreBackup(self.vault_to(None, keys), self.target(into), self._bunch)

    def target(self, url: str) -> PostgresTarget:
        return PostgresTarget(url, self._programs)

    @property
    def _owner(self) -> str:
        if self.settings.database_owner_url is None:
            raise ConfigurationError("TSUNAGI_DATABASE_URL が設定されていません。")
        return self.settings.database_owner_url

    @property
    def _programs(self) -> Programs:
        return Programs(self.settings.pg_bin)

    @property
    def _ring(self) -> partial[Keyring]:
        return partial(Keyring.from_file, self.settings.sealing_key_file)

    @property
    def _bunch(self) -> partial[BackedUpKeys]:
        return partial(BackedUpKeys, self._ring())


def backup_note(core: Core, *, demo: bool) -> Callable[[], Awaitable[str | None]]:
    """What ``/readyz`` tells of the backups: the code of what somebody has to look after. A demo needs none."""

    async def read() -> Standing:
        async with core.store.reading() as tx:
            return await tx.backups.standing()

    async def note() -> str | None:
        try:
            standing = await within(_PATIENCE, read())
        except StoreUnavailable as error:
            return error.code
        if demo and standing.last is None:
            return None
        return standing.trouble(core.setting.clock.real())

    return note
