"""Keeps every open desk up to date from the one log: what a desk missed is replayed in order, and nothing twice.

A web process reads each entry once and gives it to all its sockets; a socket that comes back says how far it had seen.
Whether somebody may see something is asked for every single change, with the session as it stands then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import NotFound, StoreUnavailable
from handoff.domain.session import State
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.read_desk import among_talks, may_read, may_see_note
from handoff.services.desk_ports import FeedEntry
from handoff.services.desk_view_ports import Card
from handoff.web.desk.parts import DeskParts
from handoff.web.desk.render import (
    Json,
    alarm_json,
    card_json,
    line_json,
    note_json,
    people_json,
    proposal_json,
    when,
    window_json,
)

log = structlog.get_logger(__name__)

#: Seconds between heartbeats, and between looks at who is there.
BEAT_EVERY = 5.0
#: Entries that are replayed at most: some days of a busy service. Who was away for longer reads the page anew.
FURTHEST_BACK = 20_000
#: Messages that a slow socket may have waiting; then it's closed, comes back, and says how far it had seen.
MOST_WAITING = 2000

#: Entries that only those see who have the session open.
_OF_WATCHERS = frozenset({DeskEvent.LINE, DeskEvent.DELIVERY, DeskEvent.NOTE})

#: Fields of what is shown that hold somebody's words about one session.
_WORDS: Final = frozenset({"line", "note", "proposal"})

#: What one viewer gets of a change; None for nothing.
Shown = Callable[["Viewer"], Json | None]


@dataclass(eq=False, slots=True)
class Viewer:
    """One open socket. watching: the sessions whose lines it shows; known: those that it may know of, because it reads
    them now or did until the last change; on_record: those of which it is written down that their words were shown.
    """

    member: StaffMember
    watching: set[UUID] = field(default_factory=set)
    known: set[UUID] = field(default_factory=set)
    on_record: set[UUID] = field(default_factory=set)
    outgoing: asyncio.Queue[Json | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def give(self, message: Json) -> None:
        """Hand a message over, or close a socket that doesn't keep up."""
        try:
            self.outgoing.put_nowait(message)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Let the socket close."""
        while not self.outgoing.empty():
            self.outgoing.get_nowait()
        self.outgoing.put_nowait(None)


def _watched_by(entry: FeedEntry, viewers: Sequence[Viewer]) -> bool:
    return any(entry.session_id in viewer.watching for viewer in viewers)


class DeskHub:
    """The fan-out of one web process."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._viewers: set[Viewer] = set()
        self._cursor: int | None = None
        self._reading = asyncio.Lock()
        self._people: list[Json] = []
        self._aliases: dict[UUID, str] = {}
        #: Called at every note that the log may have grown: one listener a process is enough.
        self.hearers: list[Callable[[], None]] = []

    @property
    def aliases(self) -> Mapping[UUID, str]:
        """How the team's members are called, by id."""
        return self._aliases

    async def run(self) -> None:
        """Follow the log until cancelled."""
        async for _ in self._parts.notes:
            for hear in self.hearers:
                hear()
            try:
                async with self._reading:
                    await self._catch_up()
            except StoreUnavailable:
                log.warning("desk_log_unread")  # the next note, at the latest that of the clock, tries again
            except Exception as error:  # noqa: BLE001 - a reading that fails must not stop all desks for good
                log.error("desk_log_failed", cursor=self._cursor, error=type(error).__name__)

    async def beat(self) -> None:
        """Say that the connected desks are open, and who is there, until cancelled."""
        while True:
            try:
                await self._parts.presence.beat(sorted({viewer.member.id for viewer in self._viewers}))
                if await self._look_at_people():
                    self._give_all({"people": self._people})
                # Also tells a desk that its line still stands, and what time the service goes by.
                self._give_all({"at": when(self._parts.read.now)})
            except StoreUnavailable:
                log.warning("desk_beat_unwritten")
            except Exception as error:  # noqa: BLE001 - without beats everybody would lose their sessions
                log.error("desk_beat_failed", error=type(error).__name__)
            await asyncio.sleep(BEAT_EVERY)

    async def attach(self, viewer: Viewer, cursor: int, cards: Collection[UUID] = ()) -> None:
        """Replay what this desk missed since ``cursor``, in order, and keep it up to date from then on.

        Args: cards: of the sessions that it shows. Which of them it may not show any more it hears in the same words as
        of one that never was. Raises: StoreUnavailable.
        """
        # Before the lock, which holds up all desks; what changes until it is ours stands in what is replayed.
        viewer.known = set(await self._parts.read.shown_to(viewer.member, cards))
        async with self._reading:
            reached = await self._catch_up()
        if reached - cursor > FURTHEST_BACK:
            viewer.give({"reload": True})
            return
        await self._parts.read.follow(viewer.member)
        # The most of it without the lock: whoever was away for long holds up nobody's news.
        await self._show_all(await self._missed(cursor, reached), [viewer])
        # The desk's cursor may come from another process, which has read further than this one.
        cursor = max(cursor, reached)
        async with self._reading:
            reached = await self._catch_up()
            await self._show_all(await self._missed(cursor, reached), [viewer])
            for session_id in sorted(set(cards) - viewer.known):
                viewer.give({"gone": {"id": str(session_id), "state": "", "by": None}})
            viewer.give({"cursor": reached, "people": self._people, "ready": True})
            self._viewers.add(viewer)

    async def catch_up(self, viewer: Viewer, since: Mapping[UUID, int]) -> None:
        """Show what came in sessions between the reading of their page and the first word that they are watched.

        Args: since: by session, how far the log had grown when it was read.

        Raises: StoreUnavailable.
        """
        async with self._reading:
            reached = await self._catch_up()
        # Read without the lock, which holds up all desks; shown under it, or something older might come after newer news.
        missed = await self._missed(max(min(since.values()), reached - FURTHEST_BACK), reached)
        theirs = [one for one in missed if one.session_id and one.number > since.get(one.session_id, one.number)]
        async with self._reading:
            await self._show_all(theirs, [viewer])
            viewer.give({"caught_up": [str(session) for session in since]})

    async def show_typing(self, session_id: UUID) -> None:
        """The student of this session writes just now. Raises: StoreUnavailable."""
        if not any(session_id in viewer.watching for viewer in self._viewers):
            return
        card = await self._parts.read.card(session_id)
        for viewer in list(self._viewers):
            if card is not None and session_id in viewer.watching and may_read(viewer.member, card):
                viewer.give({"typing": str(session_id)})

    def detach(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)

    def close(self) -> None:
        """Let every socket end."""
        for viewer in list(self._viewers):
            viewer.end()

    def sign_out(self, member_id: UUID) -> None:
        """Close the sockets of somebody who left."""
        for viewer in list(self._viewers):
            if viewer.member.id == member_id:
                viewer.end()

    async def _missed(self, cursor: int, reached: int) -> list[FeedEntry]:
        """The entries between a desk's cursor and ours, in order; of several that speak of the same thing the last one
        says it all, because each is shown as it stands now.
        """
        missed: dict[tuple[DeskEvent, UUID | None, UUID | None, str], FeedEntry] = {}
        while cursor < reached:
            entries = [one for one in await self._parts.read.entries_after(cursor) if one.number <= reached]
            if not entries:
                break
            for entry in entries:
                key = (entry.kind, entry.session_id, entry.subject, str(entry.detail.get("code", "")))
                missed.pop(key, None)
                missed[key] = entry
            cursor = entries[-1].number
        return list(missed.values())

    async def _catch_up(self) -> int:
        """Show what came since the last look, under the lock; how far the log was read."""
        if self._cursor is None:
            await self._look_at_people()
            self._cursor = await self._parts.read.cursor()
        while entries := await self._parts.read.entries_after(self._cursor):
            await self._show_all(entries, list(self._viewers))
            self._cursor = entries[-1].number
        return self._cursor

    async def _show_all(self, entries: Sequence[FeedEntry], viewers: Sequence[Viewer]) -> None:
        """Show entries that were read at once. A session is read once for all of them: as it stands after the last."""
        cards: dict[UUID, Card | None] = {}
        for entry in entries:
            if not viewers or (entry.kind in _OF_WATCHERS and not _watched_by(entry, viewers)):
                continue
            await self._show(entry, viewers, cards)

    async def _show(self, entry: FeedEntry, viewers: Sequence[Viewer], cards: dict[UUID, Card | None]) -> None:
        try:
            shown = await self._changes(entry, cards)
        except NotFound:
            return
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one entry that can't be shown must not hold up all after it
            log.error("desk_entry_not_shown", number=entry.number, kind=entry.kind, error=type(error).__name__)
            return
        given = [(viewer, told) for viewer in viewers for change in shown if (told := change(viewer)) is not None]
        for viewer, told in given:
            if entry.session_id is not None and not _WORDS.isdisjoint(told):
                await self._write_down(viewer, entry.session_id)
        for viewer, told in given:
            viewer.give({"cursor": entry.number, **told})

    async def _write_down(self, viewer: Viewer, session_id: UUID) -> None:
        """Before the first words of a session go to a socket it is on record that they do. Raises: StoreUnavailable."""
        if session_id not in viewer.on_record:
            await self._parts.read.watch(viewer.member, session_id)
            viewer.on_record.add(session_id)

    async def _changes(self, entry: FeedEntry, cards: dict[UUID, Card | None]) -> list[Shown]:
        """What an entry shows, read once for all viewers. cards: the sessions read so far."""
        read, subject = self._parts.read, entry.subject
        if entry.kind is DeskEvent.PRESENCE:
            await self._look_at_people()
            people = {"people": self._people}
            return [lambda _viewer: people]
        if entry.session_id is not None and entry.session_id not in cards:
            cards[entry.session_id] = await read.card(entry.session_id)
        card = None if entry.session_id is None else cards[entry.session_id]
        match entry.kind:
            case DeskEvent.SESSION | DeskEvent.SHEET if card is not None:
                return [self._card(card)]
            case DeskEvent.LINE if card is not None and subject is not None:
                line = await read.line(subject)
                return [] if line is None else [self._watched(card, {"line": line_json(line)})]
            case DeskEvent.DELIVERY if card is not None and subject is not None:
                lines = await read.lines_of_call(subject)
                return [self._watched(card, {"line": line_json(line)}) for line in lines]
            case DeskEvent.NOTE if card is not None and subject is not None:
                note = await read.note(subject)
                if note is None or note.session_id != card.id:
                    return []
                told = self._watched(card, {"note": note_json(note, self._aliases)})
                return [lambda viewer: told(viewer) if may_see_note(viewer.member, card, note) else None]
            case DeskEvent.PROPOSAL if card is not None and subject is not None:
                proposal = await read.proposal(subject)
                shown = {"proposal": proposal_json(proposal, self._aliases)}
                return [self._readable(card, shown), self._card(card)]
            case DeskEvent.ALARM:
                alarm = {"alarm": alarm_json(entry)}
                return [lambda viewer: alarm if viewer.member.is_supervisor or viewer.member.id == subject else None]
            case DeskEvent.ESCALATION:
                changed = {"changed": {"kind": entry.kind}}
                return [lambda _viewer: changed, *([] if card is None else [self._card(card)])]
            case DeskEvent.CLOSURE:
                await self._parts.setting.refresh(anew=True)
                window = {"window": window_json(self._parts.setting.profile, read.now)}
                return [lambda _viewer: window]
            case DeskEvent.REPORT:
                report = {"changed": {"kind": entry.kind}}
                return [lambda viewer: report if viewer.member.may(Permission.COUNSEL) else None]
            case DeskEvent.FOLLOW_UP | DeskEvent.CARE | DeskEvent.KNOWLEDGE | DeskEvent.PHRASE:
                news = {"changed": {"kind": entry.kind}}
                return [lambda _viewer: news, *([] if card is None else [self._card(card)])]
            case _:
                return []

    def _card(self, card: Card) -> Shown:
        shown = {"card": card_json(card, self._aliases)}
        gone = {"gone": {"id": str(card.id), "state": card.state, "by": shown["card"]["counsellor"]}}

        def tell(viewer: Viewer) -> Json | None:
            if may_read(viewer.member, card) and card.state is not State.CLOSED and among_talks(card):
                viewer.known.add(card.id)
                return shown
            if card.id not in viewer.known:
                return None
            viewer.known.discard(card.id)
            return gone

        return tell

    @staticmethod
    def _watched(card: Card, shown: Json) -> Shown:
        return lambda viewer: shown if card.id in viewer.watching and may_read(viewer.member, card) else None

    @staticmethod
    def _readable(card: Card, shown: Json) -> Shown:
        return lambda viewer: shown if may_read(viewer.member, card) else None

    async def _look_at_people(self) -> bool:
        """Read who is there; whether that is news."""
        people = await self._parts.read.people()
        self._aliases = {person.member.id: person.member.alias for person in people}
        shown = people_json(people)
        news = shown != self._people
        self._people = shown
        return news

    def _give_all(self, message: Any) -> None:
        for viewer in list(self._viewers):
            viewer.give(message)
