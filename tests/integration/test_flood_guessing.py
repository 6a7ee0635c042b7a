"""Ten thousand guesses of a receipt from a hundred addresses at the real pages, and the holder beside them (row 6)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from urllib.parse import urlencode, urlsplit

import aiohttp

from handoff.domain.fair import ALLOWANCES, Purpose
from handoff.domain.report_receipt import in_blocks, receipt_of
from handoff.services.setting import Setting
from handoff.web.fair import Fair
from tests.integration.conftest import OPEN, Service, demo_profile
from tests.integration.house_support import whole_site
from tests.integration.report_support import Reporter, held, worked
from tests.support.fakes import FrozenClock
from tests.support.registers import fill

GUESSES, ADDRESSES, LINES = 10_000, 100, 20
#: Seconds that the holder may need among them, with the work that is asked of them: 18 bits.
IN_TIME = 8


def form_from(url: str, number: int) -> bytes:
    """A guess as a program sends it: a code of the right form, so that it would be looked for."""
    body = urlencode({"receipt": in_blocks(receipt_of(number.to_bytes(32, "big")))}).encode()
    head = (
        f"POST /report/answer HTTP/1.1\r\nhost: {urlsplit(url).netloc}\r\naccept: application/json\r\n"
        f"x-forwarded-for: 192.0.2.{number % ADDRESSES}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def guess(url: str, numbers: range, seen: Counter[tuple[int, int]]) -> None:
    """Guess in a row by one connection that stays open; count by address and status."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for number in numbers:
        writer.write(form_from(url, number))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        seen[number % ADDRESSES, int(head.split()[1])] += 1
    writer.close()


async def come_back(url: str, code: str, address: str) -> float:
    """Type the code as its holder, behind an address of their own; the seconds until one's report is there."""
    async with aiohttp.ClientSession(headers={"x-forwarded-for": address}) as http:
        me = Reporter(url, http)
        began = time.perf_counter()
        await me.post("/report/answer", {"receipt": code})
        if me.status == 429:
            await me.post("/report/answer", await asyncio.to_thread(worked, me.page))
        assert (me.status, me.heading) == (200, "あなたが知らせたこと")
        return time.perf_counter() - began


async def kept(service: Service) -> list[str]:
    """What the reports' tables hold."""
    found = []
    for table in ("reports", "report_steps", "report_visits", "sessions", "messages", "evidence"):
        found += [row.all for row in await service.rows(f'SELECT t::text AS all FROM "{table}" t ORDER BY 1')]
    return found


async def test_row_6_ten_thousand_guesses_from_a_hundred_addresses_open_nothing_and_the_holder_comes_in(
    service: Service,
) -> None:
    clock = FrozenClock(OPEN)
    service.setting = Setting(clock, demo_profile(), service.store)  # which looks for closures once a second
    await fill(service.store, service.setting)
    fair = Fair(clock=lambda: clock.now().timestamp())
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(whole_site(service, proxies=1, fair=fair))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        code = await Reporter(url, http).send()
        before = await kept(service)
        seen: Counter[tuple[int, int]] = Counter()
        flood = [asyncio.create_task(guess(url, range(place, GUESSES, LINES), seen)) for place in range(LINES)]
        while sum(seen.values()) < GUESSES / 2:
            await asyncio.sleep(0.01)
        took = await come_back(url, code, "198.51.100.7")
        assert not all(one.done() for one in flood) and took < IN_TIME, took
        await asyncio.gather(*flood)
        # Not one of them opened anything, and all but the first few of each address were slowed.
        by_status = Counter[int]()
        for (_address, status), count in seen.items():
            by_status[status] += count
        allowed = ALLOWANCES[Purpose.RECEIPT_WRONG]
        assert set(by_status) == {404, 429} and by_status.total() == GUESSES
        assert by_status[404] <= allowed.in_all + LINES, by_status
        for address in range(ADDRESSES):
            assert seen[address, 404] <= allowed.here and seen[address, 429] >= GUESSES / ADDRESSES - allowed.here
        assert len(set(await kept(service)) - set(before)) == 1, "the holder's visit alone"
        # What the pace remembers is a number for each address, and the one piece of work that was spent.
        assert len(vars(fair._counters._limiter.storage)["storage"]) <= 4 * ADDRESSES
        assert len(fair._spent) == 1
        # Without a script the holder waits three minutes at most, however many guess meanwhile.
        waiting = Reporter(url, http)
        await waiting.post("/report/answer", {"receipt": code})
        assert waiting.status == 429 and 60 <= int(waiting.headers["retry-after"]) <= 180
        clock.advance(seconds=int(waiting.headers["retry-after"]))
        await waiting.post("/report/answer", held(waiting.page))
        assert (waiting.status, waiting.heading) == (200, "あなたが知らせたこと")
