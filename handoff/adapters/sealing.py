"""The sealer of a process that runs long: it forgets unwrapped data keys after a while."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from cachetools import TTLCache

from kernel.sealing import CellSealer, Sealer

#: Seconds after which a data key that another process destroyed opens nothing here any more.
KEPT_SECONDS: Final = 600
#: At most so many: the sessions of an evening, with a key for each of their kinds.
KEPT_KEYS: Final = 4096


def open_sealer(path: Path) -> Sealer:
    """Raises: KeyFileError."""
    cache: TTLCache[UUID, CellSealer] = TTLCache(KEPT_KEYS, KEPT_SECONDS)
    return Sealer.from_key_file(path, cache)
