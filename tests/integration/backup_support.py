"""A service whose keys lie in a file, as the commands that change keys and make backups need it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.bootstrap.backups import BackupParts
from handoff.domain.clock import Clock
from handoff.services.setting import Setting
from handoff.settings import ROOT, Settings
from kernel.sealing import Sealer, ensure_key_file
from tests.integration.conftest import OPEN, Database, Service, demo_profile, listening
from tests.support.line_events import arrivals, text


@dataclass
class Keyed:
    """Attributes: service: on the application's role; folder: of everything that is made."""

    service: Service
    database: Database
    folder: Path

    @property
    def key_file(self) -> Path:
        return self.folder / "seal.key"

    @property
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            TSUNAGI_DATABASE_URL=self.database.url,
            TSUNAGI_DATABASE_OWNER_URL=self.database.owner_url,
            TSUNAGI_KEY_FILE=self.key_file,
            TSUNAGI_VAR=self.folder / "var",
        )

    @property
    def parts(self) -> BackupParts:
        return BackupParts(self.settings)

    @property
    def backups(self) -> list[Path]:
        """The data files that have their name, the newest first."""
        return [one.path for one in self.parts.vault.backups()]

    def left(self) -> set[str]:
        """Every file of the backups."""
        folders = (self.settings.backup_folder, self.settings.backup_keys_file.parent)
        return {path.name for folder in folders for path in folder.glob("*")}

    async def say(self, words: str, user: int = 1) -> None:
        """A student writes, and is answered."""
        await self.service.accept(arrivals(text(words, f"U{user:032x}")))
        await self.service.work()

    async def read(self, store: SqlStore | None = None) -> list[str | None]:
        """Every line of every talk, as a store opens it; None where it doesn't."""
        found: list[str | None] = []
        async with (store or self.service.store).reading() as tx:
            for row in await self.service.rows("SELECT id FROM sessions ORDER BY opened_at, id"):
                found += [line.text for line in await tx.transcript.read(row.id)]
        return found

    async def sessions(self) -> Sequence[UUID]:
        return [row.id for row in await self.service.rows("SELECT id FROM sessions ORDER BY opened_at, id")]

    @asynccontextmanager
    async def store(self, url: str | None = None) -> AsyncIterator[SqlStore]:
        """Another process: a store with a cache of its own."""
        jobs = JobQueue(url or self.database.url)
        store = SqlStore(url or self.database.url, Sealer.from_key_file(self.key_file), jobs, pool_size=4)
        async with jobs.app.open_async():
            yield store
        await store.close()

    def command(self, *words: str, **more: str) -> tuple[list[str], dict[str, str]]:
        """A command of ``tsunagi`` with its environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TSUNAGI_", "LINE_"))}
        given = {name: value for name, value in self.settings.environment().items() if name.startswith("TSUNAGI_")}
        return [sys.executable, "-m", "handoff.cli", *words], kept | given | more

    async def run(self, *words: str, **more: str) -> tuple[int, str, str]:
        """Run one to its end: exit code, output, errors."""
        argv, environment = self.command(*words, **more)
        process = await asyncio.create_subprocess_exec(
            *argv, env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await process.communicate()
        return process.returncode or 0, output.decode("utf-8", "replace"), errors.decode()


@asynccontextmanager
async def open_keyed(database: Database, folder: Path) -> AsyncIterator[Keyed]:
    """Make the key file and open the service."""
    ensure_key_file(folder / "seal.key")
    jobs = JobQueue(database.url)
    store = SqlStore(database.url, Sealer.from_key_file(folder / "seal.key"), jobs, pool_size=20)
    setting = Setting(Clock.starting_at(OPEN), demo_profile(), store, hold=0)
    setting.demands_factor = False
    async with jobs.app.open_async(), listening(database.url) as ears:
        yield Keyed(Service(store, jobs, setting, ears), database, folder)
    await store.close()
