"""Take words from a chat's page: stored once, with the wake-up; what is acknowledged is stored."""

from __future__ import annotations

import json
from uuid import UUID

from handoff.domain.chat import (
    END_WORDS,
    ChatState,
    Visitor,
    checked_words,
    event_id_of,
)
from handoff.domain.errors import ChatOver
from handoff.domain.incoming import Arrival, Channel, EventType
from handoff.services.chat.clearing import clear
from handoff.services.patience import within
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Seconds; a page that hears nothing asks again by itself, with the same key.
PATIENCE = 5.0


class SayInChat:
    """The student's verb. Words go the way of LINE's: an event, screened before anything else."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, visitor: Visitor, key: UUID, text: str) -> str:
        """Give the words as they are kept. The same key again changes nothing.

        Raises: InputRefused. ChatOver: this chat was closed. StoreUnavailable: nothing is known to be stored.
        """
        words = checked_words(text)
        await self._setting.refresh()
        await self._say(visitor, key, words, ends=False)
        return words

    async def end(self, visitor: Visitor, key: UUID) -> str:
        """End the consultation with the words that end one on LINE; the page is cleared as after any end.

        Raises: ChatOver, StoreUnavailable.
        """
        await self._setting.refresh()
        await self._say(visitor, key, END_WORDS, ends=True)
        return END_WORDS

    async def _say(self, visitor: Visitor, key: UUID, words: str, *, ends: bool) -> None:
        message = {"type": "message", "message": {"type": "text", "id": str(key), "text": words}}
        payload = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        await within(PATIENCE, self._store_it(visitor, EventType.MESSAGE, str(key), payload, ends=ends))

    async def _store_it(self, visitor: Visitor, kind: EventType, key: str, payload: str, *, ends: bool) -> None:
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            chat = await tx.chats.lock(visitor.contact_id)
            if chat.left:
                raise ChatOver("closed for good")
            arrival = Arrival(
                event_id=event_id_of(visitor.contact_id, key),
                type=kind,
                channel=Channel.WEB,
                address=None,
                line_timestamp=int(clock.real().timestamp() * 1000),
                standby=False,
                target=key,
                payload=payload,
            )
            if not await tx.events.add(arrival, visitor.contact_id, clock.real()):
                return
            if chat.state in (ChatState.ENDED, ChatState.LEFT) or chat.earlier:
                # A word opens the talk again, and what was cleared before it must not come back with it.
                await clear(tx, self._setting, chat)
            await tx.chats.set_ended(visitor.contact_id, clock.now() if ends else None)
            await tx.jobs.wake_drain(visitor.contact_id)


class LeaveChat:
    """「すぐに閉じる」: this browser's secret opens nothing any more. The talk itself goes on for the service."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, visitor: Visitor) -> None:
        """Nobody at risk is simply gone: the screen hears of it as of somebody who blocks the account on LINE.

        Asked again, nothing changes. Raises: StoreUnavailable.
        """
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            chat = await tx.chats.lock(visitor.contact_id)
            if chat.left:
                return
            await tx.chats.leave(visitor.contact_id, clock.now())
            arrival = Arrival(
                event_id=event_id_of(visitor.contact_id, "leave"),
                type=EventType.UNFOLLOW,
                channel=Channel.WEB,
                address=None,
                line_timestamp=int(clock.real().timestamp() * 1000),
                standby=False,
                target=None,
                payload=json.dumps({"type": EventType.UNFOLLOW, "source": {"type": Channel.WEB}}),
            )
            await tx.events.add(arrival, visitor.contact_id, clock.real())
            await tx.jobs.wake_drain(visitor.contact_id)
            await tx.audit.add(clock.now(), "student", "leave_chat", chat.session_id)
