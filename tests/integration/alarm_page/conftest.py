"""A night with an alarm, and the browsers of the people who are called, over real HTTP on a real database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from tests.integration.conftest import CLOSED, SEALER, Service
from tests.support import alarms
from tests.support.fakes import FrozenClock

FIRST, SECOND = "当番の業務責任者", "控えの業務責任者"
SECRET = "もう死にたいです、ひみつ"
RISK = alarms.Risk(["死にたい"])


@dataclass
class Phone:
    """A browser at the page: its cookies, and the fields that the page's forms hold."""

    url: str
    http: aiohttp.ClientSession
    escalation: UUID

    @property
    def at(self) -> str:
        return f"/alarm/e/{self.escalation}"

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        async with self.http.get(self.url + path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers

    async def page(self) -> str:
        status, page, _ = await self.get(self.at)
        assert status == 200
        return page

    async def post(
        self, path: str, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, Mapping[str, str]]:
        async with self.http.post(
            self.url + path, data=dict(fields or {}), headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(), answer.headers

    async def enter(self, token: str) -> None:
        status, _, headers = await self.post(f"/alarm/{token}", {"any": "thing"})
        assert (status, headers["location"]) == (303, self.at)

    async def send(self, verb: str, headers: Mapping[str, str] | None = None, **fields: str) -> tuple[int, str]:
        """Press a button of the page as it is now."""
        page = await self.page()
        status, body, _ = await self.post(f"{self.at}/{verb}", hidden(page) | fields, headers)
        return status, body


def hidden(page: str) -> dict[str, str]:
    """The fields that forms carry along."""
    names = ("token", "key")
    return {name: found[1] for name in names if (found := re.search(f'name="{name}" value="([^"]+)"', page))}


@dataclass
class Night:
    """A service at night with an alarm, and its page."""

    service: Service
    clock: FrozenClock
    url: str
    session: UUID
    escalation: UUID

    async def link(self, rung: int = 0, escalation: UUID | None = None) -> str:
        return await alarms.link(self.service.store, self.service.setting, escalation or self.escalation, rung)

    def phone(self) -> Phone:
        return Phone(self.url, browser(), self.escalation)

    async def audit(self) -> list[str]:
        return [row.verb for row in await self.service.rows("SELECT verb FROM audit_events ORDER BY sequence")]

    async def state(self) -> Any:
        (row,) = await self.service.rows("SELECT * FROM escalations WHERE id = :id", id=self.escalation)
        return row


@pytest.fixture
async def night(service: Service) -> AsyncIterator[Night]:
    clock = FrozenClock(CLOSED)
    service.setting.clock = clock
    session = await alarms.write(service.store, service.setting, SECRET, RISK)
    await alarms.say(service.store, service.setting, session, "話してくれて、ありがとう。")
    escalation = await alarms.escalation_of(service.store, session)
    await service.sound(escalation)
    async with alarms.alarm_site(service.store, service.setting, SEALER) as url:
        yield Night(service, clock, url, session, escalation)


@pytest.fixture
async def phones(night: Night) -> AsyncIterator[list[Phone]]:
    """The phones of the first two people on the ladder, each at the page."""
    opened = [night.phone(), night.phone()]
    for rung, phone in enumerate(opened):
        await phone.enter(await night.link(rung))
    yield opened
    for phone in opened:
        await phone.http.close()


@pytest.fixture
async def phone(phones: list[Phone]) -> Phone:
    return phones[0]


@pytest.fixture
async def stranger(night: Night) -> AsyncIterator[Phone]:
    """A browser that has no cookie yet."""
    phone = night.phone()
    yield phone
    await phone.http.close()


def browser() -> aiohttp.ClientSession:
    """One that keeps cookies, also of an address without a name."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
