"""The two limits that LINE answers with 429: messages a month, and requests a second."""

from __future__ import annotations

from collections.abc import Callable


class Quota:
    """Pushes counted per person reached; replies are free. ``limit`` None is LINE's type "none"."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.used = 0

    def has_room(self, count: int = 1) -> bool:
        """Whether ``count`` more messages fit into this month."""
        return self.limit is None or self.used + count <= self.limit

    def as_json(self) -> dict[str, object]:
        """The body of ``GET /v2/bot/message/quota``."""
        return {"type": "none"} if self.limit is None else {"type": "limited", "value": self.limit}


class RateLimit:
    """A token bucket of one endpoint: ``rate`` requests a second, and as many at once."""

    def __init__(self, now: Callable[[], float], rate: float) -> None:
        self._now = now
        self._rate = rate
        self._room = rate
        self._at = now()

    def take(self) -> bool:
        """Take one request; False when the bucket is empty."""
        at = self._now()
        self._room = min(self._rate, self._room + (at - self._at) * self._rate)
        self._at = at
        if self._room < 1:
            return False
        self._room -= 1
        return True
