"""Close an escalation, with a reason that can be counted and a note that is sealed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused
from handoff.domain.escalation import CloseReason, EscalationState, check_move
from handoff.domain.safety import forgotten
from handoff.domain.session import Change, Owner, SessionView
from handoff.services.acknowledge_escalation import check_holder, lock_both
from handoff.services.escalation_ports import Escalation
from handoff.services.move_session import move
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Letters of a note.
LONGEST_NOTE = 4000


class CloseEscalation:
    """End an escalation; it never opens again, what comes later raises a new one."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self,
        escalation_id: UUID,
        person: str,
        reason: CloseReason,
        note: str | None = None,
        actor: str | None = None,
    ) -> Escalation:
        """Give the escalation as it stands then. One that nobody has taken may be closed by anyone who may see it.

        Args: actor: how the audit names them; the person where it's a role of the profile.

        Raises: NotFound. EscalationTaken: somebody else has it. MoveRefused: it's closed already. InputRefused.
        """
        note = (note or "").strip()
        if len(note) > LONGEST_NOTE:
            raise InputRefused("note", f"メモは{LONGEST_NOTE}文字までにしてください。")
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            check_holder(escalation, person)
            check_move(escalation.state, EscalationState.CLOSED, person)
            closed = replace(
                escalation,
                state=EscalationState.CLOSED,
                closed_at=now,
                closed_by=person,
                closed_reason=reason,
                next_alarm_at=None,
            )
            await tx.escalations.save(closed)
            if session is not None:
                await self._give_back(tx, session)
            if note:
                await tx.escalations.set_note(escalation_id, note)
            await tx.notices.drop_pending(escalation_id, EscalationState.CLOSED, self._setting.clock.real())
            await tx.audit.add(
                now,
                actor or person,
                "close_escalation",
                escalation.session_id,
                escalation=str(escalation_id),
                reason=reason,
                was=escalation.state,
            )
            tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation_id)
            return closed

    async def _give_back(self, tx: Transaction, session: SessionView) -> None:
        """The on-call person reads no more: the session waits again, and the next word is answered, not met by silence.

        A counsellor at the desk who has it goes on with it.
        """
        safety = await tx.sessions.safety(session.id)
        if safety is not None:
            await tx.sessions.set_safety(session.id, forgotten(safety))
        if session.owner is Owner.ON_CALL and session.is_served:
            await move(tx, self._setting, session, Change.RELEASE, "on_call")
