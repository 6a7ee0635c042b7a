"""Whether somebody is at their desk, and takes sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting


async def log_duty(tx: Transaction, member: StaffMember, on_duty: bool, at: datetime) -> None:
    """What the duty log writes by itself, of those who talk with students."""
    if on_duty and member.may(Permission.COUNSEL):
        await tx.shifts.on_duty([member], at)
    elif not on_duty:
        await tx.shifts.end_duty([member.id], at)


class Presence:
    """Whether desks are open (their heartbeat) and people take sessions."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def beat(self, member_ids: Sequence[UUID]) -> None:
        """Note that these people's desks are open, and that this web process is up."""
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            await tx.staff.beat(member_ids, clock.real())
            if not member_ids:
                return
            # Who may work, and as what, can have changed since they began: a pledge, an entry that begins or ends.
            here = await tx.staff.on_duty(clock.real() - self._setting.profile.desk.grace)
            taking = [one for one in here if one.id in member_ids and one.may(Permission.COUNSEL)]
            await tx.shifts.on_duty(taking, clock.now())
            await tx.shifts.end_duty(
                [one for one in member_ids if one not in {each.id for each in taking}], clock.now()
            )

    async def set_duty(self, member: StaffMember, on_duty: bool) -> None:
        """Begin or pause; sessions that somebody has stay theirs. Raises: NotPermitted."""
        member.check(Permission.COUNSEL)
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            await tx.staff.set_duty(member.id, on_duty, clock.real())
            await log_duty(tx, member, on_duty, clock.now())
            await tx.audit.add(clock.now(), member.actor, "begin_duty" if on_duty else "pause_duty", None)
            tx.desk.tell(DeskEvent.PRESENCE, None, member.id)
