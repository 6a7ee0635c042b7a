"""Small signs of life between a chat's page and the desk: that somebody writes, and that somebody sits there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from handoff.domain.chat import HERE, ChatState, Visitor
from handoff.domain.desk import DeskEvent
from handoff.services.chat.clearing import clear, is_away
from handoff.services.chat_ports import Typing, Writer
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Seconds between two notes that the same student writes.
AGAIN_AFTER: Final = 3.0
#: Chats remembered; older ones are forgotten together.
MOST_REMEMBERED: Final = 5000


class TypeInChat:
    """The student writes: the counsellor of a live talk sees it; nobody else, and nothing is stored."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._told: dict[UUID, float] = {}

    async def __call__(self, visitor: Visitor) -> bool:
        """Give whether it was told now. Raises: StoreUnavailable."""
        now = self._clock()
        if now - self._told.get(visitor.contact_id, now - AGAIN_AFTER) < AGAIN_AFTER:
            return False
        if len(self._told) >= MOST_REMEMBERED:
            self._told.clear()
        self._told[visitor.contact_id] = now
        async with self._store.reading() as tx:
            row = (await tx.chats.rows([visitor.contact_id])).get(visitor.contact_id)
            if row is None or row.state is not ChatState.LIVE or row.session_id is None:
                return False
            await tx.chats.tell_typing(Typing(visitor.contact_id, Writer.STUDENT, row.session_id))
        return True


class ShowWriting:
    """Somebody of ours writes, or the bot thinks: LINE's loading animation, on a page."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, address: str) -> None:
        """Args: address: of the contact. Raises: StoreUnavailable."""
        async with self._store.reading() as tx:
            row = await tx.chats.find(address)
            if row is not None and not row.left:
                await tx.chats.tell_typing(Typing(row.visitor.contact_id, Writer.SERVICE))


class ChatPresence:
    """Which pages are open: a heartbeat for all of one web process at once."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def beat(self, here: Sequence[UUID], gone: Sequence[UUID]) -> None:
        """Note who sits there and who doesn't any more; desks hear of it where it changes. Raises: StoreUnavailable."""
        real = self._setting.clock.real()
        async with self._store.transaction() as tx:
            # Whoever opens it again after a long time doesn't see what was left there; from now on it counts as open.
            for row in (await tx.chats.rows(here)).values() if here else ():
                if is_away(row, self._setting):
                    await clear(tx, self._setting, row)
            changed = list(await tx.chats.see(here, real, real - HERE)) if here else []
            changed += await tx.chats.miss(gone) if gone else []
            for session_id in changed:
                tx.desk.tell(DeskEvent.SESSION, session_id)
