"""Cells that the key file's key itself sealed, as the first version did, get under the data keys of their owners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handoff.domain.clock import Clock
from handoff.services.key_work_ports import SealedPlace
from handoff.services.keys.rotate_keys import ACTOR
from handoff.services.ports import Store


@dataclass(frozen=True, slots=True)
class ResealedCells:
    """resealed: cells; broken: cells that don't open and stay as they are."""

    resealed: int
    broken: int


class ResealCells:
    """The verb; cut off anywhere, the next one goes on."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def __call__(self, progress: Callable[[str, int], None] = lambda _place, _done: None) -> ResealedCells:
        """Go through every sealed column. Args: progress: told of each column with its cells.

        Raises: SealingError, StoreUnavailable: what is done stays done.
        """
        resealed = broken = 0
        async with self._store.reading() as tx:
            places = tx.key_work.places()
        for begin in places:
            place: SealedPlace | None = begin
            of_column = 0
            while place is not None:
                async with self._store.transaction() as tx:
                    batch = await tx.key_work.reseal(place)
                place, of_column, broken = batch.then, of_column + batch.resealed, broken + batch.broken
            if of_column:
                progress(f"{begin.table}.{begin.column}", of_column)
            resealed += of_column
        if resealed:
            async with self._store.transaction() as tx:
                await tx.audit.add(self._clock.now(), ACTOR, "reseal_cells", None, count=resealed, broken=broken)
        return ResealedCells(resealed, broken)
