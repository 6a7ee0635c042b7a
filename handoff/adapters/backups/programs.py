"""``pg_dump`` and ``pg_restore``: found, run, fed and read. Passwords go by the environment, never by an argument."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from handoff.adapters.database.account import NoAccount, find_binaries
from handoff.domain.backup import BackupFailed, BackupFault
from handoff.supervisor.process import end_with_parent

_PIECE: Final = 1024 * 1024
_MOST_SAID: Final = 16 * 1024


class Programs:
    """PostgreSQL's programs. Args: folder: where they are; None: the bundled ones, else those of ``PATH``."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def _find(self, name: str) -> str:
        if self._folder is not None:
            return str(self._folder / name)
        try:
            return str(find_binaries() / name)
        except NoAccount:
            return shutil.which(name) or name

    async def dump(self, url: str, snapshot: str, left_out: str) -> AsyncGenerator[bytes]:
        """Read a dump of everything as it is in a snapshot. Args: left_out: the table whose rows aren't in it.

        Raises: BackupFailed: the program ended badly; what was given out before is worth nothing then.
        """
        process = await self._start(
            "pg_dump",
            url,
            BackupFault.DUMP,
            *("--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges", "--lock-wait-timeout=60000"),
            *(f"--exclude-table-data={left_out}", f"--snapshot={snapshot}"),
        )
        async with _running(process) as said:
            while piece := await _stream(process.stdout).read(_PIECE):
                yield piece
            if await process.wait() != 0:
                raise BackupFailed(BackupFault.DUMP, _told(process, await said))

    async def restore(self, url: str, dump: AsyncGenerator[bytes]) -> None:
        """Put a dump back, in one transaction. Raises: BackupFailed."""
        process = await self._start(
            "pg_restore",
            url,
            BackupFault.RESTORE,
            *("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"),
        )
        async with _running(process) as said, aclosing(dump):
            into = process.stdin
            assert into is not None  # noqa: S101 - it was asked for
            # A program that gave up tells why itself.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                async for piece in dump:
                    into.write(piece)
                    await into.drain()
                into.close()
                await into.wait_closed()
            if await process.wait() != 0:
                raise BackupFailed(BackupFault.RESTORE, _told(process, await said))

    async def _start(self, name: str, url: str, fault: BackupFault, *arguments: str) -> asyncio.subprocess.Process:
        parts = conninfo_to_dict(url)
        password = parts.pop("password", None)
        parent = os.getpid()
        try:
            return await asyncio.create_subprocess_exec(
                self._find(name),
                f"--dbname={make_conninfo('', **parts)}",
                *arguments,
                stdin=subprocess.PIPE if name == "pg_restore" else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if name == "pg_restore" else subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {}),
                start_new_session=True,
                limit=2 * _PIECE,
                preexec_fn=lambda: end_with_parent(signal.SIGKILL, parent),
            )
        except OSError as error:
            raise BackupFailed(fault, f"{name}: {error.strerror}") from None


@contextlib.asynccontextmanager
async def _running(process: asyncio.subprocess.Process) -> AsyncIterator[asyncio.Task[bytes]]:
    """Read what a program says beside its work, and end it with the block."""
    said = asyncio.create_task(_last_words(process))
    try:
        yield said
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        said.cancel()


async def _last_words(process: asyncio.subprocess.Process) -> bytes:
    said = b""
    while piece := await _stream(process.stderr).read(_MOST_SAID):
        said = (said + piece)[:_MOST_SAID]
    return said


def _stream(pipe: asyncio.StreamReader | None) -> asyncio.StreamReader:
    assert pipe is not None  # noqa: S101 - it was asked for
    return pipe


def _told(process: asyncio.subprocess.Process, said: bytes) -> str:
    """The exit code, and at which table; PostgreSQL's own words may quote a row, so they are left out."""
    at = re.search(r"TOC entry \d+; \d+ \d+ ([A-Z ]+ \w+ \w+)", said.decode("utf-8", "replace"))
    return f"終了コード {process.returncode}{f'、{at.group(1)}' if at else ''}"
