"""Accept a webhook: each event stored once, together with its wake-up; nothing else happens in the request."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from handoff.domain.incoming import Arrival
from handoff.services.patience import within
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Seconds; LINE waits for two, and an answer of 503 is worth more than none.
PATIENCE = 1.6


class AcceptEvents:
    """The verb of ``POST /line/webhook``."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, arrivals: Sequence[Arrival]) -> int:
        """Store what is new and wake its contacts; give the number of new events.

        Raises: StoreUnavailable: nothing is known to be stored, LINE may send it again.
        """
        return await within(PATIENCE, self._store_all(arrivals))

    async def _store_all(self, arrivals: Sequence[Arrival]) -> int:
        clock = self._setting.clock
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
            await tx.jobs.wake_drain(*sorted(woken))
        return added
