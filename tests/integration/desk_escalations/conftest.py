"""A night with an alarm, and people signed in at the desk, over real HTTP on a real database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from tests.integration.conftest import CLOSED, SEALER, Service
from tests.support import alarms
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site

SECRET = "もう死にたいです、ひみつの橋"
RISK = alarms.Risk(["死にたい"])
HOSTILE = "<script>alert(1)</script>\"'>\u202eえび\u2066" + "あ" * 40
EMOJI = "🧑‍🎓" * 300  # 900 code points and more than 1,000 UTF-16 units
LONG = "あ" * 5000


@dataclass
class Person:
    """Somebody signed in, in a browser of their own."""

    url: str
    http: aiohttp.ClientSession
    at: str

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def page(self) -> str:
        status, page = await self.get(self.at)
        assert status == 200
        return page

    async def post(
        self, path: str, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Status, body and where it leads."""
        async with self.http.post(
            self.url + path, data=dict(fields or {}), headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(), answer.headers.get("location", "")

    async def send(self, verb: str, headers: Mapping[str, str] | None = None, **fields: str) -> tuple[int, str]:
        """Press a button of the page as it is now."""
        status, body, _ = await self.post(f"{self.at}/{verb}", hidden(await self.page()) | fields, headers)
        return status, body


def hidden(page: str) -> dict[str, str]:
    names = ("token", "key")
    return {name: found[1] for name in names if (found := re.search(f'name="{name}" value="([^"]+)"', page))}


@dataclass
class Desk:
    """A night with an alarm, and the desk."""

    service: Service
    clock: FrozenClock
    url: str
    session: UUID
    escalation: UUID

    @property
    def at(self) -> str:
        return f"/desk/escalations/{self.escalation}"

    @asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[Person]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            person = Person(self.url, http, self.at)
            status, _, _ = await person.post("/desk/sign-in", {"name": name, "password": "tsunagi-demo"})
            assert status == 303
            yield person

    async def audit(self) -> list[tuple[str, str]]:
        rows = await self.service.rows("SELECT actor, verb FROM audit_events ORDER BY sequence")
        return [(row.actor, row.verb) for row in rows]

    async def verbs(self) -> list[str]:
        """What people at the desk did, but for their coming and what they opened."""
        told = [verb for actor, verb in await self.audit() if actor.startswith("staff:")]
        return [verb for verb in told if verb not in ("sign_in", "open_escalation", "open_escalations")]

    async def actor(self, name: str) -> str:
        (row,) = await self.service.rows("SELECT id FROM staff WHERE name = :name", name=name)
        return f"staff:{row.id}"

    async def row(self) -> Any:
        (row,) = await self.service.rows("SELECT * FROM escalations WHERE id = :id", id=self.escalation)
        return row


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[Desk]:
    clock = FrozenClock(CLOSED)
    service.setting.clock = clock
    session = await alarms.write(service.store, service.setting, SECRET, RISK)
    escalation = await alarms.escalation_of(service.store, session)
    await service.sound(escalation)
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
        yield Desk(service, clock, url, session, escalation)


@pytest.fixture
async def yuki(desk: Desk) -> AsyncIterator[Person]:
    async with desk.person("yuki") as person:
        yield person


@pytest.fixture
async def sora(desk: Desk) -> AsyncIterator[Person]:
    async with desk.person("sora") as person:
        yield person


@pytest.fixture
async def minato(desk: Desk) -> AsyncIterator[Person]:
    async with desk.person("minato") as person:
        yield person
