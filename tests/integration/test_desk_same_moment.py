"""A student writes in the very moment in which something happens to their session: kept once, in one session, and shown
to whoever has it, or in a new session that links the one before.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.domain.desk import ClosedWithout, EndReason
from handoff.domain.errors import InputRefused, MoveRefused
from handoff.domain.session import Change, State
from handoff.domain.texts import TextKey
from handoff.services.move_session import close
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, Bridge

#: Students who write at the same time in one test.
MANY = 12
WORD = "いま書いた{}"
#: Seconds within which all of it happens.
SPREAD = 0.3
MOMENTS = random.Random(4)


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    found = Bridge(service)
    found.shape(live_per_counsellor=1000)
    return found


async def at_once(
    bridge: Bridge, sessions: list[UUID], change: Callable[[UUID], Awaitable[Any]]
) -> dict[UUID, list[Any]]:
    """Every student writes while ``change`` happens to their session; all sessions of each student, the first one's id
    first.
    """
    contacts = [await bridge.contact(number) for number in range(len(sessions))]

    async def write(number: int, contact: UUID) -> None:
        # A little earlier, a little later: each order has to do.
        await asyncio.sleep(MOMENTS.uniform(0, SPREAD))
        await bridge.receive(WORD.format(number), number)
        await bridge.service.drain(contact)

    async def change_it(session_id: UUID) -> None:
        await asyncio.sleep(MOMENTS.uniform(0, SPREAD))
        await change(session_id)

    async def one(session_id: UUID, contact: UUID, number: int) -> None:
        done = await asyncio.gather(write(number, contact), change_it(session_id), return_exceptions=True)
        assert all(found is None or isinstance(found, (MoveRefused, InputRefused)) for found in done), done

    await asyncio.gather(*(one(*each) for each in zip(sessions, contacts, range(len(sessions)), strict=True)))
    found = {}
    for session_id, contact in zip(sessions, contacts, strict=True):
        rows = await bridge.service.rows(
            "SELECT id, state, previous_id, counsellor_id FROM sessions WHERE contact_id = :id ORDER BY opened_at, id",
            id=contact,
        )
        found[session_id] = sorted(rows, key=lambda row: row.id != session_id)
    return found


async def check_kept_once(bridge: Bridge, count: int) -> dict[str, UUID]:
    """Every word stands once, in one session; which one."""
    rows = await bridge.service.rows("SELECT id, session_id FROM messages WHERE author = 'student'")
    known = {row.id: row.session_id for row in rows}
    words: Counter[str] = Counter()
    where = {}
    for session_id in {row.session_id for row in rows}:
        for one in await bridge.lines(session_id):
            if one.line.author == "student" and (one.line.text or "").startswith("いま書いた"):
                words[one.line.text or ""] += 1
                where[one.line.text or ""] = known[one.line.id]
    assert words == Counter(WORD.format(number) for number in range(count))
    assert not await bridge.service.rows("SELECT id FROM line_events WHERE done_at IS NULL")
    return where


# --- with each change -----------------------------------------------------------------------------------------------


async def test_with_the_end_the_talk_goes_on(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    sessions = [(await bridge.live(yuki, number)).id for number in range(MANY)]
    found = await at_once(bridge, sessions, lambda session_id: bridge.end(session_id, yuki))
    where = await check_kept_once(bridge, MANY)
    for number, (session_id, rows) in enumerate(found.items()):
        assert len(rows) == 1 and where[WORD.format(number)] == session_id
        ends = (await bridge.verbs(session_id)).count(Change.END)
        returns = (await bridge.verbs(session_id)).count(Change.RETURN)
        # Written before the end: the sheet is next. After it: the talk goes on.
        assert (rows[0].state, ends) == (State.LIVE if returns else State.WRAP_UP, 1)
        assert rows[0].counsellor_id == yuki.id


async def test_with_a_close_it_is_read_first_or_opens_a_linked_session(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    sessions = [await bridge.waiting(number) for number in range(MANY)]
    bridge.clock.advance(seconds=1)

    async def close_it(session_id: UUID) -> None:
        await bridge.close(session_id, yuki, ClosedWithout.READ)

    found = await at_once(bridge, sessions, close_it)
    where = await check_kept_once(bridge, MANY)
    for number, (session_id, rows) in enumerate(found.items()):
        if rows[0].state == State.WAITING:
            assert len(rows) == 1 and where[WORD.format(number)] == session_id, "whoever pressed was told to read first"
        else:
            # Closed once it had been read, or before it came: then it stands in a session of its own.
            assert rows[0].state == State.CLOSED
            if len(rows) == 2:
                assert where[WORD.format(number)] == rows[1].id and rows[1].previous_id == session_id
            else:
                assert where[WORD.format(number)] == session_id


async def test_a_word_on_its_way_keeps_a_session_from_being_closed_unread(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await bridge.waiting()
    await bridge.receive("待って")
    with pytest.raises(InputRefused) as refused:
        await bridge.close(session_id, yuki, ClosedWithout.READ)
    assert "新しいメッセージ" in refused.value.text
    at_risk = await bridge.waiting(2, AT_CRITICAL)
    with pytest.raises(InputRefused):
        await bridge.close(at_risk, yuki, ClosedWithout.PRANK)
    theirs = await bridge.live(yuki, 3)
    with pytest.raises(MoveRefused):
        await bridge.close(theirs.id, yuki, ClosedWithout.READ)


async def test_with_a_claim_the_counsellor_sees_it_and_the_bot_says_nothing_more(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    sessions = [await bridge.waiting(number) for number in range(MANY)]
    found = await at_once(bridge, sessions, lambda session_id: bridge.claim(session_id, yuki))
    where = await check_kept_once(bridge, MANY)
    for number, (session_id, rows) in enumerate(found.items()):
        assert len(rows) == 1 and (rows[0].state, rows[0].counsellor_id) == (State.LIVE, yuki.id)
        assert where[WORD.format(number)] == session_id
        talk = await bridge.read.talk(session_id, yuki)
        assert WORD.format(number) in [one.line.text for one in talk.lines]
        await bridge.deliver(number)
    greeting = bridge.wording(TextKey.CLAIMED, alias="ゆき")
    assert bridge.said.count(greeting) == MANY
    # Nothing that the bot planned came out after a greeting of the same student.
    for number in range(MANY):
        to = await bridge.service.rows(
            "SELECT o.state, o.epoch FROM outbox o JOIN sessions s ON s.id = o.session_id WHERE s.contact_id = :id "
            "ORDER BY o.sequence",
            id=await bridge.contact(number),
        )
        epochs = [row.epoch for row in to if row.state == "sent"]
        assert epochs == sorted(epochs)


async def test_with_a_transfer_the_one_who_has_it_now_sees_it(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    sessions = [(await bridge.live(yuki, number)).id for number in range(MANY)]
    for session_id in sessions:
        await bridge.offer(session_id, yuki, sora.id)
    found = await at_once(bridge, sessions, lambda session_id: bridge.answer(session_id, sora, True))
    where = await check_kept_once(bridge, MANY)
    for number, (session_id, rows) in enumerate(found.items()):
        assert len(rows) == 1 and rows[0].counsellor_id == sora.id
        assert where[WORD.format(number)] == session_id
        talk = await bridge.read.talk(session_id, sora)
        assert [one.line.text for one in talk.lines].count(WORD.format(number)) == 1
    told = Counter(entry.subject for entry in await bridge.feed("line"))
    events = await bridge.service.rows("SELECT id FROM line_events ORDER BY sequence DESC LIMIT :many", many=MANY)
    assert [told[event.id] for event in events] == [1] * MANY, "an open desk hears of each once"


async def test_with_a_release_it_waits_with_the_session(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    sessions = [(await bridge.live(yuki, number)).id for number in range(MANY)]
    found = await at_once(bridge, sessions, lambda session_id: bridge.release(session_id, yuki))
    where = await check_kept_once(bridge, MANY)
    for number, (session_id, rows) in enumerate(found.items()):
        assert len(rows) == 1 and rows[0].state == State.WAITING
        assert where[WORD.format(number)] == session_id
    assert not [text for text in bridge.said if text.startswith("はい：")], "the bot doesn't begin again"


# --- one after the other --------------------------------------------------------------------------------------------


async def test_who_writes_before_the_sheet_is_done_is_heard_by_the_same_person(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.end(session.id, yuki)
    await bridge.write("あともう一つだけ")
    card = await bridge.card(session.id)
    assert (card.state, card.counsellor_id, card.epoch) == (State.LIVE, yuki.id, session.epoch)
    assert await bridge.send(session.id, yuki, session.epoch, "どうぞ", uuid4())
    assert not bridge.said, "nothing but the counsellor answers"


async def test_who_writes_after_the_close_opens_a_session_that_links_the_earlier_one(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    ended = await bridge.end(session.id, yuki)
    async with bridge.service.store.transaction() as tx:
        await close(tx, bridge.service.setting, await tx.sessions.lock(ended.id), "sheet", yuki.actor)
    bridge.clock.advance(seconds=1)
    await bridge.write("また来ました")
    (new,) = await bridge.service.rows(
        "SELECT id, state, previous_id, \"returning\" FROM sessions WHERE state <> 'closed'"
    )
    assert (new.state, new.previous_id, new.returning) == (State.INTAKE, session.id, True)
    assert bridge.said == ["はい：また来ました"], "the bot receives them again"
    with pytest.raises(MoveRefused):
        await bridge.claim(session.id, yuki)


async def test_a_student_who_ends_it_hears_goodbye_once_and_may_come_back(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.write(" 今日はここまで ")
    (row,) = await bridge.service.rows("SELECT state, ended_by, ended_reason FROM sessions")
    assert (row.state, row.ended_by, row.ended_reason) == (State.WRAP_UP, "student", EndReason.STUDENT)
    assert bridge.said == [bridge.wording(TextKey.ENDED_BY_STUDENT)]
    assert not await bridge.service.rows("SELECT id FROM escalations")
    await bridge.write("やっぱり")
    assert (await bridge.card(session.id)).state is State.LIVE


async def test_a_student_at_risk_who_goes_is_not_let_go(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki, 1, AT_CRITICAL)
    await bridge.write_line(session, yuki, "読みました")
    bridge.clock.advance(minutes=30)
    await bridge.write("今日はここまで")
    (row,) = await bridge.service.rows("SELECT state, cause FROM escalations")
    assert row.state == "raised", "everybody is called again"
