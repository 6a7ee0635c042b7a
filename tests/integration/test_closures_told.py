"""What the pages tell students of a closure, while it lasts and before it comes; reports go on through it (WG-9b, KAG-4.2)."""

from __future__ import annotations

from html import unescape
from uuid import uuid4

import pytest

from handoff.domain.profile.vocabulary import Availability
from handoff.domain.staff import StaffMember
from handoff.services.desk.close_window import LiftClosure, PlanClosure
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import browser
from tests.integration.desk_support import Bridge
from tests.integration.report_desk_support import Inbox
from tests.integration.report_support import report_window
from tests.integration.test_closures import WORDS, close, jst
from tests.support.sites import desk_site

PLANNED = "学校のお休みに合わせて、お休みします。"
COMING = f"11月23日（月）の0時から11月25日（水）の0時まで、この窓口はお休みの予定です。\n{PLANNED}"


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


async def plan(bridge: Bridge, by: StaffMember) -> LiftClosure:
    """Announce one for in three days; the verb that calls it off."""
    store, setting = bridge.service.store, bridge.service.setting
    await PlanClosure(store, setting)(by, uuid4(), PLANNED, jst("2026-11-23T00:00"), jst("2026-11-25T00:00"))
    return LiftClosure(store, setting)


async def chat_page(bridge: Bridge, availability: Availability) -> str:
    """The chat's first screen for somebody who comes now."""
    service, setting = bridge.service, bridge.service.setting
    channels = setting.profile.channels
    web = channels.web.model_copy(update={"availability": availability})
    setting.profile = setting.profile.model_copy(update={"channels": channels.model_copy(update={"web": web})})
    async with desk_site(service.store, service.jobs, setting, SEALER, service.sender, demo=False) as url:
        at = browser(url)
        page = await at.page("/chat")
        await at.http.close()
    return unescape(page)


async def test_a_report_is_sent_through_a_closure_and_its_pages_say_that_nobody_reads_it_now(
    bridge: Bridge, minato: StaffMember
) -> None:
    async with report_window(bridge.service, bridge.clock) as window, window.reporter() as me:
        assert WORDS not in await me.get("/report")
        await close(bridge, minato)
        page = await me.get("/report")
        assert f"{WORDS}書いたことは届きますが、すぐには読まれません。" in page and "窓口に人がいる時間です" not in page
        code = await me.send()
        await window.work()
        assert (await window.report()).status == "new"
        assert (await Inbox(bridge.service).read.inbox(minato)).waiting == 1
        await me.post("/report/answer", {"receipt": code})
        assert me.heading == "あなたが知らせたこと" and WORDS in me.page


@pytest.mark.parametrize("availability", [Availability.SERVICE_HOURS, Availability.ANYTIME])
async def test_whoever_comes_to_the_chat_in_a_closure_reads_why(
    bridge: Bridge, minato: StaffMember, availability: Availability
) -> None:
    await close(bridge, minato)
    page = await chat_page(bridge, availability)
    assert WORDS in page
    assert ("次は、明日の16時から使えます" in page) == (availability is Availability.SERVICE_HOURS)


async def test_an_announced_closure_is_told_on_the_first_screens_before_it_comes_and_not_once_called_off(
    bridge: Bridge, minato: StaffMember
) -> None:
    lift = await plan(bridge, minato)
    (row,) = await bridge.service.rows("SELECT id FROM closures")
    async with report_window(bridge.service, bridge.clock) as window, window.reporter() as me:
        assert COMING in unescape(await me.get("/report")) and "窓口に人がいる時間です" in me.page
        assert COMING in await chat_page(bridge, Availability.ANYTIME)
        await lift(minato, row.id)
        assert "お休みの予定" not in await me.get("/report") + await chat_page(bridge, Availability.ANYTIME)
