"""Pass a conversation on: back to the queue, or to a colleague who says yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from handoff.domain.capacity import check_claim
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, SessionTaken
from handoff.domain.escalation import someone_on_duty
from handoff.domain.live_timers import notes_due
from handoff.domain.outgoing import Line
from handoff.domain.session import Change, SessionView
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.texts import TextKey
from handoff.services.desk.claim_session import is_holder, is_silent, take_session
from handoff.services.desk.reach import check_known
from handoff.services.move_session import move
from handoff.services.ports import Store, Transaction
from handoff.services.raise_escalation import let_go
from handoff.services.say import tell
from handoff.services.setting import Setting


async def held(tx: Transaction, session_id: UUID, member: StaffMember, now: datetime) -> SessionView:
    """Lock a session that this person has, or that they supervise.

    Raises: NotFound: also of a talk that they may not know of. SessionTaken: somebody else has it. MoveRefused: nobody
        speaks with the student.
    """
    session = await tx.sessions.lock(session_id)
    if is_holder(session, member) or (member.is_supervisor and session.is_served):
        return session
    await check_known(tx, session, member, now)
    if not session.is_served and session.counsellor_id in (None, member.id):
        raise MoveRefused(session.state, "held", member.actor)
    raise SessionTaken(await tx.staff.alias(session.counsellor_id))


async def give_back(tx: Transaction, setting: Setting, session: SessionView, change: Change, actor: str) -> SessionView:
    """Let a live session wait again, in the place that it had; the student hears that somebody else comes."""
    for proposal_id in await tx.talks.drop_proposals(session.id, setting.clock.now()):
        tx.desk.tell(DeskEvent.PROPOSAL, session.id, proposal_id)
    was, silent = session.counsellor_id, await is_silent(tx, session)
    session = await move(tx, setting, session, change, actor, counsellor=None if was is None else str(was))
    if was is not None:
        await let_go(tx, setting, session, await tx.staff.alias(was))
    if session.waiting_since is not None:
        # The talk was no waiting: its words of the rhythm aren't made up for in the same breath.
        rhythm = setting.profile.desk.waiting_minutes
        await tx.timers.set_notes_told(session.id, notes_due(session.waiting_since, rhythm, setting.clock.now()))
    if not silent and someone_on_duty(setting.profile, setting.clock.now()):
        await tell(tx, setting, session, [Line(setting.profile.text(TextKey.HANDED_BACK))])
    return session


class ReleaseSession:
    """Give a session back to the queue, with its place in it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> SessionView:
        """Raises: NotPermitted, NotFound. SessionTaken: it isn't this person's. MoveRefused."""
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session = await held(tx, session_id, member, self._setting.clock.now())
            return await give_back(tx, self._setting, session, Change.RELEASE, member.actor)


class OfferTransfer:
    """Ask a colleague to go on with a session; until they say yes it stays where it is."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, to: UUID | None) -> SessionView:
        """Args: to: whom to ask; None takes the question back.

        Raises: NotPermitted, NotFound. SessionTaken: it isn't this person's. InputRefused: who is asked can't take it.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await held(tx, session_id, member, now)
            if to is not None:
                asked = await tx.staff.find(to)
                if not asked.active or not asked.may(Permission.COUNSEL) or to == session.counsellor_id:
                    raise InputRefused("to", "この人には引き継げません。ほかの人を選んでください。")
            await tx.sessions.set_offer(session_id, to)
            verb = "offer_transfer" if to is not None else "withdraw_transfer"
            await tx.audit.add(now, member.actor, verb, session_id, to=None if to is None else str(to))
            tx.desk.tell(DeskEvent.SESSION, session_id)
            return replace(session, offered_to=to)


class AnswerOffer:
    """Say yes or no to a colleague's question."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, accept: bool) -> SessionView:
        """Raises: NotFound. SessionTaken: the question isn't this person's any more. CapacityReached, TraineeRefused."""
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            await tx.staff.lock(member.id)
            session = await tx.sessions.lock(session_id)
            if is_holder(session, member):
                return session
            if session.offered_to != member.id or not session.is_served:
                await check_known(tx, session, member, self._setting.clock.now())
                raise SessionTaken(await tx.staff.alias(session.counsellor_id))
            if not accept:
                await tx.sessions.set_offer(session_id, None)
                now = self._setting.clock.now()
                await tx.audit.add(now, member.actor, "decline_transfer", session_id)
                tx.desk.tell(DeskEvent.SESSION, session_id)
                return replace(session, offered_to=None)
            limit = self._setting.profile.desk.live_per_counsellor
            check_claim(member, session.level, session.unscreened, await tx.talks.live_levels(member.id), limit)
            return await take_session(tx, self._setting, session, Change.ACCEPT_TRANSFER, member, TextKey.TRANSFERRED)
