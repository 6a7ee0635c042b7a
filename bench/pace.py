"""An open loop: every message leaves at its own moment, whatever became of those before it.

A loop that waits for an answer before it sends the next message slows down with the service and so leaves out exactly
the waiting that people would have had. Times are therefore counted from the moment at which a message was due.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def arrivals(rate: float, seconds: float, seed: int = 1) -> list[float]:
    """Moments, in seconds from the start, of ``rate * seconds`` messages: students don't write in step.

    Independent of each other as in a Poisson process, yet the same in every run.
    """
    moments = random.Random(seed)
    return sorted(moments.uniform(0, seconds) for _ in range(round(rate * seconds)))


async def open_loop[T](moments: Sequence[float], send: Callable[[int, float], Coroutine[Any, Any, T]]) -> list[T]:
    """Calls ``send(number, due)`` at each moment; gives the results in order once all are there.

    ``due`` is a time of ``time.monotonic``.
    """
    begin = time.monotonic() + 0.2
    tasks: list[asyncio.Task[T]] = []
    async with asyncio.TaskGroup() as group:
        for number, moment in enumerate(moments):
            due = begin + moment
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            tasks.append(group.create_task(send(number, due)))
    return [task.result() for task in tasks]


@contextmanager
def no_pauses() -> Iterator[None]:
    """Keeps our own garbage collector from being measured as the service's slowness."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
