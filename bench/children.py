"""The processes that a bench starts: their ports, their start and their certain end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from bench.errors import BenchFailed
from handoff.settings import ROOT
from handoff.supervisor.answers import http_answers
from handoff.supervisor.logfile import RotatingLog
from handoff.supervisor.process import Child, ProcessSpec

_ANY_ANSWER = range(200, 500)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody uses, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in sockets]


def clean_environment() -> dict[str, str]:
    """Our own environment without anything that would lead a service to real data or to real people."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TSUNAGI_", "LINE_", "RASA_", "SANIC_"))
    } | {"PYTHONUNBUFFERED": "1", "RASA_TELEMETRY_ENABLED": "false"}


@asynccontextmanager
async def running(
    name: str,
    argv: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    url: str,
    *,
    seconds: float = 120,
    nice: int = 0,
) -> AsyncIterator[Child]:
    """A process from the moment at which ``url`` answers until the end of the block.

    Raises: BenchFailed: it ended, or didn't answer in time.
    """
    log = RotatingLog(folder / f"{name}.log")
    spec = ProcessSpec(name, tuple(argv), env, cwd=ROOT, nice=nice, stop_signal=signal.SIGTERM, stop_grace=10)
    child = Child(spec, log)
    try:
        answers, ended = asyncio.ensure_future(http_answers(url, _ANY_ANSWER)), asyncio.ensure_future(child.wait())
        done, waiting = await asyncio.wait({answers, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if answers not in done:
            raise BenchFailed(f"{name} did not start: {log.last_line() or 'no answer in time'}")
        yield child
    finally:
        await child.stop()
        log.close()
