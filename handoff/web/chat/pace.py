"""How fast one page may bring words: who is faster is taken more slowly, and never refused."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID

#: So many at once, and one more every so many seconds.
AT_ONCE: Final = 20
EVERY: Final = 0.5
#: Seconds that one message waits at the longest.
LONGEST: Final = 4.0
MOST_REMEMBERED: Final = 5000


class Pace:
    """Of one page."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or asyncio.get_running_loop().time
        self._free_at = self._clock() - AT_ONCE * EVERY

    def pause(self) -> float:
        """Seconds by which the next message has to wait."""
        now = self._clock()
        self._free_at = max(self._free_at, now - AT_ONCE * EVERY) + EVERY
        return min(max(self._free_at - now, 0.0), LONGEST)

    async def __call__(self) -> None:
        if pause := self.pause():
            await asyncio.sleep(pause)


class Paces:
    """Of the pages that have no socket, by their contacts; the oldest are forgotten."""

    def __init__(self) -> None:
        self._paces: OrderedDict[UUID, Pace] = OrderedDict()

    def of(self, contact_id: UUID) -> Pace:
        pace = self._paces.setdefault(contact_id, Pace())
        self._paces.move_to_end(contact_id)
        while len(self._paces) > MOST_REMEMBERED:
            self._paces.popitem(last=False)
        return pace
