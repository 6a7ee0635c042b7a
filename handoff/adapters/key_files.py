"""The key file as commands change it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from kernel.sealing import Keyring
from kernel.sealing.key_file import activate_key, add_key, drop_key


class KeyFileAt:
    """Implements ``services.key_work_ports.KeyFileChanges``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def active(self) -> str:
        return Keyring.from_file(self._path).active

    def activated(self) -> datetime:
        return datetime.fromtimestamp(Keyring.from_file(self._path).activated, UTC)

    def names(self) -> Sequence[str]:
        return list(Keyring.from_file(self._path).keys)

    def add(self, name: str | None) -> str:
        return add_key(self._path, name)

    def activate(self, name: str) -> None:
        activate_key(self._path, name)

    def drop(self, name: str) -> None:
        drop_key(self._path, name)
