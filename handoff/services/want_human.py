"""Ask for a person, and leave a message for one: two verbs that set a session's state."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.hours import HoursStatus
from handoff.domain.live_timers import notes_due
from handoff.domain.session import Change, HumanWanted, SessionView, State, state_for_handoff
from handoff.services.move_session import move
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting


async def want_human(tx: Transaction, setting: Setting, session: SessionView, reason: HumanWanted, actor: str) -> State:
    """Put a session in the queue, or with the messages for the next opening when nobody is on duty (WG-4).

    Asking again changes nothing but a message that can now become a place in the queue. Gives the state after it.
    """
    now = setting.clock.now()
    status = setting.profile.hours.status(now)
    # At risk also after the last reception, while anyone is there (design: "The session's states").
    there = status is HoursStatus.OPEN or reason is HumanWanted.RISK and status is HoursStatus.RECEPTION_OVER
    target = state_for_handoff(there)
    await _not_conduct(tx, session, reason)
    if reason is HumanWanted.STUDENT and target is State.WAITING:
        await come_back(tx, setting, session)
    if session.state not in (State.INTAKE, State.LEFT_MESSAGE) or session.state is target:
        if session.state is State.LEFT_MESSAGE and session.human_wanted is None:
            # A report lies with the messages without asking for anybody; from now on it does, at the next opening.
            await tx.sessions.set_wanted(session.id, reason)
        return session.state
    await tx.sessions.set_wanted(session.id, reason)
    change = Change.REQUEST_HANDOFF if target is State.WAITING else Change.LEAVE_MESSAGE
    await move(tx, setting, session, change, actor, verb=Change.REQUEST_HANDOFF, reason=reason)
    return target


async def come_back(tx: Transaction, setting: Setting, session: SessionView) -> bool:
    """Whoever left a message and went is here now, and waits for a talk like everybody; False where they never went.

    The words of the waiting rhythm that they missed aren't made up for.
    """
    if not await tx.sessions.is_one_way(session.id):
        return False
    await tx.sessions.mark_here(session.id)
    if session.waiting_since is not None:
        now, rhythm = setting.clock.now(), setting.profile.desk.waiting_minutes
        await tx.timers.set_notes_told(session.id, notes_due(session.waiting_since, rhythm, now))
    await tx.audit.add(setting.clock.now(), "student", "come_back", session.id)
    tx.desk.tell(DeskEvent.SESSION, session.id)
    return True


async def _not_conduct(tx: Transaction, session: SessionView, reason: HumanWanted) -> None:
    """A session that was shown for a prank and now asks for a person asks for a person."""
    if session.human_wanted is HumanWanted.CONDUCT and reason is not HumanWanted.CONDUCT:
        await tx.sessions.set_wanted(session.id, reason)


class RequestHandoff:
    """The student, a risk or a failing bot asks for a person."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, reason: HumanWanted, actor: str) -> State:
        """Raises: NotFound."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            return await want_human(tx, self._setting, await tx.sessions.lock(session_id), reason, actor)


class LeaveMessage:
    """The student leaves a one-way message, also while counsellors are on duty (TAJ-N2, WG-4 「承りました」)."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, actor: str) -> State:
        """Give what it is to the student: who waits for a person goes on waiting. Raises: NotFound."""
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state is not State.INTAKE:
                await _not_conduct(tx, session, HumanWanted.STUDENT)
                # The desk puts what was left into its queue within seconds; whoever left it doesn't wait for a talk.
                went = session.state is State.WAITING and await tx.sessions.is_one_way(session.id)
                return State.LEFT_MESSAGE if went else session.state
            await tx.sessions.set_wanted(session.id, HumanWanted.STUDENT)
            await tx.sessions.mark_one_way(session.id)
            return (await move(tx, self._setting, session, Change.LEAVE_MESSAGE, actor)).state


class RecordIntake:
    """Keep what the student told of age, school and topic, sealed; a later answer replaces an earlier one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, session_id: UUID, answers: Mapping[str, str | None]) -> None:
        """Raises: NotFound."""
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            await tx.sessions.set_intake(session.id, answers)
            if session.state is not State.INTAKE:
                # Who waits may go on answering, and whoever reads the queue sees it.
                tx.desk.tell(DeskEvent.SESSION, session.id)
