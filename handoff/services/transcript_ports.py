"""What the services need from the database about what is said: the lines of a session, and the calls that bring them to LINE."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from handoff.domain.delivery import DeliveryState, Method, OutboxFacts, Settle
from handoff.domain.incoming import StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.session import Level, Owner, SessionView
from handoff.services.transcript_line import TranscriptLine

if TYPE_CHECKING:
    from handoff.services.outside import Sending


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A line of the transcript. text: None when its words are gone already."""

    id: UUID
    session_id: UUID
    level: Level | None
    text: str | None


class Transcript(Protocol):
    """The lines of a session."""

    async def add_student(
        self, session_id: UUID, event: StoredEvent, message: StudentMessage, at: datetime, removed: bool
    ) -> bool:
        """Add what a student sent, by the event's id; False when the event's line was there already."""

    async def add_spoken(
        self,
        session_id: UUID,
        author: Owner,
        event_id: UUID | None,
        outbox_id: UUID,
        lines: Sequence[Line],
        at: datetime,
    ) -> Sequence[UUID]:
        """Add what is said to the student; give the ids of its lines."""

    async def read(self, session_id: UUID, after: int = 0) -> Sequence[TranscriptLine]:
        """A session's lines beyond a sequence number, in order."""

    async def not_arrived(self, session_id: UUID) -> Mapping[UUID, DeliveryState]:
        """The spoken lines of a session, by their ids, of which LINE has not said that it took them."""

    async def find(self, contact_id: UUID, line_message_id: str) -> KnownMessage | None:
        """A message by LINE's id, locked; None when the transcript doesn't know it."""

    async def last_word_at(self, session_id: UUID) -> datetime | None:
        """When the student wrote last."""

    async def remove_words(self, message_id: UUID, at: datetime) -> None: ...
    async def redact_spoken(self, session_id: UUID, after: UUID, redact: Callable[[str], str]) -> None:
        """Rewrite what the bot said in a session since a message."""

    async def keep_assessment(self, event: StoredEvent) -> None:
        """Give the line of an event, which was there before it was screened, what the screen said."""

    async def hide_words(self, message_id: UUID, at: datetime) -> None: ...
    async def edit(
        self, message: KnownMessage, text: str, line_timestamp: int, level: Level | None, assessment: str | None
    ) -> bool:
        """Take over an edited text unless the words are gone, hidden, or a later edit was taken already."""


@dataclass(frozen=True, slots=True)
class OutboxCall:
    """One call to LINE that is due.

    Attributes: lines: what to say, None where it can't be opened; reply_token: None when there never was one; attempts: made so far;
    next_at: real time; epoch, session_epoch: of the row and of its session now (None for a call without a session);
    watched: a desk may show it; on_page: a page of ours does; address: of the contact.
    """

    id: UUID
    contact_id: UUID
    session_id: UUID | None
    lines: tuple[Line, ...] | None
    reply_token: str | None
    retry_key: UUID
    facts: OutboxFacts
    next_at: datetime
    reason: str | None
    epoch: int | None
    session_epoch: int | None
    watched: bool = False
    on_page: bool = False
    address: str = ""


class Outbox(Protocol):
    """Calls to LINE: planned, attempted, settled."""

    async def add(
        self,
        *,
        contact_id: UUID,
        session: SessionView | None,
        event_id: UUID | None,
        part: int,
        lines: Sequence[Line],
        reply_token: str | None,
        token_since: datetime | None,
        at: datetime,
        call_id: UUID | None = None,
    ) -> UUID:
        """Plan a call; without an event it is nobody's answer, and ``call_id`` is the key that keeps it single."""

    async def has(self, call_id: UUID) -> bool:
        """Whether this call was planned already."""

    async def state(self, call_id: UUID) -> DeliveryState | None:
        """Where a call stands; None: it was never planned."""

    async def pending(self, contact_id: UUID, at: datetime) -> Sequence[OutboxCall]:
        """The contact's unsettled calls in the order in which they were planned, a few at a time.

        Left out are those that wait for the monthly limit beyond ``at`` (real time).
        """

    async def begin_attempt(self, call: OutboxCall, number: int, method: Method, at: datetime) -> bool:
        """Write an attempt down before it's made; False when the conversation has another owner by now."""

    async def redact(self, session_id: UUID, redact: Callable[[str], str]) -> None:
        """Rewrite what was planned for a session and not tried yet."""

    async def end_attempt(self, call_id: UUID, number: int, sending: Sending, at: datetime, end: Settle | None) -> None:
        """Write down what became of an attempt and, where it was the last, of its call, as ``settle``."""

    async def postpone(self, call_id: UUID, until: datetime, reason: str, facts: OutboxFacts) -> None:
        """Come back to a call later; its facts say whether the token still counts and whether a reply may be out."""

    async def settle(self, call_id: UUID, state: DeliveryState, reason: str, at: datetime) -> None: ...
    async def contacts_due(self, at: datetime, limit: int) -> Sequence[UUID]: ...
