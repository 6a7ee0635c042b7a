"""What the web chat's verbs need of the database; ``handoff/adapters/database`` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from handoff.domain.chat import ChatLine, ChatState, Mark, Visitor


class Writer(StrEnum):
    """Who is just writing."""

    STUDENT = "student"
    SERVICE = "service"  # a counsellor, or the bot that thinks


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody writes. session_id: the talk in which a student does; it is known to the desk by that."""

    contact_id: UUID
    who: Writer
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ChatRow:
    """One chat as it stands. session_id: of its newest session; ended_at: of that one, for the student (service clock);
    seen_at: real time; left: the page was closed for good; cleared: up to where that is written down; earlier: a session
    of it is closed, whose lines may have to go.
    """

    visitor: Visitor
    state: ChatState
    session_id: UUID | None
    ended_at: datetime | None
    seen_at: datetime
    left: bool
    cleared: int
    earlier: bool


class Chats(Protocol):
    """Chats by their contacts."""

    async def start(self, contact_id: UUID, at: datetime) -> None:
        """``at``: real time."""

    async def find(self, address: str) -> ChatRow | None: ...
    async def rows(self, contacts: Sequence[UUID]) -> Mapping[UUID, ChatRow]: ...
    async def lock(self, contact_id: UUID) -> ChatRow:
        """Raises: NotFound."""

    async def leave(self, contact_id: UUID, at: datetime) -> None: ...
    async def set_ended(self, contact_id: UUID, at: datetime | None) -> None:
        """Note that the student said it is over, or take that back (service clock)."""

    async def set_cleared(self, contact_id: UUID, through: int) -> None: ...
    async def see(self, contacts: Sequence[UUID], at: datetime, stale: datetime) -> Sequence[UUID]:
        """Note that somebody sits there (real time); give the sessions, known to the desk, of those who were away:
        not seen since ``stale``.
        """

    async def miss(self, contacts: Sequence[UUID]) -> Sequence[UUID]:
        """Note that nobody sits there; give their sessions as ``see`` does."""

    async def marks(self, contact_id: UUID, *, away: bool = False) -> Sequence[Mark]:
        """Where the lines beyond what was cleared stand, in order. away: the page was closed for long; a message that was
        left for the next opening ended with each of its lines, then.
        """

    async def lines(self, contact_id: UUID) -> Sequence[ChatLine]:
        """What the student wrote and what was delivered, beyond what was cleared: the newest ones, in order."""

    async def lines_since(self, contact_id: UUID, number: int) -> Sequence[ChatLine]:
        """What was delivered since the log had grown that far."""

    async def lines_of_calls(self, calls: Sequence[UUID]) -> Mapping[UUID, Sequence[ChatLine]]:
        """The delivered lines of calls, by contact."""

    async def contacts_of(self, sessions: Sequence[UUID]) -> Mapping[UUID, UUID]:
        """The contacts of sessions that are chats."""

    async def tell_typing(self, typing: Typing) -> None:
        """Say it to whoever listens now; nothing is stored."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was kept of a visit. facts: by ``TraceItem``'s names; at: service clock."""

    at: datetime
    facts: Mapping[str, str]


class Traces(Protocol):
    """What is kept of visitors of our pages, for as long as the profile says."""

    async def add(self, contact_id: UUID, facts: Mapping[str, str], at: datetime, until: datetime) -> None: ...
    async def of(self, contact_id: UUID, at: datetime) -> Sequence[Trace]:
        """Those whose time isn't over, the newest first."""

    async def forget(self, at: datetime) -> int:
        """Delete those whose time is over; how many."""
