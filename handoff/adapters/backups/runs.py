"""The runs of backups and checks, on a connection that does nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from handoff.adapters.backups.database import connected
from handoff.domain.backup import BackupFailed, BackupFault, RunKind, RunState

#: Any numbers: held as long as a run of the kind takes.
_LOCKS: Final = {RunKind.BACKUP: 7_305_184_127, RunKind.CHECK: 7_305_184_128}


class PostgresRuns:
    """Implements ``services.backup_ports.BackupRuns``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[Any] | None = None

    @asynccontextmanager
    async def alone(self, kind: RunKind) -> AsyncIterator[None]:
        async with connected(self._url, autocommit=True) as connection:
            row = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCKS[kind],))).fetchone()
            if not (row and row[0]):
                raise BackupFailed(BackupFault.ALREADY)
            self._connection = connection
            await connection.execute(
                "UPDATE backup_runs SET state = %s, fault = %s, real_ended_at = now() WHERE kind = %s AND state = %s",
                (RunState.FAILED, BackupFault.KILLED, kind, RunState.RUNNING),
            )
            try:
                yield
            finally:
                self._connection = None

    async def begin(self, run_id: UUID, kind: RunKind) -> None:
        await self._do(
            "INSERT INTO backup_runs (id, kind, state, real_started_at) VALUES (%s, %s, %s, now())",
            (run_id, kind, RunState.RUNNING),
        )

    async def done(self, run_id: UUID, backup_id: UUID, size: int, rows: int) -> None:
        await self._do(
            "UPDATE backup_runs SET state = %s, backup_id = %s, size = %s, rows = %s, real_ended_at = now() WHERE id = %s",
            (RunState.DONE, backup_id, size, rows, run_id),
        )

    async def failed(self, run_id: UUID, fault: BackupFault) -> None:
        await self._do(
            "UPDATE backup_runs SET state = %s, fault = %s, real_ended_at = now() WHERE id = %s",
            (RunState.FAILED, fault, run_id),
        )

    async def _do(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            if self._connection is None:
                raise BackupFailed(BackupFault.DATABASE)
            await self._connection.execute(statement.encode(), values)
        except psycopg.OperationalError as error:
            raise BackupFailed(BackupFault.DATABASE, type(error).__name__) from None


class NoRuns:
    """Implements ``services.backup_ports.BackupRuns`` where there is no database yet, after everything was lost."""

    @asynccontextmanager
    async def alone(self, kind: RunKind) -> AsyncIterator[None]:
        yield

    async def begin(self, run_id: UUID, kind: RunKind) -> None:
        """Nobody to tell."""

    async def done(self, run_id: UUID, backup_id: UUID, size: int, rows: int) -> None:
        """Nobody to tell."""

    async def failed(self, run_id: UUID, fault: BackupFault) -> None:
        """Nobody to tell."""
