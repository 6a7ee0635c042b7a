"""Real small classes in place of Rasa, LINE, mail and time, for tests of the services alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from handoff.domain.clock import Clock
from handoff.domain.delivery import Outcome
from handoff.domain.errors import BotUnavailable
from handoff.domain.incoming import StudentMessage
from handoff.domain.notice import Medium, Notice, NoticeOutcome, NoticeResult
from handoff.domain.outgoing import Line
from handoff.domain.safety import TurnContext
from handoff.services.outside import Answer, Sending


@dataclass
class EchoBot:
    """Answers each message with its own words; remembers what it was asked."""

    heard: list[tuple[UUID, UUID, str]] = field(default_factory=list)
    down: bool = False
    pause: float = 0.0
    lines: Sequence[Line] | None = None
    silent: bool = False
    waits: bool = False

    contexts: list[TurnContext] = field(default_factory=list)
    interrupted: list[tuple[UUID, UUID]] = field(default_factory=list)
    intents: dict[str, str] = field(default_factory=dict)

    async def converse(self, session_id: UUID, event_id: UUID, message: StudentMessage, context: TurnContext) -> Answer:
        self.heard.append((session_id, event_id, message.text))
        self.contexts.append(context)
        await asyncio.sleep(self.pause)
        if self.down:
            raise BotUnavailable("down")
        lines = self.lines if self.lines is not None else [Line("はい：" + message.text)]
        return Answer(lines, silent=self.silent, waits=self.waits)

    async def interrupt(self, session_id: UUID, event_id: UUID) -> None:
        if self.down:
            raise BotUnavailable("down")
        self.interrupted.append((session_id, event_id))

    async def intent(self, text: str) -> str | None:
        return None if self.down else self.intents.get(text)


@dataclass
class RecordingLine:
    """Takes every call; gives the outcomes it was told to give, in order, then accepts."""

    outcomes: list[Outcome] = field(default_factory=list)
    calls: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    keys: list[UUID] = field(default_factory=list)
    last: tuple[Line, ...] = ()
    loadings: int = 0

    def _next(self) -> Sending:
        return Sending(self.outcomes.pop(0) if self.outcomes else Outcome.ACCEPTED, 200, "request")

    async def reply(self, token: str, lines: Sequence[Line]) -> Sending:
        self.calls.append(("reply", token, tuple(line.text for line in lines)))
        self.last = tuple(lines)
        return self._next()

    async def push(self, address: str, lines: Sequence[Line], retry_key: UUID) -> Sending:
        self.calls.append(("push", address, tuple(line.text for line in lines)))
        self.keys.append(retry_key)
        self.last = tuple(lines)
        return self._next()

    async def show_loading(self, address: str) -> None:
        self.loadings += 1

    @property
    def said(self) -> list[str]:
        return [text for _method, _to, texts in self.calls for text in texts]


SENT = NoticeResult(NoticeOutcome.SENT)


@dataclass
class RecordingNotifier:
    """Takes every notice; gives the results it was told to give, in order, then sends."""

    results: list[NoticeResult] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    media: frozenset[Medium] = frozenset(Medium)
    pause: float = 0.0

    async def __call__(self, notice: Notice) -> NoticeResult:
        self.notices.append(notice)
        await asyncio.sleep(self.pause)
        return self.results.pop(0) if self.results else SENT

    def rang(self, medium: Medium = Medium.WEBHOOK) -> list[str]:
        """Who was called by this medium, in order."""
        return [notice.who for notice in self.notices if notice.medium is medium]


class FrozenClock(Clock):
    """A clock that stands still until it's moved; the service's time and the real one move together."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start.astimezone(UTC) - datetime.now(UTC))
        self._real = datetime.now(UTC)

    def real(self) -> datetime:
        return self._real

    def now(self) -> datetime:
        return self._real + self.offset

    def advance(self, **by: float) -> None:
        """Let time pass, by ``timedelta``'s names."""
        self._real += timedelta(**by)
