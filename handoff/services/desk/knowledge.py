"""The board of short notes for all counsellors (WG-20): new games, words of the young, news from around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import NotPermitted
from handoff.domain.knowledge import LISTED_AFTER, checked, is_found, is_over, words_of
from handoff.domain.staff import Permission, StaffMember
from handoff.services.care_ports import KnowledgeNote
from handoff.services.desk.follow_up import aliases_of, today_of
from handoff.services.ports import Store
from handoff.services.setting import Setting

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Board:
    """The notes as the page shows them, the newest first. over: those whose last day is past; words: what was searched."""

    today: date
    notes: Sequence[KnowledgeNote]
    over: Sequence[KnowledgeNote]
    words: tuple[str, ...]
    aliases: Mapping[UUID, str]


def may_change(member: StaffMember, note: KnowledgeNote) -> bool:
    """Whoever wrote a note changes it, and a supervisor."""
    return member.is_supervisor or member.id == note.author_id


class ReadKnowledge:
    """The board, all of it or what holds some words."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, query: str = "") -> Board:
        """Raises: NotPermitted."""
        member.check(Permission.SHARE)
        today, words = today_of(self._setting.clock.now()), words_of(query)
        async with self._store.reading() as tx:
            notes = await tx.knowledge.not_over_before(today - LISTED_AFTER, MOST)
            found = [note for note in notes if is_found(words, note.title, note.text)]
            aliases = await aliases_of(tx, await tx.staff.everybody(), [note.author_id for note in found])
            await tx.audit.add(self._setting.clock.now(), member.actor, "open_knowledge", None, notes=len(found))
        over = [note for note in found if is_over(note.expires_on, today)]
        return Board(today, [note for note in found if note not in over], over, words, aliases)


class WriteKnowledge:
    """Put a note up, or change one."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, title: str, text: str, expires_on: date | None) -> None:
        """Put up a new one. Args: key: the same for a request that is sent again.

        Raises: NotPermitted, InputRefused.
        """
        member.check(Permission.SHARE)
        now = self._setting.clock.now()
        title, text = checked(title, text, expires_on, today_of(now))
        async with self._store.transaction() as tx:
            if await tx.knowledge.add(KnowledgeNote(key, member.id, title, text, now, now, expires_on)):
                await tx.audit.add(now, member.actor, "write_knowledge", None, note=str(key), length=len(text))
                tx.desk.tell(DeskEvent.KNOWLEDGE, None, key)

    async def change(self, note_id: UUID, member: StaffMember, title: str, text: str, expires_on: date | None) -> None:
        """Raises: NotPermitted: it's somebody else's. NotFound, InputRefused."""
        member.check(Permission.SHARE)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            note = await tx.knowledge.lock(note_id)
            if not may_change(member, note):
                raise NotPermitted("change_knowledge")
            title, text = checked(title, text, expires_on, today_of(now))
            if (note.title, note.text, note.expires_on) == (title, text, expires_on):
                return
            await tx.knowledge.save(replace(note, title=title, text=text, expires_on=expires_on, updated_at=now))
            await tx.audit.add(now, member.actor, "change_knowledge", None, note=str(note_id), length=len(text))
            tx.desk.tell(DeskEvent.KNOWLEDGE, None, note_id)


class RemoveKnowledge:
    """Take a note off the board; its words are gone for good."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, note_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted: it's somebody else's. NotFound: there is none any more."""
        member.check(Permission.SHARE)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            note = await tx.knowledge.lock(note_id)
            if not may_change(member, note):
                raise NotPermitted("remove_knowledge")
            await tx.knowledge.remove(note_id, now)
            await tx.audit.add(now, member.actor, "remove_knowledge", None, note=str(note_id))
            tx.desk.tell(DeskEvent.KNOWLEDGE, None, note_id)
