"""Send an escalation's planned notices: each attempt is counted before it's made, so a repeated one is known as such."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from handoff.domain.escalation import left_out
from handoff.domain.notice import (
    NOT_IN_DRILL,
    Medium,
    Notice,
    NoticeOutcome,
    NoticeResult,
    NoticeState,
    Notifier,
    pause_after,
)
from handoff.services.escalation_ports import Escalation, LinkHolder, PlannedNotice
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: An attempt that takes longer has failed; the notifiers have limits of their own, below this one.
ATTEMPT_LIMIT = 25.0
#: An attempt of which nothing was heard is made again after this long: its process died.
LEASE = timedelta(seconds=30)


class SendNotices:
    """Makes the attempts that are due; all at the same time, so that a slow mail server doesn't hold up a call."""

    def __init__(self, store: Store, setting: Setting, notifier: Notifier, public_url: str) -> None:
        """Args: public_url: where the alarm's page is reached, without a trailing slash."""
        self._store = store
        self._setting = setting
        self._notifier = notifier
        self._public_url = public_url

    async def __call__(self, escalation_id: UUID) -> None:
        """Raises: NotFound, StoreUnavailable; what isn't settled by then is tried again."""
        now = self._setting.clock.real()
        async with self._store.reading() as tx:
            due = [notice for notice in await tx.notices.pending(escalation_id) if notice.next_at <= now]
        done = await asyncio.gather(*(self._attempt(notice) for notice in due), return_exceptions=True)
        for fault in done:
            # Told only now: one that fails must not end the attempts beside it.
            if isinstance(fault, BaseException):
                raise fault

    async def _attempt(self, planned: PlannedNotice) -> None:
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            escalation = await tx.escalations.find(planned.escalation_id)
            notice = await self._notice(tx, escalation, planned)
            if isinstance(notice, str):
                await tx.notices.settle(planned.id, NoticeState.DROPPED, notice, clock.real())
                return
            if not await tx.notices.begin_attempt(planned, clock.real() + LEASE):
                return
        result = await self._notify(notice)
        number = planned.attempts + 1
        pause = pause_after(number) if result.outcome is NoticeOutcome.FAILED_RETRY else None
        code = result.code or result.outcome
        async with self._store.transaction() as tx:
            if result.outcome is NoticeOutcome.SENT:
                await tx.notices.settle(planned.id, NoticeState.SENT, NoticeState.SENT, clock.real())
            elif pause is not None:
                await tx.notices.postpone(planned.id, clock.real() + pause, code)
            else:
                await tx.notices.settle(planned.id, NoticeState.FAILED, code, clock.real())
        if result.outcome is not NoticeOutcome.SENT and pause is None:
            log.error("notice_given_up", notice_id=str(planned.id), medium=str(planned.medium), code=code)

    async def _notice(self, tx: Transaction, escalation: Escalation, planned: PlannedNotice) -> Notice | str:
        """What is sent, or the code of why it isn't: the profile, and what is suspected, may have changed since."""
        if escalation.drill:
            return NOT_IN_DRILL  # none is ever planned; should one be, it goes nowhere
        profile = self._setting.profile
        if left_out(planned.rung, profile, escalation.suspects):
            # The code doesn't say why: of whom something is suspected stands sealed.
            return "withheld"
        steps = profile.on_call.ladder or ()
        step = steps[planned.rung] if planned.rung < len(steps) else None
        to = None
        if planned.medium in (Medium.MAIL, Medium.VOICE):
            to = None if step is None else step.mail if planned.medium is Medium.MAIL else step.phone
            if to is None:
                return "no_address"
        holder = LinkHolder(escalation.id, planned.rung, planned.who)
        token = await tx.notices.link(holder, self._setting.clock.now())
        return Notice(
            id=planned.id,
            medium=planned.medium,
            who=planned.who,
            to=to,
            service_name=profile.service_name,
            level=escalation.level,
            link=f"{self._public_url}/alarm/{token}",
            number=planned.number,
            test=escalation.test,
        )

    async def _notify(self, notice: Notice) -> NoticeResult:
        try:
            async with asyncio.timeout(ATTEMPT_LIMIT):
                return await self._notifier(notice)
        except TimeoutError:
            return NoticeResult(NoticeOutcome.FAILED_RETRY, "timeout")
        except Exception as error:  # noqa: BLE001 - whatever it is, the other media and the ladder go on
            log.error("notifier_failed", medium=str(notice.medium), error=type(error).__name__)
            return NoticeResult(NoticeOutcome.FAILED_RETRY, "fault")
