"""What the services need of the database for the hours of the window: its closures, and who can be called back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.incoming import Channel
from handoff.domain.queue import Waiting
from handoff.domain.window_closure import WindowClosure


class Closures(Protocol):
    """The supervisors' closures of the window."""

    async def add(self, closure: WindowClosure) -> bool:
        """False where its id, the key of the request, is known already."""

    async def lock(self, closure_id: UUID) -> WindowClosure:
        """Raises: NotFound."""

    async def lift(self, closure: WindowClosure) -> None:
        """Write the end of a locked one, and who lifted it when."""

    async def not_over_before(self, at: datetime) -> Sequence[WindowClosure]:
        """Those that end then or later, by their beginning; without those lifted before they began."""


@dataclass(frozen=True, slots=True)
class LeftWord:
    """Somebody who left a message and may be told that they can talk now."""

    waiting: Waiting
    contact_id: UUID
    channel: Channel


class CallBacks(Protocol):
    """Who left a message, who was told that they can talk now, and who waits for a talk."""

    async def lock(self) -> None:
        """Let nobody else hand out places until the end of this transaction."""

    async def left_word(self, seen_since: datetime) -> Sequence[LeftWord]:
        """Sessions in the queue whose students left a message and went, were never called, can be reached, and whom
        nothing else serves: neither at risk nor unread, no open escalation, no report, no prank.

        Args: seen_since: on the machine's clock; a chat's page that wasn't open since then hears nothing, and is called
        once it is opened again.
        """

    async def wait_for_talk(self, but: UUID | None = None) -> int:
        """Students in the queue who wait for a talk now, or whom a person has to look at at once because of risk.
        but: a session that isn't counted."""

    async def held(self, since: datetime) -> int:
        """Places held for those who were called since then and haven't answered yet."""

    async def forget_answered(self, session_id: UUID) -> None:
        """Of a locked session: who answered a call, and whom the end of the hours sent home all the same, may be called
        once more."""

    async def note(self, session_id: UUID, at: datetime) -> None:
        """Write down that a locked session's student was called."""
