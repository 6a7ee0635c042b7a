"""The worker's own turn in a session at risk: fixed texts, always by push, with Rasa up or down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

import structlog

from handoff.domain.errors import BotUnavailable
from handoff.domain.escalation import Alarm, Cause, is_desk, ladder, someone_on_duty
from handoff.domain.hours import HoursStatus, spoken_moment
from handoff.domain.incoming import Channel, MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.profile import Profile
from handoff.domain.safety import (
    AT_ONCE,
    Safety,
    TurnContext,
    answer_of,
    cannot_phone,
    is_uneasy,
    needs_care,
    situation_of,
)
from handoff.domain.safety_reply import Heard, Reader, Say, Turn, next_turn
from handoff.domain.session import URGENT, Level, Owner, SessionView
from handoff.domain.texts import ON_WEB, TextKey
from handoff.domain.wording_rules import in_bubbles
from handoff.services.outside import Bot
from handoff.services.ports import LockedContact, Transaction
from handoff.services.raise_escalation import is_held, raise_escalation
from handoff.services.say import say, say_late
from handoff.services.setting import Setting
from kernel.risk.assessment import Assessment

log = structlog.get_logger(__name__)


def assessment_of(event: StoredEvent) -> Assessment | None:
    """What the screen said of an event; None where it had no words, or can't be opened any more."""
    return None if event.assessment is None else Assessment.from_json(json.loads(event.assessment))


def context_of(event: StoredEvent, session: SessionView) -> TurnContext:
    """What Rasa is told with a message."""
    found = assessment_of(event)
    return TurnContext(
        None if event.screen_failed else event.level or Level.NONE,
        care=found is not None and needs_care(found),
        uneasy=found is not None and is_uneasy(found),
        interrupted=session.level in URGENT,
        suspects=frozenset() if found is None else found.suspects,
        returning=session.returning,
        web=event.channel is Channel.WEB,
    )


def spoken(setting: Setting, says: Sequence[Say], *, web: bool = False) -> list[Line]:
    """Give a turn's lines in the profile's words; a text that has nothing to say now is left out. web: for the web chat."""
    lines: list[Line] = []
    for one in says:
        keys = [ON_WEB.get(key, key) if web else key for key in one.texts]
        texts = list(in_bubbles(_text(setting.profile, key, setting) for key in keys))
        lines += [Line(text) for text in texts[:-1]]
        lines += [Line(text, one.buttons, one.place) for text in texts[-1:]]
    return lines


def _text(profile: Profile, key: TextKey, setting: Setting) -> str:
    now = setting.clock.now()
    match key:
        case TextKey.SAFETY_UNREAD:
            opening = profile.hours.next_opening(now)
            if opening is None:
                return profile.text(TextKey.SAFETY_UNREAD_UNKNOWN)
            return profile.text(key, next_opening=spoken_moment(opening, now))
        case TextKey.SAFETY_LINES:
            lines = profile.every_line(now)
            return profile.text(key, lines=lines) if lines else ""
        case TextKey.SAFETY_TEXT_LINES:
            lines = profile.text_lines(now)
            return profile.text(key, lines=lines) if lines else ""
        case _:
            return profile.text(key)


async def reader_now(tx: Transaction, setting: Setting, session: SessionView) -> Reader:
    """Who reads a session now."""
    escalation = await tx.escalations.open_for(session.id)
    now, profile = setting.clock.now(), setting.profile
    if escalation is not None and is_held(escalation, now):
        return Reader.ACKNOWLEDGED
    if someone_on_duty(profile, now):
        return Reader.ON_DUTY
    on_call = profile.on_call
    if escalation is not None and on_call.who and on_call.hours.status(now) is not HoursStatus.CLOSED:
        # Only where somebody is called by more than a screen that nobody watches.
        called = setting.alarms_reach_people and not is_desk(ladder(profile, escalation.suspects)[0], profile)
        return Reader.ON_CALL if called else Reader.NOBODY
    return Reader.NOBODY


class SafetyTalk:
    """Takes the turn of a session that is or was at risk."""

    def __init__(self, setting: Setting, bot: Bot) -> None:
        self._setting = setting
        self._bot = bot

    async def __call__(
        self, contact: LockedContact, event: StoredEvent, session: SessionView, message: StudentMessage
    ) -> bool:
        """Answer a message; False where the bot may go on: nothing was written then."""
        if not session.guarded:
            return False
        async with contact.reading() as tx:
            safety = await tx.sessions.safety(session.id)
        if safety is None:
            return False
        heard = await self._heard(event, message, safety)
        async with contact.transaction() as tx:
            now_session = await tx.sessions.lock(session.id)
            # Read again under the lock: somebody may have acknowledged meanwhile.
            safety = await tx.sessions.safety(session.id) or safety
            turn = next_turn(safety, heard, await reader_now(tx, self._setting, session), self._setting.clock.now())
            if turn is None:
                return False
            if not await tx.events.finish(event.id, self._setting.clock.now(), "safety"):
                return True
            if now_session.owner is not Owner.BOT or now_session.epoch != session.epoch:
                lines = spoken(self._setting, turn.says, web=event.channel is Channel.WEB)
                await say_late(tx, self._setting, event, now_session, session.epoch, lines)
                return True
            await self._take(tx, event, now_session, turn)
        if heard.situation is not None:
            await self._drop_form(session.id, event.id)
        return True

    async def _heard(self, event: StoredEvent, message: StudentMessage, safety: Safety) -> Heard:
        found = assessment_of(event)
        situation = None if found is None else situation_of(found)
        if situation is None and event.level in URGENT:
            situation = safety.situation  # its evidence can't be opened; its level stands
        if message.kind is not MessageKind.TEXT:
            return Heard(situation)
        # Urgent words are answered as such, whatever they begin with: 「ない、もう死ぬ」 is no "no".
        answer = None if situation is not None else answer_of(message.text, asked=safety.asked)
        intent = None
        if answer is None and safety.asked is not None and situation is None:
            intent = await self._bot.intent(message.text)
            answer = answer_of(message.text, intent, safety.asked)
        offered = any(row.value in safety.said for row in AT_ONCE)
        return Heard(situation, answer, cannot_phone(message.text, intent, offered=offered))

    async def _take(self, tx: Transaction, event: StoredEvent, session: SessionView, turn: Turn) -> None:
        # Without the reply token: a reply can't be retried safely, a push with its key can.
        lines = spoken(self._setting, turn.says, web=event.channel is Channel.WEB)
        await say(tx, self._setting, event, session, lines, None)
        await tx.sessions.set_safety(session.id, turn.safety)
        if turn.alarm:
            level = session.level if session.level in URGENT else Level.HIGH
            alarm = Alarm(Cause.CANNOT_PHONE, level, (), frozenset(), event.id)
            await raise_escalation(tx, self._setting, session, alarm)

    async def _drop_form(self, session_id: UUID, event_id: UUID) -> None:
        try:
            await self._bot.interrupt(session_id, event_id)
        except BotUnavailable as error:
            # It hears of it with the next message that it gets.
            log.warning("interrupt_not_heard", event_id=str(event_id), reason=str(error))
