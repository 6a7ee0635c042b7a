"""A process's log file with a cap on its size."""

from __future__ import annotations

import os
from pathlib import Path


class RotatingLog:
    """Appends bytes to ``path``; a full file becomes ``path.1``, that one ``path.2``, and so on.

    Args:
        path: the file; its folder is made where it is missing. Files are readable by their owner only.
        max_bytes: size at which a new file begins.
        keep: how many full files are kept.
    """

    def __init__(self, path: Path, max_bytes: int = 5 * 1024 * 1024, keep: int = 3) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def _open(self) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "ab", buffering=0)
        self._size = self._file.seek(0, os.SEEK_END)

    def write(self, data: bytes) -> None:
        """Appends ``data`` at once; begins a new file first when this one is full."""
        if self._size and self._size + len(data) > self._max_bytes:
            self._rotate()
        self._file.write(data)
        self._size += len(data)

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._keep, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path if number == 1 else self.path.with_name(f"{self.path.name}.{number - 1}")
            if newer.exists():
                newer.replace(older)
        self._open()

    def last_line(self) -> str:
        """The last line that isn't empty, at most 300 characters, for a message about a failed start."""
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4096))
            lines = file.read().decode("utf-8", "replace").splitlines()
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")

    def close(self) -> None:
        """Closes the file; later writes are an error."""
        self._file.close()
