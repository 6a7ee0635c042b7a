"""Make pictures anew: the limited process, started for one picture, fed by a pipe and killed when it takes too long.

What goes in and what comes out goes through this process of ours piece by piece: neither a picture nor its copy is ever
whole in its memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from handoff.domain.errors import EvidenceBroken
from handoff.domain.evidence import PIECE, Part
from handoff.services.evidence_ports import Rebuilt

log = structlog.get_logger(__name__)

WORKER: Final = Path(__file__).with_name("worker.py")
#: Seconds from start to the end of its work, and for each piece that is taken from it; more than its processor time.
PATIENCE: Final = 20.0
#: Bytes that a copy may have; the worker writes it so that it has no more.
LARGEST: Final = 8_000_000


class ImageRebuilder:
    """Implements ``services.evidence_ports.Rebuilder``: one picture after the other in each process of ours."""

    def __init__(self, patience: float = PATIENCE, cpu_seconds: int | None = None) -> None:
        """Args: cpu_seconds: of processor time that a picture may take; None: the worker's own limit."""
        self._patience = patience
        self._told = () if cpu_seconds is None else (str(cpu_seconds),)
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def __call__(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[Rebuilt]:
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-B", str(WORKER), *self._told,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env={}, cwd="/", limit=PIECE, start_new_session=True,
            )  # fmt: skip
            try:
                sizes = await self._work(process, pieces)
                yield Rebuilt(sizes[Part.SHOWN], sizes[Part.THUMB], self._copies(process, sizes))
            finally:
                await _end(process)

    async def _work(self, process: Process, pieces: AsyncIterator[bytes]) -> dict[Part, int]:
        """Give the picture to it, and hear how large the copies are that it made."""
        try:
            async with asyncio.timeout(self._patience):
                await _feed(process, pieces)
                assert process.stdout is not None  # noqa: S101 - it is a pipe
                told = json.loads(await process.stdout.readline())
                if "refused" in told:
                    log.info("picture_refused", error=told["refused"])
                    raise EvidenceBroken("the picture can't be opened")
                sizes = {Part.SHOWN: int(told["shown"]), Part.THUMB: int(told["thumb"])}
        except TimeoutError:
            raise EvidenceBroken("the picture takes too long to open") from None
        except (ValueError, KeyError, TypeError):
            raise _ended() from None
        if not all(0 < size <= LARGEST for size in sizes.values()):
            raise EvidenceBroken("the picture is too large")
        return sizes

    async def _copies(self, process: Process, sizes: dict[Part, int]) -> AsyncIterator[tuple[Part, int, bytes]]:
        """The copies as they come through the pipe."""
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for part, size in sizes.items():
            for place in range(0, size, PIECE):
                try:
                    async with asyncio.timeout(self._patience):
                        piece = await process.stdout.readexactly(min(PIECE, size - place))
                except (TimeoutError, asyncio.IncompleteReadError):
                    raise _ended() from None
                yield part, place // PIECE, piece


async def _feed(process: Process, pieces: AsyncIterator[bytes]) -> None:
    stdin = process.stdin
    assert stdin is not None  # noqa: S101 - it is a pipe
    # A worker that died in the middle closes its pipe; what it said, or didn't, tells.
    with contextlib.suppress(ConnectionError):
        async for piece in pieces:
            stdin.write(piece)
            await stdin.drain()
    with contextlib.suppress(ConnectionError):
        stdin.close()
        await stdin.wait_closed()


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    # What nobody took is still in the pipe; its end is seen behind it alone.
    while process.stdout is not None and await process.stdout.read(PIECE):
        pass
    await process.wait()


def _ended() -> EvidenceBroken:
    log.info("picture_refused", error="ended")
    return EvidenceBroken("the picture's process ended")
