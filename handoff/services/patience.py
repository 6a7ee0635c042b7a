"""Wait for the database only as long as whoever asks will wait for us."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from handoff.domain.errors import StoreUnavailable


async def within[T](seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Give the work's result, or StoreUnavailable when it takes longer (or raises that itself).

    The work is not cancelled: a database that hangs wouldn't hear of it, and one that is only slow finishes what is
    then whole and kept, whatever the asker was told.
    """
    task = asyncio.create_task(work)
    _let_go.add(task)
    task.add_done_callback(_forget)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if done:
        return task.result()
    raise StoreUnavailable(f"the database didn't answer within {seconds:g} s")


#: Work under way, perhaps let go; the loop alone would keep only a weak reference to it.
_let_go: set[asyncio.Task[Any]] = set()


def _forget(task: asyncio.Task[Any]) -> None:
    _let_go.discard(task)
    if not task.cancelled():
        task.exception()
