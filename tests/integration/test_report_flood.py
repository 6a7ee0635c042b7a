"""A class behind one address reports; a flood works a little; whoever holds a code comes in (rows 6 and 15, KAG-4.2)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from handoff.domain.report import ReportStatus
from tests.integration.conftest import OPEN, Service
from tests.integration.report_support import Reporter, Window, report_window
from tests.support.fakes import FrozenClock
from tests.support.flood_site import solve

PUPILS = 40


@pytest.fixture
async def window(service: Service) -> AsyncIterator[Window]:
    async with report_window(service, FrozenClock(OPEN)) as opened:
        yield opened


def worked(page: str) -> dict[str, str]:
    """All that a page asked for work sends on once its script has solved it."""
    held = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    challenge, bits = re.findall(r'data-challenge="([^"]+)" data-bits="(\d+)"', page)[0]
    return held | {"work": challenge, "work_nonce": solve(challenge, int(bits))}


async def stored(window: Window) -> int:
    rows = await window.service.rows("SELECT status FROM reports")
    return sum(row.status != ReportStatus.DRAFT for row in rows)


async def test_row_15_forty_pupils_behind_one_address_report_and_none_meets_work(window: Window) -> None:
    async def pupil(number: int) -> str:
        async with window.reporter() as one:
            return await one.send(f"{number}番の人がけられています")

    receipts: list[str] = []
    for ten in range(0, PUPILS, 10):
        receipts += await asyncio.gather(*map(pupil, range(ten, ten + 10)))
    assert len(set(receipts)) == await stored(window) == PUPILS


async def test_row_15_a_flood_meets_work_and_phone_lines_and_is_never_refused(window: Window) -> None:
    async with window.reporter() as one:
        for _number in range(200):
            one.token = ""
            await one.step("danger", danger="no")
            assert one.status == 200
        one.token = ""
        await one.step("danger", danger="now")
        assert one.status == 429 and 'href="tel:110"' in one.page and 'href="tel:0120078310"' in one.page
        assert "LINE" in one.page and "もう一度送る" in one.page
        await one.post("/report", worked(one.page))
        assert one.status == 200 and one.token
        # Whoever has begun goes on without any.
        await one.step("what", what="友だちがけられています")
        await one.post("/report/send")
        assert one.status == 200 and await stored(window) == 1


async def test_row_6_the_holder_comes_in_however_many_guess_beside_them(window: Window) -> None:
    async with window.reporter() as me, window.reporter() as guesser:
        code = await me.send()
        for _number in range(12):
            await guesser.post("/report/answer", {"receipt": "0" * 20})
        assert guesser.status == 429
        await guesser.post("/report/answer", worked(guesser.page))
        assert guesser.status == 404, "work alone opens nothing"
        await me.post("/report/answer", {"receipt": code})
        assert me.status == 429 and me.headers["cache-control"] == "no-store" and code not in str(me.urls)
        await me.post("/report/answer", worked(me.page))
        assert (me.status, me.heading) == (200, "あなたが知らせたこと")


async def test_no_address_of_a_reporter_is_kept_anywhere(window: Window, capfd: pytest.CaptureFixture[str]) -> None:
    """Row 25: in no table, and in no log, also when work is asked."""

    async def flood(one: Reporter) -> None:
        for _number in range(12):
            await one.post("/report/answer", {"receipt": "0" * 20})
        await one.send()

    async with window.reporter() as one:
        await flood(one)
    tables = await window.service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        rows = await window.service.rows(f'SELECT t::text AS all FROM "{table.tablename}" t')
        assert not any("127.0.0.1" in row.all for row in rows), table.tablename
    told = capfd.readouterr()
    assert "127.0.0.1" not in told.out + told.err and "aiohttp" not in (told.out + told.err).lower()
