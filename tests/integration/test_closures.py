"""Closures by a supervisor, announced or not (WG-9b): every process takes them up, students hear the words, nobody is dropped."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.hours import ZONE, HoursStatus
from handoff.domain.session import HumanWanted, State
from handoff.domain.staff import StaffMember
from handoff.domain.texts import TextKey
from handoff.domain.wording_rules import faults_of_wording
from handoff.services.desk.close_window import CloseWindow, LiftClosure, PlanClosure, ReadClosures
from handoff.services.setting import Setting
from handoff.services.want_human import RequestHandoff
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import HOSTILE, LONG, at_the_desk, entries, hidden, member, told
from tests.integration.desk_support import AT_CRITICAL, Bridge

WORDS = "台風が近いので、きょうはお休みします。"


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


async def close(bridge: Bridge, by: StaffMember, until: datetime | None = None, key: UUID | None = None) -> UUID:
    key = key or uuid4()
    await CloseWindow(bridge.service.store, bridge.service.setting)(by, key, WORDS, until)
    return key


async def rounds(bridge: Bridge, **by: float) -> None:
    bridge.clock.advance(**by)
    await asyncio.gather(bridge.tend(), bridge.tend())
    for number in range(1, 4):
        await bridge.deliver(number)


async def test_closing_now_lasts_until_the_next_opening_and_is_on_record(bridge: Bridge, minato: StaffMember) -> None:
    key = await close(bridge, minato)
    await close(bridge, minato, key=key)  # the same request again
    (row,) = await bridge.service.rows("SELECT * FROM closures")
    assert (row.id, row.announced, row.made_by) == (key, False, minato.id)
    assert row.begins_at == bridge.clock.now() and row.ends_at == jst("2026-11-21T16:00")
    assert WORDS.encode() not in row.words
    assert SEALER.open("closures", "words", str(key), row.words) == WORDS
    (entry,) = await entries(bridge.service, "close_now")
    assert entry.actor == minato.actor and entry.detail["closure"] == str(key) and "台風" not in str(entry.detail)
    assert [event.subject for event in await told(bridge.service, "closure")] == [key]
    assert WORDS.encode() not in await bridge.everything(), "neither in the log nor in the audit"


async def test_a_second_supervisor_whose_page_is_old_doesn_t_close_for_a_day_more(
    bridge: Bridge, minato: StaffMember
) -> None:
    until = (await ReadClosures(bridge.service.store, bridge.service.setting)(minato)).until
    await close(bridge, minato)
    bridge.clock.advance(seconds=5)
    with pytest.raises(InputRefused) as refused:
        await close(bridge, await bridge.supervisor("あおい"))
    assert refused.value.field == "ends_at" and "もう閉じています" in refused.value.text
    assert bridge.service.setting.profile.hours.next_opening(bridge.clock.now()) == until
    await close(bridge, minato, until=bridge.clock.now() + timedelta(days=3))  # who names an end means it


async def test_every_process_takes_it_up_within_a_second(bridge: Bridge, minato: StaffMember) -> None:
    here = bridge.service.setting
    other = Setting(here.clock, here.profile, bridge.service.store, hold=1.0)
    await other.refresh()
    await close(bridge, minato)
    assert here.profile.hours.status(bridge.clock.now()) is HoursStatus.CLOSED, "the one in which it was made, at once"
    await other.refresh()
    assert other.profile.hours.status(bridge.clock.now()) is HoursStatus.OPEN, "read a moment ago"
    await asyncio.sleep(1.0)
    await other.refresh()
    assert other.profile.hours.status(bridge.clock.now()) is HoursStatus.CLOSED
    assert other.profile.on_call.hours.status(bridge.clock.now()) is HoursStatus.OPEN, "the on-call hours stay"
    now = bridge.clock.now()
    assert other.profile.closure_words(now) == WORDS
    assert other.profile.hours.next_opening(now) == jst("2026-11-21T16:00")


async def test_who_waits_hears_the_words_and_the_apology_and_who_is_at_risk_stays_and_rings(
    bridge: Bridge, minato: StaffMember
) -> None:
    calm, critical = await bridge.waiting(1), await bridge.waiting(2, AT_CRITICAL)
    await close(bridge, minato)
    await rounds(bridge)
    assert (await bridge.card(calm)).state is State.LEFT_MESSAGE
    assert (await bridge.card(critical)).state is State.WAITING
    said = "\n".join(bridge.said)
    assert said.startswith(WORDS) and "今日は相談員と話せませんでした" in said and "明日の16時" in said
    assert all(faults_of_wording(text) == [] for text in bridge.said)
    (row,) = await bridge.service.rows("SELECT id FROM escalations WHERE state = 'raised'")
    await bridge.service.sound(row.id)
    assert bridge.service.notifier.rang(), "the ladder goes on as ever"
    sora = await bridge.person("そら")
    assert (await bridge.claim(critical, sora)).state is State.LIVE


async def test_what_is_live_is_finished_and_nothing_new_begins(bridge: Bridge, minato: StaffMember) -> None:
    (yuki,) = await bridge.people("ゆき")
    live = await bridge.live(yuki)
    await close(bridge, minato)
    await rounds(bridge, minutes=5)
    assert bridge.said == [] and (await bridge.card(live.id)).state is State.LIVE
    await bridge.write_line(live, yuki, "もう少し聞かせてください。")
    await bridge.deliver()
    assert bridge.said == ["もう少し聞かせてください。"]
    store, setting = bridge.service.store, bridge.service.setting
    other = await bridge.waiting(2)
    assert (await bridge.card(other)).state is State.LEFT_MESSAGE
    assert await RequestHandoff(store, setting)(other, HumanWanted.STUDENT, "student") is State.LEFT_MESSAGE


async def test_an_announced_closure_has_its_last_call_and_its_end(bridge: Bridge, minato: StaffMember) -> None:
    plan = PlanClosure(bridge.service.store, bridge.service.setting)
    (yuki,) = await bridge.people("ゆき")
    live = await bridge.live(yuki)
    await bridge.write_line(live, yuki, "読みました。")
    await plan(minato, uuid4(), WORDS, jst("2026-11-20T19:00"), jst("2026-11-22T00:00"))
    await bridge.service.change("UPDATE sessions SET live_nudged_at = now() + interval '1 year'")
    bridge.service.setting.profile = bridge.service.setting.profile.model_copy(
        update={"session": bridge.service.setting.profile.session.model_copy(update={"silence_close_minutes": None})}
    )
    await rounds(bridge, minutes=49)
    assert bridge.wording(TextKey.LAST_CALL) not in bridge.said
    await rounds(bridge, minutes=1)
    assert bridge.said[-1] == bridge.wording(TextKey.LAST_CALL)
    await rounds(bridge, minutes=10)
    assert (await bridge.card(live.id)).state is State.WRAP_UP
    said = "\n".join(bridge.said[-2:])
    assert WORDS in said and "11月22日（日）の16時" in said


async def test_it_is_lifted_and_those_who_were_sent_home_are_back_in_the_queue(
    bridge: Bridge, minato: StaffMember
) -> None:
    session_id, lift = await bridge.waiting(), LiftClosure(bridge.service.store, bridge.service.setting)
    key = await close(bridge, minato)
    await rounds(bridge)
    assert (await bridge.card(session_id)).state is State.LEFT_MESSAGE
    bridge.clock.advance(minutes=10)
    await lift(minato, key)
    await lift(minato, key)
    assert len(await entries(bridge.service, "lift_closure")) == 1
    (row,) = await bridge.service.rows("SELECT * FROM closures")
    assert (row.ends_at, row.lifted_by) == (bridge.clock.now(), minato.id)
    await rounds(bridge)
    assert (await bridge.card(session_id)).state is State.WAITING
    planned = uuid4()
    await PlanClosure(bridge.service.store, bridge.service.setting)(
        minato, planned, WORDS, jst("2026-11-21T16:00"), jst("2026-11-22T16:00")
    )
    await lift(minato, planned)
    assert bridge.service.setting.profile.hours.status(jst("2026-11-21T18:00")) is HoursStatus.OPEN
    with pytest.raises(NotFound):
        await lift(minato, uuid4())


async def test_nobody_but_a_supervisor(bridge: Bridge) -> None:
    store, setting, now = bridge.service.store, bridge.service.setting, bridge.clock.now()
    (yuki,) = await bridge.people("ゆき")
    for work in (
        CloseWindow(store, setting)(yuki, uuid4(), WORDS, None),
        PlanClosure(store, setting)(yuki, uuid4(), WORDS, now + timedelta(hours=1), now + timedelta(hours=2)),
        LiftClosure(store, setting)(yuki, uuid4()),
        ReadClosures(store, setting)(yuki),
    ):
        with pytest.raises(NotPermitted):
            await work
    assert await bridge.service.rows("SELECT 1 FROM closures") == []


async def test_before_the_opening_closing_now_means_not_to_open_today(bridge: Bridge, minato: StaffMember) -> None:
    bridge.clock.advance(hours=21, minutes=30)  # 15:30 of the next day
    await close(bridge, minato)
    (row,) = await bridge.service.rows("SELECT ends_at FROM closures")
    assert row.ends_at == jst("2026-11-22T16:00")


async def test_where_no_opening_comes_an_end_has_to_be_named(bridge: Bridge, minato: StaffMember) -> None:
    profile = bridge.service.setting.profile
    bridge.service.setting.profile = profile.model_copy(update={"hours": type(profile.hours)()})
    with pytest.raises(InputRefused, match="ends_at"):
        await close(bridge, minato)
    await close(bridge, minato, bridge.clock.now() + timedelta(hours=1))


# --- the page ---------------------------------------------------------------------------------------------------------


async def test_two_clicks_close_the_window_and_one_opens_it_again(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        assert 'href="/desk/closures"' in await minato.page("/desk/overview"), "the first"
        page = await minato.page("/desk/closures")
        assert "開いています" in page and "明日の16時に開くまで" in page
        fields = hidden(page, "/desk/closures/now") | {"text": words_in(page), "ends_at": ""}
        status, _, to = await minato.post("/desk/closures/now", fields)
        assert (status, to) == (303, "/desk/closures?said=closed"), "the second"
        page = await minato.page("/desk/closures")
        assert "/desk/closures/now" not in page, "nobody closes it twice"
        assert "休業しています" in page and service.setting.profile.text(TextKey.CLOSURE) in page
        (row,) = await service.rows("SELECT id FROM closures")
        assert (await minato.json("/desk/api/desk"))["window"]["until_words"] == "明日の16時"
        assert (await minato.send("/desk/closures", f"/desk/closures/{row.id}/lift"))[0] == 303
        assert "開いています" in await minato.page("/desk/closures")
        assert (await minato.json("/desk/api/desk"))["window"]["closed_until"] is None


def words_in(page: str) -> str:
    return page.partition('name="text"')[2].partition(">")[2].partition("</textarea>")[0].strip()


async def test_a_plan_that_can_t_be_is_refused_beside_its_field_and_keeps_what_was_typed(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        good = {"text": WORDS, "begins_at": "2026-12-01T00:00", "ends_at": "2026-12-03T00:00"}
        for name, value, field in (
            ("text", LONG, "text"),
            ("text", "優先して待っていてください。", "text"),
            ("begins_at", "2026-11-20T17:00", "begins_at"),
            ("begins_at", "あした", "begins_at"),
            ("begins_at", "", "begins_at"),
            ("ends_at", "2026-11-30T00:00", "ends_at"),
            ("ends_at", "", "ends_at"),
        ):
            status, page, _ = await minato.send("/desk/closures", "/desk/closures/plan", **(good | {name: value}))
            assert status == 400, (name, value)
            wrong = page.partition('action="/desk/closures/plan"')[2]
            assert f'name="{field}"' in wrong.partition('aria-invalid="true"')[0].rpartition("<p>")[2], (name, value)
        assert await service.rows("SELECT 1 FROM closures") == []
        assert (await minato.send("/desk/closures", "/desk/closures/plan", **good))[0] == 303
        (row,) = await service.rows("SELECT * FROM closures")
        assert (row.begins_at, row.ends_at) == (
            datetime(2026, 11, 30, 15, tzinfo=UTC),
            datetime(2026, 12, 2, 15, tzinfo=UTC),
        )
        page = await minato.page("/desk/closures")
        assert "12月1日（火） 00:00" in page and WORDS in page and "取りやめる" in page
        assert (await minato.send("/desk/closures", "/desk/closures/plan", **(good | {"text": HOSTILE})))[0] == 303
        page = await minato.page("/desk/closures")
        assert "&lt;script&gt;alert" in page and "<script>alert" not in page and "\u202e" not in page


async def test_a_counsellor_sees_neither_the_link_nor_the_page(service: Service) -> None:
    async with at_the_desk(service, "yuki") as yuki:
        assert "/desk/closures" not in await yuki.page("/desk/")
        assert (await yuki.get("/desk/closures"))[0] == 403
        token = hidden(await yuki.page("/desk/knowledge"), "/desk/knowledge")["token"]
        fields = {"token": token, "key": str(uuid4()), "text": WORDS, "ends_at": ""}
        assert (await yuki.post("/desk/closures/now", fields))[0] == 403
        assert (await yuki.post("/desk/closures/now", fields | {"token": "x"}))[0] == 403
        assert (await member(service, "yuki")).alias == "ゆき"
        assert await service.rows("SELECT 1 FROM closures") == []
