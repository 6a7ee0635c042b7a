"""Take an escalation and begin to act on it: the first person wins, everybody else is told who that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import EscalationTaken, InputRefused, MoveRefused
from handoff.domain.escalation import EscalationState, check_move
from handoff.domain.escalation_steps import CallResult
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import SessionView
from handoff.services.escalation_ports import Call, Escalation
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.tell_acknowledged import tell_acknowledged

#: The same call by the same person within this time is a second tap on the same button.
ONE_CALL: Final = timedelta(minutes=1)
#: Letters of whom somebody spoke with, and of what was said.
LONGEST_WHOM: Final = 100
LONGEST_TOLD: Final = 2000
_VERBS = {
    EscalationState.ACKNOWLEDGED: "acknowledge_escalation",
    EscalationState.IN_CONTACT: "start_contact",
}


async def lock_both(tx: Transaction, escalation_id: UUID) -> tuple[SessionView | None, Escalation]:
    """Lock an escalation's session, then the escalation: always in this order, as the screen does.

    The session is None for a test alone. Raises: NotFound.
    """
    session_id = (await tx.escalations.find(escalation_id)).session_id
    session = None if session_id is None else await tx.sessions.lock(session_id)
    return session, await tx.escalations.lock(escalation_id)


def check_holder(escalation: Escalation, person: str) -> None:
    """Raises: EscalationTaken: somebody else has it, who isn't done with it."""
    holder = escalation.acknowledged_by
    if escalation.state is not EscalationState.CLOSED and holder is not None and holder != person:
        raise EscalationTaken(holder)


async def take(
    tx: Transaction,
    setting: Setting,
    escalation: Escalation,
    target: EscalationState,
    person: str,
    actor: str | None = None,
) -> Escalation:
    """Move a locked escalation on for this person, and stop the alarm; a move that is done already changes nothing.

    Args: actor: how the audit names them; the person where it's a role of the profile.

    Raises: EscalationTaken: somebody else has it. MoveRefused: it's closed.
    """
    check_holder(escalation, person)
    if escalation.state is EscalationState.IN_CONTACT or escalation.state is target:
        return escalation
    check_move(escalation.state, target, person)
    now = setting.clock.now()
    taken = replace(
        escalation,
        state=target,
        acknowledged_at=escalation.acknowledged_at or now,
        acknowledged_by=person,
        contacted_at=now if target is EscalationState.IN_CONTACT else None,
        next_alarm_at=None,
    )
    await tx.escalations.save(taken)
    await tx.notices.drop_pending(escalation.id, target, setting.clock.real())
    await tx.audit.add(
        now, actor or person, _VERBS[target], escalation.session_id, escalation=str(escalation.id), to=target
    )
    tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation.id)
    return taken


class _Take:
    """What the two verbs share."""

    target: EscalationState

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, escalation_id: UUID, person: str, actor: str | None = None) -> Escalation:
        """Give the escalation as it stands then; asked again by the same person, nothing changes.

        Args: actor: how the audit names them; the person where it's a role of the profile.

        Raises: NotFound. EscalationTaken: somebody else was first. MoveRefused: it's closed.
        """
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            taken = await take(tx, self._setting, escalation, self.target, person, actor)
            if session is not None and escalation.state is EscalationState.RAISED:
                await tell_acknowledged(tx, self._setting, session)
            return taken


class AcknowledgeEscalation(_Take):
    """A person says: I have it. The ladder stops."""

    target = EscalationState.ACKNOWLEDGED


class StartContact(_Take):
    """A person is in contact with the student, or with those who can reach them (by telephone, say)."""

    target = EscalationState.IN_CONTACT


class TakeOverEscalation:
    """Somebody else goes on with an escalation whose holder can't; nothing of its state changes."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, escalation_id: UUID, person: str, actor: str | None = None) -> Escalation:
        """Give the escalation as it stands then. Raises: NotFound. MoveRefused: nobody has it, or it's closed."""
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            _session, escalation = await lock_both(tx, escalation_id)
            if escalation.acknowledged_by == person:
                return escalation
            if escalation.state not in (EscalationState.ACKNOWLEDGED, EscalationState.IN_CONTACT):
                raise MoveRefused(escalation.state, "taken_over", person)
            taken = replace(escalation, acknowledged_by=person)
            await tx.escalations.save(taken)
            await tx.audit.add(
                now,
                actor or person,
                "take_over_escalation",
                escalation.session_id,
                escalation=str(escalation_id),
                was=escalation.acknowledged_by,
            )
            tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation_id)
            return taken


class RecordCall:
    """A person called an agency, in the order of the profile or not; the service calls nobody itself (WG-11)."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self,
        escalation_id: UUID,
        person: str,
        agency: Agency,
        *,
        result: CallResult | None = None,
        whom: str = "",
        told: str = "",
        key: UUID | None = None,
        actor: str | None = None,
    ) -> None:
        """Args: result, whom, told: what came of it, with whom they spoke, what was said; key: the same for a request that
        is sent again; without one a second tap within a minute adds nothing.

        Raises: NotFound. InputRefused: too much was written.
        """
        whom, told = whom.strip(), told.strip()
        if len(whom) > LONGEST_WHOM:
            raise InputRefused("whom", f"話した相手は{LONGEST_WHOM}文字までにしてください。")
        if len(told) > LONGEST_TOLD:
            raise InputRefused("told", f"伝えたことは{LONGEST_TOLD}文字までにしてください。")
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            escalation = await tx.escalations.lock(escalation_id)
            calls = await tx.escalations.calls(escalation_id) if key is None else ()
            if any(now - call.at < ONE_CALL for call in calls if (call.agency, call.who) == (agency, person)):
                return
            if not await tx.escalations.add_call(escalation_id, Call(agency, person, now, result, whom, told), key):
                return
            noted = {} if result is None else {"result": result}
            await tx.audit.add(
                now,
                actor or person,
                "record_call",
                escalation.session_id,
                escalation=str(escalation_id),
                agency=agency,
                **noted,
            )
            tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation_id)
