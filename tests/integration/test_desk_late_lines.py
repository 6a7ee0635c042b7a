"""A line that comes too late is never delivered, and never silently gone: who speaks now sees that it was refused."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from handoff.domain.delivery import DeliveryState, Outcome
from handoff.domain.errors import MoveRefused, SessionTaken, StaleEpoch
from handoff.domain.session import HumanWanted, State
from handoff.domain.texts import TextKey
from handoff.services.desk_view_ports import DeskLine
from handoff.services.want_human import RequestHandoff
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge

Deliveries = list[tuple[str, str | None, DeliveryState | None]]


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


def deliveries(lines: list[DeskLine]) -> Deliveries:
    return [(one.line.author, one.line.text, one.delivery) for one in lines]


async def asked_for_somebody(bridge: Bridge) -> None:
    """A student whose conversation waits, everything said so far delivered."""
    await bridge.write("こんにちは")
    (session,) = await bridge.service.rows("SELECT id FROM sessions")
    await RequestHandoff(bridge.service.store, bridge.service.setting)(session.id, HumanWanted.STUDENT, "student")
    bridge.service.line.calls.clear()


# --- the bot's ------------------------------------------------------------------------------------------------------


async def test_an_answer_that_the_bot_still_thinks_about_is_refused_by_a_claim_and_stays_to_be_seen(
    bridge: Bridge,
) -> None:
    (yuki,) = await bridge.people("ゆき")
    await asked_for_somebody(bridge)
    (session,) = await bridge.service.rows("SELECT id FROM sessions")
    event = await bridge.receive("まだですか")
    bridge.service.bot.pause = 0.3
    drained = asyncio.create_task(bridge.drain())
    while not any(words == "まだですか" for _session, _event, words in bridge.service.bot.heard):
        await asyncio.sleep(0.01)
    await bridge.claim(session.id, yuki)
    await drained
    await bridge.deliver()
    assert bridge.said == [bridge.wording(TextKey.CLAIMED, alias="ゆき")]
    lines = await bridge.lines(session.id)
    assert [one.line.id for one in lines if one.line.text == "まだですか"] == [event], "the student's words are kept"
    (late,) = [one for one in lines if one.line.text == "はい：まだですか"]
    assert (late.delivery, late.reason) == (DeliveryState.REFUSED, StaleEpoch.code)
    assert "late_bot_line_refused" in await bridge.verbs(session.id)
    assert not await bridge.service.rows("SELECT id FROM line_events WHERE done_at IS NULL")


async def test_an_answer_planned_before_the_claim_is_refused_and_stays_to_be_seen(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    await asked_for_somebody(bridge)
    (session,) = await bridge.service.rows("SELECT id FROM sessions")
    await bridge.receive("まだですか")
    await bridge.drain()
    claimed = await bridge.claim(session.id, yuki)
    await bridge.deliver()
    assert bridge.said == [bridge.wording(TextKey.CLAIMED, alias="ゆき")]
    late = next(one for one in await bridge.lines(session.id) if one.line.text == "はい：まだですか")
    assert (late.delivery, late.reason) == (DeliveryState.REFUSED, StaleEpoch.code)
    (entry,) = [one for one in await bridge.feed("delivery") if one.subject == late.call_id]
    assert entry.session_id == claimed.id, "an open desk hears of it"


async def test_an_answer_that_LINE_may_have_taken_before_the_claim_is_not_called_refused(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    await asked_for_somebody(bridge)
    (session,) = await bridge.service.rows("SELECT id FROM sessions")
    bridge.service.line.outcomes = [Outcome.UNCERTAIN]
    await bridge.write("まだですか")
    await bridge.claim(session.id, yuki)
    await bridge.service.change("UPDATE outbox SET real_next_at = :at WHERE state = 'pending'", at=bridge.clock.real())
    await bridge.deliver()
    assert bridge.said.count("はい：まだですか") == 1, "never tried again"
    late = next(one for one in await bridge.lines(session.id) if one.line.text == "はい：まだですか")
    assert late.delivery is DeliveryState.UNKNOWN


# --- a counsellor's -------------------------------------------------------------------------------------------------


async def test_words_written_under_an_older_epoch_are_not_sent(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    first = await bridge.live(yuki)
    await bridge.release(first.id, yuki)
    with pytest.raises(MoveRefused):
        await bridge.send(first.id, yuki, first.epoch, "待って", uuid4())
    await bridge.claim(first.id, sora)
    with pytest.raises(SessionTaken) as taken:
        await bridge.send(first.id, yuki, first.epoch, "待って", uuid4())
    assert taken.value.taken_by == "そら"
    await bridge.release(first.id, sora)
    again = await bridge.claim(first.id, yuki)
    with pytest.raises(StaleEpoch):
        await bridge.send(first.id, yuki, first.epoch, "待って", uuid4())
    assert await bridge.send(first.id, yuki, again.epoch, "お待たせしました", uuid4())
    await bridge.deliver()
    assert "待って" not in bridge.said and bridge.said[-1] == "お待たせしました"
    assert not any(one.line.text == "待って" for one in await bridge.lines(first.id))


async def test_a_line_held_back_while_the_talk_is_passed_on_is_refused_and_the_next_one_sees_it(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki)
    await bridge.write_line(session, yuki, "すこし待ってね")
    bridge.service.line.outcomes = [Outcome.RATE_LIMITED]
    await bridge.deliver()
    held = await bridge.last(session.id)
    assert (held.delivery, held.reason) == (DeliveryState.PENDING, Outcome.RATE_LIMITED)
    bridge.service.line.calls.clear()
    await bridge.offer(session.id, yuki, sora.id)
    passed = await bridge.answer(session.id, sora, True)
    await bridge.send(session.id, sora, passed.epoch, "そらです", uuid4())
    bridge.clock.advance(minutes=6)
    await bridge.deliver()
    assert bridge.said == [bridge.wording(TextKey.TRANSFERRED, alias="そら"), "そらです"]
    talk = await bridge.read.talk(session.id, sora)
    assert ("counsellor", "すこし待ってね", DeliveryState.REFUSED) in deliveries(list(talk.lines))
    line = next(one for one in talk.lines if one.line.text == "すこし待ってね")
    await bridge.retry(line.line.id, sora)
    await bridge.deliver()
    assert bridge.said[-1] == "すこし待ってね", "whoever has it now may send it after all"


async def test_the_first_writer_s_line_is_refused_once_the_second_writes(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki)
    await bridge.set_second(session.id, yuki, sora.id)
    await bridge.write_line(session, yuki, "えっと")
    switched = await bridge.switch(session.id, sora)
    assert (switched.counsellor_id, switched.second_id) == (sora.id, yuki.id)
    with pytest.raises(SessionTaken):
        await bridge.send(session.id, yuki, switched.epoch, "まだわたし", uuid4())
    await bridge.send(session.id, sora, switched.epoch, "代わりました", uuid4())
    await bridge.deliver()
    assert bridge.said == ["代わりました"]
    assert ("counsellor", "えっと", DeliveryState.REFUSED) in deliveries(list(await bridge.lines(session.id)))


async def test_a_line_on_its_way_when_the_talk_ends_still_goes_out_and_none_after_it(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.write_line(session, yuki, "またね")
    ended = await bridge.end(session.id, yuki)
    assert (ended.state, ended.epoch) == (State.WRAP_UP, session.epoch)
    assert await bridge.end(session.id, yuki) == ended
    with pytest.raises(MoveRefused):
        await bridge.send(session.id, yuki, session.epoch, "もう一つ", uuid4())
    await bridge.deliver()
    assert bridge.said == ["またね"]


async def test_the_same_request_sent_twice_says_it_once(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session, key = await bridge.live(yuki), uuid4()
    told = await asyncio.gather(*(bridge.send(session.id, yuki, session.epoch, "はい", key) for _ in range(5)))
    assert told == [True] * 5
    await bridge.deliver()
    assert bridge.said == ["はい"]
    assert (await bridge.verbs(session.id)).count("send_line") == 1
