"""Open, last reception passed, closed (WG-4, KAG-4.1): after the last reception nothing new becomes live but what is at risk."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.errors import ReceptionOver
from handoff.domain.escalation import Cause
from handoff.domain.incoming import Channel
from handoff.domain.report import Answers
from handoff.domain.session import HumanWanted, State
from handoff.domain.texts import TextKey
from handoff.services.desk.claim_session import TakeOverSession
from handoff.services.screen_message import ScreenMessage
from handoff.services.want_human import want_human
from tests.integration.conftest import Service
from tests.integration.desk_care_support import at_the_desk, later, waiting
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge
from tests.integration.report_desk_support import Inbox
from tests.integration.risk_support import Exploding


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


async def state(bridge: Bridge, session_id: UUID) -> State:
    return (await bridge.card(session_id)).state


async def ask(bridge: Bridge, channel: Channel, number: int, reason: HumanWanted, level: str | None = None) -> UUID:
    """Somebody of a channel asks for a person, or the screen does."""
    now = bridge.clock.now()
    async with bridge.service.store.transaction() as tx:
        contact = await tx.contacts.find_or_add(channel, f"{channel}:{number:064x}", now)
        session = await tx.sessions.start(contact, "demo", now)
    if level is not None:
        await bridge.service.change("UPDATE sessions SET level = :level WHERE id = :id", level=level, id=session.id)
    async with bridge.service.store.transaction() as tx:
        session = await tx.sessions.lock(session.id)
        await want_human(tx, bridge.service.setting, session, reason, "test")
    return session.id


@pytest.mark.parametrize("channel", [Channel.LINE, Channel.WEB])
async def test_whoever_asks_after_the_last_reception_leaves_a_message_but_at_risk(
    bridge: Bridge, channel: Channel
) -> None:
    bridge.clock.advance(hours=3, minutes=29, seconds=59)
    assert await state(bridge, await ask(bridge, channel, 1, HumanWanted.STUDENT)) is State.WAITING
    bridge.clock.advance(seconds=1)  # 21:30
    assert await state(bridge, await ask(bridge, channel, 2, HumanWanted.STUDENT)) is State.LEFT_MESSAGE
    assert await state(bridge, await ask(bridge, channel, 3, HumanWanted.BOT_FAILURE)) is State.LEFT_MESSAGE
    assert await state(bridge, await ask(bridge, channel, 4, HumanWanted.RISK, "high")) is State.WAITING
    bridge.clock.advance(minutes=30)  # 22:00
    assert await state(bridge, await ask(bridge, channel, 5, HumanWanted.RISK, "critical")) is State.LEFT_MESSAGE


@pytest.mark.parametrize("channel", [Channel.LINE, Channel.WEB])
@pytest.mark.parametrize("level", [None, "none", "concern", "high", "critical", "unread"])
async def test_a_claim_after_the_last_reception_takes_what_is_at_risk_and_nothing_else(
    bridge: Bridge, channel: Channel, level: str | None
) -> None:
    (yuki,) = await bridge.people("ゆき")
    urgent = level in ("high", "critical", "unread")
    session_id = await ask(bridge, channel, 1, HumanWanted.STUDENT, None if level == "unread" else level)
    if level == "unread":
        async with bridge.service.store.transaction() as tx:
            await tx.sessions.mark_unscreened(session_id)
    bridge.clock.advance(hours=3, minutes=30)
    if urgent:
        assert (await bridge.claim(session_id, yuki)).state is State.LIVE
        return
    with pytest.raises(ReceptionOver):
        await bridge.claim(session_id, yuki)
    assert await state(bridge, session_id) is State.WAITING
    await asyncio.gather(bridge.tend(), bridge.tend())
    assert await state(bridge, session_id) is State.LEFT_MESSAGE


@pytest.mark.parametrize("channel", [Channel.LINE, Channel.REPORT])
async def test_what_the_screen_could_not_read_after_the_last_reception_waits_rings_and_is_taken(
    bridge: Bridge, channel: Channel
) -> None:
    """WG-4: unscreened ones may still become live while anyone is on duty; here the screen itself fails."""
    service = bridge.service
    service.screen = ScreenMessage(service.setting, read_event, Exploding())
    bridge.clock.advance(hours=3, minutes=45)
    if channel is Channel.LINE:
        await bridge.write("きょうのこと")
    else:
        await Inbox(service).from_page(Answers(what="きょうのこと"))
    (row,) = await service.rows("SELECT id, state, level, unscreened FROM sessions")
    assert (row.state, row.level, row.unscreened) == (State.WAITING, None, True)
    (escalation,) = await service.rows("SELECT id, cause FROM escalations WHERE state = 'raised'")
    assert escalation.cause == Cause.SCREEN_FAILURE
    await service.sound(escalation.id)
    assert service.notifier.rang()
    await bridge.tend()
    assert await state(bridge, row.id) is State.WAITING, "nobody sends it home with the others"
    (yuki,) = await bridge.people("ゆき")
    assert (await bridge.claim(row.id, yuki)).state is State.LIVE


async def test_who_waited_hears_it_at_the_last_reception_and_who_is_at_risk_goes_on_waiting(bridge: Bridge) -> None:
    calm, risky = await bridge.waiting(1), await bridge.waiting(2, AT_HIGH)
    await bridge.service.change("UPDATE sessions SET notes_told = 99")
    bridge.clock.advance(hours=3, minutes=29, seconds=59)
    await bridge.tend()
    assert await state(bridge, calm) is State.WAITING
    bridge.clock.advance(seconds=1)
    await asyncio.gather(bridge.tend(), bridge.tend())
    await bridge.deliver(1)
    assert await state(bridge, calm) is State.LEFT_MESSAGE and await state(bridge, risky) is State.WAITING
    assert bridge.said == [bridge.wording(TextKey.WAITING_CLOSED, next_opening="明日の16時")]


async def test_what_is_live_is_finished_also_by_another_counsellor(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki)
    bridge.clock.advance(hours=3, minutes=35)
    await bridge.tend()
    assert await state(bridge, session.id) is State.LIVE
    await bridge.release(session.id, yuki)
    await bridge.tend()
    assert await state(bridge, session.id) is State.WAITING, "begun before, so it stays to be finished"
    again = await bridge.claim(session.id, sora)
    await bridge.offer(session.id, sora, yuki.id)
    assert (await bridge.answer(session.id, yuki, accept=True)).state is again.state is State.LIVE


async def test_a_talk_that_was_given_back_and_not_taken_ends_with_the_hours_and_no_false_apology(
    bridge: Bridge,
) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    bridge.clock.advance(hours=3, minutes=35)
    await bridge.release(session.id, yuki)
    await bridge.deliver()
    bridge.service.line.calls.clear()
    await bridge.service.change("UPDATE sessions SET notes_told = 99")
    bridge.clock.advance(minutes=25)
    with pytest.raises(ReceptionOver):
        await bridge.claim(session.id, yuki)
    await bridge.tend()
    await bridge.deliver()
    assert await state(bridge, session.id) is State.LEFT_MESSAGE
    assert bridge.said == [bridge.wording(TextKey.ENDED_HOURS, next_opening="明日の16時")]


async def test_a_supervisor_may_still_take_a_session_over(bridge: Bridge) -> None:
    minato = await bridge.supervisor()
    session_id = await bridge.waiting()
    bridge.clock.advance(hours=3, minutes=40)
    take_over = TakeOverSession(bridge.service.store, bridge.service.setting)
    assert (await take_over(session_id, minato)).state is State.LIVE


async def test_the_next_one_is_the_one_at_risk_and_of_the_others_the_desk_hears_why_not(service: Service) -> None:
    async with at_the_desk(service, "yuki") as yuki:
        await waiting(service)
        token = {"x-tsunagi-desk": (await yuki.json("/desk/api/desk"))["token"], "accept": "application/json"}
        later(service, hours=3, minutes=40)
        status, page, _ = await yuki.post("/desk/api/next", {}, token)
        assert status == 409 and json.loads(page)["code"] == "reception_over"
        assert "受付の時間が終わった" in json.loads(page)["message"]
        risky = await waiting(service, "U" + "2" * 32)
        await service.change("UPDATE sessions SET level = 'critical', state = 'waiting' WHERE id = :id", id=risky)
        status, page, _ = await yuki.post("/desk/api/next", {}, token)
        assert status == 200 and str(risky) in page


async def test_at_critical_words_after_the_last_reception_make_a_message_a_place_in_the_queue(bridge: Bridge) -> None:
    bridge.clock.advance(hours=3, minutes=31)
    session_id = await bridge.waiting()
    assert await state(bridge, session_id) is State.LEFT_MESSAGE
    await bridge.write(AT_CRITICAL)
    assert await state(bridge, session_id) is State.WAITING
    (yuki,) = await bridge.people("ゆき")
    assert (await bridge.claim(session_id, yuki)).state is State.LIVE
