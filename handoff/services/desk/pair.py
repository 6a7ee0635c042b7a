"""Two people at one conversation: one writes, the other reads along and may whisper (WG-9d)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.capacity import check_claim
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound, SessionTaken
from handoff.domain.session import Change, SessionView
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.claim_session import is_holder, put_in_hands
from handoff.services.desk.pass_on import held
from handoff.services.desk.reach import check_known
from handoff.services.ports import Store
from handoff.services.setting import Setting


class SetSecond:
    """Let a colleague sit beside whoever has a session, or let them go."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, second: UUID | None) -> SessionView:
        """Who has the session, or a supervisor, chooses; the second one may leave by themselves.

        Raises: NotPermitted, NotFound. SessionTaken: it isn't this person's. InputRefused: who is chosen can't sit there.
        """
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            leaves = second is None and session.second_id == member.id
            if not leaves:
                session = await held(tx, session_id, member, now)
            if second is not None:
                asked = await tx.staff.find(second)
                if not asked.active or not asked.may(Permission.COUNSEL) or second == session.counsellor_id:
                    raise InputRefused("second", "この人とはペアになれません。ほかの人を選んでください。")
            await tx.sessions.set_pair(session_id, second)
            await tx.audit.add(
                now, member.actor, "set_second", session_id, second=None if second is None else str(second)
            )
            tx.desk.tell(DeskEvent.SESSION, session_id)
            return replace(session, second_id=second)


class SwitchWriter:
    """The one who read along writes from now on, and the other reads along; a line on its way of the first is refused."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> SessionView:
        """Either of the two may do it. Raises: NotFound. SessionTaken: this person is neither. TraineeRefused, CapacityReached: the
        second one may not have it. MoveRefused.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            card = await tx.views.card(session_id)
            if card is None:
                raise NotFound("no such session")
            if card.second_id is None:
                await check_known(tx, await tx.sessions.lock(session_id), member, self._setting.clock.now())
                raise SessionTaken(await tx.staff.alias(card.counsellor_id))
            # As for a claim: the row of whoever takes it first, then the session's.
            writer = await tx.staff.lock(card.second_id)
            session = await tx.sessions.lock(session_id)
            first, second = session.counsellor_id, session.second_id
            if second != writer.id or not (is_holder(session, member) or second == member.id):
                await check_known(tx, session, member, self._setting.clock.now())
                raise SessionTaken(await tx.staff.alias(first))
            if not writer.is_supervisor:
                limit = self._setting.profile.desk.live_per_counsellor
                live = await tx.talks.live_levels(writer.id)
                check_claim(writer, session.level, session.unscreened, live, limit)
            session = await put_in_hands(tx, self._setting, session, Change.SWITCH_WRITER, writer, member)
            await tx.sessions.set_pair(session_id, first)
            return replace(session, second_id=first)
