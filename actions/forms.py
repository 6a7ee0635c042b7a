"""The actions that Rasa calls, one a turn: the two forms' validations while they are open, and the talk around them."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction

from actions.conversation import Conversation, Turn
from actions.memory import Memory, Question

#: The slot that the procedure's form requests; the answers themselves go into the record, not into a slot each.
PROCEDURE_ANSWER: Final = "procedure_answer"
#: And the one that a report's form requests.
REPORT_ANSWER: Final = "report_answer"


def _say(turn: Turn, dispatcher: CollectingDispatcher) -> list[EventType]:
    """Hand over the messages; what the service has to know besides goes with the last one (handoff/adapters/rasa.py)."""
    for place, message in enumerate(turn.messages, start=1):
        buttons = [{"title": title, "payload": title} for title in message.buttons]
        last = place == len(turn.messages)
        more = {"json_message": {"waits": True}} if last and turn.waits else {}
        dispatcher.utter_message(text=message.text, buttons=buttons, **more)
    if not turn.messages:
        dispatcher.utter_message(json_message={"silent": True})
    return [SlotSet(name, value) for name, value in turn.slots.items()]


class _WholeMessage(FormValidationAction):
    """Takes every message while a form is open.

    One message may answer several questions, correct an older one and ask something itself, so it is read once as a
    whole; Rasa's per-slot ``extract_`` and ``validate_`` calls would read it several times and couldn't word one answer.
    The form never rejects, so that a turn is one hop; it ends by a requested slot of None.
    """

    form: ClassVar[str]

    def __init__(self, conversation: Conversation) -> None:
        """Take the conversation with its bridge."""
        self._conversation = conversation

    def name(self) -> str:
        """The name by which Rasa's form finds its validation."""
        return f"validate_{self.form}"

    def waiting(self, memory: Memory) -> str | None:
        """The slot that waits after a turn, None where the form is over."""
        raise NotImplementedError

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Answer the message, set the slots, and say which question waits."""
        turn = await self._conversation.turn(tracker)
        return [*_say(turn, dispatcher), SlotSet(REQUESTED_SLOT, self.waiting(turn.memory))]


class ValidateIntakeForm(_WholeMessage):
    """The intake: age or grade, school, topic, whom it is about, gender; all of it optional."""

    form = "intake_form"

    def waiting(self, memory: Memory) -> str | None:
        """The question that waits; the topic where none was put yet."""
        return None if memory.done else (memory.asked or Question.TOPIC).value


class ValidateProcedureForm(_WholeMessage):
    """The one form that runs every procedure of a board (HYO-4.1②)."""

    form = "procedure_form"

    def waiting(self, memory: Memory) -> str | None:
        """The answer that waits, while a procedure is open."""
        return PROCEDURE_ANSWER if memory.in_procedure else None


class ValidateReportForm(_WholeMessage):
    """The form of a report: danger first, then one question at a time (KAG-2)."""

    form = "report_form"

    def waiting(self, memory: Memory) -> str | None:
        """The answer that waits, while a report is being told."""
        return REPORT_ANSWER if memory.in_report else None


class Converse(Action):
    """Answers whatever comes outside the forms: the first follow, a wish for a person, everything after the intake."""

    def __init__(self, conversation: Conversation) -> None:
        """Take the conversation with its bridge."""
        self._conversation = conversation

    def name(self) -> str:
        """The action's name in the rules."""
        return "action_converse"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Answer the message and set the slots."""
        return _say(await self._conversation.turn(tracker), dispatcher)
