"""An alarm as the screen raises it, put straight into a database, and its page served over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

from handoff.adapters.line.reading import read_event
from handoff.bootstrap.web import alarm_verbs
from handoff.domain.incoming import Channel
from handoff.domain.outgoing import Line
from handoff.services.escalation_ports import LinkHolder
from handoff.services.ports import Store
from handoff.services.say import tell
from handoff.services.screen_message import ScreenMessage
from handoff.services.setting import Setting
from handoff.web.parts import WebParts
from kernel.risk.assessment import Assessment, Evidence
from kernel.sealing import Sealer
from tests.support.line_events import arrivals, event, text
from tests.support.sites import free_port, nobodys_desk, serving

STUDENT = "U" + "1" * 32


@dataclass(frozen=True)
class Risk:
    """A screen that finds these words wherever they stand. Implements ``services.ports.RiskReader``."""

    words: Sequence[str]
    level: str = "critical"
    categories: tuple[str, ...] = ("suicide",)
    suspects: frozenset[str] = frozenset()

    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Assessment:
        found = tuple(
            Evidence(text.index(word), text.index(word) + len(word), word, "test", self.level)
            for word in self.words
            if word in text
        )
        if not found:
            return Assessment("none", (), "unknown", (), (), frozenset(), frozenset(), "test")
        signs = frozenset({"wish"}) if "suicide" in self.categories else frozenset()
        return Assessment(self.level, self.categories, "self", found, (), signs, self.suspects, "test")


async def write(store: Store, setting: Setting, words: str, risk: Risk, user: str = STUDENT, **more: Any) -> UUID:
    """A student's message, screened and in the transcript, with nothing left for a worker to do; the session's id.

    ``more``: a whole LINE message instead of the text.
    """
    (arrival,) = arrivals(event("message", user, **more) if more else text(words, user))
    now = setting.clock.now()
    async with store.transaction() as tx:
        contact = await tx.contacts.find_or_add(Channel.LINE, user, now)
        await tx.events.add(arrival, contact, setting.clock.real())
        stored = await tx.events.next_undone(contact)
        assert stored is not None
        if await tx.sessions.open_for(contact) is None:
            await tx.sessions.start(contact, setting.profile.id, now)
        reading = read_event(stored.type, stored.payload)
        await ScreenMessage(setting, read_event, risk)(tx, stored, reading)
        stored = await tx.events.next_undone(contact)
        session = await tx.sessions.open_for(contact)
        assert stored is not None and session is not None and reading.message is not None
        await tx.transcript.add_student(session.id, stored, reading.message, now, removed=False)
        await tx.events.finish(stored.id, now, "seeded")
        return session.id


async def say(store: Store, setting: Setting, session_id: UUID, words: str) -> None:
    """A word of the bot's, pushed."""
    async with store.transaction() as tx:
        await tell(tx, setting, await tx.sessions.lock(session_id), [Line(words)])


async def escalation_of(store: Store, session_id: UUID) -> UUID:
    """The session's open escalation."""
    async with store.transaction() as tx:
        found = await tx.escalations.open_for(session_id)
    assert found is not None
    return found.id


async def link(store: Store, setting: Setting, escalation_id: UUID, rung: int = 0) -> str:
    """The token of a rung's link; 0 is the first person of the profile's ladder."""
    who = (setting.profile.on_call.ladder or ())[rung].who
    async with store.transaction() as tx:
        return await tx.notices.link(LinkHolder(escalation_id, rung, who), setting.clock.now())


@asynccontextmanager
async def alarm_site(
    store: Store, setting: Setting, sealer: Sealer, public_url: str | None = None
) -> AsyncIterator[str]:
    """Serve the web process's app with the page on this store; give its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    @asynccontextmanager
    async def parts() -> AsyncIterator[WebParts]:
        verbs = alarm_verbs(store, setting, sealer, public_url or url)
        yield WebParts(AsyncMock(), AsyncMock(), {}, verbs, nobodys_desk(), None)

    async with serving(parts, port):
        yield url


def location(title: str, latitude: float, longitude: float) -> dict[str, Any]:
    """A place as LINE sends it."""
    return {"type": "location", "id": "1", "title": title, "latitude": latitude, "longitude": longitude}
