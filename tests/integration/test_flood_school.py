"""A class behind the address of its school, and a flood from that very address (row 15)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from uuid import uuid4

import aiohttp
import pytest

from handoff.domain.fair import ALLOWANCES, LEAST_BITS, Purpose
from handoff.services.setting import Setting
from handoff.web.fair import Fair
from handoff.web.fair.fair import HEADER
from tests.integration.chat_support import Student
from tests.integration.conftest import OPEN, Service
from tests.integration.evidence_support import Files
from tests.integration.house_support import whole_site
from tests.integration.report_support import Reporter, held, worked
from tests.support import hostile_files as hostile
from tests.support.fakes import FrozenClock
from tests.support.flood_site import solve
from tests.support.registers import fill

PUPILS = 40
#: What goes without work from one address, where it differs from the service's 200: the flood takes all of it.
FREE = ALLOWANCES | {
    Purpose.REPORT_START: replace(ALLOWANCES[Purpose.REPORT_START], here=60),
    Purpose.CHAT_START: replace(ALLOWANCES[Purpose.CHAT_START], here=20),
}
#: Requests of the flood by each door while the class is there.
SENT = 100
#: As the school's only address comes through the proxy before us.
SCHOOL = {"x-forwarded-for": "203.0.113.10"}
#: What the flood sends: to begin a report, to guess a code, to begin a chat.
DOORS = {
    "/report": (Purpose.REPORT_START, {"step": "danger", "go": "next", "danger": "no"}),
    "/report/answer": (Purpose.RECEIPT_WRONG, {"receipt": "7K4M2-XQ9TD-00000-00000"}),
    "/chat/start": (Purpose.CHAT_START, {}),
}


@dataclass
class Flood:
    """Somebody who sends and sends, and never works. let_in: what came through, by door."""

    url: str
    sent: Counter[str] = field(default_factory=Counter)
    let_in: Counter[str] = field(default_factory=Counter)

    async def send(self, path: str, times: int) -> None:
        headers = SCHOOL | {"accept": "application/json"}
        async with aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http:
            for _number in range(times):
                async with http.post(self.url + path, data=DOORS[path][1]) as answer:
                    self.sent[path] += 1
                    self.let_in[path] += answer.status != 429


@dataclass
class Pupil(Reporter):
    """Whose browser works when it is asked to. asked: bits, once for each piece of work."""

    asked: list[int] = field(default_factory=list)

    async def _take(self, answer: aiohttp.ClientResponse) -> str:
        page = await super()._take(answer)
        if self.status == 429:
            done = await asyncio.to_thread(worked, page)
            self.asked.append(int(done["work"].split(".")[2]))
            return await self.post(answer.url.path, done)
        return page

    async def chat(self) -> int:
        async with Student.at(self.url, **SCHOOL) as student:
            status, told, _headers = await student.post("start")
            if status == 429:
                self.asked.append(told["bits"])
                nonce = await asyncio.to_thread(solve, told["challenge"], told["bits"])
                status, _told, _headers = await student.post("start", **{HEADER: f"{told['challenge']} {nonce}"})
        return status


async def sit(one: Pupil, number: int) -> None:
    """One of the class: all report, some with a picture, some with a slip of the pen, some chat besides."""
    await one.write(f"{number}番の人がけられています")
    if number % 10 == 1:
        await one.upload((f"{number}.png", hostile.png()), sensitive="no", **{"from": "step"})
        assert one.status == 200, number
    await one.post("/report/send")
    code = one.code
    await one.post("/report/kept", {"kept": "yes"})
    if number % 10 == 2:
        await one.post("/report/answer", {"receipt": code[:-1]})
        assert one.status == 404, number
        await one.post("/report/answer", {"receipt": code})
    await one.post("/report/mine/add", {"key": str(uuid4()), "words": "きょうもでした"})
    assert (one.status, one.heading) == (200, "あなたが知らせたこと"), number
    if number % 10 == 3:
        assert await one.chat() == 200, number


@pytest.fixture
async def school(service: Service) -> AsyncIterator[tuple[str, FrozenClock]]:
    clock = FrozenClock(OPEN)
    service.setting.clock = clock
    Files(service).media()
    await fill(service.store, service.setting)
    fair = Fair(allowances=FREE, clock=lambda: clock.now().timestamp())
    service.setting = Setting(clock, service.setting.profile, service.store)  # which looks for closures once a second
    async with whole_site(service, proxies=1, fair=fair) as url:
        yield url, clock


async def test_row_15_a_class_reports_beside_a_flood_from_its_own_address(
    service: Service, school: tuple[str, FrozenClock]
) -> None:
    url, clock = school
    flood = Flood(url)
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(aiohttp.ClientSession(headers=SCHOOL)) for _ in range(PUPILS + 1)]
        *pupils, last = (Pupil(url, http) for http in opened)
        for one in pupils[::2]:
            await one.step("danger", danger="no")  # half of them have begun when it comes
        await asyncio.gather(*(flood.send(path, FREE[purpose].here) for path, (purpose, _) in DOORS.items()))
        await asyncio.gather(
            *(flood.send(path, SENT) for path in DOORS), *(sit(one, number) for number, one in enumerate(pupils))
        )
        # Nobody is kept: work for one's first page, for a chat, and for each code that is typed; a blink each time.
        assert {bits for one in pupils for bits in one.asked} == {LEAST_BITS}
        assert {len(one.asked) for one in pupils[::2]} == {0, 2} and {len(one.asked) for one in pupils[1::2]} == {1, 2}
        assert len(await service.rows("SELECT 1 FROM reports WHERE status <> 'draft'")) == PUPILS
        assert [row.state for row in await service.rows("SELECT state FROM evidence")] == ["stored"] * 4
        # What the flood got is what goes without work, and nothing of what it sent beyond.
        for path, (purpose, _fields) in DOORS.items():
            assert flood.let_in[path] <= FREE[purpose].here and flood.sent[path] == FREE[purpose].here + SENT
        # Whose browser runs no script waits a minute, and goes on.
        alone = Reporter(url, last.http)
        await alone.step("danger", danger="now")
        assert alone.status == 429 and 'href="tel:110"' in alone.page and "もう一度送る" in alone.page
        clock.advance(seconds=int(alone.headers["retry-after"]))
        await alone.post("/report", held(alone.page))
        assert alone.status == 200
        await alone.step("what", what="けられています")
        await alone.post("/report/send")
        assert alone.status == 200 and alone.code
