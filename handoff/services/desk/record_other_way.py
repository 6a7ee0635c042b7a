"""Record a consultation that came by phone, mail, fax, letter or in person: one record for all ways (TAJ-1, HYO-4.1).

The words enter as an event like a student's, so that the worker screens them before anything else and the ladder rings at
risk; but there is nobody to talk with. Its contact has no address, nothing is ever said, and the session stands at its
sheet from the first moment.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final
from uuid import UUID

from handoff.domain.desk import EndReason
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.incoming import Arrival, EventType, MessageKind, StoredEvent, StudentMessage
from handoff.domain.other_ways import PREFIX, OtherWay, checked
from handoff.domain.session import Change
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.end_talk import end
from handoff.services.desk.read_desk import may_open
from handoff.services.desk.student_writes import show_written
from handoff.services.move_session import move
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

VERB: Final = "record_other_way"


class RecordOtherWay:
    """The counsellor's verb."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, entry: OtherWay, key: UUID, earlier: UUID | None = None) -> UUID:
        """Give the session's id; its sheet is this counsellor's to fill in.

        Args: key: the same for a form that is sent again, which records nothing twice; earlier: a session of the same
        person, where the counsellor knows of one.

        Raises: NotPermitted. InputRefused: see ``other_ways.checked``; or the key was used for something else.
            NotFound: no such earlier session, or this person may not read it.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        setting, clock = self._setting, self._setting.clock
        entry = checked(entry, setting.profile, clock.now())
        async with self._store.transaction() as tx:
            await self._check_earlier(tx, member, earlier)
            contact_id = await tx.contacts.find_or_add(entry.channel, f"{PREFIX}{key}", clock.now())
            if not await tx.events.add(_arrival(entry, key, self._line_time(entry.came_at)), contact_id, clock.real()):
                return await self._known(tx, contact_id)
            event = await tx.events.next_undone(contact_id)
            if event is None:
                raise NotFound("the event that was just stored")
            session = await tx.sessions.start(contact_id, setting.profile.id, entry.came_at)
            if earlier is not None:
                await tx.sessions.link(session.id, earlier)
            intake = entry.intake()
            if intake:
                await tx.sessions.set_intake(session.id, intake)
            message = StudentMessage(MessageKind.TEXT, entry.words, None, str(key), "text")
            await tx.transcript.add_student(session.id, event, message, entry.came_at, removed=False)
            session = await move(
                tx,
                setting,
                session,
                Change.TAKE_OVER,
                member.actor,
                person=member.id,
                verb=VERB,
                channel=entry.channel,
                earlier=None if earlier is None else str(earlier),
            )
            session = await end(tx, setting, session, EndReason.COUNSELLOR, member.actor)
            show_written(tx, session, event.id)
            await tx.jobs.wake_drain(contact_id)
            return session.id

    def _line_time(self, at: datetime) -> int:
        """A moment of the service's clock in ms of LINE's, as all events have it."""
        return int((at - self._setting.clock.offset).timestamp() * 1000)

    @staticmethod
    async def _check_earlier(tx: Transaction, member: StaffMember, earlier: UUID | None) -> None:
        if earlier is None:
            return
        card = await tx.views.card(earlier)
        if card is None or not await may_open(tx, member, card):
            raise NotFound("no such session")

    @staticmethod
    async def _known(tx: Transaction, contact_id: UUID) -> UUID:
        """The session of the form that was sent before."""
        session_id = await tx.sessions.newest_of(contact_id)
        if session_id is None:
            # The same key came with another way; the contact that was made for it goes with this transaction.
            raise InputRefused("key", "画面が古くなっています。読み込み直してください。")
        return session_id


def _arrival(entry: OtherWay, key: UUID, line_timestamp: int) -> Arrival:
    message = {"type": "text", "id": str(key), "text": entry.words}
    return Arrival(
        event_id=f"{PREFIX}{key}",
        type=EventType.MESSAGE,
        channel=entry.channel,
        address=f"{PREFIX}{key}",
        line_timestamp=line_timestamp,
        standby=False,
        target=str(key),
        payload=json.dumps({"type": EventType.MESSAGE, "message": message}, ensure_ascii=False),
    )


async def show_screened(tx: Transaction, setting: Setting, event: StoredEvent) -> None:
    """The worker's step for such an event: its line, which stands in the transcript already, gets what the screen said."""
    if not await tx.events.finish(event.id, setting.clock.now(), "kept"):
        return
    await tx.transcript.keep_assessment(event)
    session = await tx.sessions.open_for(event.contact_id)
    if session is not None:
        show_written(tx, session, event.id)
