"""The worker process: its wake-ups, procrastinate's worker, and the sweep."""

from __future__ import annotations

import asyncio
import functools
import random
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from handoff.adapters.jobs import FETCH, SOUND, JobQueue
from handoff.bootstrap.worker import ALARM_CONCURRENCY, FETCH_CONCURRENCY, WorkerParts, open_worker
from handoff.domain.errors import StoreUnavailable
from handoff.settings import Settings

log = structlog.get_logger(__name__)

#: Seconds between sweeps.
SWEEP_EVERY = 5.0
#: Seconds between looks at whether a disposal is due.
RETAIN_EVERY = 600.0
#: Exit code that asks the supervisor for a fresh start.
RESTART_ME = 75
#: Seconds that jobs under way get to end.
GRACE = 10.0


async def _apart[T](part: str, work: Callable[[], Awaitable[T]]) -> T | None:
    """Do what must never end the worker: children are answered whatever becomes of it. Raises: StoreUnavailable."""
    try:
        return await work()
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - it is named in the log, and tried again at the next round
        log.error("worker_part_failed", part=part, error=type(error).__name__)
        return None


async def _sweep_for_ever(parts: WorkerParts, listening: asyncio.Event) -> None:
    tending: dict[str, Callable[[], Awaitable[int]]] = {
        "tend": parts.tend,
        "tend_desk": parts.tend_desk,
        "tend_drafts": parts.tend_drafts,
        "watch_reports": parts.watch_reports,
        "tend_drills": parts.tend_drills,
        "tend_blocks": parts.tend_blocks,
    }
    keeping: dict[str, Callable[[], Awaitable[object]]] = {
        "watch_quota": parts.watch_quota,
        "forget_traces": parts.forget_traces,
        "forget_sign_ins": parts.forget_sign_ins,
        "tend_evidence": parts.tend_evidence,
        "write_facts": parts.write_facts,
        "link_rows": parts.link_rows,
    }
    await listening.wait()
    # What was notified before we listened has no wake-up any more, however young it is.
    sweep = functools.partial(parts.sweep, timedelta())
    while True:
        try:
            woken = await _apart("sweep", sweep)
            if woken is not None:
                sweep = functools.partial(parts.sweep)
            stalled = await _apart("retry_stalled", parts.core.jobs.retry_stalled)
            tended = sum([await _apart(name, work) or 0 for name, work in tending.items()])
            for name, work in keeping.items():
                await _apart(name, work)
            if woken or stalled or tended:
                log.info("swept", woken=woken or 0, stalled=stalled or 0, tended=tended)
        except StoreUnavailable:
            log.warning("sweep_without_database")
        # Several workers shouldn't all sweep at the same moment.
        await asyncio.sleep(SWEEP_EVERY * random.uniform(0.9, 1.1))  # noqa: S311


async def _retain_for_ever(parts: WorkerParts) -> None:
    """Dispose of what is past its days; beside the sweep, which must not wait for it."""
    while True:
        try:
            await _apart("sweep_spent", parts.sweep_spent)
            await _apart("expire_backups", parts.expire_backups)
            run = await _apart("run_retention", parts.run_retention)
            if run is not None:
                log.info("retention_run", disposed=run.disposed, held=run.held, failed=run.failed)
        except StoreUnavailable:
            log.warning("retention_without_database")
        await asyncio.sleep(RETAIN_EVERY * random.uniform(0.9, 1.1))  # noqa: S311


async def _work(jobs: JobQueue, queue: str, concurrency: int) -> None:
    """Serve one queue until cancelled; jobs under way are given time to end."""
    await jobs.app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=concurrency,
        install_signal_handlers=False,
        fetch_job_polling_interval=1.0,
        # What a job was for stands in the tables; its row has nothing to tell afterwards.
        delete_jobs="always",
        shutdown_graceful_timeout=GRACE,
        update_heartbeat_interval=5.0,
        stalled_worker_timeout=20.0,
    )


async def run_worker(settings: Settings) -> int:
    """Work until asked to stop; give the exit code. Raises: ConfigurationError, StoreUnavailable."""
    asked, listening = asyncio.Event(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, asked.set)
    async with open_worker(settings) as parts:
        tasks = [
            asyncio.create_task(asked.wait(), name="stop"),
            asyncio.create_task(parts.wake_ups.listen(str(settings.database_url), listening), name="wake_ups"),
            asyncio.create_task(_work(parts.core.jobs, SOUND, ALARM_CONCURRENCY), name="sound"),
            asyncio.create_task(_work(parts.core.jobs, FETCH, FETCH_CONCURRENCY), name="fetch"),
            asyncio.create_task(_sweep_for_ever(parts, listening), name="sweep"),
            asyncio.create_task(_retain_for_ever(parts), name="retention"),
        ]
        log.info("worker_started")
        (first, *_), _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await parts.wake_ups.close(GRACE)
        await asyncio.wait(tasks, timeout=GRACE)
        if asked.is_set():
            log.info("worker_stopped")
            return 0
        # The jobs of this worker are only wake-ups; whoever comes after it looks at the tables.
        log.error("worker_lost", part=first.get_name(), error=type(first.exception()).__name__)
        return RESTART_ME
