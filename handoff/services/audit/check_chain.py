"""Go over the audit's chain and say the first thing that is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from handoff.domain.audit import START, Anchor, ChainFault, Fault, KeyedHash, Walk, cut_mark, is_genuine
from handoff.services.audit_ports import Checked, Progress
from handoff.services.ports import Store, Transaction

#: Links that are read and gone over at once.
BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where a walk begins. legacy: rows without a mark may come yet."""

    start: Anchor
    legacy: bool


class CheckChain:
    """Check every link with its row, the rows that wait for theirs, and the ends that were noted elsewhere."""

    def __init__(self, store: Store, hashed: KeyedHash) -> None:
        self._store = store
        self._hashed = hashed

    async def __call__(
        self, anchors: Sequence[Anchor] = (), progress: Progress | None = None, *, newest: int | None = None
    ) -> Checked:
        """Each batch is read for itself, so that a long check holds nothing up.

        Args: anchors: ends noted elsewhere; progress: told after each batch; newest: only so many of the last links.
        Raises: StoreUnavailable.
        """
        async with self._store.reading() as tx:
            start, fault = await self._start(tx, newest)
        walk = Walk(self._hashed, start.start, legacy=start.legacy)
        gone_over = 0
        while fault is None:
            async with self._store.reading() as tx:
                links = await tx.audit_chain.links(walk.reached.number, BATCH)
            # Hashing thousands of rows would hold up everybody else of this process.
            fault = await asyncio.to_thread(walk.along, links)
            gone_over += len(links)
            if progress is not None and links:
                progress(gone_over)
            if len(links) < BATCH:
                break
        unlinked = 0
        if fault is None:
            # As LinkRows takes them: old rows go on waiting while the first of them are linked.
            legacy = walk.reached == START or (walk.legacy and gone_over > 0)
            unlinked, fault = await self._unlinked(legacy=legacy)
        if fault is None:
            fault = await self._against(anchors, walk.reached)
        return Checked(gone_over, unlinked, walk.reached, fault)

    async def _start(self, tx: Transaction, newest: int | None) -> tuple[_Seen, ChainFault | None]:
        cut = await tx.audit_chain.cut()
        start = START if cut is None else cut.end
        if cut is not None and cut.mark != cut_mark(self._hashed, cut.end):
            return _Seen(start, False), ChainFault(Fault.CUT_FORGED, cut.end.number, 0)
        end = await tx.audit_chain.end()
        if newest is not None and end.number - newest > start.number:
            there = await tx.audit_chain.anchor_at(end.number - newest)
            if there is None:
                return _Seen(start, False), ChainFault(Fault.LINK_MISSING, end.number - newest, 0)
            last = await tx.audit_chain.links(there.number - 1, 1)
            return _Seen(there, bool(last and last[0].entry and last[0].entry.mark is None)), None
        # Behind a cut as well: the links' digests say which rows had no mark, and nobody makes one without the key.
        return _Seen(start, True), None

    async def _unlinked(self, *, legacy: bool) -> tuple[int, ChainFault | None]:
        """Rows that wait for their link have their own mark. Args: legacy: those from before there were marks may wait, too."""
        after, count = 0, 0
        while True:
            async with self._store.reading() as tx:
                found = await tx.audit_chain.unlinked(after, BATCH)
            for entry in found:
                if entry.mark is None and not legacy:
                    return count, ChainFault(Fault.UNMARKED, 0, entry.sequence)
                if entry.mark is not None and not is_genuine(self._hashed, entry):
                    return count, ChainFault(Fault.FORGED, 0, entry.sequence)
                legacy = legacy and entry.mark is None
            count += len(found)
            if len(found) < BATCH:
                return count, None
            after = found[-1].sequence

    async def _against(self, anchors: Sequence[Anchor], reached: Anchor) -> ChainFault | None:
        async with self._store.reading() as tx:
            cut = await tx.audit_chain.cut()
            begins = START if cut is None else cut.end
            for anchor in sorted(anchors, key=lambda one: one.number):
                if anchor.number < begins.number or anchor == START:
                    continue  # what it speaks of went when its days were over
                there = begins if anchor.number == begins.number else await tx.audit_chain.anchor_at(anchor.number)
                if there is None:
                    return ChainFault(Fault.END_CUT, anchor.number, 0)
                if there != anchor:
                    return ChainFault(Fault.OTHER_CHAIN, anchor.number, 0)
        return None
