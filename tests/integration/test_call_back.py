"""Who left a message hears once that they can talk now: when somebody is really free, and not before (WG-4, WG-9a)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from handoff.domain.escalation import Alarm, Cause
from handoff.domain.incoming import Channel
from handoff.domain.quota import Quota
from handoff.domain.session import HumanWanted, Level, State
from handoff.domain.staff import StaffMember
from handoff.domain.texts import TextKey
from handoff.services.desk.call_back import TALK_BUTTON
from handoff.services.desk.close_window import CloseWindow
from handoff.services.desk.student_writes import LATER_BUTTON
from handoff.services.raise_escalation import raise_escalation
from handoff.services.want_human import LeaveMessage, RequestHandoff, want_human
from kernel.intake.quiet import QuietTime
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge, address

#: The window of the demo opens at 16:00; the bridge's clock stands at 18:00 of a Friday.
MORNING = datetime.fromisoformat("2026-11-21T15:59:00+09:00")


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


async def left(bridge: Bridge, number: int = 1, words: str = "話を聞いてほしい") -> UUID:
    """Somebody asks for a person at night, and is left with a message."""
    if bridge.clock.now() < datetime.fromisoformat("2026-11-20T22:00:00+09:00"):
        bridge.clock.advance(hours=5)
    bridge.clock.advance(seconds=1)
    return await bridge.waiting(number, words)


async def next_day(bridge: Bridge, **past: float) -> None:
    """The window opens; two workers look at once. past: time after the opening."""
    bridge.clock.advance(seconds=(MORNING - bridge.clock.now()).total_seconds() + 60)
    await rounds(bridge, **past)


async def rounds(bridge: Bridge, **by: float) -> None:
    bridge.clock.advance(**by)
    for member in await here(bridge):
        await bridge.presence.set_duty(member, True)
    await asyncio.gather(bridge.tend(), bridge.tend())
    for number in range(1, 7):
        await bridge.deliver(number)


async def here(bridge: Bridge) -> list[StaffMember]:
    async with bridge.service.store.reading() as tx:
        return list(await tx.staff.everybody())


def calls(bridge: Bridge) -> list[str]:
    """To whom the call went out, in order, by LINE's id."""
    words = bridge.wording(TextKey.CALL_BACK)
    return [to for method, to, texts in bridge.service.line.calls if method == "push" and words in texts]


async def test_who_left_a_message_is_called_by_risk_and_wait_while_there_are_places(bridge: Bridge) -> None:
    await bridge.people("ゆき")
    for number in (1, 2, 3, 4, 5):
        await left(bridge, number)
    await bridge.service.change(
        "UPDATE sessions SET level = 'concern' WHERE contact_id = :contact", contact=await bridge.contact(4)
    )
    await next_day(bridge)
    assert sorted(calls(bridge)) == [address(1), address(2), address(4)], "three places, the concern before the third"
    first = await bridge.service.rows("SELECT session_id FROM audit_events WHERE verb = 'call_back' ORDER BY sequence")
    (concern,) = await bridge.service.rows("SELECT id FROM sessions WHERE level = 'concern'")
    assert first[0].session_id == concern.id, "by risk, however long the others waited through the night"
    await rounds(bridge, minutes=9, seconds=59)
    assert len(calls(bridge)) == 3, "the places are held for them"
    await rounds(bridge, minutes=1)
    assert calls(bridge)[3:] == [address(3), address(5)], "nobody came: the next are called"
    await rounds(bridge, hours=2)
    assert len(calls(bridge)) == 5, "once each"
    assert (await bridge.verbs()).count("call_back") == 5


async def test_the_line_says_nothing_of_what_it_is_about(bridge: Bridge) -> None:
    await bridge.people("ゆき")
    await left(bridge)
    await next_day(bridge)
    (line,) = bridge.service.line.last
    assert line.buttons == (TALK_BUTTON, LATER_BUTTON)
    profile = bridge.service.setting.profile
    for word in ("相談", "悩", "つら", "死", "いじめ", "学校", "子ども", "危険", "電話", profile.service_name, "ゆき"):
        assert word not in line.text, "a lock screen may be read by others"


@pytest.mark.parametrize("why", ["the profile", "nobody there", "full", "somebody waits", "last minutes", "closed"])
async def test_nobody_is_called_unless_somebody_is_really_free(bridge: Bridge, why: str) -> None:
    if why != "nobody there":
        (yuki,) = await bridge.people("ゆき")
    if why == "the profile":
        bridge.shape(call_back=False)
    if why in ("full", "somebody waits"):
        bridge.shape(live_per_counsellor=1)
    await left(bridge)
    if why == "last minutes":
        bridge.shape(call_back_hold_minutes=10)
        await bridge.service.change("UPDATE sessions SET state = 'waiting', one_way = true")
        await next_day(bridge, hours=5, minutes=20)
    elif why == "closed":
        await rounds(bridge, hours=2)
    else:
        bridge.clock.advance(seconds=(MORNING - bridge.clock.now()).total_seconds() + 60)
        if why == "full":
            await bridge.claim(await bridge.waiting(2), yuki)
        elif why == "somebody waits":
            await bridge.waiting(2)
        await rounds(bridge)
    assert calls(bridge) == []
    if why == "somebody waits":
        await bridge.service.change("UPDATE sessions SET state = 'closed' WHERE NOT one_way")
        await rounds(bridge, seconds=5)
        assert calls(bridge) == [address(1)], "and then they are"


@pytest.mark.parametrize(
    "why", ["high", "critical", "unread", "conduct", "an escalation", "a report", "gone", "quiet", "no pushes left"]
)
async def test_whom_this_line_would_not_serve_is_not_called(bridge: Bridge, why: str) -> None:
    await bridge.people("ゆき")
    words = {"high": AT_HIGH, "critical": AT_CRITICAL}.get(why, "話を聞いてほしい")
    session_id = await left(bridge, 1, words)
    await left(bridge, 2)
    contact = await bridge.contact()
    async with bridge.service.store.transaction() as tx:
        match why:
            case "unread":
                await tx.sessions.mark_unscreened(session_id)
            case "conduct":
                await tx.sessions.set_wanted(session_id, HumanWanted.CONDUCT)
            case "gone":
                await tx.contacts.set_following(contact, False)
            case "quiet":
                await tx.contacts.set_quiet(contact, [QuietTime(16 * 60, 18 * 60)])
            case "no pushes left":
                await tx.quota.begin(bridge.clock.real(), bridge.service.setting.profile.desk.grace)
                await tx.quota.keep(Quota(200, 150), bridge.clock.real())
    if why == "an escalation":
        await bridge.service.change("UPDATE sessions SET level = 'critical' WHERE id = :id", id=session_id)
        await alarm(bridge, session_id)
        await bridge.service.change("UPDATE sessions SET level = 'concern' WHERE id = :id", id=session_id)
    elif why == "a report":
        await bridge.service.change(
            "INSERT INTO reports (id, session_id, contact_id, status, answers, started_at, touched_at)"
            " VALUES (:key, :id, :contact, 'new', '', now(), now())",
            key=uuid4(),
            id=session_id,
            contact=contact,
        )
    await next_day(bridge)
    expected = [] if why == "no pushes left" else [address(2)]
    assert calls(bridge) == expected
    if why == "quiet":
        await rounds(bridge, hours=1, minutes=59)
        assert calls(bridge) == expected
        await rounds(bridge, minutes=1)
        assert calls(bridge) == [address(2), address(1)], "when the hours that they ruled out end"


async def alarm(bridge: Bridge, session_id: UUID) -> None:
    (event,) = await bridge.service.rows("SELECT event_id FROM messages WHERE session_id = :id", id=session_id)
    async with bridge.service.store.transaction() as tx:
        session = await tx.sessions.lock(session_id)
        found = Alarm(Cause.CANNOT_PHONE, Level.CRITICAL, (), frozenset(), event.event_id)
        await raise_escalation(tx, bridge.service.setting, session, found)


async def opened(bridge: Bridge, contact: UUID) -> None:
    """The chat's page is open, as its heartbeat says."""
    await bridge.service.change(
        "UPDATE web_chats SET here = true, real_seen_at = now() + interval '1 day' WHERE contact_id = :id", id=contact
    )


async def test_somebody_of_the_web_chat_is_called_even_when_line_s_pushes_run_out(bridge: Bridge) -> None:
    await bridge.people("ゆき")
    bridge.clock.advance(hours=5)
    now = bridge.clock.now()
    async with bridge.service.store.transaction() as tx:
        contact = await tx.contacts.find_or_add(Channel.WEB, "web:" + "a" * 64, now)
        session = await tx.sessions.start(contact, "demo", now)
        await want_human(tx, bridge.service.setting, session, HumanWanted.STUDENT, "student")
        await tx.quota.begin(bridge.clock.real(), bridge.service.setting.profile.desk.grace)
        await tx.quota.keep(Quota(200, 150), bridge.clock.real())
        await tx.chats.start(contact, bridge.clock.real())
    await opened(bridge, contact)
    await next_day(bridge)
    assert (await bridge.verbs(session.id)).count("call_back") == 1
    assert bridge.wording(TextKey.CALL_BACK) in [line.line.text for line in await bridge.lines(session.id)]


# --- who answers ------------------------------------------------------------------------------------------------------


async def called(bridge: Bridge) -> UUID:
    await bridge.people("ゆき")
    session_id = await left(bridge)
    await next_day(bridge)
    assert calls(bridge) == [address(1)]
    bridge.service.line.calls.clear()
    bridge.clock.advance(minutes=1)
    return session_id


async def test_who_answers_is_here_and_waits_for_a_talk_like_everybody(bridge: Bridge) -> None:
    session_id = await called(bridge)
    card = await bridge.card(session_id)
    assert card.one_way and card.called_back_at is not None
    await bridge.write(TALK_BUTTON)
    assert bridge.said == [bridge.wording(TextKey.CALL_BACK_HERE)], "the bot doesn't begin anew"
    card = await bridge.card(session_id)
    assert (card.state, card.one_way) == (State.WAITING, False)
    assert session_id in [event.session_id for event in await bridge.feed("session")][-2:]
    await bridge.write("あのね")
    assert len(bridge.said) == 1, "not at every word"
    bridge.clock.advance(minutes=3)
    await bridge.write("きのうのことです")
    assert bridge.said[1:] == [bridge.wording(TextKey.RECEIPT)]
    await rounds(bridge, seconds=10)
    assert len(bridge.said) == 2, "what they missed of the waiting rhythm is not made up for"
    await bridge.claim(session_id, await bridge.member("ゆき"))
    await bridge.deliver()
    assert bridge.said[2:] == [bridge.wording(TextKey.CLAIMED, alias="ゆき")], "who is here hears who listens"
    assert not bridge.service.bot.heard


async def test_who_has_no_time_now_stays_a_message_and_their_place_is_free(bridge: Bridge) -> None:
    bridge.shape(live_per_counsellor=1)
    session_id = await called(bridge)
    other = await left(bridge, 2)
    await bridge.service.change("UPDATE sessions SET one_way = true, state = 'waiting' WHERE id = :id", id=other)
    await bridge.write(LATER_BUTTON)
    assert bridge.said == [bridge.wording(TextKey.CALL_BACK_LATER)]
    assert (await bridge.card(session_id)).one_way
    await rounds(bridge, seconds=5)
    assert calls(bridge) == [address(2)]
    await bridge.write("やっぱり話したい")
    assert not (await bridge.card(session_id)).one_way
    assert bridge.said[-1] == bridge.wording(TextKey.CALL_BACK_HERE)


async def test_an_answer_at_risk_is_answered_as_such_and_they_are_here_as_well(bridge: Bridge) -> None:
    session_id = await called(bridge)
    await bridge.write(AT_CRITICAL)
    card = await bridge.card(session_id)
    assert (card.one_way, card.level) == (False, "critical")
    assert bridge.wording(TextKey.CALL_BACK_HERE) not in bridge.said
    assert await bridge.service.rows("SELECT 1 FROM escalations WHERE state = 'raised'")


async def test_who_answers_after_the_last_reception_has_left_another_message(bridge: Bridge) -> None:
    session_id = await called(bridge)
    await rounds(bridge, hours=5, minutes=30)
    await bridge.write("いまなら話せます")
    card = await bridge.card(session_id)
    assert (card.state, card.one_way) == (State.LEFT_MESSAGE, True)
    assert bridge.wording(TextKey.CALL_BACK_HERE) not in bridge.said, "nobody is promised who isn't there"


async def test_who_left_a_message_and_asks_for_a_person_by_day_waits_like_everybody(bridge: Bridge) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    bridge.shape(call_back=False)
    await bridge.write("こんにちは")
    (row,) = await bridge.service.rows("SELECT id FROM sessions")
    assert await LeaveMessage(store, setting)(row.id, "student") is State.LEFT_MESSAGE
    await rounds(bridge, minutes=1)
    in_queue = await bridge.card(row.id)
    assert (in_queue.state, in_queue.one_way) == (State.WAITING, True)
    assert await LeaveMessage(store, setting)(row.id, "student") is State.LEFT_MESSAGE
    assert await RequestHandoff(store, setting)(row.id, HumanWanted.STUDENT, "student") is State.WAITING
    assert not (await bridge.card(row.id)).one_way


async def test_who_answered_and_was_sent_home_by_a_closure_is_called_once_more(bridge: Bridge) -> None:
    session_id, minato = await called(bridge), await bridge.supervisor()
    await bridge.write(TALK_BUTTON)
    until = bridge.clock.now() + timedelta(hours=1)
    await CloseWindow(bridge.service.store, bridge.service.setting)(minato, uuid4(), "きょうはお休みします。", until)
    await rounds(bridge, minutes=2)
    assert (await bridge.card(session_id)).state is State.LEFT_MESSAGE
    bridge.service.line.calls.clear()
    await rounds(bridge, hours=1)
    await rounds(bridge, minutes=1)
    assert calls(bridge) == [address(1)]
    await rounds(bridge, hours=24)
    assert calls(bridge) == [address(1)], "who doesn't answer is left in peace"


async def test_a_chat_whose_page_is_closed_holds_nobody_s_place_and_is_called_when_it_opens(bridge: Bridge) -> None:
    await bridge.people("ゆき")
    store, setting = bridge.service.store, bridge.service.setting
    bridge.clock.advance(hours=5)
    async with store.transaction() as tx:
        for number in range(9):
            contact = await tx.contacts.find_or_add(Channel.WEB, f"web:{number:064x}", bridge.clock.now())
            await tx.chats.start(contact, bridge.clock.real())
            session = await tx.sessions.start(contact, "demo", bridge.clock.now())
            await want_human(tx, setting, session, HumanWanted.STUDENT, "student")
    await bridge.service.change("UPDATE web_chats SET here = false")
    await left(bridge, 1)
    await next_day(bridge)
    assert calls(bridge) == [address(1)]
    await opened(bridge, contact)
    await rounds(bridge, seconds=10)
    (row,) = await bridge.service.rows(
        "SELECT contact_id FROM sessions s WHERE called_back_at IS NOT NULL "
        "AND contact_id IN (SELECT contact_id FROM web_chats)"
    )
    assert row.contact_id == contact
