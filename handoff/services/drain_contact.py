"""Drain a contact: screen all that is unscreened, then do what is undone, in the order of event time.

The stored events are the truth. A step may die anywhere: what it wrote, it wrote in one transaction with the event's
``done`` mark, and Rasa answers a repeated event id with the answer it gave before. So a step done again changes
nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from handoff.domain.errors import BotUnavailable, StoreUnavailable
from handoff.domain.incoming import (
    ONE_TO_ONE,
    OTHER_WAYS,
    TALKS,
    Channel,
    EventType,
    MessageKind,
    StoredEvent,
    StudentMessage,
)
from handoff.domain.outgoing import Line
from handoff.domain.session import URGENT, HumanWanted, Owner, SessionView, State
from handoff.domain.texts import TextKey
from handoff.services.broadcasts.hold_block import answered_apart
from handoff.services.broadcasts.wishes import note_following
from handoff.services.change_words import edit, unsend
from handoff.services.desk.record_other_way import show_screened
from handoff.services.desk.student_writes import (
    heard_after_call,
    heard_by_person,
    receive_after_call,
    receive_again,
    show_written,
)
from handoff.services.evidence.take_media import say_refused, take_media
from handoff.services.outside import Answer, Bot, EventReader, LineSender, Reading, Screen
from handoff.services.policies.show_policy import with_policy
from handoff.services.ports import UNDONE_AT_ONCE, LockedContact, Store, Transaction
from handoff.services.report.hear_reporter import hear_reporter, reply_to_report, talks_in_report
from handoff.services.report.later_words import report_written
from handoff.services.report.read_report_answer import read_report_answer
from handoff.services.safety_talk import SafetyTalk, context_of
from handoff.services.say import say, say_late
from handoff.services.setting import Setting
from handoff.services.take_survey_answer import (
    change_survey_answer,
    end_survey,
    shows_more_than_answer,
    take_survey_answer,
)
from handoff.services.want_human import want_human

log = structlog.get_logger(__name__)

#: After so many failures of ours a step is given up: the words are kept and a person is asked for.
MOST_FAILURES = 5
#: The loading animation comes only when nothing was sent for this long.
LOADING_AFTER = 1.0
#: The long text that the bot can't answer isn't said again within this time; a short one is.
FALLBACK_PAUSE = timedelta(minutes=10)
#: Stands in the transcript for an event whose JSON can't be opened.
UNREADABLE = StudentMessage(MessageKind.UNKNOWN, "", None, None, "unknown")
#: Said by the service itself; Rasa never hears of these.
SILENT_KINDS = frozenset({MessageKind.UNFOLLOW})


class DrainContact:
    """The verb of a contact's wake-up."""

    def __init__(
        self, store: Store, setting: Setting, read: EventReader, bot: Bot, line: LineSender, screen: Screen | None
    ) -> None:
        self._store = store
        self._setting = setting
        self._read = read
        self._bot = bot
        self._line = line
        self._screen = screen
        self._safety = SafetyTalk(setting, bot)

    async def __call__(self, contact_id: UUID) -> None:
        """Do all there is to do for this contact, unless somebody else is at it.

        Raises: StoreUnavailable: the sweep will wake the contact again.
        """
        await self._setting.refresh()
        async with self._store.drain_lock(contact_id) as contact:
            # Where somebody else has it, they heard of the same wake-up and will look once more.
            while contact is not None and await self._go_on(contact, contact_id):
                pass

    async def _go_on(self, contact: LockedContact, contact_id: UUID) -> bool:
        """Screen what is unscreened and do the step that comes next; False when all is done that we knew of."""
        # Before each step: what came while Rasa took its time must not wait for its turn to be seen.
        async with contact.reading() as tx:
            known = await tx.events.undone(contact_id)
        found = [await self._screened(contact, event) for event in known]
        events = [event for event in found if event is not None]
        if len(events) < len(known) or (len(known) == UNDONE_AT_ONCE and events != known):
            return True  # something has to be read again, or more may be unscreened
        if not events:
            return False
        await self._step_or_give_up(contact, min(events, key=lambda one: (one.line_timestamp, one.sequence)))
        # What came meanwhile has a wake-up of its own.
        return len(events) > 1

    async def _screened(self, contact: LockedContact, event: StoredEvent) -> StoredEvent | None:
        """Screen an event that wasn't yet; give it as it is now, None where it has to be read again."""
        if self._screen is None or event.screened or event.screen_failed:
            return event
        if event.unreadable:
            await self._screen_failed(contact, self._screen, event)
            return None
        try:
            async with contact.transaction() as tx:
                return await self._screen(tx, event, self._read(event.type, event.payload))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, no child may be left unread because of it
            # It stays unscreened, which the queue puts before all others; the other words must still be read.
            log.error("screen_failed", event_id=str(event.id), error=type(error).__name__)
            await self._screen_failed(contact, self._screen, event)
            return None

    async def _screen_failed(self, contact: LockedContact, screen: Screen, event: StoredEvent) -> None:
        """Call somebody first; whatever goes wrong with that, the event stays undone and the sweep comes back."""
        try:
            async with contact.transaction() as tx:
                await screen.failed(tx, event)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.error("screen_failure_not_told", event_id=str(event.id), error=type(error).__name__)
            async with contact.transaction() as tx:
                failures = await tx.events.count_failure(event.id)
                if failures >= MOST_FAILURES:
                    await tx.events.mark_screen_failed(event.id)
            if failures < MOST_FAILURES:
                raise

    async def _step_or_give_up(self, contact: LockedContact, event: StoredEvent) -> None:
        if event.unreadable:
            log.error("event_unreadable", event_id=str(event.id))
            await self._give_up(contact, event)
            return
        try:
            await self._step(contact, event, self._read(event.type, event.payload))
        except StoreUnavailable:
            raise
        except Exception as error:
            async with contact.transaction() as tx:
                failures = await tx.events.count_failure(event.id)
            # The type alone: an error's text may hold what the student wrote.
            log.error("step_failed", event_id=str(event.id), error=type(error).__name__, failures=failures)
            if failures < MOST_FAILURES:
                raise
            await self._give_up(contact, event)

    async def _give_up(self, contact: LockedContact, event: StoredEvent) -> None:
        """Leave an event to people: its words are kept, somebody is asked for, and the student hears that they came."""
        clock = self._setting.clock
        async with contact.transaction() as tx:
            if not await tx.events.finish(event.id, clock.now(), "given_up") or event.channel not in ONE_TO_ONE:
                return
            session = await self._session(tx, event)
            await tx.audit.add(clock.now(), "worker", "give_up_event", session.id, event=str(event.id))
            await want_human(tx, self._setting, session, HumanWanted.BOT_FAILURE, "worker")
            message = UNREADABLE if event.unreadable else self._read(event.type, event.payload).message
            if message is None or message.kind in SILENT_KINDS:
                return
            await tx.transcript.add_student(
                session.id, event, message, clock.from_line(event.line_timestamp), removed=event.payload is None
            )
            show_written(tx, session, event.id)
            if not event.standby and session.owner is Owner.BOT and event.channel in TALKS:
                await say(tx, self._setting, event, session, await self._fallback(tx, session), None)

    async def _step(self, contact: LockedContact, event: StoredEvent, reading: Reading) -> None:
        if event.channel is Channel.LINE_GROUP:
            await self._answer_group(contact, event, reading)
        elif event.channel in OTHER_WAYS:
            # A counsellor wrote it down and has its sheet: nobody is talked with, and the talk isn't opened again.
            async with contact.transaction() as tx:
                await show_screened(tx, self._setting, event)
        elif event.type in (EventType.UNSEND, EventType.EDITED):
            await self._change(contact, event, reading)
        elif reading.message is None:
            async with contact.transaction() as tx:
                await tx.events.finish(event.id, self._setting.clock.now(), "kept")
        else:
            await self._take_message(contact, event, reading, reading.message)

    async def _answer_group(self, contact: LockedContact, event: StoredEvent, reading: Reading) -> None:
        async with contact.transaction() as tx:
            if not await tx.events.finish(event.id, self._setting.clock.now(), "group"):
                return
            # Others speak there too, and nobody asked for our ear: what was said is not kept.
            await tx.events.forget_payload(event.id)
            if reading.reply_token is not None and not event.standby and await tx.contacts.tell_group(event.contact_id):
                lines = [Line(self._setting.profile.text(TextKey.GROUP_CHAT))]
                await say(tx, self._setting, event, None, lines, reading.reply_token)

    async def _change(self, contact: LockedContact, event: StoredEvent, reading: Reading) -> None:
        async with contact.reading() as tx:
            shows_more = event.level in URGENT or await shows_more_than_answer(tx, event, reading)
        if shows_more and reading.edited_text is not None:
            # What made the level must stand in the transcript, and be answered, like a message of its own.
            words = StudentMessage(MessageKind.TEXT, reading.edited_text, None, None, "text")
            await self._take_message(contact, event, reading, words)
            return
        change = unsend if event.type is EventType.UNSEND else edit
        async with contact.transaction() as tx:
            if await tx.events.finish(event.id, self._setting.clock.now(), str(event.type)):
                await change(tx, self._setting, event, reading)
                await change_survey_answer(tx, self._setting, event, reading)

    async def _session(self, tx: Transaction, event: StoredEvent) -> SessionView:
        session = await tx.sessions.open_for(event.contact_id)
        if session is None:
            now = self._setting.clock.now()
            session = await tx.sessions.start(event.contact_id, self._setting.profile.id, now)
            await tx.audit.add(now, "student", "open_session", session.id)
            await end_survey(tx, self._setting, event.contact_id)
            if event.level is not None:
                # It was screened while there was no session to keep its level.
                await tx.sessions.raise_level(session.id, event.level)
                session = replace(session, level=event.level)
        return session

    async def _take_message(
        self, contact: LockedContact, event: StoredEvent, reading: Reading, message: StudentMessage
    ) -> None:
        clock = self._setting.clock
        await self._hear_reporter(contact, event, message)
        async with contact.transaction() as tx:
            if await take_survey_answer(tx, self._setting, event, reading, message):
                return
            if await read_report_answer(tx, self._setting, event, message):
                return
            await note_following(tx, self._setting, event, message)
            if message.kind is MessageKind.UNFOLLOW and await tx.sessions.open_for(event.contact_id) is None:
                # Somebody leaves after the end; that is no new consultation.
                await tx.events.finish(event.id, clock.now(), "kept")
                return
            session = await reply_to_report(tx, self._setting, event, await self._session(tx, event))
            withdrawn = event.payload is None
            if message.line_message_id is not None and event.withdrawn:
                # The unsend came first: its words must not stay in the stored event either, unless somebody has to see
                # them (at high or critical they are kept, hidden).
                withdrawn = True
                if event.level not in URGENT:
                    await tx.events.forget_payload(event.id)
            await tx.transcript.add_student(
                session.id, event, message, clock.from_line(event.line_timestamp), removed=withdrawn
            )
            show_written(tx, session, event.id)
            if not withdrawn and message.kind not in SILENT_KINDS:
                await heard_after_call(tx, self._setting, session, message)
            silent = event.standby or withdrawn or message.kind in SILENT_KINDS
            refused = None if silent else await take_media(tx, self._setting, session, event, message)
            if silent or session.owner is not Owner.BOT:
                if await heard_by_person(tx, self._setting, session, event, message, silent=silent):
                    if refused is not None:
                        await say_refused(tx, self._setting, session, event, refused, reading.reply_token)
                    await tx.events.finish(event.id, clock.now(), "kept")
                    return
                session = await tx.sessions.lock(session.id)
        if event.channel is Channel.REPORT:
            async with contact.transaction() as tx:
                await report_written(tx, self._setting, session, event)
        if await self._safety(contact, event, session, message):
            return
        if event.channel not in TALKS:
            # Nobody sits there; the page itself says that it came.
            async with contact.transaction() as tx:
                await tx.events.finish(event.id, clock.now(), "kept")
            return
        if await answered_apart(contact, self._setting, event, reading, session, message):
            return
        if refused is not None and (refused.by_service or session.claimed_at is not None):
            async with contact.transaction() as tx:
                session = await tx.sessions.lock(session.id)
                if await tx.events.finish(event.id, clock.now(), "refused") and session.owner is Owner.BOT:
                    await say_refused(tx, self._setting, session, event, refused, reading.reply_token)
            return
        if session.claimed_at is not None:
            # A person was there, and another one comes: the bot doesn't begin its questions again.
            async with contact.transaction() as tx:
                await receive_again(tx, self._setting, session.id, event, reading.reply_token)
            return
        if session.called_back_at is not None and session.state is State.WAITING:
            # We told them that a person is there now: that person answers, not the bot's questions.
            async with contact.transaction() as tx:
                await receive_after_call(tx, self._setting, session.id, event, message, reading.reply_token)
            return
        async with self._loading_shown(contact, event):
            await self._converse(contact, event, reading, session, message)

    async def _hear_reporter(self, contact: LockedContact, event: StoredEvent, message: StudentMessage) -> None:
        """In a transaction of its own: a report is locked before its session, everywhere."""
        if event.channel not in TALKS or not event.reported:
            return  # a report's page does it itself
        async with contact.reading() as tx:
            report = await talks_in_report(tx, event, message)
        if report is not None:
            async with contact.transaction() as tx:
                await hear_reporter(tx, self._setting, report.id)

    async def _converse(
        self,
        contact: LockedContact,
        event: StoredEvent,
        reading: Reading,
        session: SessionView,
        message: StudentMessage,
    ) -> None:
        answer = await self._bots_answer(session, event, message)
        lines = answer.lines
        async with contact.transaction() as tx:
            now_session = await tx.sessions.lock(session.id)
            result = "answered" if lines else "silent" if answer.silent else "fallback"
            if not await tx.events.finish(event.id, self._setting.clock.now(), result):
                return
            if now_session.owner is not Owner.BOT or now_session.epoch != session.epoch:
                await say_late(tx, self._setting, event, now_session, session.epoch, lines)
                return
            await self._nudge_later(tx, now_session, answer)
            if not lines and not answer.silent:
                await want_human(tx, self._setting, now_session, HumanWanted.BOT_FAILURE, "worker")
                lines = await self._fallback(tx, now_session)
            if lines:
                lines = await with_policy(tx, self._setting, event, now_session, lines)
                await say(tx, self._setting, event, now_session, lines, reading.reply_token)

    async def _nudge_later(self, tx: Transaction, session: SessionView, answer: Answer) -> None:
        """Who stops in the middle hears one gentle line after the profile's time, and who goes on doesn't."""
        minutes = self._setting.profile.session.nudge_minutes
        due_at = None
        if answer.waits and minutes is not None:
            due_at = self._setting.clock.now() + timedelta(minutes=minutes)
        if due_at != session.nudge_due_at:
            await tx.sessions.set_nudge(session.id, due_at)

    async def _bots_answer(self, session: SessionView, event: StoredEvent, message: StudentMessage) -> Answer:
        """The bot's answer, empty when it can't give one: to a student, silence and a failing bot are the same."""
        try:
            context = context_of(event, session)
            answer = await self._bot.converse(session.id, event.id, message, context)
        except BotUnavailable as error:
            log.warning("bot_unavailable", event_id=str(event.id), reason=str(error))
            return Answer()
        if not answer.silent and not answer.says_something:
            log.warning("bot_said_nothing", event_id=str(event.id))
            return Answer()
        return answer

    async def _fallback(self, tx: Transaction, session: SessionView) -> list[Line]:
        profile, now = self._setting.profile, self._setting.clock.now()
        if session.level in URGENT:
            return [Line(profile.text(TextKey.SAFETY_HEARD_AGAIN))]
        if session.fallback_at is not None and timedelta() <= now - session.fallback_at < FALLBACK_PAUSE:
            return [Line(profile.text(TextKey.FALLBACK_AGAIN))]
        await tx.sessions.set_fallback_at(session.id, now)
        text = profile.text(TextKey.FALLBACK, service_name=profile.service_name, phone_lines=profile.phone_lines(now))
        # A fault that students are told of is said before it, once as the long text is (TAJ-N6).
        return [*([Line(self._setting.trouble)] if self._setting.trouble else []), Line(text)]

    @contextlib.asynccontextmanager
    async def _loading_shown(self, contact: LockedContact, event: StoredEvent) -> AsyncIterator[None]:
        """Show LINE's loading animation while the block lasts longer than a second."""

        async def show() -> None:
            await asyncio.sleep(LOADING_AFTER)
            async with self._store.reading() as tx:
                address = await tx.contacts.address(event.contact_id)
            await self._line.show_loading(address)

        task = asyncio.create_task(show())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
            # An animation that fails is no reason to leave a student without an answer.
            if not task.cancelled() and (error := task.exception()) is not None:
                log.warning("loading_failed", event_id=str(event.id), error=type(error).__name__)
