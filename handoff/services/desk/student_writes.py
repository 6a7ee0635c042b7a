"""What a student's word does in a session that people see: the desk hears of it, and a talk goes on or ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskAlarm, DeskEvent, EndReason
from handoff.domain.escalation import someone_on_duty
from handoff.domain.hours import HoursStatus, spoken_moment
from handoff.domain.incoming import Channel, MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.session import URGENT, Change, Owner, SessionView, State
from handoff.domain.texts import TextKey
from handoff.domain.wording_rules import in_bubbles
from handoff.services.desk.end_talk import STUDENT_ENDS, end, student_ends
from handoff.services.move_session import move
from handoff.services.ports import Transaction
from handoff.services.raise_escalation import let_go
from handoff.services.say import say
from handoff.services.setting import Setting
from handoff.services.want_human import come_back

#: What somebody who was told that they can talk now taps where it doesn't suit them.
LATER_BUTTON: Final = "今は話せません"
#: A student who waits for the next person and goes on writing hears that it arrived, and not at every word.
RECEIPT_PAUSE: Final = timedelta(minutes=3)


def show_written(tx: Transaction, session: SessionView, event_id: UUID) -> None:
    """Let the desks that show this session know of a new line; its place in the queue may be another."""
    if session.state is not State.INTAKE:
        tx.desk.tell(DeskEvent.LINE, session.id, event_id)
        tx.desk.tell(DeskEvent.SESSION, session.id)


async def heard_by_person(
    tx: Transaction,
    setting: Setting,
    session: SessionView,
    event: StoredEvent,
    message: StudentMessage,
    *,
    silent: bool,
) -> bool:
    """Nothing is answered here: a person reads it. But a talk that had ended goes on, and one may end.

    Gives False where nobody is there any more to read it, and the service has to answer: the session waits then.

    Args: silent: it needs no answer (words taken back, somebody who left).
    """
    if message.kind is MessageKind.UNFOLLOW:
        if session.state is State.LIVE and event.channel is not Channel.WEB:
            # At risk the screen has called somebody already; nobody can be written to any more either way. Who closed
            # a page in haste may come back by another one, and is waited for.
            await end(tx, setting, session, EndReason.LEFT, "student")
        return True
    if silent:
        return True
    if session.state is State.WRAP_UP:
        session = await move(tx, setting, session, Change.RETURN, "student")
        if not await _is_there(tx, setting, session):
            await wait_again(tx, setting, session)
            return False
    if event.level in URGENT and session.state is State.LIVE and session.counsellor_id is not None:
        member = await tx.staff.find(session.counsellor_id)
        if member.trainee:
            # It stays with whoever has their ear until a supervisor takes over: a change of hands is a risk as well.
            tx.desk.tell(DeskEvent.ALARM, session.id, member.id, code=DeskAlarm.TRAINEE_AT_RISK)
    if session.state is State.LIVE and message.text.strip() in STUDENT_ENDS:
        await student_ends(tx, setting, session, event.id)
    return True


async def _is_there(tx: Transaction, setting: Setting, session: SessionView) -> bool:
    """Whether the one whose talk it was still sits at an open desk, within the hours."""
    since = setting.clock.real() - setting.profile.desk.grace
    there = {member.id for member in await tx.staff.on_duty(since)}
    goes_on = setting.profile.hours.status_of_talks(setting.clock.now()) is not HoursStatus.CLOSED
    return session.counsellor_id in there and goes_on


async def wait_again(tx: Transaction, setting: Setting, session: SessionView) -> SessionView:
    """Let a talk wait for the next person, or for the next opening; what is said of it is said elsewhere.

    At risk it waits in the queue whatever the hour, and the ladder rings.
    """
    was = session.counsellor_id
    session = await move(tx, setting, session, Change.LOSE_PRESENCE, "worker")
    await let_go(tx, setting, session, await tx.staff.alias(was))
    if not someone_on_duty(setting.profile, setting.clock.now()) and not session.is_urgent:
        # They have talked: no apology that nobody came, and nothing that says they wait.
        await tx.sessions.mark_one_way(session.id)
        session = await move(tx, setting, session, Change.CLOSE_WINDOW, "worker")
    return session


async def receive_again(
    tx: Transaction, setting: Setting, session_id: UUID, event: StoredEvent, reply_token: str | None
) -> None:
    """Tell a student between two counsellors that it arrived, in fixed words; finishes the event.

    Where somebody has taken the session meanwhile nothing is said.
    """
    now = setting.clock.now()
    session = await tx.sessions.lock(session_id)
    if not await tx.events.finish(event.id, now, "received") or session.owner is not Owner.BOT:
        return
    told = session.fallback_at
    if told is None or now - told >= RECEIPT_PAUSE:
        await tx.sessions.set_fallback_at(session.id, now)
        lines = [Line(bubble) for bubble in in_bubbles(_receipt(setting))]
        await say(tx, setting, event, session, lines, reply_token)


def _receipt(setting: Setting) -> tuple[str, ...]:
    """That it arrived; outside the hours also when it is read, so that nobody waits for a person who isn't there."""
    profile, now = setting.profile, setting.clock.now()
    if someone_on_duty(profile, now):
        return (profile.text(TextKey.RECEIPT),)
    opening, closure = profile.hours.next_opening(now), profile.closure_words(now)
    if opening is None:
        return closure, profile.text(TextKey.HANDOFF_CLOSED_UNKNOWN)
    return closure, profile.text(TextKey.HANDOFF_CLOSED, next_opening=spoken_moment(opening, now))


async def heard_after_call(tx: Transaction, setting: Setting, session: SessionView, message: StudentMessage) -> None:
    """Whoever was told that they can talk now, and writes, is here: they wait for a talk like everybody else."""
    called = session.called_back_at is not None and session.state in (State.WAITING, State.LIVE)
    if called and message.text.strip() != LATER_BUTTON:
        await come_back(tx, setting, session)


async def receive_after_call(
    tx: Transaction,
    setting: Setting,
    session_id: UUID,
    event: StoredEvent,
    message: StudentMessage,
    reply_token: str | None,
) -> None:
    """Tell somebody who answers a call that they come to a person now, or that later is fine; finishes the event."""
    now = setting.clock.now()
    session = await tx.sessions.lock(session_id)
    if message.text.strip() == LATER_BUTTON:
        key = TextKey.CALL_BACK_LATER
    elif session.called_back_at is not None and (
        session.fallback_at is None or session.fallback_at < session.called_back_at
    ):
        key = TextKey.CALL_BACK_HERE
    else:
        await receive_again(tx, setting, session_id, event, reply_token)
        return
    if not await tx.events.finish(event.id, now, "received") or session.owner is not Owner.BOT:
        return
    if key is TextKey.CALL_BACK_HERE:
        await tx.sessions.set_fallback_at(session.id, now)
    await say(tx, setting, event, session, [Line(setting.profile.text(key))], reply_token)
