"""The disposal of a batch of contacts.

A batch takes three transactions, because a fact that is cut off from its session must share neither a transaction's number
nor its neighbourhood with anything that names the session (ADR 19, 29). A kill between any two of them leaves a row that the
next run finishes; a kill within one leaves nothing half gone.
"""

from __future__ import annotations

import random
from dataclasses import replace
from uuid import UUID

from handoff.domain.hours import ZONE
from handoff.domain.kept import Kept
from handoff.domain.research import ResearchRecord, record_of
from handoff.domain.retention import COUNTED_FROM, Parting, Rule, ordered, parting
from handoff.services.ports import Store, Transaction
from handoff.services.retention.list_due import rule_of
from handoff.services.retention_ports import Batch, OpenOrder
from handoff.services.setting import Setting


class DisposeBatch:
    """Carry a batch out, or finish one that was begun. The caller holds the disposal's lock."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, batch: Batch, rule: Rule, order: OpenOrder | None = None) -> int:
        """How many things went. Raises: StoreUnavailable."""
        async with self._store.transaction() as tx:
            batch = await self._still_due(tx, batch, rule, order)
            if not batch.partings:
                return 0
            await tx.retention.begin(batch)
        records = await self._for_research(batch) if order is None else {}
        async with self._store.transaction() as tx:
            going = await self._still_due(tx, batch, rule, order)
            for session_id, kinds in going.kinds.items():
                if kinds & COUNTED_FROM:
                    await tx.facts.cut_off(session_id)
            if going.partings:
                await tx.retention.delete(going)
        kept = [records[session] for session in going.kinds if session in records]
        if kept:
            # In a transaction of its own; a kill before it loses a line of research, and never makes two of one.
            async with self._store.transaction() as tx:
                await tx.research.add(kept)
        return await self._finish(batch, set(going.partings))

    async def _still_due(self, tx: Transaction, batch: Batch, rule: Rule, order: OpenOrder | None) -> Batch:
        """What of a batch nobody works on, and nothing has come up against since; all of it locked."""
        contacts = list(batch.partings)
        random.shuffle(contacts)
        kept = dict[UUID, Parting]()
        for contact_id in contacts:
            if not await tx.retention.claim(contact_id):
                continue
            # As it is by now: a word or a hold that came meanwhile postpones.
            if await self.parting(tx, contact_id, order, rule) == batch.partings[contact_id]:
                kept[contact_id] = batch.partings[contact_id]
        return replace(batch, partings=kept)

    async def parting(self, tx: Transaction, contact_id: UUID, order: OpenOrder | None, rule: Rule) -> Parting:
        """What of a contact goes now."""
        now = self._setting.clock.now()
        but = None if order is None else order.order.request_id
        contact = await tx.retention.contact(contact_id, now, but=but)
        if contact is None:
            return Parting()
        if order is None:
            return parting(contact, rule, now)
        chosen = frozenset(order.order.session_ids)
        return ordered(contact, chosen, now, everything=order.everything)[0]

    async def _for_research(self, batch: Batch) -> dict[UUID, ResearchRecord]:
        """Of sessions whose student said yes, the codes alone, read before the way to the fact is cut."""
        found = dict[UUID, ResearchRecord]()
        async with self._store.reading() as tx:
            for parts in batch.partings.values():
                ids = [session for session, kinds in parts.kinds.items() if Kept.TRANSCRIPT in kinds]
                for session_id in await tx.research.consented(ids):
                    fact = await tx.facts.newest(session_id)
                    record = None if fact is None else record_of(fact)
                    if record is not None:
                        found[session_id] = record
                        break  # one line a person: five talks of one child are no group of five
        return found

    async def finish_begun(self, batch: Batch) -> tuple[int, int]:
        """What a kill left: where the rows went, the proof is written; where they didn't, the plan is made anew."""
        done = set[UUID]()
        async with self._store.reading() as tx:
            for contact_id, parts in batch.partings.items():
                gone = [
                    await tx.retention.gone(session, kinds, whole=session in parts.whole)
                    for session, kinds in parts.kinds.items()
                ]
                # A person of whom nothing else was due hasn't gone by that.
                if gone and all(gone):
                    done.add(contact_id)
        return await self._finish(batch, done), 0

    async def _finish(self, batch: Batch, done: set[UUID]) -> int:
        now, waits = self._setting.clock.now(), False
        partings = {contact: one for contact, one in batch.partings.items() if contact in done}
        async with self._store.transaction() as tx:
            if not await tx.retention.close(batch, done):
                return 0  # somebody else finished it, and wrote its proof
            for contact_id, parts in partings.items():
                wiped = parts.contact and await self._wipe(tx, contact_id, batch)
                waits = waits or parts.contact and not wiped
                partings[contact_id] = replace(parts, contact=wiped)
                for session_id, kinds in parts.kinds.items():
                    await tx.audit.add(
                        now,
                        "worker",
                        "dispose",
                        session_id,
                        kinds=sorted(kinds),
                        whole=session_id in parts.whole,
                        cause=batch.cause,
                    )
            batch = replace(batch, partings=partings)
            count = await tx.retention.finish(batch, done, self._setting.profile.id, now.astimezone(ZONE).date())
            if batch.order is not None and batch.order.contact_id in done and not waits:
                await tx.retention.order_done(batch.order.id, now)
        return count

    async def _wipe(self, tx: Transaction, contact_id: UUID, batch: Batch) -> bool:
        """Take the person away, unless anything has come up against it since the plan was made."""
        now, order = self._setting.clock.now(), batch.order
        if not await tx.retention.claim(contact_id):
            return False
        contact = await tx.retention.contact(contact_id, now, but=None if order is None else order.request_id)
        if contact is None:
            return False
        if order is None:
            going = parting(contact, rule_of(self._setting), now)
        else:
            going, _ = ordered(contact, frozenset(order.session_ids), now, everything=True)
        if not going.contact:
            return False
        await tx.retention.wipe(contact_id, now)
        return True
