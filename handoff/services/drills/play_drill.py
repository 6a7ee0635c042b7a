"""Start a drill, say its lines, and end it (緊急案件時の訓練). It goes the way of the web chat, with nobody at the page.

Its lines are events like a student's: stored once by an id made of drill and line, screened, answered, escalated. So a
worker that dies goes on where it was, and two of them say nothing twice. Whoever really writes comes first: while
somebody is at risk no drill begins, and one that runs stands still.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from handoff.domain.desk import DeskEvent, EndReason
from handoff.domain.drill import ADDRESS, MARK, Drill, Ending, Script, Step, due_at
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.escalation import CloseReason, EscalationState
from handoff.domain.incoming import Arrival, Channel, EventType
from handoff.domain.session import State
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.end_talk import end
from handoff.services.move_session import close
from handoff.services.one_at_a_time import tended
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

ACTOR = "drill"
#: Why the session of a drill was closed that somebody stopped.
STOPPED = "drill_stopped"
#: How often, and with what pause in seconds, a stop waits for the line that is being read; Rasa may take a while.
TRIES, PAUSE = 20, 0.25
OTHER_RUNS = "ほかの訓練が進んでいます。終えてから、始めてください。"
BUSY = "いま、危険度の高い相談が待っているか、緊急対応が開いています。落ち着いてから、訓練を始めてください。"


def by_id(scripts: Sequence[Script]) -> Mapping[str, Script]:
    return {script.id: script for script in scripts}


class StartDrill:
    """The supervisor's verb."""

    def __init__(self, store: Store, setting: Setting, scripts: Sequence[Script]) -> None:
        self._store = store
        self._setting = setting
        self._scripts = by_id(scripts)

    async def __call__(self, member: StaffMember, key: UUID, script_id: str) -> UUID:
        """Give the drill's id. Args: key: the same for a form that is sent again.

        Raises: NotPermitted. InputRefused: no such script, another one runs, or somebody who really writes is at risk.
        """
        member.check(Permission.RUN_SHIFT)
        member.check(Permission.SUPERVISE)
        script = self._scripts.get(script_id)
        if script is None:
            raise InputRefused("script", "台本を選んでください。")
        await self._setting.refresh()
        setting, now = self._setting, self._setting.clock.now()
        async with self._store.transaction() as tx:
            # Their own row: two presses of one person count one after the other; the index keeps two people apart.
            await tx.staff.lock(member.id)
            running = await tx.drills.running(setting.profile.id)
            if any(drill.id == key for drill in running):
                return key
            if running:
                raise InputRefused("script", OTHER_RUNS)
            if await tx.drills.real_urgent():
                raise InputRefused("script", BUSY)
            contact_id = await tx.contacts.find_or_add(Channel.WEB, f"{Channel.WEB}:{ADDRESS}{key}", now)
            drill = Drill(key, setting.profile.id, script.id, contact_id, member.id, now)
            if await tx.drills.add(drill):
                await tx.audit.add(now, member.actor, "start_drill", None, drill=str(key), script=script.id)
                await say_due(tx, setting, drill, script)
            elif (await tx.drills.of_contact(contact_id)) is None:
                raise InputRefused("script", OTHER_RUNS)  # somebody else was quicker by a moment
        return key


async def say_due(tx: Transaction, setting: Setting, drill: Drill, script: Script) -> bool:
    """Say the next line of a locked drill if it is due; one a round, as somebody who types."""
    clock = setting.clock
    due = due_at(drill, script, await tx.drills.replied_at(drill.contact_id))
    if due is None or due > clock.now():
        return False
    step, real = script.steps[drill.step], clock.real()
    await tx.events.add(_arrival(drill, step, int(real.timestamp() * 1000)), drill.contact_id, real)
    await tx.drills.save(replace(drill, step=drill.step + 1, said_at=clock.now()))
    await tx.jobs.wake_drain(drill.contact_id)
    return True


def _arrival(drill: Drill, step: Step, line_timestamp: int) -> Arrival:
    key = uuid5(drill.id, str(drill.step))
    message = {"type": "text", "id": str(key), "text": step.text}
    return Arrival(
        event_id=f"{ACTOR}:{drill.id}:{drill.step}",
        type=EventType.MESSAGE,
        channel=Channel.WEB,
        address=None,
        line_timestamp=line_timestamp,
        standby=False,
        target=str(key),
        payload=json.dumps({"type": EventType.MESSAGE, "message": message}, ensure_ascii=False),
    )


class TendDrills:
    """The verb of the worker's round: the next line where it is due, and the end with the session's."""

    def __init__(self, store: Store, setting: Setting, scripts: Sequence[Script]) -> None:
        self._store = store
        self._setting = setting
        self._scripts = by_id(scripts)

    async def __call__(self) -> int:
        """Give how much was done. Raises: StoreUnavailable."""
        async with self._store.reading() as tx:
            running = await tx.drills.running(self._setting.profile.id)
        done = 0
        for drill in running:
            done += await tended(self._tend(drill.id), "drill", drill.id)
        return done

    async def _tend(self, drill_id: UUID) -> bool:
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            drill = await tx.drills.lock(drill_id)
            if drill.ended_at is not None or await tx.events.has_undone(drill.contact_id):
                return False
            session_id = await tx.drills.session_of(drill.contact_id)
            card = None if session_id is None else await tx.views.card(session_id)
            if card is not None and card.state is State.CLOSED:
                await _end_alarm(tx, self._setting, card.id, MARK)
                await tx.drills.save(replace(drill, ended_at=now, ending=Ending.DONE))
                await tx.audit.add(now, ACTOR, "end_drill", card.id, drill=str(drill.id), lines=drill.step)
                return True
            script = self._scripts.get(drill.script)
            # After the end a further line would open the talk again; and nobody's drill comes before a real case.
            over = card is not None and card.state is State.WRAP_UP
            if script is None or over or await tx.drills.real_urgent():
                return False
            return await say_due(tx, self._setting, drill, script)


class StopDrill:
    """End a drill at once: nothing more is said, its alarm stops, its session is closed without a sheet."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, drill_id: UUID) -> None:
        """One that is over stays as it is. Raises: NotPermitted, NotFound. InputRefused: a line is being read just now."""
        member.check(Permission.RUN_SHIFT)
        member.check(Permission.SUPERVISE)
        async with self._store.reading() as tx:
            drill = await tx.drills.find(drill_id)
        if drill.profile != self._setting.profile.id:
            raise NotFound("another service's drill")
        contact_id = drill.contact_id
        # A line that is being read now would open a session again, which nobody could stop any more.
        for _ in range(TRIES):
            async with self._store.drain_lock(contact_id) as contact:
                if contact is not None:
                    async with contact.transaction() as tx:
                        await self._stop(tx, member, drill_id)
                    return
            await asyncio.sleep(PAUSE)
        raise InputRefused(
            "drill", "いま、台本の行を読んでいます。少し待って、もう一度「訓練を止める」を押してください。"
        )

    async def _stop(self, tx: Transaction, member: StaffMember, drill_id: UUID) -> None:
        setting, now = self._setting, self._setting.clock.now()
        drill = await tx.drills.lock(drill_id)
        if drill.ended_at is not None:
            return
        await self._let_go(tx, drill)
        session = await tx.sessions.open_for(drill.contact_id)
        if session is not None:
            session = await tx.sessions.lock(session.id)
            await _end_alarm(tx, setting, session.id, member.alias)
            if session.state is State.LIVE:
                session = await end(tx, setting, session, EndReason.COUNSELLOR, member.actor)
            await close(tx, setting, session, STOPPED, member.actor)
        await tx.drills.save(replace(drill, ended_at=now, ending=Ending.STOPPED, ended_by=member.id))
        await tx.audit.add(
            now, member.actor, "stop_drill", None if session is None else session.id, drill=str(drill_id)
        )

    async def _let_go(self, tx: Transaction, drill: Drill) -> None:
        """What was said and not read yet is read no more; a line that came now would open a session again."""
        while (event := await tx.events.next_undone(drill.contact_id)) is not None:
            await tx.events.finish(event.id, self._setting.clock.now(), STOPPED)


async def _end_alarm(tx: Transaction, setting: Setting, session_id: UUID, by: str) -> None:
    """With a drill its alarm ends, too; it isn't something that the team did."""
    escalation = await tx.escalations.open_for(session_id)
    if escalation is None:
        return
    closed = replace(
        escalation,
        state=EscalationState.CLOSED,
        closed_at=setting.clock.now(),
        closed_by=by,
        closed_reason=CloseReason.TEST,
        next_alarm_at=None,
    )
    await tx.escalations.save(closed)
    await tx.notices.drop_pending(escalation.id, EscalationState.CLOSED, setting.clock.real())
    tx.desk.tell(DeskEvent.ESCALATION, session_id, escalation.id)
