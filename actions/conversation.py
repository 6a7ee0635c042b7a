"""One turn of the conversation, from a Rasa tracker to messages and slots: the only place that knows both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from rasa_sdk import Tracker

from actions.bridge import Bridge
from actions.intake import decide
from actions.memory import Memory, Question, Stage, from_slots, recorded, to_slots
from actions.plan import Effect, Plan
from actions.reading import Parsed, Reading, read
from actions.screening import screened
from actions.wording import Message, Wording
from handoff.domain.errors import TsunagiError

log = structlog.get_logger(__name__)

#: Finds age, grade, school and role in a text; ``asked`` helps with bare answers such as 「2」.
Parse = Callable[[str, Question | None], Parsed]


class MessageIdMissing(TsunagiError):
    """A message came without the id by which the service's writes are idempotent."""

    code = "message_id_missing"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn said, and the slots after it (only those that changed, ``turns`` always among them)."""

    messages: tuple[Message, ...]
    slots: Mapping[str, Any]
    memory: Memory


class Conversation:
    """Reads a message, decides, asks the service for what the decision needs, and words the answer."""

    def __init__(self, bridge: Bridge, parse: Parse) -> None:
        """Take the service and the parser of facts."""
        self._bridge = bridge
        self._parse = parse

    async def turn(self, tracker: Tracker) -> Turn:
        """Answer the tracker's latest message.

        Raises: MessageIdMissing: the channel gave no message id.
        """
        before = from_slots(tracker.slots)
        plan = decide(self._reading(tracker, before), before)
        message_id = str(_metadata(tracker).get("message_id") or "")
        if not message_id:
            raise MessageIdMissing("the channel gave no message id")
        state = await self._carry_out(plan, str(tracker.sender_id), message_id)
        memory = plan.memory if state is None else replace(plan.memory, stage=Stage(state))
        profile = await self._bridge.profile()
        messages = Wording(profile, self._bridge.now()).messages(plan.bubbles, memory, state)
        known = to_slots(before)
        changed = {name: value for name, value in to_slots(memory).items() if known[name] != value}
        log.info("turn", session_id=tracker.sender_id, messages=len(messages), effect=plan.effect, done=memory.done)
        return Turn(messages, changed, memory)

    def _reading(self, tracker: Tracker, memory: Memory) -> Reading:
        latest = tracker.latest_message
        text, intent = str(latest.get("text") or ""), str((latest.get("intent") or {}).get("name") or "nlu_fallback")
        screen = screened(_metadata(tracker))
        asked = memory.after_interrupt().asked if screen.interrupted else memory.asked
        facts = None if intent.startswith("event_") else self._parse(text, asked)
        reading = read(text, intent, latest.get("intent_ranking") or (), facts, asked, screen)
        return self._with_grade(reading, memory)

    def _with_grade(self, reading: Reading, memory: Memory) -> Reading:
        """「3年」 and 「中学です」, told in two messages, make 中3."""
        told, year = reading.told, reading.year or memory.year
        school_type = told.school_type or memory.answers.school_type
        if told.grade is not None or memory.answers.grade is not None or year is None or school_type is None:
            return reading
        grade = self._parse(f"{school_type}{year}年生", None).grade
        return reading if grade is None else replace(reading, told=replace(told, grade=grade, school_type=school_type))

    async def _carry_out(self, plan: Plan, session_id: str, message_id: str) -> str | None:
        if plan.record:
            await self._bridge.record_intake(session_id, message_id, recorded(plan.memory))
        match plan.effect:
            case Effect.HANDOFF:
                state = await self._bridge.request_handoff(session_id, message_id)
            case Effect.LEAVE_MESSAGE:
                state = await self._bridge.leave_message(session_id, message_id)
            case None:
                return None
        # A counsellor may have taken the session meanwhile (live): to the bot that is a person on the way.
        return state if state in set(Stage) else Stage.WAITING.value


def _metadata(tracker: Tracker) -> Mapping[str, Any]:
    return tracker.latest_message.get("metadata") or {}
