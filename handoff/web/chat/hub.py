"""Keeps every open chat of one web process up to date from the one log: each entry is read once for all of them.

A page that has no socket waits here for the same news. What a chat is shown is read by its contact, which its cookie
names: no word of a page ever says whose lines it wants.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from handoff.domain.chat import ChatState, ChatStatus, Visitor
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import StoreUnavailable
from handoff.services.chat.read_chat import ChatNews
from handoff.services.desk_ports import FeedEntry
from handoff.web.chat.parts import ChatParts
from handoff.web.chat.place import Place
from handoff.web.chat.render import Json, line_json, news_json, status_json

log = structlog.get_logger(__name__)

#: Seconds between looks at the log without a note, at the chats that may have ended, and between heartbeats.
LOOK_EVERY: Final = 5.0
CHECK_EVERY: Final = 3.0
BEAT_EVERY: Final = 15.0
#: Seconds after which somebody who asked for news without a socket is taken to be gone.
ASKED_WITHIN: Final = 30.0
#: Seconds that a page shows that somebody writes: as long as LINE shows its animation.
WRITES_FOR: Final = 20.0
#: Messages that a slow socket may have waiting; then it's closed, comes back, and says how far it had seen.
MOST_WAITING: Final = 200
#: Sessions whose contacts are remembered.
MOST_KNOWN: Final = 5000


@dataclass(eq=False, slots=True)
class Viewer:
    """One open page. cleared: up to where its view is empty, as it was told; None in ``outgoing`` ends it."""

    visitor: Visitor
    cleared: int = 0
    status: ChatStatus | None = None
    over: bool = False
    outgoing: asyncio.Queue[Json | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    @property
    def live(self) -> bool:
        """Whether a person talks with this student."""
        return self.status is not None and self.status.state is ChatState.LIVE

    def give(self, message: Json) -> None:
        """Hand a message over, or close a socket that doesn't keep up."""
        try:
            self.outgoing.put_nowait(message)
        except asyncio.QueueFull:
            self.end()

    def end(self, *, over: bool = False) -> None:
        """Let the socket close. over: for good."""
        self.over = self.over or over
        while not self.outgoing.empty():
            self.outgoing.get_nowait()
        self.outgoing.put_nowait(None)


class ChatHub:
    """The fan-out of one web process."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts
        self._viewers: dict[UUID, set[Viewer]] = {}
        self._waiting: dict[UUID, set[asyncio.Event]] = {}
        self._asked: dict[UUID, float] = {}
        self._writes: dict[UUID, float] = {}
        self._here: set[UUID] = set()
        self._contacts: dict[UUID, UUID | None] = {}
        self._cursor: int | None = None
        self._reading = asyncio.Lock()
        self._noted = asyncio.Event()

    def hear(self) -> None:
        """The log may have grown."""
        self._noted.set()

    # Tasks ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._noted.wait(), LOOK_EVERY)
            self._noted.clear()
            await self._safely("chat_log_failed", self._catch_up())

    async def check(self) -> None:
        """Clear and end what has to be, until cancelled."""
        while True:
            await asyncio.sleep(CHECK_EVERY)
            await self._safely("chat_check_failed", self._check())

    async def beat(self) -> None:
        """Say which pages are open, and tell each that its line still stands, until cancelled."""
        while True:
            await self._safely("chat_beat_failed", self._beat())
            for viewer in self._all():
                viewer.give({"beat": True})
            await asyncio.sleep(BEAT_EVERY)

    async def hear_typing(self, show_desk: Callable[[UUID], Awaitable[None]]) -> None:
        """Bring to pages and desks that somebody writes, until cancelled. Args: show_desk: by the session's id."""
        async for typing in self._parts.typing:
            if typing.session_id is not None:
                await self._safely("typing_not_shown", show_desk(typing.session_id))
                continue
            for viewer in self._viewers.get(typing.contact_id, ()):
                viewer.give({"typing": True})
            if typing.contact_id in self._waiting:
                self._writes[typing.contact_id] = asyncio.get_running_loop().time() + WRITES_FOR
                self.wake(typing.contact_id)

    @staticmethod
    async def _safely(said: str, work: Awaitable[None]) -> None:
        try:
            await work
        except StoreUnavailable:
            log.warning(f"{said}_without_database")
        except Exception as error:  # noqa: BLE001 - whatever it is, the other chats must go on
            log.error(said, error=type(error).__name__)

    # Sockets ----------------------------------------------------------------------------------------------------

    async def attach(self, viewer: Viewer, place: Place) -> None:
        """Show what this page missed since it had seen that far, and keep it up to date from then on.

        Raises: ChatOver, StoreUnavailable.
        """
        if self._cursor is None:
            await self._catch_up()
        contact_id = viewer.visitor.contact_id
        # Attached first: what comes while we read is told twice rather than never.
        self._viewers.setdefault(contact_id, set()).add(viewer)
        news = await self._parts.read.since(viewer.visitor, place.number, place.cleared)
        viewer.status, viewer.cleared = news.status, news.status.cleared
        viewer.give(self.news(viewer.visitor, news) | {"ready": True})

    def news(self, visitor: Visitor, news: ChatNews) -> Json:
        """What a page didn't have, and how far it has seen with that."""
        return news_json(news, self._parts.read, self._sealed(visitor.contact_id, news.number, news.status.cleared))

    def _sealed(self, contact_id: UUID, number: int, cleared: int) -> str:
        return self._parts.places.seal(contact_id, Place(number, cleared))

    def detach(self, viewer: Viewer) -> None:
        viewers = self._viewers.get(viewer.visitor.contact_id, set())
        viewers.discard(viewer)
        if not viewers:
            self._viewers.pop(viewer.visitor.contact_id, None)

    def tell_others(self, viewer: Viewer, message: Json) -> None:
        """What one page said, to the same student's other pages."""
        for other in self._viewers.get(viewer.visitor.contact_id, ()):
            if other is not viewer:
                other.give(message)

    def end(self, visitor: Visitor) -> None:
        """Close the pages of a chat that was closed for good."""
        for viewer in list(self._viewers.get(visitor.contact_id, ())):
            viewer.end(over=True)
        self.wake(visitor.contact_id)

    def close(self) -> None:
        """Let every socket end."""
        for viewer in self._all():
            viewer.end()

    def _all(self) -> list[Viewer]:
        return [viewer for viewers in self._viewers.values() for viewer in viewers]

    # Without sockets --------------------------------------------------------------------------------------------

    async def wait(self, visitor: Visitor, place: Place, seconds: float) -> tuple[ChatNews, bool]:
        """What came since the page had seen that far, at once where there is something, else after ``seconds``; and
        whether somebody of ours writes.

        Raises: ChatOver, StoreUnavailable.
        """
        contact_id, event, loop = visitor.contact_id, asyncio.Event(), asyncio.get_running_loop()
        # Registered first: what comes while we read wakes us rather than nobody.
        self._waiting.setdefault(contact_id, set()).add(event)
        self._asked[contact_id] = loop.time()
        try:
            news = await self._parts.read.since(visitor, place.number, place.cleared)
            if place.number > 0 and not news.lines and news.keep is None and seconds > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), seconds)
                    news = await self._parts.read.since(visitor, place.number, place.cleared)
            return news, not news.lines and self._writes.get(contact_id, 0.0) > loop.time()
        finally:
            self._asked[contact_id] = loop.time()
            waiting = self._waiting.get(contact_id, set())
            waiting.discard(event)
            if not waiting:
                self._waiting.pop(contact_id, None)

    def wake(self, contact_id: UUID) -> None:
        """Let those who wait look again."""
        for event in self._waiting.get(contact_id, ()):
            event.set()

    # What the log brings ----------------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        async with self._reading:
            if self._cursor is None:
                self._cursor = await self._parts.read.cursor()
            while entries := await self._parts.read.entries_after(self._cursor):
                try:
                    await self._show(entries)
                except StoreUnavailable:
                    raise
                except Exception as error:  # noqa: BLE001 - what can't be shown must not hold up all after it
                    log.error("chat_entries_not_shown", number=entries[0].number, error=type(error).__name__)
                    self.close()  # each page comes back by itself, and says how far it had seen
                self._cursor = entries[-1].number

    async def _show(self, entries: Sequence[FeedEntry]) -> None:
        """Show entries that were read at once: one read of lines and one of states for all chats together."""
        ours = [one for one in entries if one.kind in (DeskEvent.CHAT, DeskEvent.SESSION) and one.session_id]
        if not ours or not (self._viewers or self._waiting):
            return
        contacts = await self._contacts_of({one.session_id for one in ours if one.session_id is not None})
        shown = {contact for contact in contacts.values() if contact in self._viewers}
        if shown:
            statuses = await self._parts.read.statuses(sorted(shown))
            calls = [
                one.subject
                for one in ours
                if one.kind is DeskEvent.CHAT and one.subject and contacts.get(one.session_id) in shown
            ]
            lines = await self._parts.read.delivered(calls, statuses) if calls else {}
            for contact_id, status in statuses.items():
                told: Json = {}
                if contact_id in lines:
                    self._writes.pop(contact_id, None)
                    told["lines"] = [line_json(line) for line in lines[contact_id]]
                await self._tell(contact_id, status, told, entries[-1].number)
        for contact_id in set(contacts.values()):
            self.wake(contact_id)

    async def _contacts_of(self, sessions: set[UUID]) -> Mapping[UUID | None, UUID]:
        """The contacts of those sessions that are chats; which they are never changes, so it's read once."""
        unknown = [one for one in sessions if one not in self._contacts]
        if unknown:
            found = await self._parts.read.contacts_of(unknown)
            if len(self._contacts) > MOST_KNOWN:
                self._contacts.clear()
                return await self._contacts_of(sessions)
            self._contacts |= {one: found.get(one) for one in unknown}
        return {one: contact for one in sessions if (contact := self._contacts[one]) is not None}

    async def _tell(self, contact_id: UUID, status: ChatStatus, told: Json, number: int | None = None) -> None:
        """Give news of one chat to its pages; each hears of the state where it is another than it was told.

        Args: number: how far the log was read for it.
        """
        for viewer in list(self._viewers.get(contact_id, ())):
            if status.over:
                viewer.end(over=True)
                continue
            message = dict(told)
            if status.cleared > viewer.cleared:
                news = await self._parts.read.since(viewer.visitor, 0, 0)
                seen = news.number if number is None else number
                message = self.news(viewer.visitor, news)
                message["place"] = self._sealed(contact_id, seen, news.status.cleared)
            else:
                if number is not None:
                    message["place"] = self._sealed(contact_id, number, viewer.cleared)
                if viewer.status != status:
                    message["status"] = status_json(status, self._parts.read)
            viewer.status, viewer.cleared = status, max(status.cleared, viewer.cleared)
            if message:
                viewer.give(message)

    async def _check(self) -> None:
        """What comes by time alone: views to be emptied, and chats that were closed by another process."""
        known = {
            contact_id: viewer.status
            for contact_id, viewers in self._viewers.items()
            for viewer in viewers
            if viewer.status is not None
        }
        for contact_id, status in (await self._parts.read.statuses(sorted(known), known)).items():
            await self._tell(contact_id, status, {})

    async def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        self._asked = {one: at for one, at in self._asked.items() if now - at < ASKED_WITHIN}
        here = set(self._viewers) | set(self._asked)
        await self._parts.presence.beat(sorted(here), sorted(self._here - here))
        self._here = here
