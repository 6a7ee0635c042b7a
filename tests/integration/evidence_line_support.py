"""Students who send files on LINE, for the tests of what becomes of them."""

from __future__ import annotations

from typing import Any

from handoff.domain.evidence import Evidence
from handoff.domain.texts import TextKey
from tests.integration.desk_support import Bridge, address
from tests.integration.evidence_support import Files
from tests.support.line_events import arrivals, event, unsend


class Line(Files):
    """Students who send files, by numbers; what LINE has of them is in ``service.content``."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        super().__init__(bridge.service)

    async def post(
        self, number: int = 1, kind: str = "image", message_id: str = "p1", *, data: bytes | None = None, **message: Any
    ) -> Evidence | None:
        """A student sends a file, and the worker does its part with the message; the file's row."""
        if data is not None:
            self.service.content.files[message_id] = data
        told = {"type": kind, "id": message_id, "contentProvider": {"type": "line"}} | message
        await self.service.accept(arrivals(event("message", address(number), message=told)))
        await self.bridge.drain(number)
        return await self.last()

    async def last(self) -> Evidence | None:
        found = await self.service.rows(
            "SELECT e.id FROM evidence e JOIN line_events l ON l.id = e.event_id ORDER BY l.sequence DESC LIMIT 1"
        )
        return await self.find(found[0].id) if found else None

    async def fetched(self, evidence: Evidence | None, times: int = 1) -> Evidence:
        """After so many wake-ups."""
        assert evidence is not None
        for _ in range(times):
            await self.service.fetch(evidence.id)
        return await self.find(evidence.id)

    async def take_back(self, message_id: str, number: int = 1) -> None:
        await self.service.accept(arrivals(unsend(message_id, address(number))))
        await self.bridge.drain(number)

    @property
    def said(self) -> list[str]:
        return self.service.line.said

    def text(self, key: TextKey) -> str:
        return self.service.setting.profile.text(key)
