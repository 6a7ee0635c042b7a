"""A database for a trial: a server of its own, which nothing else uses and which is gone afterwards."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from handoff.adapters.backups.database import PostgresTarget
from handoff.adapters.backups.programs import Programs
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.leftovers import clear_leftovers
from handoff.domain.backup import BackupFailed, BackupFault
from handoff.domain.errors import ConfigurationError


class ScratchServer:
    """Implements ``services.backup_ports.Scratch``. Args: folder: its own, made and removed by each trial."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self._folder, self._programs = folder, programs

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresTarget]:
        await self._clear()
        server = EmbeddedPostgres(self._folder, durable=False)
        try:
            async with server.running():
                yield PostgresTarget(server.owner_url, self._programs)
        except (ConfigurationError, OSError) as error:
            raise BackupFailed(BackupFault.SCRATCH, str(error) or type(error).__name__) from None
        finally:
            await self._clear()

    async def _clear(self) -> None:
        """Also what a killed trial left: its server may still run, and its data may lie where a link leads."""
        data = (self._folder / "postgres").resolve()
        await clear_leftovers(data)
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)


class GivenScratch:
    """A database that was named, and must be empty; what was put into it stays."""

    def __init__(self, target: PostgresTarget) -> None:
        self._target = target

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresTarget]:
        await self._target.check_empty()
        yield self._target
