"""What somebody at the desk does about an escalation: the alarm's page has the same verbs, and one record holds both."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.errors import InputRefused, MoveRefused
from handoff.domain.escalation import CloseReason, EscalationState
from handoff.domain.escalation_steps import CallResult
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.staff import StaffMember
from handoff.services.acknowledge_escalation import (
    AcknowledgeEscalation,
    RecordCall,
    StartContact,
    TakeOverEscalation,
)
from handoff.services.close_escalation import LONGEST_NOTE, CloseEscalation
from handoff.services.desk.escalation_reach import check_open
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Letters of the note without which the desk closes nothing: fewer tell nobody what happened.
SHORTEST_NOTE = 5


class ActOnEscalation:
    """Acknowledge, take over, be in contact, note a call, close. The record names people by their alias, as students
    know them; the audit by their id.
    """

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._acknowledge = AcknowledgeEscalation(store, setting)
        self._take_over = TakeOverEscalation(store, setting)
        self._contact = StartContact(store, setting)
        self._record_call = RecordCall(store, setting)
        self._close = CloseEscalation(store, setting)

    async def acknowledge(self, escalation_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, TraineeRefused, NotFound, EscalationTaken, MoveRefused."""
        await check_open(self._store, self._setting, escalation_id, member)
        await self._acknowledge(escalation_id, member.alias, member.actor)

    async def take_over(self, escalation_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, TraineeRefused, NotFound, MoveRefused."""
        await check_open(self._store, self._setting, escalation_id, member)
        await self._take_over(escalation_id, member.alias, member.actor)

    async def contact(self, escalation_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, TraineeRefused, NotFound, EscalationTaken, MoveRefused."""
        await check_open(self._store, self._setting, escalation_id, member)
        await self._contact(escalation_id, member.alias, member.actor)

    async def record_call(
        self,
        escalation_id: UUID,
        member: StaffMember,
        agency: Agency,
        result: CallResult,
        whom: str,
        told: str,
        key: UUID,
    ) -> None:
        """Anybody may note the call that they made, whoever has the escalation.

        Raises: NotPermitted, TraineeRefused, NotFound. MoveRefused: a test. InputRefused: who was reached isn't said, or
            too much is.
        """
        escalation = await check_open(self._store, self._setting, escalation_id, member)
        if result is CallResult.REACHED and not whom.strip():
            raise InputRefused("whom", "つながったときは、話した相手（部署や名前）を書いてください。")
        if escalation.session_id is None:
            raise MoveRefused(escalation.state, "record_call", member.actor)
        await self._record_call(
            escalation_id,
            member.alias,
            agency,
            result=result,
            whom=whom,
            told=told,
            key=key,
            actor=member.actor,
        )

    async def close(self, escalation_id: UUID, member: StaffMember, reason: CloseReason, note: str) -> None:
        """Close with a result and a note; a second tap of the one who closed it so changes nothing.

        Raises: NotPermitted, TraineeRefused, NotFound, EscalationTaken, MoveRefused, InputRefused.
        """
        await check_open(self._store, self._setting, escalation_id, member)
        if not SHORTEST_NOTE <= len(note.strip()) <= LONGEST_NOTE:
            raise InputRefused(
                "note",
                f"だれに何を伝え、これからどうするかを、{SHORTEST_NOTE}文字から{LONGEST_NOTE}文字までで書いてください。",
            )
        if reason is CloseReason.TEST:
            raise InputRefused("reason", "どうなったかを、一つ選んでください。")
        try:
            await self._close(escalation_id, member.alias, reason, note, member.actor)
        except MoveRefused as error:
            if error.from_state != EscalationState.CLOSED:
                raise
            async with self._store.reading() as tx:
                closed = await tx.escalations.find(escalation_id)
            if (closed.closed_by, closed.closed_reason) != (member.alias, reason):
                raise
