"""A turn on the real decisions with a bridge in memory: repeated steps, logs, whole conversations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest
from rasa_sdk import Tracker
from structlog.testing import capture_logs

from actions.conversation import Conversation, MessageIdMissing, Turn
from handoff.adapters.profiles import load_profile
from handoff.domain.report import answers_json
from handoff.domain.texts import TextKey
from tests.conversations import runner
from tests.conversations.fake_bridge import FakeBridge
from tests.conversations.runner import Case, Reply, Seen
from tests.support.told import entities

PROFILES = Path(__file__).resolve().parents[3] / "data" / "profiles"
PROFILE = load_profile(PROFILES / "demo.yml")
NOTHING: Mapping[str, Any] = MappingProxyType({})
HOURS = {
    "open": datetime.fromisoformat("2026-11-20T18:00+09:00"),
    "closed": datetime.fromisoformat("2026-11-20T23:30+09:00"),
}


def tracker(
    text: str,
    intent: str,
    slots: dict[str, Any],
    message_id: str | None,
    session: str = "s",
    metadata: Mapping[str, Any] = NOTHING,
) -> Tracker:
    intents = [{"name": intent, "confidence": 0.9}]
    metadata = {**metadata, "message_id": message_id}
    latest = {
        "text": text,
        "intent": intents[0],
        "intent_ranking": intents,
        "metadata": metadata,
        "entities": entities(text, slots.get("asked")),
    }
    return Tracker(session, slots, latest, [], False, None, {}, None)


class InProcess:
    """The bot without Rasa: the case says what a good model understands."""

    def __init__(self, bridge: FakeBridge, *, returning: bool = False) -> None:
        self._bridge = bridge
        self._conversation = Conversation(bridge)
        self._returning = returning
        self._slots: dict[str, dict[str, Any]] = {}

    async def send(self, session: str, message_id: str, turn: runner.Turn) -> Sequence[Reply]:
        slots = self._slots.setdefault(session, {})
        intent = turn.intent if turn.event == "text" else f"event_{turn.event}"
        answer = await self._conversation.turn(
            tracker(
                turn.student,
                intent,
                dict(slots),
                message_id,
                session,
                {**turn.metadata, "returning": self._returning},
            )
        )
        slots.update(answer.slots)
        return [Reply(message.text, tuple((title, title) for title in message.buttons)) for message in answer.messages]

    async def seen(self, session: str) -> Seen:
        session_now = self._bridge.session(session)
        told = {} if session_now.report is None else json.loads(answers_json(session_now.report))
        return Seen(session_now.state, session_now.answers, {**told, "sent": session_now.sent})


@pytest.mark.parametrize("case", runner.load_cases(), ids=lambda case: case.title)
async def test_whole_conversations(case: Case) -> None:
    profile = load_profile(PROFILES / f"{case.profile}.yml")
    talk = InProcess(FakeBridge(profile, case.at()), returning=case.returning)
    assert await runner.play(case, talk, profile) == []


async def twice(text: str, intent: str) -> tuple[Turn, Turn, FakeBridge]:
    bridge = FakeBridge(PROFILE, HOURS["open"])
    conversation = Conversation(bridge)
    message_id = str(uuid4())
    first = await conversation.turn(tracker(text, intent, {}, message_id))
    writes = bridge.writes
    again = await conversation.turn(tracker(text, intent, {}, message_id))
    assert bridge.writes == writes
    return first, again, bridge


@pytest.mark.parametrize(
    ("text", "intent"), [("相談員と話す", "ask_human"), ("メッセージを残す", "leave_message"), ("中2です", "inform")]
)
async def test_a_repeated_step_changes_nothing_and_answers_the_same(text: str, intent: str) -> None:
    first, again, _ = await twice(text, intent)
    assert (first.messages, first.slots) == (again.messages, again.slots)


async def test_without_a_message_id_nothing_is_written() -> None:
    bridge = FakeBridge(PROFILE, HOURS["open"])
    with pytest.raises(MessageIdMissing):
        await Conversation(bridge).turn(tracker("相談員と話す", "ask_human", {}, None))
    assert bridge.writes == 0


async def test_logs_hold_no_words() -> None:
    with capture_logs() as logs:
        await twice("西中の2年です。ひみつの話", "inform")
    assert logs
    assert not [entry for entry in logs if any(word in str(entry) for word in ("西中", "ひみつ", "中2"))]


async def test_a_session_that_a_counsellor_took_meanwhile_is_a_person_on_the_way() -> None:
    bridge = FakeBridge(PROFILE, HOURS["open"])
    bridge.session("s").state = "live"
    bridge.session("s").done["request_handoff", "m"] = "live"
    turn = await Conversation(bridge).turn(tracker("相談員と話す", "ask_human", {}, "m"))
    assert turn.slots["stage"] == "waiting"


async def test_a_session_of_another_state_is_believed() -> None:
    bridge = FakeBridge(PROFILE, HOURS["closed"])
    turn = await Conversation(bridge).turn(tracker("相談員と話す", "ask_human", {}, "m"))
    assert turn.slots["stage"] == "left_message"
    assert turn.memory.done


INTERRUPTED = {"level": "none", "care": False, "interrupted": True}


async def say(slots: dict[str, Any], text: str, intent: str, metadata: Mapping[str, Any] = INTERRUPTED) -> str:
    """One turn of a session whose slots are kept; what the bot said."""
    conversation = Conversation(FakeBridge(PROFILE, HOURS["open"]))
    answer = await conversation.turn(tracker(text, intent, dict(slots), str(uuid4()), metadata=metadata))
    slots.update(answer.slots)
    return "\n".join(message.text for message in answer.messages)


async def test_an_interrupt_that_rasa_did_not_hear_ends_the_form_with_the_next_word() -> None:
    slots: dict[str, Any] = {"intake_done": False, "asked": "grade", "put": 1, "noticed": True, "turns": 1}
    said = await say(slots, "2", "inform")
    assert (slots["intake_done"], slots["asked"], slots["put"]) == (True, None, 0)
    assert slots.get("grade") is None, "a bare figure answers nothing that is no longer asked"
    assert said == PROFILE.text(TextKey.RECEIPT)


async def test_the_form_goes_on_when_the_student_wants_it_and_stops_at_the_next_interrupt() -> None:
    slots: dict[str, Any] = {"intake_done": True, "resumed": False, "noticed": True, "turns": 2}
    await say(slots, "はじめから", "start_over")
    assert (slots["intake_done"], slots["resumed"]) == (False, True)
    assert PROFILE.text(TextKey.ASK_AGE_GRADE) in await say(slots, "部活の先輩がこわい", "club")
    slots.update(intake_done=True, resumed=False)  # what the domain does with event_interrupt
    assert PROFILE.text(TextKey.ASK_SCHOOL_NAME) not in await say(slots, "中2です", "inform")
    assert (slots["intake_done"], slots["asked"]) == (True, None)
