"""The daily disposal (KAG-8.4, TAJ-7): what two ordered, what is past its days, and what is read by nobody any more."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from handoff.domain.errors import StoreUnavailable
from handoff.domain.retention import RUN_EVERY, Held, Parting, Rule, ordered
from handoff.services.change_words import take_words_out
from handoff.services.ports import Store
from handoff.services.retention.dispose_batch import DisposeBatch
from handoff.services.retention.list_due import candidates, rule_of
from handoff.services.retention_ports import Batch, OpenOrder, Run, Spent
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: Contacts that go together: enough that nobody stands alone, few enough that no lock is felt.
TOGETHER: Final = 25


@dataclass(slots=True)
class _Tally:
    """What came of a run so far: things that went, contacts that wait, and what couldn't be done."""

    disposed: int = 0
    held: int = 0
    failed: int = 0

    async def take(self, work: Awaitable[tuple[int, int]]) -> bool:
        """Count a piece of work; False where it failed: no piece may hold up the others. Raises: StoreUnavailable."""
        try:
            disposed, held = await work
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - it is named in the log, and tried again by the next run
            log.error("disposal_failed", error=type(error).__name__)
            return False
        self.disposed += disposed
        self.held += held
        return True


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
        self._batches = DisposeBatch(store, setting)

    async def __call__(self, by: str = "worker", *, at_once: bool = False) -> Run | None:
        """One run; None where the last one isn't long ago, or another one is under way.

        Args: at_once: however long ago. Raises: StoreUnavailable.
        """
        await self._setting.refresh()
        async with self._store.disposal_lock() as mine:
            return None if mine is None else await self._alone(by, at_once)

    async def _alone(self, by: str, at_once: bool) -> Run | None:
        clock = self._setting.clock
        run = Run(uuid4(), clock.now(), by)
        since = run.at if at_once else run.at - RUN_EVERY
        async with self._store.transaction() as tx:
            if not await tx.retention.begin_run(run, clock.real(), since):
                return None
        tally = _Tally()
        tally.failed += await self._finish_begun(tally)
        async with self._store.reading() as tx:
            orders = await tx.retention.open_orders()
        for order in orders:
            tally.failed += not await tally.take(self._carry_out(order))
        rule = rule_of(self._setting)
        async for page in candidates(self._store, rule, run.at):
            for some in _pieces(page):
                await self._together(some, rule, tally)
        if tally.failed:
            # What was begun and couldn't go is as before, not only hours later: its person may come back meanwhile.
            await self._finish_begun(tally)
        await self._clear_keys()
        run = replace(run, ended=True, disposed=tally.disposed, held=tally.held, failed=tally.failed)
        async with self._store.transaction() as tx:
            await tx.retention.end_run(run, clock.real())
        return run

    async def _clear_keys(self) -> None:
        """In every run: keys of Rasa's memory go with each talk's end. What can't be cleared now is by the next run."""
        try:
            cleared = await self._store.clear_keys()
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the run itself is done
            log.error("keys_not_cleared", error=type(error).__name__)
        else:
            if not cleared:
                log.warning("keys_not_cleared")

    async def _finish_begun(self, tally: _Tally) -> int:
        """Finish what a kill or a fault left; of how many contacts that couldn't be, which the next run finds again."""
        async with self._store.reading() as tx:
            begun = await tx.retention.begun()
        done = [await tally.take(self._batches.finish_begun(batch)) for batch in begun]
        return sum(len(batch.partings) for batch, good in zip(begun, done, strict=True) if not good)

    # By the rule ------------------------------------------------------------------------------------------------

    async def _together(self, some: Sequence[UUID], rule: Rule, tally: _Tally) -> None:
        """Dispose of what is due of some; where that fails, of each alone, so that one's fault keeps nobody else's words."""
        if await tally.take(self._by_rule(some, rule)):
            return
        # What failed may have gone half the way; a second batch of the same would prove it twice.
        alone = len(some) > 1 and not await self._finish_begun(tally)
        for contact_id in some if alone else ():
            tally.failed += not await tally.take(self._by_rule([contact_id], rule))
        tally.failed += 0 if alone else len(some)

    async def _by_rule(self, contacts: Sequence[UUID], rule: Rule) -> tuple[int, int]:
        """How many things went, and of how many contacts nothing could."""
        now, going, held = self._setting.clock.now(), dict[UUID, Parting](), 0
        async with self._store.reading() as tx:
            for contact_id in contacts:
                parts = await self._batches.parting(tx, contact_id, None, rule)
                if parts:
                    going[contact_id] = parts
                else:
                    held += 1
        if not going:
            return 0, held
        return await self._batches(Batch(uuid4(), now, going), rule), held

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
            return await self._batches(batch, rule_of(self._setting), order), 0
        # What was ordered had gone by its days.
        async with self._store.transaction() as tx:
            await tx.retention.order_done(order.order.id, now)
        return 0, 0

    async def _redact(self, order: OpenOrder) -> tuple[int, int]:
        now, count = self._setting.clock.now(), 0
        async with self._store.transaction() as tx:
            # Locked before it is read: a hold that commits in between would come too late for its words.
            if not await tx.retention.claim(order.order.contact_id):
                return 0, 1
            contact = await tx.retention.contact(order.order.contact_id, now, but=order.order.request_id)
            if contact is not None and ordered(contact, frozenset(), now, everything=False)[1]:
                return 0, 1
            for line in await tx.retention.lines_of(order.order):
                await take_words_out(tx, self._setting, line)
                await tx.audit.add(now, "worker", "dispose_line", line.session_id, message=str(line.id))
                count += 1
            await tx.retention.order_done(order.order.id, now)
        return count, 0


def _pieces(page: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (page[start : start + TOGETHER] for start in range(0, len(page), TOGETHER))
