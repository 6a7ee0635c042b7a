"""What the services need from the outside; ``handoff/adapters`` implements it, ``handoff/bootstrap`` wires it.

A ``Transaction`` is one database transaction with the tables' repositories on it. Texts are plain on this side:
sealing and opening happen in the adapters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from handoff.domain.delivery import DeliveryState, Method, OutboxFacts, Outcome
from handoff.domain.incoming import Arrival, Channel, EventType, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.session import HumanWanted, Level, Owner, SessionView, State


class Contacts(Protocol):
    """People and groups, found by the keyed hash of their address."""

    async def find_or_add(self, channel: Channel, address: str, at: datetime) -> UUID: ...
    async def address(self, contact_id: UUID) -> str: ...
    async def set_following(self, contact_id: UUID, following: bool) -> None: ...
    async def tell_group(self, contact_id: UUID) -> bool:
        """Note that a group was told; True the first time alone."""


class Events(Protocol):
    """Webhook events: each stored once, finished once."""

    async def add(self, arrival: Arrival, contact_id: UUID | None, received_at: datetime) -> bool:
        """Store an event; False when it was there already."""

    async def unscreened(self, contact_id: UUID) -> Sequence[StoredEvent]: ...
    async def mark_screened(self, event_id: UUID, at: datetime) -> None: ...
    async def next_undone(self, contact_id: UUID) -> StoredEvent | None:
        """The undone event with the smallest event time; order of arrival decides between equals."""

    async def has_undone(self, contact_id: UUID) -> bool: ...
    async def finish(self, event_id: UUID, at: datetime, result: str) -> bool:
        """Mark an event done; False when it was done already, and then nothing else may be written for it."""

    async def count_failure(self, event_id: UUID) -> int: ...
    async def was_withdrawn(self, contact_id: UUID, line_message_id: str) -> bool:
        """Whether an unsend for this message has arrived, in whatever order."""

    async def forget_words(self, contact_id: UUID, line_message_id: str) -> Sequence[UUID]:
        """Drop the stored JSON of every event that holds this message's words; give the events' ids."""

    async def forget_payload(self, event_id: UUID) -> None:
        """Drop one event's JSON."""

    async def contacts_with_undone(self, received_before: datetime, limit: int) -> Sequence[UUID]: ...


class Sessions(Protocol):
    """Sessions, always locked when read for a change."""

    async def open_for(self, contact_id: UUID) -> SessionView | None: ...
    async def start(self, contact_id: UUID, profile: str, at: datetime) -> SessionView: ...
    async def lock(self, session_id: UUID) -> SessionView:
        """Raises: NotFound."""

    async def set_state(
        self, session_id: UUID, state: State, human_wanted: HumanWanted | None, at: datetime
    ) -> None: ...
    async def set_fallback_at(self, session_id: UUID, at: datetime) -> None: ...
    async def set_intake(self, session_id: UUID, answers: Mapping[str, str | None]) -> None: ...
    async def intake(self, session_id: UUID) -> Mapping[str, str | None]: ...


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
        """Add what a student sent; False when the event's line was there already."""

    async def add_spoken(
        self, session_id: UUID, author: Owner, event_id: UUID, outbox_id: UUID, lines: Sequence[Line], at: datetime
    ) -> None: ...

    async def find(self, contact_id: UUID, line_message_id: str) -> KnownMessage | None:
        """A message by LINE's id, locked; None when the transcript doesn't know it."""

    async def remove_words(self, message_id: UUID, at: datetime) -> None: ...
    async def redact_spoken(self, session_id: UUID, after: UUID, redact: Callable[[str], str]) -> None:
        """Rewrite what the bot said in a session since a message."""

    async def hide_words(self, message_id: UUID, at: datetime) -> None: ...
    async def edit(self, message_id: UUID, text: str, line_timestamp: int) -> bool:
        """Take over an edited text unless the words are gone, hidden, or a later edit was taken already."""


@dataclass(frozen=True, slots=True)
class OutboxCall:
    """One call to LINE that is due.

    Attributes: lines: what to say, None where it can't be opened; reply_token: None when there never was one; attempts: made so far;
    next_at: real time; epoch, session_epoch: of the row and of its session now (None for a call without a session).
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


class Outbox(Protocol):
    """Calls to LINE: planned, attempted, settled."""

    async def add(
        self,
        *,
        contact_id: UUID,
        session: SessionView | None,
        event_id: UUID,
        part: int,
        lines: Sequence[Line],
        reply_token: str | None,
        token_since: datetime | None,
        at: datetime,
    ) -> UUID: ...

    async def pending(self, contact_id: UUID, at: datetime) -> Sequence[OutboxCall]:
        """The contact's unsettled calls in the order in which they were planned, a few at a time.

        Left out are those that wait for the monthly limit beyond ``at`` (real time).
        """

    async def begin_attempt(self, call: OutboxCall, number: int, method: Method, at: datetime) -> bool:
        """Write an attempt down before it's made; False when the conversation has another owner by now."""

    async def redact(self, session_id: UUID, redact: Callable[[str], str]) -> None:
        """Rewrite what was planned for a session and not tried yet."""

    async def end_attempt(
        self,
        call_id: UUID,
        number: int,
        outcome: Outcome,
        status: int | None,
        line_request_id: str | None,
        at: datetime,
    ) -> None: ...

    async def postpone(self, call_id: UUID, until: datetime, reason: str, facts: OutboxFacts) -> None:
        """Come back to a call later; its facts say whether the token still counts and whether a reply may be out."""

    async def settle(self, call_id: UUID, state: DeliveryState, reason: str, at: datetime) -> None: ...
    async def contacts_due(self, at: datetime, limit: int) -> Sequence[UUID]: ...


class Audit(Protocol):
    """The record of who did what; codes and ids alone."""

    async def add(self, at: datetime, actor: str, verb: str, session_id: UUID | None, **detail: Any) -> None: ...


class Trackers(Protocol):
    """Rasa's sealed memory of a session."""

    async def forget_message(self, session_id: UUID, event_id: UUID) -> None: ...


class Jobs(Protocol):
    """Wake-ups, deferred within the transaction."""

    async def wake_drain(self, contact_id: UUID) -> bool:
        """Ask for a drain; False when one was already waiting to be taken up."""

    async def wake_delivery(self, contact_id: UUID, after: timedelta = timedelta()) -> bool: ...


class Transaction(Protocol):
    """One transaction and what can be done in it."""

    @property
    def contacts(self) -> Contacts: ...
    @property
    def events(self) -> Events: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def transcript(self) -> Transcript: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def trackers(self) -> Trackers: ...
    @property
    def jobs(self) -> Jobs: ...


class LockedContact(Protocol):
    """A contact that nobody else works on while the block lasts; the lock is no transaction."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...
    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """For single reads: each sees what is committed by then, and nothing holds them together."""


class Store(Protocol):
    """The database. Every method may raise StoreUnavailable."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...
    def reading(self) -> AbstractAsyncContextManager[Transaction]: ...
    def drain_lock(self, contact_id: UUID) -> AbstractAsyncContextManager[LockedContact | None]:
        """Lock a contact's incoming side; None when somebody has it."""

    def delivery_lock(self, contact_id: UUID) -> AbstractAsyncContextManager[LockedContact | None]: ...


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


class Bot(Protocol):
    """Rasa, behind its channel."""

    async def converse(self, session_id: UUID, event_id: UUID, message: StudentMessage) -> Sequence[Line]:
        """Give the bot's answer to one message; the same event id gives the same answer and changes nothing.

        Raises: BotUnavailable: down, too slow, or failing.
        """


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

    async def __call__(self, tx: Transaction, event: StoredEvent, reading: Reading) -> None: ...
