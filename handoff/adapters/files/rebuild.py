"""Make pictures anew: the limited process, started for one picture, fed by a pipe and killed when it takes too long."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog

from handoff.domain.errors import EvidenceBroken
from handoff.services.evidence_ports import Rebuilt

log = structlog.get_logger(__name__)

WORKER: Final = Path(__file__).with_name("worker.py")
#: Seconds from start to end; more than the processor time that it may use.
PATIENCE: Final = 20.0
#: Bytes that a copy may have; a JPEG of the most pixels at its worst.
LARGEST: Final = 40_000_000


class ImageRebuilder:
    """Implements ``services.evidence_ports.Rebuilder``: one picture after the other in each process of ours."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._turn = asyncio.Semaphore(1)

    async def __call__(self, pieces: AsyncIterator[bytes]) -> Rebuilt:
        async with self._turn:
            return await self._one(pieces)

    async def _one(self, pieces: AsyncIterator[bytes]) -> Rebuilt:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-B", str(WORKER),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={}, cwd="/", limit=LARGEST, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._patience):
                return await self._talk(process, pieces)
        except TimeoutError:
            raise EvidenceBroken("the picture takes too long to open") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.wait()

    @staticmethod
    async def _talk(process: asyncio.subprocess.Process, pieces: AsyncIterator[bytes]) -> Rebuilt:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - both are pipes
        # A worker that died in the middle closes its pipe; what it said, or didn't, tells.
        with contextlib.suppress(ConnectionError):
            async for piece in pieces:
                stdin.write(piece)
                await stdin.drain()
        with contextlib.suppress(ConnectionError):
            stdin.close()
            await stdin.wait_closed()
        try:
            told = json.loads(await stdout.readline())
            if "refused" in told:
                log.info("picture_refused", error=told["refused"])
                raise EvidenceBroken("the picture can't be opened")
            sizes = int(told["shown"]), int(told["thumb"])
            if not 0 < sizes[0] <= LARGEST or not 0 < sizes[1] <= LARGEST:
                raise EvidenceBroken("the picture is too large")
            return Rebuilt(await stdout.readexactly(sizes[0]), await stdout.readexactly(sizes[1]))
        except (ValueError, KeyError, TypeError, asyncio.IncompleteReadError):
            log.info("picture_refused", error="ended")
            raise EvidenceBroken("the picture's process ended") from None
