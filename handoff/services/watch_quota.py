"""Keep LINE's pushes of the month back for live talk: what nobody asked for is left out before they run out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

import structlog

from handoff.domain.desk import DeskAlarm, DeskEvent
from handoff.domain.hours import ZONE
from handoff.domain.incoming import PAGES
from handoff.domain.quota import Quota
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: How often LINE is asked, whatever the number of workers.
ASK_EVERY: Final = timedelta(minutes=5)


class QuotaReader(Protocol):
    """Asks LINE; never raises for what LINE or the network does."""

    async def __call__(self) -> Quota | None:
        """This month's numbers; None where LINE doesn't tell."""


class Unasked(StrEnum):
    """What the service says without anybody having asked, as the audit names it."""

    WAITING = "waiting"  # the rhythm that a waiting student hears
    LIVE_NUDGE = "live_nudge"
    INTAKE_NUDGE = "intake_nudge"
    SURVEY = "survey"
    CALL_BACK = "call_back"  # that they can talk now


async def has_spare(tx: Transaction, setting: Setting) -> bool:
    """Whether something that nobody asked for may go out; true while nobody knows LINE's numbers.

    A counsellor's lines, the safety texts and last words never ask.
    """
    quota = await tx.quota.read()
    return quota is None or quota.is_spare(setting.profile.desk.push_reserve)


async def may_push(tx: Transaction, setting: Setting, session_id: UUID, what: Unasked) -> bool:
    """The same for one push; that it is left out is on record. What a page of ours shows costs no push."""
    if await has_spare(tx, setting) or await tx.escalation_steps.channel(session_id) in PAGES:
        return True
    await tx.audit.add(setting.clock.now(), "worker", "leave_out_push", session_id, what=what)
    return False


class WatchQuota:
    """The verb of the worker's round: ask LINE now and then, and let supervisors know once a day that it runs out."""

    def __init__(self, store: Store, setting: Setting, ask: QuotaReader) -> None:
        self._store = store
        self._setting = setting
        self._ask = ask

    async def __call__(self) -> Quota | None:
        """Give what LINE said, None where it wasn't asked or didn't tell. Raises: StoreUnavailable."""
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            if not await tx.quota.begin(clock.real(), ASK_EVERY):
                return None
        quota = await self._ask()
        if quota is None:
            log.warning("quota_unread")  # what was told last holds
            return None
        await self._setting.refresh()
        now, reserve = clock.now(), self._setting.profile.desk.push_reserve
        async with self._store.transaction() as tx:
            await tx.quota.keep(quota, clock.real())
            if quota.is_low(reserve) and await tx.quota.tell_once(now.astimezone(ZONE).date()):
                await tx.audit.add(now, "worker", "quota_low", None, remaining=quota.remaining, reserve=reserve)
                tx.desk.tell(DeskEvent.ALARM, None, None, code=DeskAlarm.QUOTA_LOW)
                log.warning("quota_low", remaining=quota.remaining, reserve=reserve)
        return quota


@dataclass(frozen=True, slots=True)
class Left:
    """What the desk shows. remaining: None where there is no limit, or nobody knows; reserve: kept for live talks."""

    remaining: int | None
    reserve: int


class ReadQuota:
    """What is left of the month's pushes."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> Left:
        async with self._store.reading() as tx:
            quota = await tx.quota.read()
        return Left(None if quota is None else quota.remaining, self._setting.profile.desk.push_reserve)
