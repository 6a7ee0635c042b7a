"""Deliver a contact's outbox: one call after the other, each attempt written down before it's made."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from handoff.domain.delivery import UNCERTAIN, DeliveryState, Method, Outcome, Pause, Settle, Try, after, next_step
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import StaleEpoch
from handoff.domain.outgoing import Line
from handoff.services.outside import LineSender, Sending
from handoff.services.ports import LockedContact, Store, Transaction
from handoff.services.setting import Setting
from handoff.services.transcript_ports import OutboxCall

log = structlog.get_logger(__name__)


class DeliverOutbox:
    """The verb of a contact's delivery wake-up."""

    def __init__(self, store: Store, setting: Setting, line: LineSender, jitter: random.Random | None = None) -> None:
        self._store = store
        self._setting = setting
        self._line = line
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def __call__(self, contact_id: UUID) -> None:
        """Make every call that is due, in order. Raises: StoreUnavailable."""
        calls: Sequence[OutboxCall] = ()
        async with self._store.delivery_lock(contact_id) as contact:
            # Where somebody else has it, they heard of the same wake-up and will look once more.
            while contact is not None:
                # Before each call: who speaks, and what was planned, may have changed since the one before it.
                async with contact.reading() as tx:
                    calls = await tx.outbox.pending(contact_id, self._setting.clock.real())
                call = self._due(calls)
                if call is None:
                    break
                if await self._call(contact, call) and len(calls) == 1:
                    return  # what was planned meanwhile has a wake-up of its own
        await self._wake_later(contact_id, calls)

    def _due(self, calls: Sequence[OutboxCall]) -> OutboxCall | None:
        """The first call, if it may be made now; one that pauses holds back those behind it, to keep the order.

        One that nobody may send any more holds back nothing: it is settled at once.
        """
        if not calls:
            return None
        stale = calls[0].epoch != calls[0].session_epoch
        return calls[0] if stale or calls[0].next_at <= self._setting.clock.real() else None

    async def _wake_later(self, contact_id: UUID, calls: Sequence[OutboxCall]) -> None:
        if not calls:
            return
        pause = calls[0].next_at - self._setting.clock.real()
        async with self._store.transaction() as tx:
            await tx.jobs.wake_delivery(contact_id, after=max(pause, timedelta(milliseconds=50)))

    async def _call(self, contact: LockedContact, call: OutboxCall) -> bool:
        """Make a call; whether it is settled."""
        clock = self._setting.clock
        if call.lines is None:
            return await self._settle(contact, call, Settle(DeliveryState.DEAD, "unreadable"))
        if call.epoch != call.session_epoch:
            return await self._refuse(contact, call)
        step = next_step(call.facts, clock.real())
        if isinstance(step, Settle):
            return await self._settle(contact, call, step)
        number = call.facts.attempts + 1
        async with contact.reading() as tx:
            ours = await tx.outbox.begin_attempt(call, number, step.method, clock.real())
        if not ours:
            return await self._refuse(contact, call)
        sending = await self._send(call, call.lines, step)
        uncertain = call.facts.uncertain_reply or (step.method is Method.REPLY and sending.outcome in UNCERTAIN)
        facts = replace(
            call.facts, attempts=number, uncertain_reply=uncertain, method=step.method, outcome=sending.outcome
        )
        if sending.outcome is Outcome.INVALID_TOKEN and not uncertain:
            # Spent or too old, and surely not by us: from here on only a push can help.
            facts = replace(facts, token_since=None)
        verdict = after(facts, self._jitter)
        # Where nobody is told of it, one statement says it all and needs no transaction around it.
        async with contact.transaction() if _told(call) or isinstance(verdict, Pause) else contact.reading() as tx:
            if isinstance(verdict, Pause):
                await tx.outbox.postpone(call.id, clock.real() + verdict.delay, verdict.reason, facts)
            end = None if isinstance(verdict, Pause) else verdict
            await tx.outbox.end_attempt(call.id, number, sending, clock.real(), end)
            _tell(tx, call)
        if isinstance(verdict, Pause) or verdict.state is not DeliveryState.SENT:
            log.warning(
                "delivery_" + ("paused" if isinstance(verdict, Pause) else verdict.state),
                outbox_id=str(call.id),
                reason=verdict.reason,
                status=sending.status,
                attempt=number,
            )
        return not isinstance(verdict, Pause)

    async def _send(self, call: OutboxCall, lines: Sequence[Line], step: Try) -> Sending:
        if step.method is Method.REPLY and call.reply_token is not None:
            return await self._line.reply(call.reply_token, lines)
        return await self._line.push(call.address, lines, call.retry_key)

    async def _refuse(self, contact: LockedContact, call: OutboxCall) -> bool:
        """Somebody else owns the conversation by now; a line that may be out already can't be refused any more."""
        maybe_out = call.facts.uncertain_reply or call.facts.outcome in UNCERTAIN
        state = DeliveryState.UNKNOWN if maybe_out else DeliveryState.REFUSED
        return await self._settle(contact, call, Settle(state, StaleEpoch.code))

    async def _settle(self, contact: LockedContact, call: OutboxCall, verdict: Settle) -> bool:
        async with contact.transaction() as tx:
            await tx.outbox.settle(call.id, verdict.state, verdict.reason, self._setting.clock.real())
            _tell(tx, call)
        log.warning(f"delivery_{verdict.state}", outbox_id=str(call.id), reason=verdict.reason)
        return True


def _told(call: OutboxCall) -> bool:
    return call.watched or call.on_page


def _tell(tx: Transaction, call: OutboxCall) -> None:
    """The counsellor sees at the line what became of it, and a page of ours shows what is said."""
    if call.watched:
        tx.desk.tell(DeskEvent.DELIVERY, call.session_id, call.id)
    if call.on_page:
        tx.desk.tell(DeskEvent.CHAT, call.session_id, call.id)
