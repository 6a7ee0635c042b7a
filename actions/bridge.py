"""What the conversation needs from the service: the one door from Rasa's side to sessions, profile and clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from handoff.domain.profile import Profile
from handoff.domain.report import Answers
from kernel.intake.quiet import QuietTime


class Bridge(Protocol):
    """The verbs of the service that an action may call.

    Every write is idempotent by ``message_id``: Rasa may repeat a step after a crash, and the repetition changes
    nothing and answers the same. ``session_id`` and ``message_id`` are the random UUIDs of the contract, never an id
    of LINE.
    """

    async def profile(self) -> Profile:
        """The municipality's service that this session belongs to."""
        ...

    def now(self) -> datetime:
        """The service's time, aware."""
        ...

    async def record_intake(self, session_id: str, message_id: str, answers: dict[str, str | None]) -> None:
        """Keep the answers as they stand after this message.

        ``answers`` always holds every key of ``actions.memory.ANSWER_KEYS``; None means not told, or taken back.
        """
        ...

    async def request_handoff(self, session_id: str, message_id: str) -> str:
        """Ask for a counsellor; answers the session's new state, ``waiting`` or ``left_message``."""
        ...

    async def is_congested(self, session_id: str) -> bool:
        """Whether so many others wait that this student should hear it (HOK-5.2, TAJ-N1); asked after the hand-off."""
        ...

    async def show(self, session_id: str, message_id: str) -> None:
        """Let a person look at a session in which the service is abused (TAJ-5); nothing changes for the student."""
        ...

    async def keep_quiet(self, session_id: str, message_id: str, times: Sequence[QuietTime]) -> None:
        """Keep when this person wants nothing sent unasked."""
        ...

    async def leave_message(self, session_id: str, message_id: str) -> str:
        """Turn the session into a one-way message (WG-4); answers its state, ``left_message`` or ``waiting``."""
        ...

    async def keep_report(self, session_id: str, message_id: str, answers: Answers) -> str:
        """Keep what was told of a report so far; answers the session's state. Danger now calls somebody."""
        ...

    async def send_report(self, session_id: str, message_id: str, *, unfinished: bool) -> str:
        """Put the report before people, whole or left half-way; answers the session's state. Nothing told: nothing
        happens.
        """
        ...

    def report_url(self) -> str | None:
        """Where a report can be written without any id; None where there is no such page."""
        ...


#: Opens the bridge inside the server's event loop and closes it there. Must be importable by name (picklable).
BridgeFactory = Callable[[], AbstractAsyncContextManager[Bridge]]
