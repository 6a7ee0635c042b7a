"""The daily disposal (KAG-8.4, TAJ-7): what two ordered, what is past its days, and what is read by nobody any more.

A batch takes three transactions, because a fact that is cut off from its session must share neither a transaction's number
nor its neighbourhood with anything that names the session (ADR 19, 29). A kill between any two of them leaves a row that the
next run finishes; a kill within one leaves nothing half gone.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from handoff.domain.errors import StoreUnavailable
from handoff.domain.hours import ZONE
from handoff.domain.kept import Kept
from handoff.domain.research import ResearchRecord, record_of
from handoff.domain.retention import COUNTED_FROM, RUN_EVERY, Held, Parting, Rule, ordered, parting
from handoff.services.change_words import take_words_out
from handoff.services.ports import Store, Transaction
from handoff.services.retention.list_due import candidates, rule_of
from handoff.services.retention_ports import Batch, OpenOrder, Run, Spent
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: Contacts that go together: enough that nobody stands alone, few enough that no lock is felt.
TOGETHER: Final = 25


class SweepSpent:
    """Empty what came in and is done, and drop what nobody reads any more: soon after, and not once a day."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> Spent:
        """Raises: StoreUnavailable."""
        now, days = self._setting.clock.now(), self._setting.profile.retention_days.transcript
        async with self._store.transaction() as tx:
            return await tx.retention.sweep(now, None if days is None else now - timedelta(days=days))


class RunRetention:
    """The verb of the worker, and of ``tsunagi retention run``."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, by: str = "worker", *, at_once: bool = False) -> Run | None:
        """One run; None where the last one isn't long ago. Args: at_once: however long ago. Raises: StoreUnavailable."""
        await self._setting.refresh()
        clock = self._setting.clock
        run = Run(uuid4(), clock.now(), by)
        since = run.at if at_once else run.at - RUN_EVERY
        async with self._store.transaction() as tx:
            if not await tx.retention.begin_run(run, clock.real(), since):
                return None
        await self._finish_begun()
        disposed, held, failed = 0, 0, 0
        async with self._store.reading() as tx:
            orders = await tx.retention.open_orders()
        for order in orders:
            count, waits = await self._carry_out(order)
            disposed += count
            held += waits
        rule = rule_of(self._setting)
        async for page in candidates(self._store, rule, run.at):
            for some in _pieces(page):
                try:
                    count, waiting = await self._by_rule(some, rule)
                except StoreUnavailable:
                    raise
                except Exception as error:  # noqa: BLE001 - it is named in the log; one batch must not hold up all others
                    log.error("disposal_failed", error=type(error).__name__)
                    failed += len(some)
                else:
                    disposed += count
                    held += waiting
        run = replace(run, ended=True, disposed=disposed, held=held, failed=failed)
        async with self._store.transaction() as tx:
            await tx.retention.end_run(run, clock.real())
        return run

    # By the rule ------------------------------------------------------------------------------------------------

    async def _by_rule(self, contacts: Sequence[UUID], rule: Rule) -> tuple[int, int]:
        """How many things went, and of how many contacts nothing could."""
        now, going, held = self._setting.clock.now(), dict[UUID, Parting](), 0
        async with self._store.reading() as tx:
            for contact_id in contacts:
                parts = await self._parting(tx, contact_id, None, rule)
                if parts:
                    going[contact_id] = parts
                else:
                    held += 1
        if not going:
            return 0, held
        return await self._dispose(Batch(uuid4(), now, going), rule), held

    async def _parting(self, tx: Transaction, contact_id: UUID, order: OpenOrder | None, rule: Rule) -> Parting:
        now = self._setting.clock.now()
        but = None if order is None else order.order.request_id
        contact = await tx.retention.contact(contact_id, now, but=but)
        if contact is None:
            return Parting()
        if order is None:
            return parting(contact, rule, now)
        chosen = frozenset(order.order.session_ids)
        return ordered(contact, chosen, now, everything=order.everything)[0]

    # By an order of two -----------------------------------------------------------------------------------------

    async def _carry_out(self, order: OpenOrder) -> tuple[int, int]:
        """What went, and whether the order still waits. Whoever asked is told first: afterwards nobody can reach them."""
        contact_id, now = order.order.contact_id, self._setting.clock.now()
        if not order.told:
            return 0, 1
        if order.order.line_ids:
            return await self._redact(order)
        async with self._store.reading() as tx:
            contact = await tx.retention.contact(contact_id, now, but=order.order.request_id)
            chosen = frozenset(order.order.session_ids)
            parts, held = (
                (Parting(), frozenset[Held]())
                if contact is None
                else ordered(contact, chosen, now, everything=order.everything)
            )
        if held:
            return 0, 1
        if parts:
            batch = Batch(uuid4(), now, {contact_id: parts}, order.order)
            return await self._dispose(batch, rule_of(self._setting), order), 0
        # What was ordered had gone by its days.
        async with self._store.transaction() as tx:
            await tx.retention.order_done(order.order.id, now)
        return 0, 0

    async def _redact(self, order: OpenOrder) -> tuple[int, int]:
        now, count = self._setting.clock.now(), 0
        async with self._store.transaction() as tx:
            contact = await tx.retention.contact(order.order.contact_id, now, but=order.order.request_id)
            held = frozenset() if contact is None else ordered(contact, frozenset(), now, everything=False)[1]
            if held or not await tx.retention.claim(order.order.contact_id):
                return 0, 1
            for line in await tx.retention.lines_of(order.order):
                await take_words_out(tx, self._setting, line)
                await tx.audit.add(now, "worker", "dispose_line", line.session_id, message=str(line.id))
                count += 1
            await tx.retention.order_done(order.order.id, now)
        return count, 0

    # A batch ----------------------------------------------------------------------------------------------------

    async def _dispose(self, batch: Batch, rule: Rule, order: OpenOrder | None = None) -> int:
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
            if await self._parting(tx, contact_id, order, rule) == batch.partings[contact_id]:
                kept[contact_id] = batch.partings[contact_id]
        return replace(batch, partings=kept)

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

    async def _finish(self, batch: Batch, done: set[UUID]) -> int:
        now = self._setting.clock.now()
        partings = {contact: one for contact, one in batch.partings.items() if contact in done}
        async with self._store.transaction() as tx:
            for contact_id, parts in partings.items():
                wiped = parts.contact and await self._wipe(tx, contact_id)
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
            if batch.order is not None and batch.order.contact_id in done:
                await tx.retention.order_done(batch.order.id, now)
        return count

    async def _wipe(self, tx: Transaction, contact_id: UUID) -> bool:
        """Take the person away, unless they came back this very moment."""
        now = self._setting.clock.now()
        if not await tx.retention.claim(contact_id):
            return False
        contact = await tx.retention.contact(contact_id, now)
        if contact is None or contact.wiped:
            return contact is not None
        here = {Held.EVENT, Held.DELIVERY, Held.ESCALATION} & contact.held
        if here or any(one.closed_at is None for one in contact.sessions):
            return False
        await tx.retention.wipe(contact_id, now)
        return True

    async def _finish_begun(self) -> None:
        """What a kill left: where the rows went, the proof is written; where they didn't, the plan is made anew."""
        async with self._store.reading() as tx:
            begun = await tx.retention.begun()
        for batch in begun:
            done = set[UUID]()
            async with self._store.reading() as tx:
                for contact_id, parts in batch.partings.items():
                    gone = [await tx.retention.gone(session, kinds) for session, kinds in parts.kinds.items()]
                    if all(gone):
                        done.add(contact_id)
            await self._finish(batch, done)


def _pieces(page: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (page[start : start + TOGETHER] for start in range(0, len(page), TOGETHER))
