"""Claim a session: of all who reach for it one has it, and the others are told who (design: "waiting → live")."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.capacity import check_claim, check_reception
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import DrillWaits, SessionTaken
from handoff.domain.escalation import EscalationState
from handoff.domain.outgoing import Line
from handoff.domain.session import Change, Owner, SessionView, State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.texts import TextKey
from handoff.services.acknowledge_escalation import take
from handoff.services.desk.reach import check_known
from handoff.services.escalation_ports import Escalation
from handoff.services.move_session import move
from handoff.services.ports import Store, Transaction
from handoff.services.say import tell
from handoff.services.setting import Setting


async def check_free(tx: Transaction, session: SessionView) -> None:
    """Raises: SessionTaken: somebody speaks with the student already."""
    if session.is_served or session.state is State.WRAP_UP:
        raise SessionTaken(await tx.staff.alias(session.counsellor_id))


def is_holder(session: SessionView, member: StaffMember) -> bool:
    """Whether this person speaks with the student now."""
    return session.is_served and session.owner is Owner.COUNSELLOR and session.counsellor_id == member.id


async def is_silent(tx: Transaction, session: SessionView) -> bool:
    """Whether nothing tells the student who has their session: they left word and went, and nobody answered yet."""
    if not await tx.sessions.is_one_way(session.id):
        return False
    card = await tx.views.card(session.id)
    return card is None or card.heard_at is None


async def take_session(
    tx: Transaction,
    setting: Setting,
    session: SessionView,
    change: Change,
    member: StaffMember,
    said: TextKey,
) -> SessionView:
    """Give a locked session to a counsellor: whoever spoke before is refused from here on, the alarm stops, and the
    student hears who listens now. An alarm that went with the conversation goes on with it.
    """
    silent = await is_silent(tx, session)
    session = await put_in_hands(tx, setting, session, change, member)
    if not silent:
        line = Line(setting.profile.text(said, alias=member.alias), sender=member.alias)
        # Under the new epoch, and as the service's: it isn't a word that the counsellor wrote.
        await tell(tx, setting, session, [line])
    return session


async def put_in_hands(
    tx: Transaction,
    setting: Setting,
    session: SessionView,
    change: Change,
    member: StaffMember,
    by: StaffMember | None = None,
) -> SessionView:
    """Make somebody the one who speaks in a locked session, with all that goes with that; the student hears nothing.

    Their desk counts as open from now on, their timers begin anew, lines that waited for a yes are dropped, and an alarm
    that had stopped because of the one before goes with the conversation.

    Args: by: whose doing it is; None: their own.
    """
    was = session.counsellor_id if session.is_served else None
    actor = (by or member).actor
    session = await move(tx, setting, session, change, actor, person=member.id, counsellor=str(member.id))
    await tx.staff.seen_now(member.id, setting.clock.real())
    if was is None:
        await tx.timers.begin_anew(session.id)
    for proposal_id in await tx.talks.drop_proposals(session.id, setting.clock.now()):
        tx.desk.tell(DeskEvent.PROPOSAL, session.id, proposal_id)
    escalation = await tx.escalations.open_for(session.id)
    if escalation is not None and escalation.state is EscalationState.RAISED and not member.trainee:
        await take(tx, setting, escalation, EscalationState.ACKNOWLEDGED, member.alias, member.actor)
    elif escalation is not None and was is not None and escalation.acknowledged_by == await tx.staff.alias(was):
        await _pass_over(tx, setting, escalation, member)
    return session


async def _pass_over(tx: Transaction, setting: Setting, escalation: Escalation, member: StaffMember) -> None:
    """Let an escalation go with the conversation to whoever has that now; nothing of its state changes."""
    now = setting.clock.now()
    await tx.escalations.save(replace(escalation, acknowledged_by=member.alias))
    await tx.audit.add(now, member.actor, "take_over_escalation", escalation.session_id, escalation=str(escalation.id))
    tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation.id)


class ClaimSession:
    """The counsellor's verb: take a session out of the queue."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> SessionView:
        """Give the session as it stands then; asked again by the same person, nothing changes.

        Raises: NotPermitted, NotFound: also of a talk that this person may not know of. SessionTaken: somebody else was first. MoveRefused: it doesn't wait any more.
            ReceptionOver: nothing new begins now. CapacityReached, TraineeRefused: this person may not take it.
            DrillWaits: it is a drill, and a student at risk waits.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            # Their own row first, always in this order: two claims of one person count one after the other.
            await tx.staff.lock(member.id)
            session = await tx.sessions.lock(session_id)
            if is_holder(session, member):
                return session
            await check_known(tx, session, member, self._setting.clock.now())
            await check_free(tx, session)
            if session.state is State.WAITING:
                check_reception(session, self._setting.profile.hours, self._setting.clock.now())
            if await tx.drills.is_test(session.contact_id) and await tx.drills.real_urgent():
                raise DrillWaits
            limit = self._setting.profile.desk.live_per_counsellor
            check_claim(member, session.level, session.unscreened, await tx.talks.live_levels(member.id), limit)
            return await take_session(tx, self._setting, session, Change.CLAIM, member, TextKey.CLAIMED)


class TakeOverSession:
    """The supervisor's verb: take a session from wherever it is, also from a colleague; capacity doesn't count."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> SessionView:
        """Give the session as it stands then. Raises: NotPermitted, NotFound. MoveRefused: it's over."""
        member.check(Permission.SUPERVISE)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if is_holder(session, member):
                return session
            said = TextKey.TRANSFERRED if session.is_served else TextKey.CLAIMED
            return await take_session(tx, self._setting, session, Change.TAKE_OVER, member, said)
