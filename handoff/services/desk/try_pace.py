"""Counts tries at passwords and codes before they are looked at, for all web processes together."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.errors import SignInSlowed
from handoff.domain.sign_in_pace import folded
from handoff.services.ports import Store
from handoff.services.setting import Setting


def of_name(name: str) -> str:
    """What is counted of a browser that nobody knows: the name it tries."""
    return f"name:{folded(name)}"


def of_device(member_id: UUID, mark: str) -> str:
    """What is counted of a browser that is known as one of this person's."""
    return f"device:{member_id}:{mark}"


class TryPace:
    """Lets a try begin, or says that it has to wait. Keys are kept as keyed hashes."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def begin(self, key: str) -> int:
        """Count a try as failed before anything is looked at: many at the same moment are counted as well.

        Gives how many failed one after the other by now, this one among them. Raises: SignInSlowed.
        """
        now = self._setting.clock.real()
        async with self._store.transaction() as tx:
            if (await tx.tries.lock(key)).wait(now):
                raise SignInSlowed("too many tries")
            counted = await tx.tries.count(key, now)
        return counted.failures

    async def give_back(self, key: str, *, all_of_it: bool = False) -> None:
        """This try wasn't a failure. all_of_it: nor shall those before it count any more."""
        async with self._store.transaction() as tx:
            if all_of_it:
                await tx.tries.forget(key)
            else:
                await tx.tries.give_back(key)
