"""Read a chat for its own page: what the student wrote, what was delivered to them, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.chat import (
    ChatLine,
    ChatState,
    ChatStatus,
    Visitor,
    address_of,
    cleared_through,
    next_clearing,
)
from handoff.domain.errors import ChatOver
from handoff.services.chat.clearing import is_away, is_over, kept_for
from handoff.services.chat_ports import ChatRow
from handoff.services.desk_ports import FeedEntry
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Entries of the log that are looked at one by one; a page that was away for longer is read anew.
FURTHEST_BACK: Final = 5000
ENTRIES_AT_ONCE: Final = 500
#: Characters of a secret; a longer cookie is none of ours.
_LONGEST: Final = 128


@dataclass(frozen=True, slots=True)
class ChatNews:
    """What a page didn't have. number: how far the log had grown before any of it was read; keep: the lines that the
    view still holds, by id and by the page's own key, where it was cleared since the page last heard of it.
    """

    number: int
    lines: Sequence[ChatLine]
    status: ChatStatus
    keep: frozenset[str] | None = None


class ReadChat:
    """The reads of a chat."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    @property
    def now(self) -> datetime:
        return self._setting.clock.now()

    async def who(self, token: str | None) -> Visitor:
        """Whose chat it is. Raises: ChatOver: nobody's, or its time is over."""
        if not token or len(token) > _LONGEST:
            raise ChatOver("no secret")
        async with self._store.reading() as tx:
            row = await tx.chats.find(address_of(token))
        if row is None or is_over(row, self._setting):
            raise ChatOver("no chat by this secret")
        return row.visitor

    async def since(self, visitor: Visitor, number: int, cleared: int) -> ChatNews:
        """What came since the log had grown to ``number`` (0: the whole view).

        A line becomes visible when it is delivered, later than it gets its place in the transcript, so it's the log's
        number that says what a page has seen. Something may be told twice; nothing is left out.

        Args: cleared: up to where the page's view is empty, as it last heard. Raises: ChatOver.
        """
        async with self._store.reading() as tx:
            reached = await tx.views.cursor()
            row = (await tx.chats.rows([visitor.contact_id])).get(visitor.contact_id)
        if row is None or is_over(row, self._setting):
            raise ChatOver("closed")
        status = await self._status(row)
        async with self._store.reading() as tx:
            if 0 < number <= reached <= number + FURTHEST_BACK and status.cleared == cleared:
                lines, keep = await tx.chats.lines_since(visitor.contact_id, number), None
            else:
                lines = await tx.chats.lines(visitor.contact_id)
                there = [line for line in lines if line.sequence is None or line.sequence > status.cleared]
                keep = frozenset(name for line in there for name in (str(line.id), line.key) if name)
        return ChatNews(reached, self._shown(lines, status), status, keep)

    async def statuses(
        self, contacts: Sequence[UUID], known: Mapping[UUID, ChatStatus] | None = None
    ) -> Mapping[UUID, ChatStatus]:
        """How far these chats are now; those that aren't there are left out.

        Args: known: what they were a moment ago; where only time has passed since and nothing is due, it still holds.
        """
        if not contacts:
            return {}
        async with self._store.reading() as tx:
            rows = await tx.chats.rows(contacts)
        found = {}
        for contact_id, row in rows.items():
            last = None if known is None else known.get(contact_id)
            holds = (
                last is not None and last.state is row.state and (last.clears_at is None or last.clears_at > self.now)
            )
            found[contact_id] = (
                replace(last, over=is_over(row, self._setting))
                if holds and last is not None
                else await self._status(row)
            )
        return found

    async def delivered(
        self, calls: Sequence[UUID], statuses: Mapping[UUID, ChatStatus]
    ) -> Mapping[UUID, Sequence[ChatLine]]:
        """The lines that these calls brought, by contact."""
        async with self._store.reading() as tx:
            found = await tx.chats.lines_of_calls(calls)
        return {one: self._shown(lines, statuses[one]) for one, lines in found.items() if one in statuses}

    async def cursor(self) -> int:
        """How far the log has grown."""
        async with self._store.reading() as tx:
            return await tx.views.cursor()

    async def entries_after(self, number: int) -> Sequence[FeedEntry]:
        async with self._store.reading() as tx:
            return await tx.views.entries_after(number, ENTRIES_AT_ONCE)

    async def contacts_of(self, sessions: Sequence[UUID]) -> Mapping[UUID, UUID]:
        """The contacts of those sessions that are chats."""
        async with self._store.reading() as tx:
            return await tx.chats.contacts_of(sessions)

    def clears_in(self, status: ChatStatus) -> float | None:
        """Seconds until the view is emptied further."""
        if status.clears_at is None:
            return None
        return max((status.clears_at - self.now) / timedelta(seconds=1), 0.0)

    @property
    def clear_minutes(self) -> int:
        """So long the view keeps what was said after the end."""
        return int(kept_for(self._setting.profile) / timedelta(minutes=1))

    async def _status(self, row: ChatRow) -> ChatStatus:
        over = is_over(row, self._setting)
        away = is_away(row, self._setting)
        if row.state is not ChatState.ENDED and not row.earlier and not away:
            return ChatStatus(row.state, over, row.cleared)
        async with self._store.reading() as tx:
            marks = await tx.chats.marks(row.visitor.contact_id, away=away)
        after = kept_for(self._setting.profile)
        cleared = cleared_through(marks, row.cleared, after, self.now)
        return ChatStatus(row.state, over, cleared, next_clearing(marks, cleared, after))

    def _shown(self, lines: Sequence[ChatLine], status: ChatStatus) -> Sequence[ChatLine]:
        # What no worker has come to yet was stored by the real clock.
        ahead = self.now - self._setting.clock.real()
        return [
            replace(line, at=line.at + ahead) if line.sequence is None else line
            for line in lines
            if line.sequence is None or line.sequence > status.cleared
        ]
