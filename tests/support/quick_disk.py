"""A folder in memory for what tests make by the hundred and throw away: a fresh database each is half of their time on a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
#: Bytes that have to be free there; a run takes a tenth of it.
ENOUGH: Final = 2 * 1024**3
_PREFIX: Final = "tsunagi-tests-"


@contextmanager
def quick_folder(otherwise: Path) -> Iterator[Path]:
    """Give a folder in memory until the block ends, ``otherwise`` where there is none or it is too small."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH):
        yield otherwise
        return
    _forget_the_dead()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=MEMORY, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _forget_the_dead() -> None:
    """Remove what a run that was killed could not."""
    for left in MEMORY.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(left, ignore_errors=True)
