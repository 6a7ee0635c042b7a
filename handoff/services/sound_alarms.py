"""Sound an escalation's alarm: whoever is due on the ladder is called, until somebody acknowledges (HOK-6, KAG-7.1ア)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog

from handoff.domain.desk import DeskEvent
from handoff.domain.escalation import (
    CloseReason,
    EscalationState,
    LadderFacts,
    Ring,
    Rung,
    Wait,
    acknowledge_within,
    is_desk,
    ladder,
    next_alarm,
    ways,
)
from handoff.domain.notice import NOT_IN_DRILL, Medium, NoticeState
from handoff.services.escalation_ports import Escalation, LinkHolder, PlannedNotice
from handoff.services.ports import Store, Transaction
from handoff.services.send_notices import SendNotices
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: Who the audit says it was.
ACTOR = "alarm"
SOON = timedelta(milliseconds=50)


class SoundAlarms:
    """The verb of an escalation's wake-up. Done twice, or by two workers at once, it calls nobody twice."""

    def __init__(self, store: Store, setting: Setting, media: frozenset[Medium], send: SendNotices) -> None:
        """Args: media: those that are set up, besides the desk."""
        self._store = store
        self._setting = setting
        self._media = media
        self._send = send

    async def __call__(self, escalation_id: UUID) -> None:
        """Plan all notices that are due, send them, and wake again when the next is. Raises: NotFound,
        StoreUnavailable."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            await self._plan(tx, await tx.escalations.lock(escalation_id))
        await self._send(escalation_id)
        await self._wake_later(escalation_id)

    async def _plan(self, tx: Transaction, escalation: Escalation) -> None:
        now, profile = self._setting.clock.now(), self._setting.profile
        rungs = ladder(profile, escalation.suspects)
        before = escalation
        while True:
            if escalation.test and escalation.rung == rungs[-1].index:
                escalation = self._end_of_test(escalation, now)
            step = next_alarm(self._facts(escalation, rungs), now)
            if not isinstance(step, Ring):
                break
            escalation = await self._ring(tx, escalation, step, now)
        escalation = replace(escalation, next_alarm_at=step.until if isinstance(step, Wait) else None)
        if escalation != before:
            await tx.escalations.save(escalation)
            tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation.id)

    def _facts(self, escalation: Escalation, rungs: tuple[Rung, ...]) -> LadderFacts:
        return LadderFacts(
            state=escalation.state,
            rungs=rungs,
            repeat=acknowledge_within(escalation.level, self._setting.profile),
            # A test calls everybody at once.
            since=escalation.ladder_from - rungs[-1].due if escalation.test else escalation.ladder_from,
            rung=escalation.rung,
            round=escalation.round,
            rang_at=escalation.alarmed_at,
        )

    async def _ring(self, tx: Transaction, escalation: Escalation, ring: Ring, now: datetime) -> Escalation:
        real = self._setting.clock.real()
        number = escalation.alarms + 1
        media = list(ways(ring.rung, self._media))
        await tx.notices.add(
            [
                PlannedNotice(
                    id=uuid4(),
                    escalation_id=escalation.id,
                    number=number,
                    rung=ring.rung.index,
                    round=ring.round,
                    who=ring.rung.who,
                    medium=medium,
                    state=state,
                    at=now,
                    next_at=real,
                    outcome=outcome,
                )
                for medium in media
                for state, outcome in (_beginning(medium, drill=escalation.drill),)
            ]
        )
        # Made here, under the lock, so that mail and call of one rung carry the same.
        await tx.notices.link(LinkHolder(escalation.id, ring.rung.index, ring.rung.who), now)
        nobody = is_desk(ring.rung, self._setting.profile)
        await tx.audit.add(
            now,
            ACTOR,
            "sound_alarm",
            escalation.session_id,
            escalation=str(escalation.id),
            number=number,
            rung=ring.rung.index,
            round=ring.round,
            media=media,
            nobody_on_ladder=nobody,
        )
        if nobody:
            log.error("alarm_without_ladder", escalation_id=str(escalation.id))
        if ring.rung.index != escalation.rung and escalation.rung is not None:
            log.warning("alarm_goes_on", escalation_id=str(escalation.id), rung=ring.rung.index)
        return replace(escalation, rung=ring.rung.index, round=ring.round, alarms=number, alarmed_at=now)

    @staticmethod
    def _end_of_test(escalation: Escalation, now: datetime) -> Escalation:
        return replace(
            escalation,
            state=EscalationState.CLOSED,
            closed_at=now,
            closed_by=ACTOR,
            closed_reason=CloseReason.TEST,
        )

    async def _wake_later(self, escalation_id: UUID) -> None:
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            escalation = await tx.escalations.find(escalation_id)
            waits = [notice.next_at - clock.real() for notice in await tx.notices.pending(escalation_id)]
            if escalation.next_alarm_at is not None:
                waits.append(escalation.next_alarm_at - clock.now())
            if waits:
                # Where a later wake-up waits already, the sweep comes in time for this one.
                await tx.jobs.wake_alarm(escalation_id, max(min(waits), SOON))


def _beginning(medium: Medium, *, drill: bool) -> tuple[NoticeState, str | None]:
    """How a notice begins, and its outcome. A drill rings on the desk alone; what else would have gone out is on record."""
    if medium is Medium.DESK:
        # The desk hears of it by the note that leaves with this transaction.
        return NoticeState.SENT, NoticeState.SENT
    return (NoticeState.DROPPED, NOT_IN_DRILL) if drill else (NoticeState.PLANNED, None)
