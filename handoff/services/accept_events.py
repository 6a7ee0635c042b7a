"""Accept a webhook: each event stored once, together with its wake-up; nothing else happens in the request."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from handoff.domain.errors import StoreUnavailable
from handoff.domain.incoming import Arrival
from handoff.services.patience import within
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Seconds; LINE waits for two, and an answer of 503 is worth more than none.
PATIENCE = 1.6
SECOND_PATIENCE = 0.3


class AcceptEvents:
    """The verb of ``POST /line/webhook``."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, arrivals: Sequence[Arrival]) -> int:
        """Store what is new and wake its contacts; give the number of new events.

        Raises: StoreUnavailable: nothing is known to be stored, LINE may send it again.
        """
        added, collided = await within(PATIENCE, self._store_all(arrivals))
        if collided:
            # The wake-up that was waiting may have been taken up before our commit and seen nothing. One that still
            # waits now will see the events; where it doesn't, a new one is needed. All is stored by now, so this must
            # not turn into an error; what it doesn't wake, the sweep will.
            with contextlib.suppress(StoreUnavailable):
                await within(SECOND_PATIENCE, self._wake(collided))
        return added

    async def _wake(self, contacts: set[UUID]) -> None:
        for contact_id in sorted(contacts):
            async with self._store.transaction() as tx:
                await tx.jobs.wake_drain(contact_id)

    async def _store_all(self, arrivals: Sequence[Arrival]) -> tuple[int, set[UUID]]:
        """Give the number of new events, and the contacts for whom a wake-up was waiting already."""
        clock = self._setting.clock
        collided: set[UUID] = set()
        added = 0
        async with self._store.transaction() as tx:
            woken: set[UUID] = set()
            # One order for all requests: two that bring the same contacts can't lock each other out.
            addresses = sorted({(a.channel, a.address) for a in arrivals if a.address is not None})
            contacts = {key: await tx.contacts.find_or_add(*key, clock.now()) for key in addresses}
            for arrival in arrivals:
                contact_id = None if arrival.address is None else contacts[arrival.channel, arrival.address]
                if await tx.events.add(arrival, contact_id, clock.real()):
                    added += 1
                    if contact_id is not None:
                        woken.add(contact_id)
            for contact_id in sorted(woken):
                if not await tx.jobs.wake_drain(contact_id):
                    collided.add(contact_id)
        return added, collided
