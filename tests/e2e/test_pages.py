"""The service's own pages and reports, end to end: real Rasa, and words and files that are seen as they come."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Final

import aiohttp
import psycopg
import pytest
from psycopg.rows import DictRow

from handoff.domain.report import TellSchool, answers_of
from handoff.simulator.client import StandIn
from tests.integration.chat_support import Student
from tests.integration.report_support import Reporter
from tests.support.hostile_files import jpeg, png
from tests.support.running import OPEN, Running

WITNESSED: Final = "休み時間に、三人で一人の子のくつをかくしていました"


@pytest.fixture(autouse=True)
async def evening(service: Running) -> None:
    await service.choose(profile="demo", clock=OPEN)


async def spoken(line: StandIn) -> int:
    """How often the bot's notice and its promise of a person went to LINE; other calls there have nothing to do with us."""
    told = [str(call.messages) for call in await line.calls()]
    return sum("人ではありません" in words or "相談員につなぎます" in words for words in told)


async def test_a_chat_on_the_web_is_the_same_talk(service: Running) -> None:
    """KAG-8.6: greeted, understood and put in the queue, as on LINE; nothing of it goes to LINE."""
    async with service.standin() as line, Student.begun(service.web) as student:
        before = await spoken(line)
        async with student.socket() as chat:
            await chat.hears("人ではありません", 20)
            await chat.say("中2です。友だちのことで話したいです")
            await chat.until("lines", 20)
            await chat.say("相談員と話したい")
            await chat.hears("相談員につなぎます", 20)
        assert await spoken(line) == before
    (session,) = service.rows(
        "SELECT s.* FROM sessions s JOIN line_events l ON l.contact_id = s.contact_id ORDER BY l.sequence DESC LIMIT 1"
    )
    assert (session["state"], session["human_wanted"]) == ("waiting", "student")


@pytest.mark.parametrize("part", ["web", "worker"])
async def test_a_chat_outlives_a_part_that_is_killed(service: Running, part: str) -> None:
    """What was acknowledged is there, once and in order, and answered."""
    async with Student.begun(service.web) as student:
        async with student.socket() as chat:
            await chat.hears("人ではありません", 20)
            await chat.say("部活のことです")
        service.kill(part)
        await service.ready()
        async with asyncio.timeout(60):
            while True:
                try:
                    async with student.socket() as chat:
                        await chat.say("先輩がこわいです")
                        break
                except (aiohttp.ClientError, ConnectionError):
                    await asyncio.sleep(0.3)
        await service.settled()
        _status, told, _headers = await student.lines()
        mine = [one["text"] for one in told["lines"] if one["by"] == "me"]
        assert mine == ["部活のことです", "先輩がこわいです"]
        assert told["lines"][-1]["by"] != "me"


async def test_a_report_reaches_people_and_its_answer_the_reporter(service: Running) -> None:
    """KAG-2: without a cookie; at risk somebody is called while it is still written (promise 2)."""
    async with aiohttp.ClientSession() as http:
        me = Reporter(service.web, http)
        await me.write("クラスの子が、もう死にたい、今夜やると言っています")
        await service.settled()
        (row,) = service.rows(
            "SELECT r.*, s.level, (SELECT count(*) FROM escalations e WHERE e.session_id = s.id) AS alarms "
            "FROM reports r JOIN sessions s ON s.id = r.session_id JOIN line_events l ON l.contact_id = r.contact_id "
            "ORDER BY l.sequence DESC LIMIT 1"  # other tests have other clocks
        )
        assert (row["status"], row["alarms"]) == ("draft", 1) and row["level"] in ("high", "critical")
        await me.post("/report/send")
        code = me.code
        await me.post("/report/kept", {"kept": "yes"})
        await service.settled()
    async with aiohttp.ClientSession() as http:
        later = Reporter(service.web, http)
        await later.post("/report/answer", {"receipt": code.lower().replace("-", "　")})
        assert later.status == 200
        assert "窓口から" in later.page and code not in later.page


async def answered(service: Running, line: StandIn, user: str, *texts: str) -> None:
    """Write one after the other, each after the answer to the one before."""
    for words in texts:
        await line.text(user, words)
        await service.settled(user)


async def fetched(service: Running, user: str, timeout: float = 60) -> list[DictRow]:
    """The files of this student's talks, once none of them waits."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            rows = service.rows(
                "SELECT e.* FROM evidence e JOIN sessions s ON s.id = e.session_id WHERE s.contact_id = %s "
                "ORDER BY e.made_at",
                service.contact(user),
            )
            if rows and all(row["state"] != "waiting" for row in rows):
                return rows
        await asyncio.sleep(0.1)
    raise TimeoutError("a file waits")


async def test_a_report_on_line_takes_pictures_that_line_has_not_ready_and_a_killed_worker_was_fetching(
    service: Running,
) -> None:
    """KAG-2: 202 is asked again, what was taken back is gone, and a fetch that was cut off begins anew, once."""
    async with service.standin() as line:
        user = await line.user()
        await answered(service, line, user, "通報する", "いますぐの危険はない", "見た", WITNESSED, "教室や学校の中")
        await answered(service, line, user, "この1か月くらい", "答えたくない", "だれが知らせたかわからない形なら")
        await line.fail("content", status=202)
        await line.image(user, png())
        await service.settled(user)
        (picture,) = await fetched(service, user)
        assert (picture["state"], picture["mime"], picture["attempts"]) == ("stored", "image/png", 2)
        assert picture["shown_bytes"] > 0 and picture["thumb_bytes"] > 0

        await line.fail("content", "delay", seconds=3)
        cut = await line.image(user, jpeg())
        await service.settled(user)
        service.kill("worker")
        await service.ready()
        # It would be looked after by itself two minutes later; a test can't wait so long.
        service.execute("UPDATE evidence SET real_due_at = now() WHERE state = 'waiting'")
        _, second = await fetched(service, user)
        assert (second["state"], second["mime"]) == ("stored", "image/jpeg")
        kept = "SELECT count(*) AS n, count(DISTINCT number) AS d FROM evidence_pieces WHERE evidence_id = %s AND part = %s"
        assert [*service.rows(kept, second["id"], "original")[0].values()] == [1, 1]

        await line.unsend(user, cut.message_id)
        await service.settled(user)
        assert [row["state"] for row in await fetched(service, user)] == ["stored", "dropped"]
        await answered(service, line, user, "画像はありません", "この内容で知らせる")
        (report,) = service.rows("SELECT * FROM reports WHERE contact_id = %s", service.contact(user))
    told = answers_of(service.sealer.open("reports", "answers", str(report["id"]), report["answers"]))
    assert (report["status"], told.what, told.tell_school) == ("new", WITNESSED, TellSchool.HIDDEN)
    assert service.session(user)["state"] == "left_message"
