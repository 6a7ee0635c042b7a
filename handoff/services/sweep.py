"""The sweep: whatever a crash or a lost wake-up left undone is woken again."""

from __future__ import annotations

from datetime import timedelta
from itertools import batched

from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Younger events have their own wake-up on the way.
GRACE = timedelta(seconds=2)
#: Contacts woken in one sweep; the next one takes the rest.
LIMIT = 500
BATCH = 20


class Sweep:
    """Looks at the tables, which are the truth, and wakes who has something to be done."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Wake contacts with undone events or due calls; give their number. Raises: StoreUnavailable."""
        now = self._setting.clock.real()
        async with self._store.reading() as tx:
            undone = sorted(await tx.events.contacts_with_undone(now - GRACE, LIMIT))
            due = sorted(await tx.outbox.contacts_due(now - GRACE, LIMIT))
        woken = 0
        # Small transactions, so that a webhook that wakes the same contact never waits for the whole sweep.
        for contacts in batched(undone, BATCH):
            async with self._store.transaction() as tx:
                woken += sum([await tx.jobs.wake_drain(contact_id) for contact_id in contacts])
        for contacts in batched(due, BATCH):
            async with self._store.transaction() as tx:
                woken += sum([await tx.jobs.wake_delivery(contact_id) for contact_id in contacts])
        return woken
