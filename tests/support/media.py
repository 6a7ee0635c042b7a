"""LINE's content in place of LINE: files by message id, and what it was told to answer before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from handoff.domain.evidence import Fetch
from handoff.services.evidence_ports import Take


@dataclass
class FakeContent:
    """Implements ``services.evidence_ports.MediaSource``. outcomes: given first, in order; breaks: after so many bytes the
    connection ends, once; midway: what happens after the first bytes, once.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    outcomes: list[Fetch] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    breaks: int | None = None
    midway: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, message_id: str, take: Take) -> Fetch:
        self.asked.append(message_id)
        if self.outcomes:
            return self.outcomes.pop(0)
        data = self.files.get(message_id)
        if data is None:
            return Fetch.MISSING
        cut, self.breaks = self.breaks, None
        for place in range(0, len(data) if cut is None else min(cut, len(data)), 50_000):
            await take(data[place : place + 50_000])
            happens, self.midway = self.midway, None
            if happens is not None:
                await happens()
        return Fetch.DONE if cut is None else Fetch.UNREACHABLE
