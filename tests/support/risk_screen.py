"""The real risk screen, for all tests of a process: one object serves a whole process, and loading it takes seconds."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kernel.risk.screen import RiskScreen, load_screen


@lru_cache(maxsize=1)
def real_screen() -> RiskScreen:
    return load_screen(Path(__file__).resolve().parents[2] / "data")
