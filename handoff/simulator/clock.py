"""The stand-in's two clocks: one that only runs forward, and a wall clock that can be set for a demo."""

from __future__ import annotations

import time
from datetime import datetime


class WallClock:
    """Milliseconds since 1970, real or shifted; ``set`` moves it and it runs on from there."""

    def __init__(self, start: str | None = None) -> None:
        self._offset_ms = 0
        if start is not None:
            self.set(start)

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self._offset_ms

    def set(self, start: str | None) -> None:
        """Start at an ISO time with zone, or go back to the real time (``None`` or ``"now"``).

        Raises ValueError when the text is no ISO time or has no zone.
        """
        if start is None or start == "now":
            self._offset_ms = 0
            return
        at = datetime.fromisoformat(start)
        if at.tzinfo is None:
            raise ValueError("the clock needs a zone, for example 2026-12-31T15:00:00+09:00")
        self._offset_ms = round(at.timestamp() * 1000) - time.time_ns() // 1_000_000
