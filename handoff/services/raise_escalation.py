"""Raise an escalation: open the one record of a session, or add evidence to it (HOK-6, KAG-7.1ア)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from handoff.domain.desk import DeskEvent
from handoff.domain.escalation import (
    Alarm,
    Cause,
    EscalationState,
    deadline,
    ladder,
    opens,
    someone_on_duty,
    worse,
)
from handoff.domain.profile import Profile
from handoff.domain.session import Level, SessionView
from handoff.services.escalation_ports import Escalation
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: So long after somebody took an escalation new words of the student are theirs to read.
HELD_FOR = timedelta(minutes=20)


async def raise_escalation(tx: Transaction, setting: Setting, session: SessionView, alarm: Alarm) -> UUID | None:
    """Open a session's escalation or add to it, within the transaction that screened the message.

    The alarm rings after the commit. The same message again changes nothing. Gives the escalation's id; None where
    none is open and this alarm opens none.
    """
    now, profile = setting.clock.now(), setting.profile
    # Also a caller who holds an older view: two messages must not open two records.
    await tx.sessions.lock(session.id)
    known = await tx.escalations.with_evidence(session.id, alarm.message_event_id)
    # Somebody who falls silent is told of by their last message, which may have rung before.
    if known is not None and alarm.cause is not Cause.STUDENT_LEFT:
        return known
    found = await tx.escalations.open_for(session.id)
    if found is None:
        if not opens(alarm, profile, someone_on_duty(profile, now)):
            return None
        escalation = _opened(session.id, alarm, now, profile)
        await tx.escalations.add(escalation)
    else:
        escalation = _joined(found, alarm, now, profile)
        await tx.escalations.save(escalation)
        await tx.escalations.save_detail(escalation)
    await tx.escalations.add_evidence(escalation.id, alarm, now)
    await tx.audit.add(
        now,
        "screen",
        "raise_escalation" if found is None else "add_evidence",
        session.id,
        escalation=str(escalation.id),
        cause=alarm.cause,
        level=escalation.level,
        event=str(alarm.message_event_id),
    )
    tx.desk.tell(DeskEvent.ESCALATION, session.id, escalation.id)
    await tx.jobs.wake_alarm(escalation.id)
    return escalation.id


def _opened(
    session_id: UUID | None, alarm: Alarm, now: datetime, profile: Profile, *, test: bool = False
) -> Escalation:
    return Escalation(
        id=uuid4(),
        session_id=session_id,
        test=test,
        state=EscalationState.RAISED,
        cause=alarm.cause,
        level=alarm.level,
        categories=alarm.categories,
        suspects=alarm.suspects,
        raised_at=now,
        deadline_at=deadline(now, alarm.level, profile),
        ladder_from=now,
        next_alarm_at=now,
    )


def _joined(found: Escalation, alarm: Alarm, now: datetime, profile: Profile) -> Escalation:
    """The escalation with this alarm's facts added; nothing in it is ever lowered or taken out."""
    level = worse(found.level, alarm.level)
    joined = replace(
        found,
        level=level,
        categories=tuple(dict.fromkeys([*found.categories, *alarm.categories])),
        suspects=found.suspects | alarm.suspects,
    )
    if found.state is not EscalationState.RAISED:
        if is_held(found, now) or not _rings_again(alarm):
            return joined
        # Somebody took it long ago: whether they still look, nobody knows, so everybody is called again.
        return _rung_anew(joined, now, profile)
    if level is Level.CRITICAL and found.level is not Level.CRITICAL:
        # It was urgent, now it's a matter of life: everybody is called again, from the first on.
        return replace(
            joined,
            deadline_at=deadline(now, level, profile),
            ladder_from=now,
            rung=None,
            round=0,
            next_alarm_at=now,
        )
    if ladder(profile, joined.suspects) != ladder(profile, found.suspects):
        # Whoever comes next may be another by now.
        return replace(joined, next_alarm_at=now)
    return joined


def _rung_anew(escalation: Escalation, now: datetime, profile: Profile) -> Escalation:
    """An escalation that nobody has any more: everybody is called again, from the first on."""
    return replace(
        escalation,
        state=EscalationState.RAISED,
        acknowledged_at=None,
        acknowledged_by=None,
        contacted_at=None,
        deadline_at=deadline(now, escalation.level, profile),
        ladder_from=now,
        rung=None,
        round=0,
        next_alarm_at=now,
    )


async def ring_anew(tx: Transaction, setting: Setting, session: SessionView, escalation: Escalation) -> None:
    """Call everybody on the ladder again for a locked session's locked escalation, from the first on."""
    now = setting.clock.now()
    await tx.escalations.save(_rung_anew(escalation, now, setting.profile))
    was = escalation.acknowledged_by
    await tx.audit.add(now, "worker", "ring_escalation_anew", session.id, escalation=str(escalation.id), was=was)
    tx.desk.tell(DeskEvent.ESCALATION, session.id, escalation.id)
    await tx.jobs.wake_alarm(escalation.id)


async def let_go(tx: Transaction, setting: Setting, session: SessionView, holder: str) -> None:
    """Ring again for a locked session whose counsellor is gone, where the alarm had stopped because of them."""
    escalation = await tx.escalations.open_for(session.id)
    if escalation is not None and escalation.acknowledged_by == holder:
        await ring_anew(tx, setting, session, escalation)


def is_held(escalation: Escalation, now: datetime) -> bool:
    """Whether a person took an escalation so lately that they are sure to look at what comes now."""
    if escalation.state is EscalationState.RAISED:
        return False
    last = max(filter(None, (escalation.acknowledged_at, escalation.contacted_at)), default=None)
    return last is not None and now - last < HELD_FOR


def _rings_again(alarm: Alarm) -> bool:
    return alarm.level is Level.CRITICAL or alarm.cause is not Cause.RISK


class RaiseTestAlarm:
    """Ring once at everybody on the ladder, with words that say that it's a test; nothing of a student is touched."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, person: str) -> UUID:
        """Give the escalation's id; it closes itself once all were called."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            return await raise_test_alarm(tx, self._setting, person)


async def raise_test_alarm(tx: Transaction, setting: Setting, person: str) -> UUID:
    """The same within a transaction: it rings after the commit."""
    now = setting.clock.now()
    alarm = Alarm(Cause.RISK, Level.CRITICAL, (), frozenset(), uuid4())
    escalation = _opened(None, alarm, now, setting.profile, test=True)
    await tx.escalations.add(escalation)
    await tx.audit.add(now, person, "raise_test_alarm", None, escalation=str(escalation.id))
    await tx.jobs.wake_alarm(escalation.id)
    return escalation.id
