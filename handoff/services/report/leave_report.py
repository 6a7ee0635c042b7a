"""Leave a report's pages at once (row 27): what was told stays, and nothing in the browser opens any of it again.

A browser asks once more for the pages of its history, and sends their forms once more, also when somebody else presses
Back. So the pages of one sitting are remembered as left for as long as a visit could have lasted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handoff.services.ports import Store
from handoff.services.setting import Setting


class LeaveReport:
    """End a visit, and the pages on which it was held."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str, sittings: Sequence[str]) -> None:
        """Args: token: of the visit, empty where none was begun; sittings: the signs that its pages hold."""
        async with self._store.transaction() as tx:
            if token:
                await tx.visits.end(token)
            for sitting in sittings:
                await tx.sittings.leave(sitting, self._setting.clock.real())


class WasLeft:
    """Asks how long ago somebody left the pages that hold a sign; changes nothing."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, sitting: str) -> timedelta | None:
        """None: nobody left them."""
        async with self._store.reading() as tx:
            left_at = await tx.sittings.left_at(sitting)
        return None if left_at is None else self._setting.clock.real() - left_at
