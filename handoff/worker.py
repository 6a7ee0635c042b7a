"""The worker process: procrastinate's worker, the sweep, and a watch on the database connection."""

from __future__ import annotations

import asyncio
import contextlib
import random

import psycopg
import structlog

from handoff.adapters.jobs import JobQueue
from handoff.bootstrap.worker import WORKER_CONCURRENCY, WorkerParts, open_worker
from handoff.domain.errors import StoreUnavailable
from handoff.settings import Settings

log = structlog.get_logger(__name__)

#: Seconds between sweeps.
SWEEP_EVERY = 5.0
#: Exit code that asks the supervisor for a fresh start.
RESTART_ME = 75


class DatabaseLost(Exception):
    """The watched connection ended; a worker whose listener is gone would only poll, so it starts anew."""


async def _watch(url: str) -> None:
    """Hold one listening connection; return never, raise as soon as it breaks."""
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
            await connection.execute("LISTEN tsunagi_worker_watch")
            async for _note in connection.notifies():
                pass
    except psycopg.Error as error:
        raise DatabaseLost(type(error).__name__) from None
    raise DatabaseLost("the connection ended")


async def _sweep_for_ever(parts: WorkerParts) -> None:
    while True:
        try:
            woken = await parts.sweep()
            stalled = await parts.core.jobs.retry_stalled()
            if woken or stalled:
                log.info("swept", woken=woken, stalled=stalled)
        except StoreUnavailable:
            log.warning("sweep_without_database")
        # Several workers shouldn't all sweep at the same moment.
        await asyncio.sleep(SWEEP_EVERY * random.uniform(0.9, 1.1))  # noqa: S311


async def _work(jobs: JobQueue) -> None:
    await jobs.app.run_worker_async(
        concurrency=WORKER_CONCURRENCY,
        fetch_job_polling_interval=1.0,
        # What a job was for stands in the tables; its row has nothing to tell afterwards.
        delete_jobs="always",
        shutdown_graceful_timeout=10,
        update_heartbeat_interval=5.0,
        stalled_worker_timeout=20.0,
    )


async def run_worker(settings: Settings) -> int:
    """Work until asked to stop; give the exit code. Raises: ConfigurationError, StoreUnavailable."""
    async with open_worker(settings) as parts:
        work = asyncio.create_task(_work(parts.core.jobs), name="work")
        beside = [
            asyncio.create_task(_watch(settings.database_url or ""), name="watch"),
            asyncio.create_task(_sweep_for_ever(parts), name="sweep"),
        ]
        log.info("worker_started")
        done, _ = await asyncio.wait([work, *beside], return_when=asyncio.FIRST_COMPLETED)
        for task in beside:
            task.cancel()
        failed = next((task for task in done if task is not work), None)
        if failed is None and work.exception() is None:
            log.info("worker_stopped")
            return 0
        error = (failed or work).exception()
        log.error("worker_lost", part=(failed or work).get_name(), error=type(error).__name__)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await asyncio.wait_for(work, 10)
        return RESTART_ME
