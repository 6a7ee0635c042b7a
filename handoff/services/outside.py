"""What the services need from those they talk with: Rasa, LINE, the risk screen, the reader of events.

``handoff/adapters`` implements it, ``handoff/bootstrap`` wires it. What they need from the database is in ``ports``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from handoff.domain.delivery import Outcome
from handoff.domain.incoming import EventType, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.safety import TurnContext
from handoff.services.ports import Transaction
from kernel.risk.assessment import Assessment


@dataclass(frozen=True, slots=True)
class Reading:
    """What an event's JSON says to the worker.

    Attributes: message: None where the event carries none; edited_text: of a messageEdited; target: id of the LINE
    message an unsend or edit speaks of.
    """

    message: StudentMessage | None
    reply_token: str | None
    target: str | None
    edited_text: str | None


class EventReader(Protocol):
    """Reads an event's stored JSON."""

    def __call__(self, type: EventType, payload: str | None) -> Reading: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """The bot's answer to one message.

    Attributes: lines: what to say; silent: nothing, on purpose (TAJ-N3), which is no failure; waits: a question waits
    for the student.
    """

    lines: Sequence[Line] = ()
    silent: bool = False
    waits: bool = False

    @property
    def says_something(self) -> bool:
        """Whether there is a word in it."""
        return any(line.text.strip() for line in self.lines)


class Bot(Protocol):
    """Rasa, behind its channel."""

    async def converse(self, session_id: UUID, event_id: UUID, message: StudentMessage, context: TurnContext) -> Answer:
        """Give the bot's answer to one message; the same event id gives the same answer and changes nothing.

        Raises: BotUnavailable: down, too slow, or failing.
        """

    async def interrupt(self, session_id: UUID, event_id: UUID) -> None:
        """Make the bot drop its form; it says nothing. Raises: BotUnavailable."""

    async def intent(self, text: str) -> str | None:
        """Give the bot's reading of a short answer; None where it isn't sure or isn't there."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What one call to LINE came to. status: HTTP status, None when there was no answer."""

    outcome: Outcome
    status: int | None = None
    line_request_id: str | None = None


class LineSender(Protocol):
    """LINE's Messaging API; never raises for what LINE or the network does."""

    async def reply(self, token: str, lines: Sequence[Line]) -> Sending: ...
    async def push(self, address: str, lines: Sequence[Line], retry_key: UUID) -> Sending: ...
    async def show_loading(self, address: str) -> None: ...


class Screen(Protocol):
    """The risk screen; it reads every message before anything else happens to it (promise 2)."""

    async def __call__(self, tx: Transaction, event: StoredEvent, reading: Reading) -> StoredEvent | None:
        """Screen an event and mark it screened; give it as it is now, None where more has changed than its level."""

    async def failed(self, tx: Transaction, event: StoredEvent) -> None:
        """Treat an event that the screen could not read: unscreened, and somebody is told."""


class RiskReader(Protocol):
    """``kernel.risk``'s screen."""

    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Assessment:
        """Assess a message with the ones sent just before it."""
