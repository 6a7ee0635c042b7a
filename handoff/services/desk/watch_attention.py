"""Watch that a person looks after every session at risk, whoever stopped its alarm; see ``domain/attention.py``."""

from __future__ import annotations

from uuid import UUID

import structlog

from handoff.domain.attention import Call, call_due
from handoff.domain.desk import DeskAlarm, DeskEvent
from handoff.domain.errors import StoreUnavailable
from handoff.domain.escalation import Alarm, Cause, acknowledge_within
from handoff.domain.session import URGENT, Level, SessionView
from handoff.services.ports import Store, Transaction
from handoff.services.raise_escalation import raise_escalation, ring_anew
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

LIMIT = 500


class WatchAttention:
    """The verb of the worker's round; two workers at once call nobody twice."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Tell or call whoever is due; give for how many sessions. Raises: StoreUnavailable."""
        now = self._setting.clock.now()
        async with self._store.reading() as tx:
            watched = await tx.timers.at_risk(LIMIT)
        done = 0
        for one in watched:
            within = acknowledge_within(_level(one.level), self._setting.profile)
            if call_due(one.facts, within, now) is None:
                continue
            try:
                done += await self._tend(one.session_id)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - named, and tried again in the next round; the others go on
                log.error("attention_not_called", session_id=str(one.session_id), error=type(error).__name__)
        return done

    async def _tend(self, session_id: UUID) -> bool:
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            one = await tx.timers.at_risk_one(session_id)
            if one is None:
                return False
            call = call_due(one.facts, acknowledge_within(_level(one.level), self._setting.profile), now)
            if call is None:
                return False
            await tx.timers.set_attention_told(session_id, now)
            tx.desk.tell(DeskEvent.ALARM, session_id, session.counsellor_id, code=DeskAlarm.UNANSWERED)
            if call is Call.RING:
                await self._ring(tx, session, _level(one.level), one.last_event)
            await tx.audit.add(now, "worker", f"attention_{call}", session_id, state=session.state)
            return True

    async def _ring(self, tx: Transaction, session: SessionView, level: Level, event_id: UUID | None) -> None:
        escalation = await tx.escalations.open_for(session.id)
        if escalation is not None:
            await ring_anew(tx, self._setting, session, escalation)
        elif event_id is not None:
            alarm = Alarm(Cause.UNANSWERED, level, (), frozenset(), event_id)
            await raise_escalation(tx, self._setting, session, alarm)


def _level(level: Level | None) -> Level:
    """What the screen couldn't read counts as high."""
    return level if level is not None and level in URGENT else Level.HIGH
