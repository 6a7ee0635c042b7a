"""A reporter at the report's pages over real HTTP, and the worker that reads what they write."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from unittest.mock import AsyncMock

import aiohttp

from handoff.adapters.line.reading import read_event
from handoff.adapters.pages import PageSender
from handoff.bootstrap.core import Core
from handoff.bootstrap.evidence import report_evidence_parts
from handoff.bootstrap.report import open_report
from handoff.bootstrap.web import alarm_verbs
from handoff.domain.fair import ALLOWANCES, Allowance, Purpose
from handoff.services.deliver_outbox import DeliverOutbox
from handoff.services.report.tend_drafts import TendDrafts
from handoff.services.screen_message import ScreenMessage
from handoff.web.fair import Fair
from handoff.web.parts import WebParts
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_support import Screen
from tests.support.fakes import FrozenClock
from tests.support.flood_site import solve
from tests.support.registers import fill
from tests.support.sites import free_port, nobodys_desk, serving

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_CODE = re.compile(r'data-code="([0-9A-Z-]{23})"')

type Fields = Mapping[str, str | Sequence[str]]


def held(page: str) -> dict[str, str]:
    """All that a page's form sends where its browser runs no script."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page)}


def worked(page: str) -> dict[str, str]:
    """All that a page asked for work sends on once its script has solved it."""
    challenge, bits = re.findall(r'data-challenge="([^"]+)" data-bits="(\d+)"', page)[0]
    return held(page) | {"work": challenge, "work_nonce": solve(challenge, int(bits))}


@dataclass
class Reporter:
    """Somebody at the page, without a script. token: as the page holds it; page: the last one; seen: all of them."""

    url: str
    http: aiohttp.ClientSession
    token: str = ""
    page: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)

    async def get(self, path: str) -> str:
        async with self.http.get(self.url + path, allow_redirects=False) as answer:
            return await self._take(answer)

    async def post(self, path: str, fields: Fields | None = None, **headers: str) -> str:
        """Send a form of a page, with the token that the page holds."""
        pairs: list[tuple[str, str]] = []
        for name, value in ({"token": self.token} | dict(fields or {})).items():
            pairs += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        sent = self.http.post(self.url + path, data=pairs, headers=headers, allow_redirects=False)
        async with sent as answer:
            return await self._take(answer)

    async def _take(self, answer: aiohttp.ClientResponse) -> str:
        self.status, self.headers = answer.status, answer.headers
        self.urls.append(str(answer.url))
        self.page = await answer.text()
        assert not self.http.cookie_jar.filter_cookies(answer.url), "these pages give no cookie"
        self.token = dict(_HIDDEN.findall(self.page)).get("token", self.token)
        return self.page

    async def step(self, step: str, go: str = "next", **fields: str | Sequence[str]) -> str:
        return await self.post("/report", {"step": step, "go": go} | fields)

    async def upload(self, *files: tuple[str, bytes], **fields: str) -> str:
        """Files by a plain form, as a browser without a script sends them."""
        form = aiohttp.FormData(quote_fields=False)
        for name, value in ({"token": self.token} | fields).items():
            form.add_field(name, value)
        for name, data in files:
            form.add_field("files", data, filename=name, content_type="image/png")
        async with self.http.post(f"{self.url}/report/evidence", data=form, allow_redirects=False) as answer:
            return await self._take(answer)

    async def keep(self, step: str, **fields: str | Sequence[str]) -> dict[str, Any]:
        """What the page's script does while somebody types."""
        pairs = {"token": self.token, "step": step} | fields
        async with self.http.post(
            f"{self.url}/report/keep", data=pairs, headers={"accept": "application/json"}
        ) as answer:
            told: dict[str, Any] = await answer.json()
            self.token = told["token"]
            return told

    async def write(self, what: str, **fields: str) -> None:
        """The first two pages."""
        await self.step("danger", danger="no")
        await self.step("what", what=what, **fields)

    async def send(self, what: str = "廊下でけられている人がいます") -> str:
        """The whole way; the receipt that the page shows, noted down."""
        await self.write(what)
        await self.post("/report/send")
        code = self.code
        await self.post("/report/kept", {"kept": "yes"})
        return code

    @property
    def code(self) -> str:
        """The code that the page shows."""
        (code,) = set(_CODE.findall(self.page))
        return str(code)

    @property
    def heading(self) -> str:
        return unescape(re.sub(r"<[^>]+>", "", re.findall(r"<h1>(.*?)</h1>", self.page, re.DOTALL)[0])).strip()

    def value(self, name: str) -> str:
        """What stands in a field of the page."""
        area = re.search(rf'<textarea id="{name}"[^>]*>\n(.*?)</textarea>', self.page, re.DOTALL)
        if area:
            return unescape(area[1])
        line = re.search(rf'<input id="{name}" name="{name}" value="([^"]*)"', self.page)
        assert line is not None, name
        return unescape(line[1])


@dataclass
class Window:
    """The service with its report's pages and a clock that stands still."""

    service: Service
    clock: FrozenClock
    url: str

    @asynccontextmanager
    async def reporter(self) -> AsyncIterator[Reporter]:
        async with aiohttp.ClientSession() as http:
            yield Reporter(self.url, http)

    async def work(self) -> None:
        """The worker reads all that came, and delivers what is said."""
        for row in await self.service.rows("SELECT id FROM contacts"):
            await self.service.drain(row.id)
            await DeliverOutbox(self.service.store, self.service.setting, PageSender(self.service.line))(row.id)

    async def tend(self) -> int:
        return await TendDrafts(self.service.store, self.service.setting)()

    async def report(self) -> Any:
        """The one row, with its session's state and level."""
        (row,) = await self.service.rows(
            "SELECT r.*, s.state, s.level, s.human_wanted, s.closed_reason FROM reports r "
            "JOIN sessions s ON s.id = r.session_id"
        )
        return row

    async def verbs(self) -> list[str]:
        return [row.verb for row in await self.service.rows("SELECT verb FROM audit_events ORDER BY sequence")]

    async def told(self) -> list[str]:
        """What the student's lines of the transcript say."""
        return [text or "" for author, text in await self.service.transcript() if author == "student"]


@asynccontextmanager
async def report_window(
    service: Service, clock: FrozenClock, allowances: Mapping[Purpose, Allowance] = ALLOWANCES
) -> AsyncIterator[Window]:
    """Serve the report's pages on this service, with the tests' screen. allowances: beyond which work is asked."""
    service.setting.clock = clock
    service.screen = ScreenMessage(service.setting, read_event, Screen())
    await fill(service.store, service.setting)
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    @asynccontextmanager
    async def parts() -> AsyncIterator[WebParts]:
        desk = nobodys_desk()
        desk.setting = service.setting
        core = Core(service.store, service.jobs, service.setting)
        alarm = alarm_verbs(service.store, service.setting, SEALER, url)
        yield WebParts(
            AsyncMock(),
            AsyncMock(),
            {},
            alarm,
            desk,
            None,
            fair=Fair(allowances=allowances, clock=lambda: clock.now().timestamp()),
            report=open_report(core, url),
            evidence=report_evidence_parts(core, url),
        )

    async with serving(parts, port):
        yield Window(service, clock, url)
