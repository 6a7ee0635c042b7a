"""The sweep: whatever a crash or a lost wake-up left undone is woken again."""

from __future__ import annotations

from datetime import timedelta

from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Younger events have their own wake-up on the way.
GRACE = timedelta(seconds=2)
#: Contacts woken in one sweep; the next one takes the rest.
LIMIT = 500


class Sweep:
    """Looks at the tables, which are the truth, and wakes who has something to be done."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, grace: timedelta = GRACE) -> int:
        """Wake escalations, contacts with undone events, due calls; give their number. Raises: StoreUnavailable.

        Args: grace: younger ones are left to their own wake-up; none has come to a worker that has just started.
        """
        await self._setting.refresh()
        now = self._setting.clock.real()
        async with self._store.reading() as tx:
            alarms = await tx.escalations.due(self._setting.clock.now(), now, LIMIT)
            undone = await tx.events.contacts_with_undone(now - grace, LIMIT)
            due = await tx.outbox.contacts_due(now - grace, LIMIT)
            await tx.jobs.wake_drain(*undone)
            await tx.jobs.wake_delivery(*due)
        woken = len(undone) + len(due)
        for escalation_id in alarms:
            async with self._store.transaction() as tx:
                woken += await tx.jobs.wake_alarm(escalation_id)
        return woken
