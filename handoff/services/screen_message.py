"""Screen a message: its level and evidence are kept, the session's level rises, and at risk somebody is called.

One transaction an event, before anything else happens to it and whatever state its session is in (promise 2).
"""

from __future__ import annotations

import json
from dataclasses import replace

from handoff.domain.desk import DeskEvent
from handoff.domain.escalation import Alarm, Cause, Suspect
from handoff.domain.evidence import SEXUAL
from handoff.domain.incoming import ONE_TO_ONE, Channel, EventType, MessageKind, StoredEvent, StudentMessage
from handoff.domain.report import Danger
from handoff.domain.safety import joined
from handoff.domain.session import URGENT, HumanWanted, Level, SessionView, State, is_higher
from handoff.services.broadcasts.hold_block import lift_at_risk
from handoff.services.evidence.common import quarantine_session
from handoff.services.evidence.take_media import fetch_after_all
from handoff.services.outside import EventReader, Reading, RiskReader
from handoff.services.ports import Transaction
from handoff.services.raise_escalation import raise_escalation
from handoff.services.report.hear_reporter import reply_to_report
from handoff.services.report.read_report_answer import answers_waiting
from handoff.services.setting import Setting
from handoff.services.take_survey_answer import end_survey, is_survey_answer
from handoff.services.want_human import want_human
from kernel.intake import is_plain_answer
from kernel.risk.assessment import Assessment

#: Messages sent within this time, in ms of LINE's clock, are read together; and how many of them at most.
TOGETHER_MS = 120_000
TOGETHER_MOST = 8


def words_of(reading: Reading) -> str | None:
    """The words of an event that a student wrote; None where there are none."""
    if reading.edited_text is not None:
        return reading.edited_text
    message = reading.message
    if message is None:
        return None
    return message.text if message.kind is MessageKind.TEXT else _words_on_sticker(message)


def _words_on_sticker(message: StudentMessage) -> str | None:
    """What somebody wrote on a sticker by hand is a word of theirs like any other."""
    if message.kind is not MessageKind.STICKER or message.detail is None:
        return None
    text = json.loads(message.detail).get("text")
    return text if isinstance(text, str) and text.strip() else None


class ScreenMessage:
    """Implements ``services.ports.Screen``."""

    def __init__(self, setting: Setting, read: EventReader, risk: RiskReader) -> None:
        self._setting = setting
        self._read = read
        self._risk = risk

    async def __call__(self, tx: Transaction, event: StoredEvent, reading: Reading) -> StoredEvent | None:
        """See ``services.outside.Screen``: what is at risk changes more than its own level."""
        # Others speak in a group; nothing of it is kept, and nobody there is our contact.
        text = words_of(reading) if event.channel in ONE_TO_ONE else None
        if text is not None:
            return await self._read_words(tx, event, reading, text)
        if event.channel in ONE_TO_ONE and reading.message is not None and reading.message.kind is MessageKind.UNFOLLOW:
            await self._left(tx, event)
        await tx.events.mark_screened(event.id, self._setting.clock.now())
        return replace(event, screened=True)

    async def _read_words(self, tx: Transaction, event: StoredEvent, reading: Reading, text: str) -> StoredEvent | None:
        # An answer to the bot's question goes on with nothing that was written before it; the words before it were read
        # together already, and will be with the next.
        earlier = () if is_plain_answer(text) else await self._earlier(tx, event)
        found = self._risk.assess_after(earlier, text, self._setting.profile.keywords or ())
        level = Level(found.level)
        assessment = json.dumps(found.as_json(), ensure_ascii=False)
        known = await tx.sessions.open_for(event.contact_id)  # and with it the key of what is sealed next
        await tx.events.keep_assessment(event, level, assessment, self._setting.clock.now())
        screened = replace(event, level=level, assessment=assessment, screened=True)
        if await is_survey_answer(tx, self._setting, event, reading, level):
            return screened  # it begins no consultation; should it turn out to be more, the drain opens one
        if await answers_waiting(tx, event, reading.message):
            return screened  # a button's word: what was answered to a report comes, and no consultation begins
        session = await reply_to_report(tx, self._setting, event, known or await self._session(tx, event))
        if level is not Level.NONE and SEXUAL in found.categories:
            await quarantine_session(tx, self._setting, session.id)
        if is_higher(level, session.level):
            await tx.sessions.raise_level(session.id, level)
            if session.state is not State.INTAKE:
                tx.desk.tell(DeskEvent.SESSION, session.id)
            if level in URGENT:
                await tx.audit.add(
                    self._setting.clock.now(), "screen", "raise_level", session.id, level=level, event=str(event.id)
                )
        if level in URGENT:
            await self._call_somebody(tx, session, event, found)
            return None
        if event.channel is Channel.REPORT and session.level not in URGENT:
            await self._danger_told(tx, session, event)
        return screened

    async def failed(self, tx: Transaction, event: StoredEvent) -> None:
        """Treat an event that could not be read as one that may hold anything."""
        await tx.events.mark_screen_failed(event.id)
        if event.channel not in ONE_TO_ONE:
            return
        session = await reply_to_report(tx, self._setting, event, await self._session(tx, event))
        await tx.sessions.mark_unscreened(session.id)
        await self._unblock(tx, session, event)
        await fetch_after_all(tx, self._setting, session.id)
        await want_human(tx, self._setting, session, HumanWanted.RISK, "screen")
        alarm = Alarm(Cause.SCREEN_FAILURE, Level.HIGH, (), frozenset(), event.id)
        await raise_escalation(tx, self._setting, session, alarm)

    async def _call_somebody(
        self, tx: Transaction, session: SessionView, event: StoredEvent, found: Assessment
    ) -> None:
        await self._unblock(tx, session, event)
        await want_human(tx, self._setting, session, HumanWanted.RISK, "screen")
        await fetch_after_all(tx, self._setting, session.id)
        known = joined(await tx.sessions.safety(session.id), found)
        if known is not None:
            await tx.sessions.set_safety(session.id, known)
        suspects = frozenset(Suspect(name) for name in found.suspects)
        alarm = Alarm(Cause.RISK, Level(found.level), found.categories, suspects, event.id)
        await raise_escalation(tx, self._setting, session, alarm)

    async def _unblock(self, tx: Transaction, session: SessionView, event: StoredEvent) -> None:
        if event.blocked:
            await lift_at_risk(tx, self._setting, session, event.id)

    async def _danger_told(self, tx: Transaction, session: SessionView, event: StoredEvent) -> None:
        """Whoever writes that somebody is in danger now is believed, whatever the words beside it are like."""
        report = await tx.reports.of_session(session.id)
        if report is None or report.answers.danger is not Danger.NOW:
            return
        await tx.sessions.raise_level(session.id, Level.HIGH)
        await want_human(tx, self._setting, session, HumanWanted.RISK, "screen")
        alarm = Alarm(Cause.DANGER_TOLD, Level.HIGH, (), frozenset(), event.id)
        await raise_escalation(tx, self._setting, session, alarm)

    async def _left(self, tx: Transaction, event: StoredEvent) -> None:
        """Who blocks the account at high or critical is not gone: somebody has to know (design, states)."""
        session = await tx.sessions.open_for(event.contact_id)
        if session is not None and session.level in URGENT:
            alarm = Alarm(Cause.STUDENT_LEFT, session.level, (), frozenset(), event.id)
            await raise_escalation(tx, self._setting, session, alarm)

    async def _earlier(self, tx: Transaction, event: StoredEvent) -> list[str]:
        if event.type is not EventType.MESSAGE:
            return []
        payloads = await tx.events.payloads_before(event, TOGETHER_MS, TOGETHER_MOST)
        words = (words_of(self._read(EventType.MESSAGE, payload)) for payload in payloads)
        return [text for text in words if text is not None]

    async def _session(self, tx: Transaction, event: StoredEvent) -> SessionView:
        session = await tx.sessions.open_for(event.contact_id)
        if session is None:
            now = self._setting.clock.now()
            session = await tx.sessions.start(event.contact_id, self._setting.profile.id, now)
            await tx.audit.add(now, "student", "open_session", session.id)
            await end_survey(tx, self._setting, event.contact_id)
        return session
