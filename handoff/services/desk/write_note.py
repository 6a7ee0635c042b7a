"""Write beside a talk: notes, whispers and drafts, which no student ever sees."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.desk import DeskEvent, NoteKind
from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.read_desk import may_read
from handoff.services.desk_ports import Note
from handoff.services.ports import Store
from handoff.services.retention.words_gone import check_words
from handoff.services.setting import Setting

LONGEST_NOTE = 4000
LONGEST_DRAFT = 4000


class WriteNote:
    """Keep an internal note, whisper to the counsellor, or write down the debriefing."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, kind: NoteKind, text: str, key: UUID) -> None:
        """Args: key: the same for a request that is sent again.

        Raises: NotFound: there is none, or this person may not read it. InputRefused. NotPermitted: only a supervisor or the second person whispers.
        """
        member.check(Permission.COUNSEL)
        text = text.strip()
        if not text or len(text) > LONGEST_NOTE:
            raise InputRefused("text", f"1文字から{LONGEST_NOTE}文字までで書いてください。")
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            card = await tx.views.card(session_id)
            if card is None or not may_read(member, card):
                raise NotFound("no such session")
            if kind is NoteKind.WHISPER and not (member.is_supervisor or session.second_id == member.id):
                raise NotPermitted("whisper")
            await check_words(tx, session_id, "text")
            if not await tx.talks.add_note(Note(key, session_id, member.id, kind, text, now)):
                return
            await tx.audit.add(now, member.actor, f"write_{kind}", session_id, note=str(key), length=len(text))
            tx.desk.tell(DeskEvent.NOTE, session_id, key)


class KeepDraft:
    """Keep what somebody has begun to write, so that it survives a reload or another computer."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, text: str) -> None:
        """An empty text forgets it. Raises: NotFound: there is none, or this person may not read it. InputRefused."""
        member.check(Permission.COUNSEL)
        if len(text) > LONGEST_DRAFT:
            raise InputRefused("text", f"下書きは{LONGEST_DRAFT}文字までにしてください。")
        async with self._store.transaction() as tx:
            await tx.sessions.lock(session_id)
            card = await tx.views.card(session_id)
            if card is None or not may_read(member, card):
                raise NotFound("no such session")
            if text:
                await check_words(tx, session_id, "text")
            await tx.talks.set_draft(session_id, member.id, text, self._setting.clock.now())
