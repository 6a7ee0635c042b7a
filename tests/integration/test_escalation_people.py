"""People take an escalation, answer, close it, and break the glass: one has it, and all is on record."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import uuid4

import pytest

from handoff.domain.errors import EscalationTaken, InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.escalation import CloseReason, EscalationState, Suspect
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Owner, State
from handoff.services.acknowledge_escalation import (
    AcknowledgeEscalation,
    RecordCall,
    StartContact,
    TakeOverEscalation,
)
from handoff.services.answer_from_alarm import AnswerFromAlarm
from handoff.services.break_glass import BreakGlass, ReviewGlass
from handoff.services.close_escalation import CloseEscalation
from handoff.services.escalation_ports import Escalation
from handoff.services.read_alarm import ReadAlarm
from tests.integration.conftest import SEALER, Service
from tests.integration.escalation_support import (
    FIRST,
    SECOND,
    SECRET,
    STUDENT,
    THIRD,
    opened,
    record,
    token,
    verbs,
    write,
)
from tests.support.fakes import FrozenClock

# --- taking it ------------------------------------------------------------------------------------------------------


async def test_of_many_who_acknowledge_at_once_one_wins_and_the_others_are_told_who(service: Service) -> None:
    escalation_id = await opened(service)
    acknowledge = AcknowledgeEscalation(service.store, service.setting)
    people = [f"{number}番目の当番" for number in range(8)]
    done = await asyncio.gather(*(acknowledge(escalation_id, who) for who in people), return_exceptions=True)
    (winner,) = [found for found in done if isinstance(found, Escalation)]
    others = [found for found in done if isinstance(found, EscalationTaken)]
    assert len(others) == len(people) - 1
    assert winner.acknowledged_by is not None
    assert all(winner.acknowledged_by in error.text and error.status == 409 for error in others)
    assert (await verbs(service)).count("acknowledge_escalation") == 1
    again = await acknowledge(escalation_id, winner.acknowledged_by)
    assert again == winner, "a second tap changes nothing"


async def test_the_way_through_the_states_is_on_record(service: Service) -> None:
    escalation_id = await opened(service)
    store, setting = service.store, service.setting
    await AcknowledgeEscalation(store, setting)(escalation_id, FIRST)
    await RecordCall(store, setting)(escalation_id, FIRST, Agency.POLICE)
    await StartContact(store, setting)(escalation_id, FIRST)
    closed = await CloseEscalation(store, setting)(escalation_id, FIRST, CloseReason.HANDED_OVER, SECRET)
    assert (closed.state, closed.closed_by, closed.closed_reason) == (EscalationState.CLOSED, FIRST, "handed_over")
    assert await record(service, escalation_id) == closed
    assert (await verbs(service))[-5:] == [
        "raise_escalation",
        "acknowledge_escalation",
        "record_call",
        "start_contact",
        "close_escalation",
    ]
    (row,) = await service.rows("SELECT note FROM escalations")
    assert SEALER.open("escalations", "note", str(escalation_id), row.note) == SECRET
    for verb in (AcknowledgeEscalation(store, setting), StartContact(store, setting)):
        with pytest.raises(MoveRefused):
            await verb(escalation_id, FIRST)
    with pytest.raises(MoveRefused):
        await CloseEscalation(store, setting)(escalation_id, FIRST, CloseReason.SAFE)


async def test_nobody_acts_on_what_another_has_until_they_take_it_over(service: Service) -> None:
    escalation_id = await opened(service)
    store, setting = service.store, service.setting
    await AcknowledgeEscalation(store, setting)(escalation_id, FIRST)
    with pytest.raises(EscalationTaken):
        await StartContact(store, setting)(escalation_id, SECOND)
    with pytest.raises(EscalationTaken):
        await CloseEscalation(store, setting)(escalation_id, SECOND, CloseReason.SAFE)
    with pytest.raises(EscalationTaken):
        await AnswerFromAlarm(store, setting)(escalation_id, SECOND, "こんばんは")
    assert (await TakeOverEscalation(store, setting)(escalation_id, SECOND)).acknowledged_by == SECOND
    await StartContact(store, setting)(escalation_id, SECOND)
    assert "take_over_escalation" in await verbs(service)


async def test_an_alarm_that_nobody_has_can_be_closed_and_stops(service: Service, clock: FrozenClock) -> None:
    escalation_id = await opened(service)
    await CloseEscalation(service.store, service.setting)(escalation_id, SECOND, CloseReason.NOT_AT_RISK)
    clock.advance(hours=1)
    await service.work()
    await service.sound(escalation_id)
    assert service.notifier.notices == []


async def test_what_is_not_there_is_not_found(service: Service) -> None:
    store, setting = service.store, service.setting
    with pytest.raises(NotFound):
        await AcknowledgeEscalation(store, setting)(uuid4(), FIRST)
    with pytest.raises(NotFound):
        await ReviewGlass(store, setting)(uuid4(), FIRST)
    for wrong in ("", "x" * 43, "あ" * 20, "x" * 10_000):
        with pytest.raises(NotFound):
            await ReadAlarm(store, setting)(wrong)


# --- answering ------------------------------------------------------------------------------------------------------


async def test_an_answer_takes_the_conversation_over_and_goes_out_once(service: Service) -> None:
    escalation_id = await opened(service)
    await service.work()
    service.line.calls.clear()
    answer, key = AnswerFromAlarm(service.store, service.setting), uuid4()
    found = await answer(escalation_id, FIRST, " いま読みました。 ", key)
    assert found.state is EscalationState.IN_CONTACT and found.acknowledged_by == FIRST
    await answer(escalation_id, FIRST, " いま読みました。 ", key)
    await answer(escalation_id, FIRST, "そばに人はいますか。")
    await service.work()
    assert service.line.calls == [
        ("push", STUDENT, ("いま読みました。",)),
        ("push", STUDENT, ("そばに人はいますか。",)),
    ]
    (session,) = await service.rows("SELECT state, owner, epoch FROM sessions")
    assert (session.state, session.owner, session.epoch) == (State.LIVE, Owner.ON_CALL, 2)
    assert (await service.transcript())[-2:] == [
        ("counsellor", "いま読みました。"),
        ("counsellor", "そばに人はいますか。"),
    ]
    said = len(service.line.calls)
    await write(service, "うん")
    assert len(service.line.calls) == said, "the bot is silent from then on"


async def test_an_answer_needs_words_and_a_session_that_is_not_closed(service: Service) -> None:
    escalation_id = await opened(service)
    answer = AnswerFromAlarm(service.store, service.setting)
    for words in ("  ", "あ" * 2001):
        with pytest.raises(InputRefused):
            await answer(escalation_id, FIRST, words)
    await service.change("UPDATE sessions SET state = 'closed'")
    with pytest.raises(MoveRefused):
        await answer(escalation_id, FIRST, "きこえますか。")
    assert (await record(service, escalation_id)).state is EscalationState.RAISED, "all of it or nothing"


# --- breaking the glass ---------------------------------------------------------------------------------------------


async def test_breaking_the_glass_is_on_record_and_reviewed_by_another_person_alone(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service)
    store, setting = service.store, service.setting
    glass, review = BreakGlass(store, setting), ReviewGlass(store, setting)
    with pytest.raises(MoveRefused):
        await glass(escalation_id, FIRST, "居場所を警察に伝えるため")
    await AcknowledgeEscalation(store, setting)(escalation_id, FIRST)
    with pytest.raises(EscalationTaken):
        await glass(escalation_id, SECOND, "居場所を警察に伝えるため")
    with pytest.raises(InputRefused):
        await glass(escalation_id, FIRST, "  急  ")
    revealed = await glass(escalation_id, FIRST, "居場所を警察に伝えるため")
    assert revealed.address == STUDENT
    assert revealed.review_due_at == datetime.fromisoformat("2026-11-21T16:00:00+09:00")
    (row,) = await service.rows("SELECT reason FROM glass_openings")
    assert SEALER.open("glass_openings", "reason", str(revealed.opening_id), row.reason) == "居場所を警察に伝えるため"
    audit = repr(await service.rows("SELECT * FROM audit_events"))
    assert "break_glass" in audit and STUDENT not in audit and "警察" not in audit
    async with store.reading() as tx:
        assert [opening.id for opening in await tx.escalations.unreviewed(10)] == [revealed.opening_id]
    with pytest.raises(OwnReview):
        await review(revealed.opening_id, FIRST)
    assert (await review.reason(revealed.opening_id, SECOND))[1] == "居場所を警察に伝えるため"
    await review(revealed.opening_id, SECOND)
    await review(revealed.opening_id, SECOND)
    with pytest.raises(MoveRefused):
        await review(revealed.opening_id, THIRD)
    async with store.reading() as tx:
        (opening,) = await tx.escalations.openings(escalation_id)
        assert await tx.escalations.unreviewed(10) == []
    assert (opening.reviewed_by, opening.reviewed_at) == (SECOND, clock.now())


# --- the page -------------------------------------------------------------------------------------------------------


async def test_a_link_opens_the_page_for_its_holder_and_what_was_read_is_on_record(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service)
    await service.sound(escalation_id)
    read = ReadAlarm(service.store, service.setting)
    page = await read(token(service))
    assert page.holder.who == FIRST and page.escalation.id == escalation_id
    assert [line.text for line in page.lines] == [SECRET, f"はい：{SECRET}"]
    assert [evidence.event_id for evidence in page.evidence] == [page.lines[0].id]
    again = await read(token(service), page.lines[-1].sequence)
    assert again.lines == []
    assert (await verbs(service)).count("read_alarm") == 1
    assert len({notice.link for notice in service.notifier.notices}) == 1, "mail, call and webhook carry the same"
    clock.advance(minutes=5)
    await service.sound(escalation_id)
    assert (await read(token(service))).holder.who == SECOND


async def test_a_link_holds_for_a_day_after_the_end(service: Service, clock: FrozenClock) -> None:
    escalation_id = await opened(service)
    await service.sound(escalation_id)
    await CloseEscalation(service.store, service.setting)(escalation_id, FIRST, CloseReason.SAFE)
    read = ReadAlarm(service.store, service.setting)
    clock.advance(hours=23, minutes=59)
    assert (await read(token(service))).escalation.state is EscalationState.CLOSED
    clock.advance(minutes=1)
    with pytest.raises(NotFound):
        await read(token(service))


async def test_words_that_were_taken_back_are_not_shown(service: Service, clock: FrozenClock) -> None:
    escalation_id = await opened(service)
    await service.sound(escalation_id)
    await service.change("UPDATE messages SET hidden_at = now() WHERE author = 'student'")
    page = await ReadAlarm(service.store, service.setting)(token(service))
    assert (page.lines[0].text, page.lines[0].hidden) == (None, True)


async def test_a_detail_that_can_t_be_opened_leaves_out_all_who_might_be_suspected(service: Service) -> None:
    escalation_id = await opened(service)
    await service.change("UPDATE escalations SET detail = 'x'")
    assert (await record(service, escalation_id)).suspects == frozenset(Suspect)
    await service.work()
    assert service.notifier.rang() == [FIRST], "somebody is called all the same"
