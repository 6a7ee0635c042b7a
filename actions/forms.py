"""The two actions that Rasa calls, one a turn: the form's validation while it is open, and the talk around it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction

from actions.conversation import Conversation, Turn
from actions.memory import Question


def _say(turn: Turn, dispatcher: CollectingDispatcher) -> list[EventType]:
    for message in turn.messages:
        buttons = [{"title": title, "payload": title} for title in message.buttons]
        dispatcher.utter_message(text=message.text, buttons=buttons)
    return [SlotSet(name, value) for name, value in turn.slots.items()]


class ValidateIntakeForm(FormValidationAction):
    """Takes every message while ``intake_form`` is open.

    One message may answer several questions, correct an older one and ask something itself, so it is read once as a
    whole; Rasa's per-slot ``extract_`` and ``validate_`` calls would read it seven times and couldn't word one answer.
    The form never rejects, so that a turn is one hop; it ends by a requested slot of None.
    """

    def __init__(self, conversation: Conversation) -> None:
        """Take the conversation with its bridge."""
        self._conversation = conversation

    def name(self) -> str:
        """The name by which Rasa's form finds its validation."""
        return "validate_intake_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Answer the message, set the slots, and say which question waits."""
        turn = await self._conversation.turn(tracker)
        waiting = None if turn.memory.done else (turn.memory.asked or Question.TOPIC).value
        return [*_say(turn, dispatcher), SlotSet(REQUESTED_SLOT, waiting)]


class Converse(Action):
    """Answers whatever comes outside the form: the first follow, a wish for a person, everything after the intake."""

    def __init__(self, conversation: Conversation) -> None:
        """Take the conversation with its bridge."""
        self._conversation = conversation

    def name(self) -> str:
        """The action's name in the rules."""
        return "action_converse"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Answer the message and set the slots."""
        return _say(await self._conversation.turn(tracker), dispatcher)
