"""Whether so many wait that a student hears it at once (HOK-5.2, TAJ-N1); the queue goes on whatever is said."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.capacity import counselling, is_congested
from handoff.services.ports import Store
from handoff.services.setting import Setting


class ReadCongestion:
    """By those who wait for a talk besides this student, and the counsellors on duty."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID) -> bool:
        desk = self._setting.profile.desk
        async with self._store.reading() as tx:
            waiting = await tx.call_backs.wait_for_talk(but=session_id)
            if not waiting:
                return False
            on_duty = await tx.staff.on_duty(self._setting.clock.real() - desk.grace)
        there = counselling(on_duty, self._setting.profile.staff)
        return is_congested(waiting, len(there), desk.congested_waiting_per_counsellor)
