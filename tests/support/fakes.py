"""Real small classes in place of Rasa and LINE, for tests of the services alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from handoff.domain.delivery import Outcome
from handoff.domain.errors import BotUnavailable
from handoff.domain.incoming import StudentMessage
from handoff.domain.outgoing import Line
from handoff.services.ports import Sending


@dataclass
class EchoBot:
    """Answers each message with its own words; remembers what it was asked."""

    heard: list[tuple[UUID, UUID, str]] = field(default_factory=list)
    down: bool = False
    pause: float = 0.0
    lines: Sequence[Line] | None = None

    async def converse(self, session_id: UUID, event_id: UUID, message: StudentMessage) -> Sequence[Line]:
        self.heard.append((session_id, event_id, message.text))
        await asyncio.sleep(self.pause)
        if self.down:
            raise BotUnavailable("down")
        return self.lines if self.lines is not None else [Line("はい：" + message.text)]


@dataclass
class RecordingLine:
    """Takes every call; gives the outcomes it was told to give, in order, then accepts."""

    outcomes: list[Outcome] = field(default_factory=list)
    calls: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    keys: list[UUID] = field(default_factory=list)
    loadings: int = 0

    def _next(self) -> Sending:
        return Sending(self.outcomes.pop(0) if self.outcomes else Outcome.ACCEPTED, 200, "request")

    async def reply(self, token: str, lines: Sequence[Line]) -> Sending:
        self.calls.append(("reply", token, tuple(line.text for line in lines)))
        return self._next()

    async def push(self, address: str, lines: Sequence[Line], retry_key: UUID) -> Sending:
        self.calls.append(("push", address, tuple(line.text for line in lines)))
        self.keys.append(retry_key)
        return self._next()

    async def show_loading(self, address: str) -> None:
        self.loadings += 1

    @property
    def said(self) -> list[str]:
        return [text for _method, _to, texts in self.calls for text in texts]
