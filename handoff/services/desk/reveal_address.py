"""Reveal a student's LINE id at the desk: a supervisor at once, anybody else only with a second person's yes.

Every step is on record. What a supervisor opened alone somebody else reviews afterwards; what two opened has been
looked at by the second of them before.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.escalation_steps import GRANT_LIFE, GlassState
from handoff.domain.staff import Permission, StaffMember
from handoff.services.acknowledge_escalation import check_holder, lock_both
from handoff.services.break_glass import (
    BreakGlass,
    Revealed,
    ReviewGlass,
    check_taken,
    checked_reason,
    open_glass,
)
from handoff.services.desk.escalation_reach import check_act, check_open, may_open
from handoff.services.escalation_ports import GlassOpening
from handoff.services.escalation_step_ports import GlassRequest
from handoff.services.ports import Store
from handoff.services.setting import Setting


class RevealAddress:
    """The supervisor's way: with a reason, at once, whoever has the escalation."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._break = BreakGlass(store, setting)

    async def __call__(self, escalation_id: UUID, member: StaffMember, reason: str, key: UUID) -> Revealed:
        """Args: key: the same for a request that is sent again, which is no second opening.

        Raises: NotPermitted, TraineeRefused, NotFound, InputRefused. MoveRefused: nobody has taken it yet, or it's closed.
        """
        member.check(Permission.SUPERVISE)
        await check_open(self._store, self._setting, escalation_id, member)
        return await self._break(escalation_id, member.alias, reason, key, actor=member.actor, holder_only=False)


class AskForAddress:
    """A counsellor's wish, with its reason, for a second person to decide on."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, escalation_id: UUID, member: StaffMember, reason: str, key: UUID) -> None:
        """Whoever waits for an answer already asks nothing twice.

        Raises: NotPermitted, TraineeRefused, NotFound: no such escalation, or a test. EscalationTaken: somebody else has
            it. MoveRefused: nobody has taken it yet, or it's closed. InputRefused.
        """
        await check_open(self._store, self._setting, escalation_id, member)
        reason = checked_reason(reason)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            if session is None:
                raise NotFound("a test has no student")
            check_holder(escalation, member.alias)
            check_taken(escalation, member.actor)
            for known in await tx.escalation_steps.requests(escalation_id):
                if known.asked_by == member.id and known.state is GlassState.ASKED and known.id != key:
                    raise InputRefused("reason", "もう頼んであります。ほかの人の返事を待ってください。")
            request = GlassRequest(key, escalation_id, member.id, now, GlassState.ASKED)
            if not await tx.escalation_steps.add_request(request, reason):
                return
            await tx.audit.add(
                now, member.actor, "ask_for_address", session.id, escalation=str(escalation_id), request=str(key)
            )
            tx.desk.tell(DeskEvent.ESCALATION, session.id, escalation_id)


class DecideAddress:
    """The second person reads the reason, and says yes or no; never the one who asked."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def reason(self, escalation_id: UUID, request_id: UUID, member: StaffMember) -> tuple[GlassRequest, str, str]:
        """Why somebody wants to see the id: the wish, who that is, and their reason. Reading it is on record.

        Raises: NotPermitted, TraineeRefused, NotFound.
        """
        await check_open(self._store, self._setting, escalation_id, member)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            request, reason = await tx.escalation_steps.lock_request(request_id)
            if request.escalation_id != escalation_id:
                raise NotFound("another escalation's request")
            session_id = (await tx.escalations.find(escalation_id)).session_id
            await tx.audit.add(now, member.actor, "read_glass_reason", session_id, request=str(request_id))
            return request, await tx.staff.alias(request.asked_by), reason

    async def __call__(self, escalation_id: UUID, request_id: UUID, member: StaffMember, granted: bool) -> None:
        """The same word by the same person again changes nothing.

        Raises: NotPermitted, TraineeRefused, NotFound. OwnReview: they asked for it themselves. MoveRefused: somebody has
            decided already, or the escalation is closed.
        """
        await check_open(self._store, self._setting, escalation_id, member)
        await self._setting.refresh()
        now = self._setting.clock.now()
        target = GlassState.GRANTED if granted else GlassState.REFUSED
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            request, _reason = await tx.escalation_steps.lock_request(request_id)
            if session is None or request.escalation_id != escalation_id:
                raise NotFound("another escalation's request")
            if request.asked_by == member.id:
                own = OwnReview("nobody grants what they asked for themselves")
                own.text = "頼んだ本人は、許可できません。ほかの人に見てもらってください。"
                raise own
            if (request.state, request.decided_by) == (target, member.id):
                return
            if request.state is not GlassState.ASKED:
                raise MoveRefused(request.state, target, member.actor)
            if granted:
                check_taken(escalation, member.actor)
            await tx.escalation_steps.save_request(replace(request, state=target, decided_by=member.id, decided_at=now))
            await tx.audit.add(
                now,
                member.actor,
                "grant_address" if granted else "refuse_address",
                session.id,
                escalation=str(escalation_id),
                request=str(request_id),
            )
            tx.desk.tell(DeskEvent.ESCALATION, session.id, escalation_id)


class OpenAddress:
    """The one who asked sees the id, once."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, escalation_id: UUID, request_id: UUID, member: StaffMember) -> Revealed:
        """A second tap within a minute is answered like the first.

        Raises: NotPermitted, TraineeRefused, NotFound: no such request, or somebody else's. EscalationTaken: somebody else
            has the escalation by now. MoveRefused: it wasn't granted, or the escalation is closed. InputRefused: it
            was seen already, or the yes is too old.
        """
        await check_open(self._store, self._setting, escalation_id, member)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            request, reason = await tx.escalation_steps.lock_request(request_id)
            if request.escalation_id != escalation_id or request.asked_by != member.id:
                raise NotFound("another one's request")
            check_holder(escalation, member.alias)
            if request.state not in (GlassState.GRANTED, GlassState.OPENED) or request.decided_at is None:
                raise MoveRefused(request.state, GlassState.OPENED, member.actor)
            first = request.state is GlassState.GRANTED
            if first and now - request.decided_at >= GRANT_LIFE:
                minutes = int(GRANT_LIFE.total_seconds() // 60)
                raise InputRefused("reason", f"許可から{minutes}分が過ぎました。必要なら、もう一度頼んでください。")
            # The request's id is the opening's: whatever is sent again finds the same one.
            revealed = await open_glass(
                tx, self._setting, session, escalation, member.alias, reason, request_id, member.actor
            )
            if first:
                await tx.escalation_steps.save_request(replace(request, state=GlassState.OPENED))
                second = await tx.staff.alias(request.decided_by)
                await tx.escalations.save_review(request_id, second, request.decided_at)
            return revealed


class ReviewAddress:
    """Another person looks at what a supervisor opened alone."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._review = ReviewGlass(store, setting)

    async def reason(self, escalation_id: UUID, opening_id: UUID, member: StaffMember) -> tuple[GlassOpening, str]:
        """Raises: NotPermitted, TraineeRefused, NotFound."""
        await self._check(escalation_id, opening_id, member)
        return await self._review.reason(opening_id, member.alias, member.actor)

    async def __call__(self, escalation_id: UUID, opening_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, TraineeRefused, NotFound, OwnReview, MoveRefused."""
        await self._check(escalation_id, opening_id, member)
        await self._review(opening_id, member.alias, member.actor)

    async def _check(self, escalation_id: UUID, opening_id: UUID, member: StaffMember) -> None:
        check_act(member)
        async with self._store.reading() as tx:
            escalation = await tx.escalations.find(escalation_id)
            found = {opening.id: opening for opening in await tx.escalations.openings(escalation_id)}
        opening = found.get(opening_id)
        if opening is None:
            raise NotFound("another escalation's opening")
        # What nobody has looked at yet is everybody's to look at, however long ago it was.
        here = member.alias in (opening.who, opening.reviewed_by) or opening.reviewed_by is None
        if not here and not may_open(member, escalation, self._setting.clock.now()):
            raise NotFound("its time is over")
