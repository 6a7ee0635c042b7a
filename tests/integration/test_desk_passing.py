"""A conversation goes from hand to hand: back to the queue, to a colleague, between two at one talk."""

from __future__ import annotations

from uuid import uuid4

import pytest

from handoff.domain.desk import NoteKind
from handoff.domain.errors import (
    CapacityReached,
    InputRefused,
    MoveRefused,
    NotFound,
    NotPermitted,
    SessionTaken,
    TraineeRefused,
)
from handoff.domain.session import Owner, State
from handoff.domain.staff import StaffRole
from handoff.domain.texts import TextKey
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


# --- back to the queue ----------------------------------------------------------------------------------------------


async def test_what_is_given_back_keeps_its_place_in_the_queue(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    first = await bridge.waiting(1)
    bridge.clock.advance(minutes=1)
    second = await bridge.waiting(2)
    session = await bridge.claim(first, yuki)
    bridge.clock.advance(minutes=1)
    back = await bridge.release(first, yuki)
    assert (back.state, back.owner, back.counsellor_id) == (State.WAITING, Owner.BOT, None)
    assert (back.epoch, back.waiting_since) == (session.epoch + 1, session.waiting_since)
    desk = await bridge.read.desk(yuki)
    assert bridge.read.queue(desk.cards) == [first, second]
    for _ in range(2):
        with pytest.raises(MoveRefused):
            await bridge.release(first, yuki)
    assert (await bridge.verbs(first)).count("release") == 1
    await bridge.deliver()
    assert bridge.said[-1] == bridge.wording(TextKey.HANDED_BACK)


async def test_the_words_of_waiting_that_a_talk_took_the_place_of_are_not_made_up_for(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.presence.beat([yuki.id])
    bridge.clock.advance(minutes=40)
    await bridge.release(session.id, yuki)
    await bridge.tend()
    await bridge.deliver()
    assert bridge.said == [bridge.wording(TextKey.HANDED_BACK)]


async def test_who_was_taken_out_of_the_bot_s_hands_and_given_back_hears_that_they_are_not_forgotten(
    bridge: Bridge,
) -> None:
    minato = await bridge.supervisor()
    await bridge.write("こんにちは")
    (session,) = await bridge.service.rows("SELECT id FROM sessions")
    await bridge.take_over(session.id, minato)
    await bridge.release(session.id, minato)
    bridge.clock.advance(minutes=3)
    await bridge.tend()
    await bridge.deliver()
    assert bridge.said[-1] == bridge.wording(TextKey.WAITING_STILL)


async def test_only_who_has_it_or_a_supervisor_gives_it_back(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki)
    with pytest.raises(SessionTaken) as taken:
        await bridge.release(session.id, sora)
    assert taken.value.taken_by == "ゆき"
    assert (await bridge.release(session.id, await bridge.supervisor())).state is State.WAITING


async def test_the_bot_stays_quiet_where_a_person_was_but_not_at_risk(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.release(session.id, yuki)
    await bridge.deliver()
    bridge.service.line.calls.clear()
    await bridge.write("まだいますか")
    await bridge.write("おーい")
    assert bridge.said == [bridge.wording(TextKey.RECEIPT)], "that it arrived, and not at every word"
    bridge.clock.advance(minutes=3)
    await bridge.write("だれか")
    assert bridge.said == [bridge.wording(TextKey.RECEIPT)] * 2
    assert not bridge.service.bot.heard
    bridge.service.line.calls.clear()
    await bridge.write(AT_CRITICAL)
    assert bridge.said and bridge.wording(TextKey.RECEIPT) not in bridge.said, "the table of replies answers at risk"
    assert (await bridge.card(session.id)).escalation is not None
    await bridge.claim(session.id, yuki)
    await bridge.deliver()
    bridge.service.line.calls.clear()
    await bridge.write(AT_CRITICAL)
    assert bridge.said == [], "and a person answers where one is"


async def test_somebody_who_left_word_by_night_is_told_nothing_until_somebody_answers(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await bridge.waiting()
    async with bridge.service.store.transaction() as tx:
        await tx.sessions.mark_one_way(session_id)
    await bridge.claim(session_id, yuki)
    await bridge.release(session_id, yuki)
    await bridge.claim(session_id, yuki)
    await bridge.offer(session_id, yuki, sora.id)
    passed = await bridge.answer(session_id, sora, True)
    await bridge.deliver()
    assert bridge.said == []
    await bridge.write_line(passed, sora, "書いてくれて、ありがとう。")
    await bridge.release(session_id, sora)
    await bridge.deliver()
    assert bridge.said[-1] == bridge.wording(TextKey.HANDED_BACK), "they are spoken with by now"


# --- to a colleague -------------------------------------------------------------------------------------------------


async def test_a_colleague_says_yes_and_the_student_hears_who_listens(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki)
    offered = await bridge.offer(session.id, yuki, sora.id)
    assert (offered.offered_to, offered.counsellor_id, offered.epoch) == (sora.id, yuki.id, session.epoch)
    passed = await bridge.answer(session.id, sora, True)
    assert (passed.counsellor_id, passed.offered_to, passed.epoch) == (sora.id, None, session.epoch + 1)
    assert await bridge.answer(session.id, sora, True) == passed
    await bridge.deliver()
    assert bridge.said == [bridge.wording(TextKey.TRANSFERRED, alias="そら")]
    (row,) = await bridge.service.rows("SELECT count(*) AS said FROM messages WHERE author = 'counsellor'")
    assert row.said == 0, "it's the service's word, not one that the counsellor wrote"
    assert [verb for verb in await bridge.verbs(session.id) if "transfer" in verb] == [
        "offer_transfer",
        "accept_transfer",
    ]


async def test_a_colleague_says_no_or_the_question_is_taken_back(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki)
    await bridge.offer(session.id, yuki, sora.id)
    declined = await bridge.answer(session.id, sora, False)
    assert (declined.offered_to, declined.counsellor_id) == (None, yuki.id)
    await bridge.offer(session.id, yuki, sora.id)
    await bridge.offer(session.id, yuki, None)
    with pytest.raises(SessionTaken):
        await bridge.answer(session.id, sora, True)
    card = await bridge.card(session.id)
    assert (card.counsellor_id, card.offered_to, card.epoch) == (yuki.id, None, session.epoch)
    await bridge.deliver()
    assert bridge.said == [], "the student hears nothing of it"


async def test_a_question_dies_with_any_change_of_hands(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki)
    await bridge.offer(session.id, yuki, sora.id)
    await bridge.release(session.id, yuki)
    with pytest.raises(SessionTaken):
        await bridge.answer(session.id, sora, True)
    assert (await bridge.card(session.id)).offered_to is None


async def test_who_is_asked_must_be_able_to_take_it(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    board = await bridge.person("教育委員会", StaffRole.BOARD)
    gone = await bridge.person("やめた人")
    await bridge.accounts.disable("やめた人")
    session = await bridge.live(yuki, 1, AT_HIGH)
    for other in (board.id, gone.id, yuki.id):
        with pytest.raises(InputRefused):
            await bridge.offer(session.id, yuki, other)
    with pytest.raises(NotFound):
        await bridge.offer(session.id, yuki, uuid4())
    with pytest.raises(SessionTaken):
        await bridge.offer(session.id, sora, sora.id)
    for number in range(2, 5):
        await bridge.live(sora, number)
    await bridge.offer(session.id, yuki, sora.id)
    with pytest.raises(CapacityReached):
        await bridge.answer(session.id, sora, True)
    hikari = await bridge.person("ひかり", trainee=True)
    await bridge.offer(session.id, yuki, hikari.id)
    with pytest.raises(TraineeRefused):
        await bridge.answer(session.id, hikari, True)
    assert (await bridge.card(session.id)).counsellor_id == yuki.id


# --- two at one talk ------------------------------------------------------------------------------------------------


async def test_the_second_one_reads_along_whispers_and_leaves(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    umi = await bridge.person("うみ")
    session = await bridge.live(yuki)
    with pytest.raises(NotFound):
        await bridge.read.talk(session.id, sora)
    await bridge.set_second(session.id, yuki, sora.id)
    await bridge.note(session.id, sora, NoteKind.WHISPER, "学校の名前を聞いてみて", uuid4())
    with pytest.raises(NotFound):
        await bridge.note(session.id, umi, NoteKind.NOTE, "見えないはず", uuid4())
    with pytest.raises(NotPermitted):
        await bridge.note(session.id, yuki, NoteKind.WHISPER, "ひとりごと", uuid4())
    with pytest.raises(SessionTaken):
        await bridge.send(session.id, sora, session.epoch, "こんにちは", uuid4())
    assert [note.text for note in (await bridge.read.talk(session.id, yuki)).notes] == ["学校の名前を聞いてみて"]
    assert "学校の名前".encode() not in await bridge.everything()
    await bridge.set_second(session.id, sora, None)
    with pytest.raises(NotFound):
        await bridge.read.talk(session.id, sora)
    for other in (yuki.id, (await bridge.person("委員", StaffRole.BOARD)).id):
        with pytest.raises(InputRefused):
            await bridge.set_second(session.id, yuki, other)


async def test_somebody_in_training_does_not_become_the_writer_at_risk(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    hikari = await bridge.person("ひかり", trainee=True)
    session = await bridge.live(yuki, 1, AT_HIGH)
    await bridge.set_second(session.id, yuki, hikari.id)
    for presses in (yuki, hikari):
        with pytest.raises(TraineeRefused):
            await bridge.switch(session.id, presses)
    assert (await bridge.card(session.id)).counsellor_id == yuki.id


async def test_neither_of_the_two_is_anybody_else(bridge: Bridge) -> None:
    yuki, sora, umi = await bridge.people("ゆき", "そら", "うみ")
    session = await bridge.live(yuki)
    with pytest.raises(SessionTaken):
        await bridge.switch(session.id, yuki)
    await bridge.set_second(session.id, yuki, sora.id)
    with pytest.raises(SessionTaken):
        await bridge.switch(session.id, umi)
    there = await bridge.switch(session.id, sora)
    back = await bridge.switch(session.id, sora)
    assert (there.counsellor_id, back.counsellor_id) == (sora.id, yuki.id)
    assert (back.second_id, back.epoch) == (sora.id, session.epoch + 2)
