"""Only one supervisor for one ``var`` folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from handoff.domain.errors import ConfigurationError


class AlreadyRunning(ConfigurationError):
    """Another supervisor holds the folder."""

    code = "already_running"


class RunLock:
    """Holds ``<var>/supervisor.lock`` until closed or until the process ends, however it ends.

    Raises: AlreadyRunning: another process holds it; the message names its number where it is known.
    """

    def __init__(self, var: Path) -> None:
        var.mkdir(parents=True, exist_ok=True)
        # Not inherited by children (PEP 446), so a killed supervisor never leaves the lock held.
        self._descriptor = os.open(var / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise AlreadyRunning(
                f"もう動いています (プロセス {holder or '?'}、{var})。止めるには、そちらで Ctrl-C。"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def close(self) -> None:
        """Gives the folder free."""
        os.close(self._descriptor)
