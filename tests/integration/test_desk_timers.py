"""What time does at the desk: nobody who waits is forgotten, silence is met gently, and nobody at risk is let go."""

from __future__ import annotations

import asyncio

import pytest

from handoff.domain.desk import DeskAlarm, EndReason
from handoff.domain.session import HumanWanted, Owner, SessionView, State
from handoff.domain.staff import StaffMember
from handoff.domain.texts import TextKey
from handoff.services.want_human import RequestHandoff
from kernel.intake.quiet import QuietTime
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


async def twice(bridge: Bridge, **by: float) -> None:
    """Let time pass; two workers tend the desk at once, and what they say goes out."""
    bridge.clock.advance(**by)
    await asyncio.gather(bridge.tend(), bridge.tend())
    for number in range(1, 4):
        await bridge.deliver(number)


async def alarms(bridge: Bridge) -> list[str]:
    return [entry.detail["code"] for entry in await bridge.feed("alarm")]


async def answered(bridge: Bridge, words: str = "話を聞いてほしい") -> tuple[SessionView, StaffMember]:
    """A talk in which the student owes a word."""
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki, 1, words)
    bridge.clock.advance(seconds=1)
    await bridge.write_line(session, yuki, "読みました。")
    await bridge.deliver()
    bridge.service.line.calls.clear()
    return session, yuki


# --- waiting --------------------------------------------------------------------------------------------------------


async def test_a_waiting_student_hears_by_the_profile_s_rhythm_once_each(bridge: Bridge) -> None:
    await bridge.waiting()
    still = bridge.wording(TextKey.WAITING_STILL)
    await twice(bridge, minutes=2, seconds=59)
    assert bridge.said == []
    await twice(bridge, seconds=1)
    assert bridge.said == [still]
    await twice(bridge, minutes=9)
    assert bridge.said == [still]
    await twice(bridge, minutes=1)
    assert bridge.said[1] == still and len(bridge.said) == 3, "the second time with the telephone as an addition"
    assert "電話で話したいとき" in bridge.said[2]
    await twice(bridge, minutes=95)
    assert bridge.said.count(still) == 3, "what was missed is not made up for"


@pytest.mark.parametrize("why", ["quiet hours", "one way", "at risk", "a prank", "claimed"])
async def test_who_must_not_be_disturbed_hears_nothing(bridge: Bridge, why: str) -> None:
    session_id = await bridge.waiting(1, AT_HIGH if why == "at risk" else "話を聞いてほしい")
    async with bridge.service.store.transaction() as tx:
        if why == "quiet hours":
            await tx.contacts.set_quiet(await bridge.contact(), [QuietTime(17 * 60, 23 * 60)])
        elif why == "one way":
            await tx.sessions.mark_one_way(session_id)
        elif why == "a prank":
            await tx.sessions.set_wanted(session_id, HumanWanted.CONDUCT)
    if why == "claimed":
        await bridge.claim(session_id, await bridge.person("ゆき"))
        await bridge.deliver()
        bridge.service.line.calls.clear()
    await twice(bridge, minutes=15)
    assert bridge.said == []


async def test_after_the_last_reception_who_could_not_be_served_hears_an_apology_and_comes_first(
    bridge: Bridge,
) -> None:
    calm, risky, critical = (
        await bridge.waiting(1),
        await bridge.waiting(2, AT_HIGH),
        await bridge.waiting(3, AT_CRITICAL),
    )
    bridge.clock.advance(hours=3, minutes=29)
    await bridge.service.change("UPDATE sessions SET notes_told = 99")
    await twice(bridge)
    assert bridge.said == [] and (await bridge.card(calm)).state is State.WAITING
    await twice(bridge, minutes=1)
    assert (await bridge.card(calm)).state is State.LEFT_MESSAGE
    (apology,) = bridge.said
    assert apology.startswith("待っていてくれたのに") and "16時" in apology
    for session_id in (risky, critical):
        assert (await bridge.card(session_id)).state is State.WAITING, "at risk it goes to the ladder, not to tomorrow"
    (row,) = await bridge.service.rows("SELECT count(*) AS open FROM escalations WHERE state = 'raised'")
    assert row.open == 2


async def test_somebody_at_high_for_whom_nobody_was_called_by_day_is_called_for_at_the_end(bridge: Bridge) -> None:
    profile = bridge.service.setting.profile
    on_call = profile.on_call.model_copy(update={"escalate_high": False})
    bridge.service.setting.profile = profile.model_copy(update={"on_call": on_call})
    session_id = await bridge.waiting(1, AT_HIGH)
    assert not await bridge.service.rows("SELECT id FROM escalations")
    await twice(bridge, hours=4, minutes=1)
    (row,) = await bridge.service.rows("SELECT id, state, level FROM escalations")
    assert (row.state, row.level) == ("raised", "high")
    await bridge.service.sound(row.id)
    assert bridge.service.notifier.rang()
    await twice(bridge, seconds=10)
    assert (await bridge.verbs(session_id)).count("raise_escalation") == 1


async def test_what_was_left_by_night_waits_in_its_order_at_the_next_opening(bridge: Bridge) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    bridge.clock.advance(hours=8)
    first = await bridge.waiting(1)
    bridge.clock.advance(minutes=1)
    second = await bridge.waiting(2)
    assert (await bridge.card(first)).state is (await bridge.card(second)).state is State.LEFT_MESSAGE
    await twice(bridge, hours=13, minutes=50)
    assert (await bridge.card(first)).state is State.LEFT_MESSAGE, "not before the window opens"
    await twice(bridge, minutes=10)
    cards = {one: await bridge.card(one) for one in (first, second)}
    assert {card.state for card in cards.values()} == {State.WAITING}
    assert bridge.read.queue([cards[second], cards[first]]) == [first, second]
    await twice(bridge, minutes=15)
    assert bridge.said == [], "they left word and went"
    assert await RequestHandoff(store, setting)(first, HumanWanted.STUDENT, "student") is State.WAITING
    assert (await bridge.verbs(first)).count("open_window") == 1


# --- silence --------------------------------------------------------------------------------------------------------


async def test_silence_is_met_with_one_gentle_line_and_then_an_end(bridge: Bridge) -> None:
    session, yuki = await answered(bridge)
    await twice(bridge, minutes=9, seconds=59)
    assert bridge.said == []
    await twice(bridge, seconds=1)
    assert bridge.said == [bridge.wording(TextKey.LIVE_NUDGE)]
    await twice(bridge, minutes=9)
    assert len(bridge.said) == 1
    await twice(bridge, minutes=1)
    assert bridge.said[-1] == bridge.wording(TextKey.ENDED_SILENT)
    (row,) = await bridge.service.rows("SELECT state, ended_reason, counsellor_id FROM sessions")
    assert (row.state, row.ended_reason, row.counsellor_id) == (State.WRAP_UP, EndReason.SILENCE, yuki.id)
    assert (await bridge.verbs(session.id)).count("timer_nudge") == 1
    await twice(bridge, hours=1)
    assert len(bridge.said) == 2


async def test_a_student_who_writes_begins_no_silence_and_one_who_is_owed_an_answer_is_not_ended(
    bridge: Bridge,
) -> None:
    session, _yuki = await answered(bridge)
    bridge.clock.advance(minutes=9)
    await bridge.write("まだいます")
    await twice(bridge, hours=2)
    assert bridge.said == [], "we owe them a word"
    assert (await bridge.card(session.id)).state is State.LIVE


async def test_a_word_on_its_way_stops_the_clock(bridge: Bridge) -> None:
    session, _yuki = await answered(bridge)
    await twice(bridge, minutes=10)
    bridge.clock.advance(minutes=10)
    await bridge.receive("待って")
    await twice(bridge)
    assert (await bridge.card(session.id)).state is State.LIVE
    await bridge.drain()
    await twice(bridge, minutes=1)
    assert (await bridge.card(session.id)).state is State.LIVE


async def test_at_risk_silence_ends_nothing_and_calls_people(bridge: Bridge) -> None:
    session, _yuki = await answered(bridge, AT_CRITICAL)
    await twice(bridge, minutes=21)
    card = await bridge.card(session.id)
    assert card.state is State.LIVE and bridge.said == []
    assert await alarms(bridge) == [DeskAlarm.SILENT_AT_RISK]
    # Their last word is what raised the alarm in the first place, and whoever took that hears nothing from them.
    (row,) = await bridge.service.rows("SELECT id, state FROM escalations")
    assert row.state == "raised"
    await bridge.service.sound(row.id)
    assert bridge.service.notifier.rang()
    await twice(bridge, hours=1)
    assert await alarms(bridge) == [DeskAlarm.SILENT_AT_RISK], "once for each silence"


# --- the end of the hours -------------------------------------------------------------------------------------------


async def test_before_the_end_there_is_a_last_call_and_at_the_end_a_goodbye(bridge: Bridge) -> None:
    session, yuki = await answered(bridge)
    bridge.clock.advance(hours=3, minutes=49)
    await bridge.write("まだ話したい")
    await twice(bridge)
    assert bridge.said == []
    await twice(bridge, minutes=2)
    assert bridge.said == [bridge.wording(TextKey.LAST_CALL)]
    await bridge.write_line(session, yuki, "また明日、話しましょう。")
    await twice(bridge, minutes=5)
    await bridge.write("うん")
    await bridge.write_line(session, yuki, "待っています。")
    await twice(bridge, minutes=5)
    assert "今日の相談の時間が終わりました" in bridge.said[-1] and "16時" in bridge.said[-1]
    (row,) = await bridge.service.rows("SELECT state, ended_reason FROM sessions")
    assert (row.state, row.ended_reason) == (State.WRAP_UP, EndReason.HOURS)
    assert len(bridge.said) == 4


async def test_a_word_that_nobody_answered_before_the_end_is_read_at_the_next_opening(bridge: Bridge) -> None:
    session, _yuki = await answered(bridge)
    bridge.clock.advance(hours=3, minutes=59)
    await bridge.write("まだ話したいことがあります")
    await twice(bridge, minutes=2)
    assert "今日の相談の時間が終わりました" in bridge.said[-1]
    card = await bridge.card(session.id)
    assert (card.state, card.owner, card.counsellor_id) == (State.LEFT_MESSAGE, Owner.BOT, None)
    bridge.clock.advance(hours=18)
    await bridge.tend()
    assert (await bridge.card(session.id)).state is State.WAITING


@pytest.mark.parametrize("words", [AT_HIGH, AT_CRITICAL])
async def test_no_clock_ends_a_talk_at_risk(bridge: Bridge, words: str) -> None:
    session, _yuki = await answered(bridge, words)
    bridge.clock.advance(hours=3, minutes=55)
    await bridge.write("こわい")
    for _ in range(3):
        await twice(bridge, minutes=6)
    assert (await bridge.card(session.id)).state is State.LIVE
    assert (await alarms(bridge)).count(DeskAlarm.HOURS_OVER) == 1
    assert not any("終わりました" in text for text in bridge.said)


# --- whose desk is open ---------------------------------------------------------------------------------------------


async def test_a_desk_that_falls_silent_gives_its_sessions_back_after_the_grace(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    sora = await bridge.person("そら")
    lost, kept = await bridge.live(yuki, 1), await bridge.live(sora, 2)
    await bridge.presence.beat([yuki.id, sora.id])
    for _ in range(6):
        bridge.clock.advance(seconds=10)
        await bridge.presence.beat([sora.id])
        await twice(bridge)
    assert (await bridge.card(lost.id)).state is State.LIVE, "within the grace"
    bridge.clock.advance(seconds=1)
    await bridge.presence.beat([sora.id])
    await twice(bridge)
    card = await bridge.card(lost.id)
    assert (card.state, card.counsellor_id, card.waiting_since) == (State.WAITING, None, lost.waiting_since)
    assert (await bridge.card(kept.id)).counsellor_id == sora.id
    assert await alarms(bridge) == [DeskAlarm.PRESENCE_LOST]
    assert bridge.said == [bridge.wording(TextKey.HANDED_BACK)]


async def test_while_our_own_web_is_away_nobody_loses_anything(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.presence.beat([yuki.id])
    await twice(bridge, minutes=5)
    assert (await bridge.card(session.id)).state is State.LIVE, "no web process is up"
    # It is back, and people need a moment to come back as well.
    for _ in range(5):
        await bridge.presence.beat([])
        await twice(bridge, seconds=10)
    assert (await bridge.card(session.id)).state is State.LIVE
    await bridge.presence.beat([yuki.id])
    for _ in range(3):
        await bridge.presence.beat([])
        await twice(bridge, seconds=10)
    assert (await bridge.card(session.id)).state is State.LIVE, "they came back in time"
