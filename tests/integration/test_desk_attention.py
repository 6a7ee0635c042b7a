"""Whatever stopped an alarm, it rings again when nobody looks any more (promise 2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from handoff.domain.session import Owner, State
from handoff.services.acknowledge_escalation import AcknowledgeEscalation
from handoff.services.answer_from_alarm import AnswerFromAlarm
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, Bridge

DUTY = "当番の業務責任者"


@pytest.fixture
async def bridge(service: Service) -> AsyncIterator[Bridge]:
    yield Bridge(service)


async def escalation(bridge: Bridge) -> Any:
    (row,) = await bridge.service.rows("SELECT * FROM escalations WHERE state <> 'closed'")
    return row


async def pass_minutes(bridge: Bridge, minutes: int, *here: str) -> None:
    """Let time go by as the worker sees it; those who are here keep their desks open."""
    members = [(await bridge.member(name)).id for name in here]
    for second in range(0, minutes * 60, 12):
        bridge.clock.advance(seconds=12)
        await bridge.presence.beat(members)
        if second % 60 == 48:
            await bridge.tend()


async def test_a_claim_without_a_word_tells_the_desks_and_then_rings_again(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki, words=AT_CRITICAL)
    assert (await escalation(bridge)).state == "acknowledged"
    await pass_minutes(bridge, 6, "ゆき")
    assert (await escalation(bridge)).state == "acknowledged"
    assert [entry.detail["code"] for entry in await bridge.feed("alarm")] == ["unanswered"]
    await pass_minutes(bridge, 5, "ゆき")
    found = await escalation(bridge)
    assert (found.state, found.rung) == ("raised", None) and found.next_alarm_at is not None
    assert (await bridge.card(session.id)).counsellor_id == yuki.id, (
        "it stays theirs: a change of hands is a risk as well"
    )


async def test_a_counsellor_who_writes_is_left_in_peace(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki, words=AT_CRITICAL)
    await bridge.write_line(session, yuki, "いま、一人ですか。")
    await pass_minutes(bridge, 15, "ゆき")
    assert await bridge.feed("alarm") == [] and (await escalation(bridge)).state == "in_contact"


async def test_what_somebody_acknowledged_and_nobody_took_is_rung_for_again(bridge: Bridge) -> None:
    await bridge.waiting(words=AT_CRITICAL)
    await AcknowledgeEscalation(bridge.service.store, bridge.service.setting)((await escalation(bridge)).id, DUTY)
    await pass_minutes(bridge, 11)
    assert (await escalation(bridge)).state == "raised"


async def test_a_student_at_risk_who_ends_the_talk_is_looked_after(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki, words=AT_CRITICAL)
    await bridge.write_line(session, yuki, "いま、一人ですか。")
    await bridge.write("今日はここまで")
    assert (await bridge.card(session.id)).state is State.WRAP_UP
    await pass_minutes(bridge, 11, "ゆき")
    assert (await escalation(bridge)).state == "raised"


async def test_what_the_on_call_person_began_at_night_is_rung_for_and_then_the_counsellors(bridge: Bridge) -> None:
    bridge.clock.advance(hours=8)  # two in the morning
    await bridge.write(AT_CRITICAL)
    await AnswerFromAlarm(bridge.service.store, bridge.service.setting)(
        (await escalation(bridge)).id, DUTY, "読みました。"
    )
    bridge.clock.advance(minutes=1)
    await bridge.write("たすけて")
    await pass_minutes(bridge, 11)
    assert (await escalation(bridge)).state == "raised", "nobody answers"
    (yuki,) = await bridge.people("ゆき")
    (card,) = (await bridge.read.desk(yuki)).cards
    assert (card.state, card.owner) == (State.LIVE, Owner.ON_CALL), "a counsellor may read it"
    bridge.clock.advance(hours=14)
    await bridge.tend()
    assert (await bridge.card(card.id)).state is State.WAITING
    taken = await bridge.claim(card.id, yuki)
    await bridge.send(card.id, yuki, taken.epoch, "おはようございます。ゆきです。", uuid4())


async def test_the_alarm_goes_with_whoever_writes_and_rings_when_they_vanish(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki, words=AT_CRITICAL)
    await bridge.set_second(session.id, yuki, sora.id)
    await bridge.switch(session.id, yuki)
    assert (await escalation(bridge)).acknowledged_by == "そら"
    await pass_minutes(bridge, 3, "ゆき")
    assert (await bridge.card(session.id)).state is State.WAITING
    assert (await escalation(bridge)).state == "raised"


async def test_nobody_in_training_stops_the_ladder(bridge: Bridge) -> None:
    bridge.shape(approve_trainees=False)
    hikari = await bridge.person("ひかり", trainee=True)
    session = await bridge.live(hikari)
    await bridge.write(AT_CRITICAL)
    await bridge.write_line(session, hikari, "うん")
    assert (await escalation(bridge)).state == "raised"


async def test_a_word_after_the_end_at_night_is_answered_and_promises_nobody(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.write_line(session, yuki, "またいつでも書いてください。")
    await bridge.end(session.id, yuki)
    await bridge.deliver()
    bridge.clock.advance(hours=8)
    bridge.service.line.calls.clear()
    await bridge.write("ねむれません")
    card = await bridge.card(session.id)
    assert (card.state, card.owner) == (State.LEFT_MESSAGE, Owner.BOT)
    await bridge.tend()
    assert len(bridge.said) == 1 and "16時" in bridge.said[0] and "代わります" not in bridge.said[0]
    bridge.service.line.calls.clear()
    await bridge.write(AT_CRITICAL)
    assert any("119" in text or "0120" in text for text in bridge.said), "the table of replies speaks"
    assert (await escalation(bridge)).state == "raised"
    assert (await bridge.card(session.id)).state is State.LEFT_MESSAGE, (
        "the ladder's to take; in the queue at the opening"
    )


async def test_whoever_takes_a_session_on_another_day_hears_of_the_end_anew(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.service.change("UPDATE sessions SET last_called = true, hours_told = true")
    await bridge.release(session.id, yuki)
    await bridge.claim(session.id, yuki)
    (row,) = await bridge.service.rows("SELECT last_called, hours_told FROM sessions")
    assert (row.last_called, row.hours_told) == (False, False)


async def test_a_claim_from_a_desk_that_just_woke_is_not_taken_away(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await bridge.waiting()
    await pass_minutes(bridge, 5)
    await bridge.claim(session_id, yuki)
    await bridge.presence.beat([])
    await bridge.tend()
    assert (await bridge.card(session_id)).state is State.LIVE
