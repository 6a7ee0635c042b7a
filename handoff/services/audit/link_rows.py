"""The worker's round that makes fresh audit rows links of the chain.

Whoever writes an audit row only gives it its own mark, so that no two transactions ever wait for each other because of the
audit. The chain's order is the order in which rows were found, which is why a transaction that commits late breaks nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from handoff.domain.audit import (
    START,
    Anchor,
    AuditEntry,
    KeyedHash,
    LinkedEntry,
    is_genuine,
    link_digest,
)
from handoff.services.audit_ports import AnchorFile
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: Rows that are linked in one transaction.
BATCH: Final = 500
#: So many rows are looked back upon for one that committed late; who commits later still is found by a whole look.
LOOK_BACK: Final = 10_000
#: Rounds between two looks at all rows; a round is about five seconds.
WHOLE_LOOK_EVERY: Final = 720
#: Rounds between two lines of the log that name the chain's end.
TOLD_EVERY: Final = 120


class LinkRows:
    """The verb of the worker's round; one for each worker, because it remembers how far it looked."""

    def __init__(self, store: Store, setting: Setting, hashed: KeyedHash, anchors: AnchorFile) -> None:
        self._store = store
        self._setting = setting
        self._hashed = hashed
        self._anchors = anchors
        self._newest = 0
        self._rounds = 0
        self._refused: set[int] = set()
        self._told: Anchor | None = None
        self._sound = True

    async def __call__(self) -> int:
        """Link what waits; how many rows got their link. Raises: StoreUnavailable."""
        after = 0 if self._rounds % WHOLE_LOOK_EVERY == 0 else max(0, self._newest - LOOK_BACK)
        linked, end, newest = 0, START, 0
        while True:
            async with self._store.transaction() as tx:
                if not await tx.audit_chain.take_turn():
                    return linked  # another worker does it
                end, last = await tx.audit_chain.end(), await tx.audit_chain.newest()
                sound = await self._goes_on(tx, end)
                newest = await tx.audit_chain.newest_sequence()
                found = await tx.audit_chain.unlinked(after, BATCH)
                # Rows from before there were marks come before all others, and nowhere else.
                links = self._linked(end, found, legacy=end == START or (last is not None and last.mark is None))
                if links:
                    await tx.audit_chain.link(links, self._setting.clock.real())
            if links:
                linked += len(links)
                end = Anchor(links[-1].number, links[-1].digest)
            if sound and end != START:
                self._note(end)
            if found:
                after = found[-1].sequence
            if len(found) < BATCH:
                break
        self._rounds += 1
        # Not only from rows that waited: after a start there may be none for hours, and all would be looked at each round.
        self._newest = max(after, newest, self._newest)
        self._tell(end)
        return linked

    async def _goes_on(self, tx: Transaction, end: Anchor) -> bool:
        """Whether the chain still goes on from where its end was noted. Where it doesn't, rows are linked all the same, but
        the note is kept: it proves what was cut off.
        """
        try:
            noted = self._anchors.newest()
        except (OSError, ValueError) as error:
            return self._is_sound(False, "audit_anchor_broken", error=type(error).__name__)
        if noted is None:
            return self._is_sound(True)
        there = await tx.audit_chain.anchor_at(noted.number)
        cut = await tx.audit_chain.cut()
        gone = cut is not None and noted.number < cut.end.number
        held = there == noted or gone or (cut is not None and cut.end == noted)
        return self._is_sound(held, "audit_end_cut", noted=noted.number, end=end.number)

    def _is_sound(self, sound: bool, said: str = "", **detail: object) -> bool:
        if self._sound and not sound:
            log.error(said, **detail)
        self._sound = sound
        return sound

    def _linked(self, end: Anchor, entries: Sequence[AuditEntry], *, legacy: bool) -> list[LinkedEntry]:
        """Links for the rows that the service wrote; a row that it didn't write gets none, and is said once."""
        links = []
        for entry in entries:
            if not (legacy if entry.mark is None else is_genuine(self._hashed, entry)):
                if entry.sequence not in self._refused:
                    self._refused.add(entry.sequence)
                    log.error("audit_row_forged", sequence=entry.sequence)
                continue
            legacy = legacy and entry.mark is None
            digest = link_digest(self._hashed, end, entry)
            end = Anchor(end.number + 1, digest)
            links.append(LinkedEntry(end.number, entry.sequence, digest, entry))
        return links

    def _note(self, end: Anchor) -> None:
        try:
            self._anchors.note(end)
        except OSError as error:
            log.error("audit_anchor_unwritten", error=type(error).__name__)

    def _tell(self, end: Anchor) -> None:
        """The end in the log as well: logs are carried to where nobody comes by the database."""
        if end not in (START, self._told) and (self._told is None or self._rounds % TOLD_EVERY == 0):
            log.info("audit_anchor", number=end.number, digest=end.digest.hex())
            self._told = end
