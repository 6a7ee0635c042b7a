"""A class behind one address reports; a flood works a little; whoever holds a code comes in (rows 6 and 15, KAG-4.2)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from uuid import uuid4

import pytest
from limits.aio.storage import memory

from handoff.domain.fair import ALLOWANCES, LEAST_BITS, Allowance, Purpose
from handoff.domain.report import ReportStatus, answers_of
from handoff.web.fair.fair import HEADER
from handoff.web.report_evidence import TOKEN_HEADER
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.report_support import Reporter, Window, held, report_window, worked
from tests.support import hostile_files as hostile
from tests.support.fakes import FrozenClock
from tests.support.flood_site import solve

PUPILS = 40
#: What goes without work where a test wants to see all that comes beyond it.
FEW = 3
SMALL = ALLOWANCES | {
    purpose: Allowance(FEW, 1_000, timedelta(minutes=10), LEAST_BITS)
    for purpose in (Purpose.REPORT_KEEP, Purpose.EVIDENCE)
}


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counters' windows slide by the real time, from one tenth minute to the next: in a test that met its turn one
    more would go without work.
    """
    stopped = SimpleNamespace(time=lambda: OPEN.timestamp())
    monkeypatch.setattr(memory, "time", stopped)


@pytest.fixture
async def window(service: Service) -> AsyncIterator[Window]:
    async with report_window(service, FrozenClock(OPEN)) as opened:
        yield opened


@pytest.fixture
async def small(service: Service) -> AsyncIterator[Window]:
    async with report_window(service, FrozenClock(OPEN), SMALL) as opened:
        yield opened


def assert_work_is_asked(one: Reporter) -> None:
    assert one.status == 429 and "data-challenge" in one.page
    assert 'href="tel:110"' in one.page and 'href="tel:119"' in one.page and 'href="tel:0120078310"' in one.page


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


async def test_row_15_what_is_kept_while_somebody_types_is_stored_once_the_work_is_done(small: Window) -> None:
    async with small.reporter() as one:
        await one.step("danger", danger="no")
        for number in range(FEW):
            await one.post("/report/keep", {"step": "what", "leaving": "1", "what": f"けられています{number}"})
            assert one.status == 200
        await one.post("/report/keep", {"step": "what", "leaving": "1", "what": "もう学校に行けない"})
        assert_work_is_asked(one)
        (row,) = await small.service.rows("SELECT id, answers FROM reports")
        assert "けられています2" in SEALER.open("reports", "answers", str(row.id), row.answers)
        await one.post("/report/keep", worked(one.page))
        assert one.status == 200
        (row,) = await small.service.rows("SELECT id, answers FROM reports")
        told = answers_of(SEALER.open("reports", "answers", str(row.id), row.answers))
        assert told.what == "もう学校に行けない"
        # The buttons of the form are no way around it.
        await one.step("what", what="x")
        assert_work_is_asked(one)


async def test_row_15_words_that_are_added_are_stored_once_the_work_is_done(small: Window) -> None:
    async with small.reporter() as one:
        await one.send("かばんをかくされました")
        for number in range(FEW - 1):
            await one.post("/report/mine/add", {"key": str(uuid4()), "words": f"あとから{number}"})
            assert one.status == 200
        await one.post("/report/mine/add", {"key": str(uuid4()), "words": "今日もありました <b>"})
        assert_work_is_asked(one)
        await small.work()
        assert "今日もありました <b>" not in await small.told()
        await one.post("/report/mine/add", worked(one.page))
        assert (one.status, one.heading) == (200, "あなたが知らせたこと")
        await small.work()
        assert (await small.told()).count("今日もありました <b>") == 1


async def test_row_15_the_script_s_files_are_begun_once_the_work_is_done(small: Window) -> None:
    async with small.reporter() as one:
        await one.step("danger")
        headers = {TOKEN_HEADER: one.token, "accept": "application/json"}
        body = {"name": "a.png", "type": "image/png", "size": 1000, "sensitive": "no"}
        for wanted in (*[201] * FEW, 429):
            async with one.http.post(f"{small.url}/report/evidence/begin", json=body, headers=headers) as answer:
                assert answer.status == wanted
                asked = await answer.json()
        headers[HEADER] = f"{asked['challenge']} {solve(asked['challenge'], asked['bits'])}"
        async with one.http.post(f"{small.url}/report/evidence/begin", json=body, headers=headers) as answer:
            assert answer.status == 201
        assert len(await small.service.rows("SELECT 1 FROM evidence")) == FEW + 1


async def test_row_15_files_of_a_plain_form_are_chosen_again_and_arrive(small: Window) -> None:
    """No page can hold files: the one that a flood brings says that they weren't sent, and leads to where they are chosen."""
    async with small.reporter() as one:
        await one.step("danger")
        for number in range(FEW):
            await one.upload((f"{number}.png", hostile.png()), sensitive="no", **{"from": "step"})
            assert one.status == 200 and one.heading == "写真や画面"
        await one.upload(("4.png", hostile.png()), sensitive="no", **{"from": "step"})
        assert_work_is_asked(one)
        assert "えらんだ写真や動画は、まだ送られていません。" in one.page and "もう一度えらぶ" in one.page
        assert len(await small.service.rows("SELECT 1 FROM evidence")) == FEW
        done = worked(one.page)
        # Without a script nothing is worked: the page to choose on is the same, and there is no way around the work.
        await one.post("/report/evidence", done | {"work": "", "work_nonce": ""})
        assert (one.status, one.heading) == (400, "写真や画面") and "もう一度えらんで" in one.page
        await one.upload(("4.png", hostile.png()), sensitive="no", **{"from": "step"})
        assert_work_is_asked(one)
        await one.post("/report/evidence", done)
        assert (one.status, one.heading) == (400, "写真や画面")
        carried = dict(re.findall(r'name="(work|work_nonce)" value="([^"]*)"', one.page))
        await one.upload(("4.png", hostile.png()), sensitive="no", **{"from": "step"}, **carried)
        assert one.status == 200 and "<b>4.png</b>" in one.page
        assert [row.state for row in await small.service.rows("SELECT state FROM evidence")] == ["stored"] * (FEW + 1)


async def test_row_15_without_a_script_each_step_goes_on_by_waiting(small: Window) -> None:
    """A minute for each, as long as the flood lasts; pressing too early costs nothing, and no word is lost."""
    async with small.reporter() as one:
        await one.step("danger", danger="no")
        for number in range(FEW):
            await one.step("what", what=f"けられています{number}")
        await one.step("what", what="もう学校に行けない")
        assert_work_is_asked(one)
        assert one.headers["retry-after"] == "60" and "18時01分になったら" in unescape(one.page)
        small.clock.advance(seconds=59)
        await one.post("/report", held(one.page))
        assert_work_is_asked(one)
        assert one.headers["retry-after"] == "1"
        small.clock.advance(seconds=1)
        waited = held(one.page)
        await one.post("/report", waited)
        assert (one.status, one.heading) == (200, "学校のこと")
        await one.post("/report", waited)
        assert_work_is_asked(one)  # one wait is one step
        for number in range(FEW):
            await one.upload((f"{number}.png", hostile.png()), sensitive="no", **{"from": "step"})
        await one.upload(("4.png", hostile.png()), sensitive="no", **{"from": "step"})
        assert_work_is_asked(one)
        await one.post("/report/evidence", held(one.page))
        assert (one.status, one.heading) == (400, "写真や画面") and "もう一度えらんで" in one.page
        carried = {name: value for name, value in held(one.page).items() if name.startswith("work")}
        await one.upload(("4.png", hostile.png()), sensitive="no", **{"from": "step"}, **carried)
        assert_work_is_asked(one)  # too early, and it waits on with what it was asked
        assert held(one.page)["work"] == carried["work"]
        small.clock.advance(minutes=1)
        await one.upload(("4.png", hostile.png()), sensitive="no", **{"from": "step"}, **carried)
        assert one.status == 200 and "<b>4.png</b>" in one.page
        await one.post("/report/send")
        assert one.status == 200 and await stored(small) == 1
        (row,) = await small.service.rows("SELECT id, answers FROM reports")
        assert answers_of(SEALER.open("reports", "answers", str(row.id), row.answers)).what == "もう学校に行けない"


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
