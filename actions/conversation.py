"""One turn of the conversation, from a Rasa tracker to messages and slots: the only place that knows both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from rasa_sdk import Tracker

from actions.bridge import Bridge
from actions.frame import Frame
from actions.intake import decide
from actions.memory import Memory, Stage, from_slots, recorded, to_slots
from actions.plan import Effect, Plan, ReportWrite
from actions.reading import Reading, read, told_in
from actions.screening import Screened, screened
from actions.wording import Message, Wording
from handoff.domain.errors import TsunagiError
from handoff.domain.profile import Flow, MediaRule, Profile
from handoff.domain.profile.vocabulary import ChannelUse
from kernel.intake.stages import grade_of

log = structlog.get_logger(__name__)


class MessageIdMissing(TsunagiError):
    """A message came without the id by which the service's writes are idempotent."""

    code = "message_id_missing"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn said, and the slots after it (only those that changed, ``turns`` always among them).

    No message at all is meant so (TAJ-N3); a question that waits lets the service send its one gentle line later.
    """

    messages: tuple[Message, ...]
    slots: Mapping[str, Any]
    memory: Memory

    @property
    def waits(self) -> bool:
        """Whether a question of the bot's waits for an answer."""
        memory = self.memory
        asks = memory.asked is not None or memory.again or memory.in_procedure or memory.in_report
        return memory.stage is Stage.INTAKE and asks


class Conversation:
    """Reads a message, decides, asks the service for what the decision needs, and words the answer."""

    def __init__(self, bridge: Bridge) -> None:
        """Take the service."""
        self._bridge = bridge

    async def turn(self, tracker: Tracker) -> Turn:
        """Answer the tracker's latest message.

        Raises: MessageIdMissing: the channel gave no message id.
        """
        before = from_slots(tracker.slots)
        profile = await self._bridge.profile()
        screen = screened(_metadata(tracker))
        frame = frame_of(profile, returning=screen.returning)
        plan = decide(_reading(tracker, before, screen), before, frame)
        message_id = str(_metadata(tracker).get("message_id") or "")
        if not message_id:
            raise MessageIdMissing("the channel gave no message id")
        state = await self._carry_out(plan, str(tracker.sender_id), message_id)
        memory = plan.memory if state is None else replace(plan.memory, stage=Stage(state))
        asks_anew = plan.effect is Effect.HANDOFF and before.stage is not Stage.WAITING and state == Stage.WAITING
        congested = asks_anew and await self._bridge.is_congested(str(tracker.sender_id))
        wording = Wording(
            profile,
            self._bridge.now(),
            web=screen.web,
            congested=congested,
            report_url=self._bridge.report_url(),
        )
        messages = wording.messages(plan.bubbles, memory, state)
        known = to_slots(before)
        changed = {name: value for name, value in to_slots(memory).items() if known[name] != value}
        log.info("turn", session_id=tracker.sender_id, messages=len(messages), effect=plan.effect, done=memory.done)
        return Turn(messages, changed, memory)

    async def _write_report(self, plan: Plan, session_id: str, message_id: str) -> str | None:
        """Keep what was told of a report, and put it before people where it is over; the session's state then."""
        run = plan.memory.report
        if plan.report is None or run is None:
            return None
        state = await self._bridge.keep_report(session_id, message_id, run.answers())
        if plan.report is ReportWrite.KEEP:
            # Nobody was asked for: what the bot knows of the session stays as it is, unless somebody is called.
            return state if state == Stage.WAITING else None
        half = plan.report is ReportWrite.SEND_HALF
        return await self._bridge.send_report(session_id, message_id, unfinished=half)

    async def _carry_out(self, plan: Plan, session_id: str, message_id: str) -> str | None:
        if plan.record:
            await self._bridge.record_intake(session_id, message_id, recorded(plan.memory))
        if plan.quiet is not None:
            await self._bridge.keep_quiet(session_id, message_id, plan.quiet)
        state = await self._write_report(plan, session_id, message_id)
        match plan.effect:
            case Effect.HANDOFF:
                state = await self._bridge.request_handoff(session_id, message_id)
            case Effect.LEAVE_MESSAGE:
                state = await self._bridge.leave_message(session_id, message_id)
            case Effect.SHOW:
                # To the student nothing changes: a serious word is answered as before.
                await self._bridge.show(session_id, message_id)
                return None
            case None if state is None:
                return None
            case None:
                pass
        # A counsellor may have taken the session meanwhile (live): to the bot that is a person on the way.
        return state if state in set(Stage) else Stage.WAITING.value


def frame_of(profile: Profile, *, returning: bool) -> Frame:
    """What a decision has to know of a profile."""
    channels, media = profile.channels, profile.media
    pictures = (media.rule(Flow.REPORT, "image"), media.rule(Flow.REPORT, "video"))
    return Frame(
        profile.eligible,
        profile.board_procedures,
        returning,
        reports=channels.report.use is ChannelUse.OFFERED,
        report_sounds=media.evidence_report is True and media.rule(Flow.REPORT, "audio") is not MediaRule.REJECT,
        report_media=media.evidence_report is True and any(rule is not MediaRule.REJECT for rule in pictures),
    )


def _reading(tracker: Tracker, memory: Memory, screen: Screened) -> Reading:
    latest = tracker.latest_message
    text, intent = str(latest.get("text") or ""), str((latest.get("intent") or {}).get("name") or "nlu_fallback")
    asked = memory.after_interrupt().asked if screen.interrupted else memory.asked
    facts = None if intent.startswith("event_") else told_in(latest.get("entities") or ())
    return _with_grade(read(text, intent, latest.get("intent_ranking") or (), facts, asked, screen), memory)


def _with_grade(reading: Reading, memory: Memory) -> Reading:
    """「3年」 and 「中学です」, told in two messages, make 中3."""
    told, year = reading.told, reading.year or memory.year
    school_type = told.school_type or memory.answers.school_type
    if told.grade is not None or memory.answers.grade is not None or year is None or school_type is None:
        return reading
    grade = grade_of(school_type, year)
    return reading if grade is None else replace(reading, told=replace(told, grade=grade, school_type=school_type))


def _metadata(tracker: Tracker) -> Mapping[str, Any]:
    return tracker.latest_message.get("metadata") or {}
