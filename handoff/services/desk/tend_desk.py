"""What time does at the desk: waiting students hear that they aren't forgotten, silence and the end of the hours are
met gently, and nobody at risk is ever let go by a clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from handoff.domain.capacity import may_go_live
from handoff.domain.desk import DeskAlarm, DeskEvent, EndReason
from handoff.domain.hours import ZONE, HoursStatus, spoken_moment
from handoff.domain.live_timers import TimerStep, due, notes_due
from handoff.domain.outgoing import Line
from handoff.domain.session import URGENT, Change, HumanWanted, Owner, SessionView, State
from handoff.domain.texts import TextKey
from handoff.domain.wording_rules import in_bubbles
from handoff.services.desk.approve_line import LateApprovals
from handoff.services.desk.call_back import CallBack
from handoff.services.desk.end_talk import END_BUTTON, GO_ON_BUTTON, alarm_of, call_somebody, end
from handoff.services.desk.pass_on import give_back
from handoff.services.desk.student_writes import wait_again
from handoff.services.desk.watch_attention import WatchAttention
from handoff.services.move_session import move
from handoff.services.one_at_a_time import tended
from handoff.services.ports import Store, Transaction
from handoff.services.raise_escalation import raise_escalation
from handoff.services.say import tell
from handoff.services.setting import Setting
from handoff.services.watch_quota import Unasked, may_push

log = structlog.get_logger(__name__)

LIMIT: Final = 500
#: Without a beat of any web process for this long, nobody's desk can be judged.
WEB_SILENT: Final = timedelta(seconds=15)
#: So long after the on-call person's last word the counsellors on duty go on.
ON_CALL_SILENT: Final = timedelta(minutes=30)
#: From this word of the waiting rhythm on the telephone is named as well, as an addition.
PHONE_FROM: Final = 2


class TendDesk:
    """The verb of the worker's round; two workers at once do nothing twice."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._late_approvals = LateApprovals(store, setting)
        self._attention = WatchAttention(store, setting)
        self._call_back = CallBack(store, setting)

    async def __call__(self) -> int:
        """Do all that is due; give how much was. Raises: StoreUnavailable."""
        await self._setting.refresh()
        now, status = self._setting.clock.now(), self._setting.profile.hours.status(self._setting.clock.now())
        async with self._store.reading() as tx:
            live = await tx.timers.live(LIMIT)
            waiting = await tx.timers.waiting(LIMIT)
            left = await tx.timers.left_messages(LIMIT) if status is HoursStatus.OPEN else ()
            late = await tx.timers.all_waiting(LIMIT) if status is not HoursStatus.OPEN else ()
        done = await self._late_approvals()
        done += await self._lost_presence()
        done += await self._attention()
        if status is HoursStatus.OPEN:
            done += await self._on_call_silent(now)
        for session_id in left:
            done += await tended(self._open_window(session_id), "session", session_id)
        for session_id in late:
            done += await tended(self._close_window(session_id), "session", session_id)
        done += await self._call_back()
        if status is not HoursStatus.CLOSED:
            for session_id, since, told in waiting:
                wanted = notes_due(since, self._setting.profile.desk.waiting_minutes, now)
                if wanted > told:
                    done += await tended(self._say_waiting(session_id, wanted), "session", session_id)
        for talk in live:
            if any(True for _ in self._due(talk.facts, now)):
                done += await tended(self._tend(talk.session_id), "session", talk.session_id)
        return done

    # Waiting ----------------------------------------------------------------------------------------------------

    async def _say_waiting(self, session_id: UUID, wanted: int) -> bool:
        profile, now = self._setting.profile, self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state is not State.WAITING or not await tx.timers.set_notes_told(session_id, wanted):
                return False
            if session.is_urgent or await self._wants_quiet(tx, session, now):
                return False  # who is at risk hears from a person, or from the table of replies
            if not await may_push(tx, self._setting, session_id, Unasked.WAITING):
                return False
            lines = [Line(profile.text(TextKey.WAITING_STILL))]
            phones = profile.phone_lines(now)
            if wanted >= PHONE_FROM and phones:
                lines.append(Line(profile.text(TextKey.PHONE_LINES, phone_lines=phones)))
            await tell(tx, self._setting, session, lines)
            await tx.audit.add(now, "worker", "say_waiting", session_id, told=wanted)
            return True

    async def _wants_quiet(self, tx: Transaction, session: SessionView, now: datetime) -> bool:
        at = now.astimezone(ZONE).time()
        return any(time.holds(at) for time in await tx.contacts.quiet(session.contact_id))

    async def _open_window(self, session_id: UUID) -> bool:
        """The window is open: what was left becomes a place in the queue, by risk."""
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state is not State.LEFT_MESSAGE:
                return False
            # They left word and went: nothing tells them that they wait.
            await tx.sessions.mark_one_way(session_id)
            await tx.call_backs.forget_answered(session_id)
            await move(tx, self._setting, session, Change.OPEN_WINDOW, "worker")
            return True

    async def _close_window(self, session_id: UUID) -> bool:
        """Nothing new begins any more, and nobody could come: an apology, and first tomorrow. At risk it stays where it
        is, and what a person had begun stays to be finished while people are there.
        """
        profile, now = self._setting.profile, self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state is not State.WAITING:
                return False
            if session.is_urgent:
                closed = profile.hours.status(now) is HoursStatus.CLOSED
                return closed and await self._call_at_close(tx, session)
            if may_go_live(session, profile.hours, now):
                return False
            silent = await tx.sessions.is_one_way(session_id) or session.human_wanted is HumanWanted.CONDUCT
            begun = session.claimed_at is not None
            session = await move(tx, self._setting, session, Change.CLOSE_WINDOW, "worker")
            if not silent:
                # Who talked with somebody isn't told that nobody came.
                await tell(
                    tx,
                    self._setting,
                    session,
                    self._until(TextKey.ENDED_HOURS if begun else TextKey.WAITING_CLOSED, now),
                )
            log.info("waiting_unserved", session_id=str(session_id), profile=profile.id)
            return True

    async def _call_at_close(self, tx: Transaction, session: SessionView) -> bool:
        """Ring for a session at risk that nobody was called for while people were there."""
        if await tx.escalations.open_for(session.id) is not None:
            return False
        for line in await tx.transcript.read(session.id):
            if line.author == "student" and line.level in URGENT:
                await raise_escalation(tx, self._setting, session, alarm_of(line))
        return await tx.escalations.open_for(session.id) is not None

    def _until(self, key: TextKey, now: datetime) -> list[Line]:
        """A text with the next opening, or the one for when nobody knows it; before it what a closure's words say."""
        profile = self._setting.profile
        opening = profile.hours.next_opening(now)
        if opening is None:
            text = profile.text(TextKey(f"{key}_unknown"))
        else:
            text = profile.text(key, next_opening=spoken_moment(opening, now))
        return [Line(bubble) for bubble in in_bubbles((profile.closure_words(now), text))]

    # Live -------------------------------------------------------------------------------------------------------

    def _due(self, facts: Any, now: datetime) -> Any:
        profile = self._setting.profile
        return due(facts, profile.session, profile.hours, profile.desk.last_call, now)

    async def _tend(self, session_id: UUID) -> bool:
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            talk = await tx.timers.tended(session_id)
            if talk is None or await tx.events.has_undone(session.contact_id):
                return False  # a word is on its way in
            facts = talk.facts
            answered = facts.wrote_at is None or (facts.heard_at is not None and facts.heard_at >= facts.wrote_at)
            for step in self._due(facts, now):
                await self._step(tx, session, step, talk.last_event, now, answered)
                if step in (TimerStep.END_HOURS, TimerStep.END_SILENT):
                    break
            return True

    async def _step(
        self,
        tx: Transaction,
        session: SessionView,
        step: TimerStep,
        last_event: UUID | None,
        now: datetime,
        answered: bool,
    ) -> None:
        profile = self._setting.profile
        match step:
            case TimerStep.NUDGE:
                await tx.timers.set_nudged(session.id, now)
                if await self._wants_quiet(tx, session, now):
                    return
                line = Line(profile.text(TextKey.LIVE_NUDGE), (GO_ON_BUTTON, END_BUTTON))
                if await may_push(tx, self._setting, session.id, Unasked.LIVE_NUDGE):
                    await tell(tx, self._setting, session, [line])
            case TimerStep.LAST_CALL:
                await tx.timers.set_last_called(session.id)
                await tell(tx, self._setting, session, [Line(profile.text(TextKey.LAST_CALL))])
            case TimerStep.END_SILENT:
                line = Line(profile.text(TextKey.ENDED_SILENT))
                await end(tx, self._setting, session, EndReason.SILENCE, "worker", [line])
            case TimerStep.END_HOURS:
                lines = self._until(TextKey.ENDED_HOURS, now)
                if answered:
                    await end(tx, self._setting, session, EndReason.HOURS, "worker", lines)
                    return
                # A word that nobody has answered isn't ended: it is read at the next opening, by whoever is there.
                session = await wait_again(tx, self._setting, session)
                await tell(tx, self._setting, session, lines)
            case TimerStep.ALARM_SILENT:
                await tx.timers.set_silence_told(session.id, now)
                await call_somebody(tx, self._setting, session, last_event)
                tx.desk.tell(DeskEvent.ALARM, session.id, session.counsellor_id, code=DeskAlarm.SILENT_AT_RISK)
            case TimerStep.ALARM_HOURS:
                await tx.timers.set_hours_told(session.id)
                tx.desk.tell(DeskEvent.ALARM, session.id, session.counsellor_id, code=DeskAlarm.HOURS_OVER)
                since = self._setting.clock.real() - profile.desk.grace
                if not any(member.is_supervisor for member in await tx.staff.on_duty(since)):
                    await call_somebody(tx, self._setting, session, last_event)
        await tx.audit.add(now, "worker", f"timer_{step}", session.id)

    # Presence ---------------------------------------------------------------------------------------------------

    async def _lost_presence(self) -> int:
        """Sessions whose counsellor's desk fell silent wait again, in the place that they had."""
        real, grace = self._setting.clock.real(), self._setting.profile.desk.grace
        async with self._store.reading() as tx:
            up_since = await tx.staff.web_up_since(real - WEB_SILENT)
            if up_since is None or real - up_since < grace:
                return 0  # it's our web that was away, not the people
            lost = await tx.staff.silent_holders(real - grace)
        done = 0
        for session_id, counsellor_id in lost:
            done += await tended(self._lose(session_id, counsellor_id, real - grace), "session", session_id)
        return done

    async def _on_call_silent(self, now: datetime) -> int:
        """What the on-call person took at night and left is the counsellors' once they are there."""
        before = now - ON_CALL_SILENT
        async with self._store.reading() as tx:
            left = await tx.timers.on_call_silent(before)
        done = 0
        for session_id in left:
            done += await tended(self._hand_over(session_id, before), "session", session_id)
        return done

    async def _hand_over(self, session_id: UUID, before: datetime) -> bool:
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session_id not in await tx.timers.on_call_silent(before):
                return False
            # They left the student's phone in peace overnight; the counsellor's own words are the next ones.
            await tx.sessions.mark_one_way(session_id)
            await move(tx, self._setting, session, Change.LOSE_PRESENCE, "worker")
            return True

    async def _lose(self, session_id: UUID, counsellor_id: UUID, before: datetime) -> bool:
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            still = (session_id, counsellor_id) in await tx.staff.silent_holders(before)
            if session.owner is not Owner.COUNSELLOR or session.counsellor_id != counsellor_id or not still:
                return False
            await give_back(tx, self._setting, session, Change.LOSE_PRESENCE, "worker")
            tx.desk.tell(DeskEvent.ALARM, session_id, counsellor_id, code=DeskAlarm.PRESENCE_LOST)
            log.warning("presence_lost", session_id=str(session_id))
            return True
