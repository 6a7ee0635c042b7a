"""A fresh key takes over: it is added, activated, and wraps every data key anew, in batches that may be cut off anywhere.

What is still wrapped by another key is the list of what is left to do, so that beginning again goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from handoff.domain.clock import Clock
from handoff.services.key_work_ports import KeyFileChanges
from handoff.services.ports import Store

#: Data keys of one transaction.
BATCH: Final = 200
#: As other commands name who sits at the machine.
ACTOR: Final = "administrator"
#: Seconds until keys that somebody worked on are tried again.
PAUSE: Final = 0.2

#: Told after each batch: how many are done, how many are left.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RewrappedKeys:
    """done: data keys that were wrapped anew; broken: those that don't open, which stay as they are; cleared: whether nothing
    of their former wrapping is left in the table's file.
    """

    done: int
    broken: int
    cleared: bool = True


class AddKey:
    """A key that nothing uses yet."""

    def __init__(self, store: Store, files: KeyFileChanges, clock: Clock) -> None:
        self._store, self._files, self._clock = store, files, clock

    async def __call__(self, name: str | None = None) -> str:
        """Give its id. Raises: KeyFileError."""
        added = self._files.add(name)
        async with self._store.transaction() as tx:
            await tx.audit.add(self._clock.now(), ACTOR, "add_key", None, key=added)
        return added


class ActivateKey:
    """The key that wraps everything from now on."""

    def __init__(self, store: Store, files: KeyFileChanges, clock: Clock) -> None:
        self._store, self._files, self._clock = store, files, clock

    async def __call__(self, name: str) -> None:
        """Raises: KeyFileError."""
        self._files.activate(name)
        async with self._store.transaction() as tx:
            await tx.audit.add(self._clock.now(), ACTOR, "activate_key", None, key=name)


class RewrapKeys:
    """Every data key under the active key."""

    def __init__(self, store: Store, files: KeyFileChanges, clock: Clock) -> None:
        self._store, self._files, self._clock = store, files, clock

    async def __call__(self, progress: Progress = lambda _done, _left: None) -> RewrappedKeys:
        """Raises: SealingError, StoreUnavailable: what is done stays done."""
        active, done = self._files.active(), 0
        broken: set[UUID] = set()
        while True:
            async with self._store.transaction() as tx:
                batch = await tx.key_work.rewrap(active, BATCH, broken)
            done += batch.done
            broken |= batch.broken
            async with self._store.reading() as tx:
                other = sum(count for name, count in (await tx.key_work.wrapped_by()).items() if name != active)
            left = max(other - len(broken), 0)
            progress(done, left)
            if not left:
                break
            if not batch.done and not batch.broken:
                await asyncio.sleep(PAUSE)
        async with self._store.transaction() as tx:
            await tx.audit.add(
                self._clock.now(), ACTOR, "rewrap_keys", None, key=active, count=done, broken=len(broken)
            )
        return RewrappedKeys(done, len(broken), await self._store.clear_keys())


class RotateKeys:
    """All three, one after the other."""

    def __init__(self, store: Store, files: KeyFileChanges, clock: Clock) -> None:
        self._add, self._activate = AddKey(store, files, clock), ActivateKey(store, files, clock)
        self._rewrap = RewrapKeys(store, files, clock)

    async def __call__(self, progress: Progress = lambda _done, _left: None) -> tuple[str, RewrappedKeys]:
        """Give the new key's id, and what it wraps now. Raises: as the three."""
        name = await self._add()
        await self._activate(name)
        return name, await self._rewrap(progress)
