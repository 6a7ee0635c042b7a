"""What a killed PostgreSQL leaves behind, and how it is cleared before the next start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

_GRACE = 10.0
"""Seconds that a server which is still shutting down gets before it is ended by force."""


async def clear_leftovers(data: Path) -> None:
    """Ends every PostgreSQL process that still works on ``data`` and removes a stale ``postmaster.pid``.

    The caller holds the lock on the folder, so a server found here has lost its supervisor. PostgreSQL itself would
    refuse to start while an old backend lives, and also when the number in ``postmaster.pid`` belongs to any other
    process of the same user by now. Without ``/proc`` (not Linux) nothing is done and PostgreSQL's own checks hold.
    """
    for number, grace in ((signal.SIGINT, _GRACE), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
        found = _processes_on(data)
        if not found:
            break
        # A postmaster takes its backends along; those whose postmaster is gone end by themselves within moments.
        leaders = [pid for pid in found if _is_postmaster(pid, data)] or found
        for pid in leaders:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        await _wait_gone(found, grace)
    if Path("/proc/self/cwd").exists() and not _processes_on(data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_on(data: Path) -> list[int]:
    """PostgreSQL's processes have their data folder as working directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # Processes end while we look, and those of other users can't be looked at.
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == str(data) and "postgres" in (entry / "comm").read_text(encoding="utf-8"):
                found.append(int(entry.name))
    return found


def _is_postmaster(pid: int, data: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]) == pid
    return False


async def _wait_gone(pids: list[int], grace: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(grace):
            while any(Path(f"/proc/{pid}").exists() for pid in pids):
                await asyncio.sleep(0.02)
