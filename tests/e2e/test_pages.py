"""The service's own pages, end to end: real Rasa answers a web chat, and a report's words are screened as they come."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.integration.chat_support import Student
from tests.integration.report_support import Reporter
from tests.support.running import OPEN, Running


@pytest.fixture(autouse=True)
async def evening(service: Running) -> None:
    await service.choose(profile="demo", clock=OPEN)


async def test_a_chat_on_the_web_is_the_same_talk(service: Running) -> None:
    """KAG-8.6: greeted, understood and put in the queue, as on LINE; nothing of it goes to LINE."""
    async with service.standin() as line, Student.begun(service.web) as student:
        before = len(await line.calls())
        async with student.socket() as chat:
            await chat.hears("人ではありません", 20)
            await chat.say("中2です。友だちのことで話したいです")
            await chat.until("lines", 20)
            await chat.say("相談員と話したい")
            await chat.hears("相談員につなぎます", 20)
        assert len(await line.calls()) == before
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
