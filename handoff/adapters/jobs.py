"""Wake-ups within a transaction: notices for contacts, procrastinate's jobs for alarms and files.

Either is only a wake-up: what there is to do stands in the tables (design).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from psycopg import AsyncConnection as AsyncPsycopgConnection
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.connection import CONNECT_OPTIONS, named_errors
from handoff.adapters.wake_ups import CHANNEL, DELIVER, DRAIN, Handler, notice
from handoff.domain.errors import StoreUnavailable

SOUND = "sound_alarm"
FETCH = "fetch_media"

_NOTIFY: Final = select(func.pg_notify(CHANNEL, func.unnest(bindparam("notices", type_=ARRAY(Text)))))


async def _autocommit(connection: AsyncPsycopgConnection) -> None:
    """Each of procrastinate's calls is one statement; a transaction around it would be two more round trips."""
    await connection.set_autocommit(True)


def _pool(**options: Any) -> AsyncConnectionPool:
    """A pool without procrastinate's check before every use: a broken connection fails once and is replaced."""
    return AsyncConnectionPool(**(options | {"check": None}))


class JobQueue:
    """procrastinate's app with its wake-ups: of an escalation, and of a file."""

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        self.app = App(
            connector=PsycopgConnector(
                conninfo=url,
                min_size=1,
                max_size=pool_size,
                timeout=5,
                kwargs=CONNECT_OPTIONS,
                configure=_autocommit,
                pool_factory=_pool,
            )
        )
        self._handlers: dict[str, Handler] = {}
        # A queue each: what waits for a slow mail server must not hold up a file, or the other way round.
        for name in (SOUND, FETCH):
            self.app.task(name=name, queue=name)(self._task(name))

    def _task(self, name: str) -> Callable[[str], Awaitable[None]]:
        async def run(target: str) -> None:
            await self._handlers[name](UUID(target))

        return run

    def handle(self, name: str, handler: Handler) -> None:
        """Say who does the work of a wake-up; only a worker needs to."""
        self._handlers[name] = handler

    async def wake(self, name: str, target: UUID, connection: AsyncConnection, after: timedelta = timedelta()) -> bool:
        """Defer a wake-up within the connection's transaction; False when the same one is waiting already.

        The savepoint keeps a refusal from aborting the transaction.
        A wake-up for later has a lock of its own: it must not stand in the way of one for now.
        """
        later = after > timedelta()
        driver = (await connection.get_raw_connection()).driver_connection
        savepoint = await connection.begin_nested()
        try:
            await self.app.configure_task(
                name,
                queue=name,
                connection=driver,
                queueing_lock=f"{name}:{'later:' if later else ''}{target}",
                schedule_in={"milliseconds": max(1, int(after.total_seconds() * 1000))} if later else None,
            ).defer_async(target=str(target))
        except AlreadyEnqueued:
            await savepoint.rollback()
            return False
        except ConnectorException as error:
            raise StoreUnavailable(f"a wake-up can't be written ({type(error).__name__})") from None
        await savepoint.commit()
        return True

    async def retry_stalled(self) -> int:
        """Give the jobs of dead workers back to the queue; their number. Raises: StoreUnavailable."""
        count = 0
        async with named_errors():
            for job in await self.app.job_manager.get_stalled_jobs():
                assert job.id is not None  # noqa: S101 - it comes from the table
                try:
                    await self.app.job_manager.retry_job(job)
                except ConnectorException:
                    # The same wake-up waits already: this one has nothing to add.
                    await self.app.job_manager.finish_job_by_id_async(job.id, status=Status.FAILED, delete_job=True)
                count += 1
        return count

    async def worker_alive(self) -> bool:
        """Whether some worker's heart beat in the last 20 seconds. Raises: StoreUnavailable."""
        async with named_errors():
            row = await self.app.connector.execute_query_one_async(
                "SELECT EXISTS (SELECT FROM procrastinate_workers "
                "WHERE last_heartbeat > now() - interval '20 seconds') AS alive"
            )
        return bool(row["alive"])


class TransactionJobs:
    """Implements ``services.ports.Jobs`` within a transaction."""

    def __init__(self, queue: JobQueue, connection: AsyncConnection) -> None:
        self._queue = queue
        self._connection = connection
        self._told: set[str] = set()

    async def wake_drain(self, *contact_ids: UUID) -> None:
        await self._notify(notice(DRAIN, contact_id) for contact_id in contact_ids)

    async def wake_delivery(self, *contact_ids: UUID, after: timedelta = timedelta()) -> None:
        pause = math.ceil(after.total_seconds() * 1000)
        await self._notify(notice(DELIVER, contact_id, pause) for contact_id in contact_ids)

    async def _notify(self, notices: Iterable[str]) -> None:
        """They leave with the commit; the same one twice leaves once."""
        new = [one for one in notices if one not in self._told]
        if new:
            self._told.update(new)
            await self._connection.execute(_NOTIFY, {"notices": new})

    async def wake_alarm(self, escalation_id: UUID, after: timedelta = timedelta()) -> bool:
        return await self._queue.wake(SOUND, escalation_id, self._connection, after)

    async def wake_fetch(self, evidence_id: UUID, after: timedelta = timedelta()) -> bool:
        return await self._queue.wake(FETCH, evidence_id, self._connection, after)
