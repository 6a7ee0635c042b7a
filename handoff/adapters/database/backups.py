"""How backups stand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.backup_tables import BackupRunRow
from handoff.domain.backup import BackupFault, BackupRun, RunKind, RunState, Standing


class SqlBackups:
    """Implements ``services.backup_ports.BackupStandings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def standing(self) -> Standing:
        newest = await self._connection.execute(
            select(BackupRunRow.__table__)
            .ext(distinct_on(BackupRunRow.kind))
            .order_by(BackupRunRow.kind, BackupRunRow.real_started_at.desc())
        )
        last = {row.kind: _run(row) for row in newest}
        ends = await self._connection.execute(
            select(
                BackupRunRow.kind,
                func.min(BackupRunRow.real_ended_at).label("first"),
                func.max(BackupRunRow.real_ended_at).label("last"),
            )
            .where(BackupRunRow.state == RunState.DONE)
            .group_by(BackupRunRow.kind)
        )
        done = {row.kind: row for row in ends}
        backup, check = done.get(RunKind.BACKUP), done.get(RunKind.CHECK)
        return Standing(
            last=last.get(RunKind.BACKUP),
            last_check=last.get(RunKind.CHECK),
            done=None if backup is None else backup.last,
            checked=None if check is None else check.last,
            first=None if backup is None else backup.first,
        )


def _run(row: Row[*tuple[Any, ...]]) -> BackupRun:
    return BackupRun(
        id=row.id,
        kind=RunKind(row.kind),
        state=RunState(row.state),
        real_started_at=row.real_started_at,
        real_ended_at=row.real_ended_at,
        fault=None if row.fault is None else BackupFault(row.fault),
        backup_id=row.backup_id,
        size=row.size,
        rows=row.rows,
    )
