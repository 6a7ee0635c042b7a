"""Escalations on a real database: one record, one winner, and a ladder that goes on until somebody answers.

HOK-6, KAG-7.1ア (電話で直ちに), KAG-4.2 (by night), WG-11.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from handoff.domain.errors import EscalationTaken, InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.escalation import Alarm, Cause, CloseReason, EscalationState, Suspect
from handoff.domain.notice import Medium, NoticeOutcome, NoticeResult, NoticeState
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level, Owner, State
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
from handoff.services.raise_escalation import RaiseTestAlarm, raise_escalation
from handoff.services.read_alarm import ReadAlarm
from tests.integration.conftest import CLOSED, OPEN, SEALER, Service
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, text

FIRST, SECOND, THIRD = "当番の業務責任者", "控えの業務責任者", "つなぎ市教育委員会の担当者"
SECRET = "ひみつのことば"
STUDENT = "U" + "1" * 32


@pytest.fixture
def clock(service: Service) -> FrozenClock:
    """The night's clock, standing still."""
    frozen = FrozenClock(CLOSED)
    service.setting.clock = frozen
    return frozen


def with_ladder(profile: Profile, *steps: tuple[str, int, Agency | None], escalate_high: bool = True) -> Profile:
    raw = [{"who": who, "after_minutes": after, "agency": agency} for who, after, agency in steps]
    on_call = type(profile.on_call).model_validate(
        profile.on_call.model_dump(mode="json") | {"ladder": raw, "escalate_high": escalate_high}
    )
    return profile.model_copy(update={"on_call": on_call})


async def write(service: Service, words: str = SECRET) -> UUID:
    """A student writes and is answered; give the event's id."""
    await service.accept(arrivals(text(words)))
    (event,) = await service.rows("SELECT id FROM line_events ORDER BY sequence DESC LIMIT 1")
    await service.work()
    return UUID(str(event.id))


async def alarm(
    service: Service,
    level: Level = Level.CRITICAL,
    *suspects: Suspect,
    cause: Cause = Cause.RISK,
    event: UUID | None = None,
) -> UUID | None:
    """The screen's part: a message was read, and it's urgent."""
    event = event or await write(service)
    (row,) = await service.rows("SELECT session_id FROM messages WHERE id = :id", id=event)
    raised = Alarm(cause, level, ("suicide",), frozenset(suspects), event)
    async with service.store.transaction() as tx:
        return await raise_escalation(tx, service.setting, await tx.sessions.lock(row.session_id), raised)


async def opened(service: Service, level: Level = Level.CRITICAL, *suspects: Suspect) -> UUID:
    escalation_id = await alarm(service, level, *suspects)
    assert escalation_id is not None
    return escalation_id


async def record(service: Service, escalation_id: UUID) -> Escalation:
    async with service.store.reading() as tx:
        return await tx.escalations.find(escalation_id)


async def verbs(service: Service) -> list[str]:
    return [row.verb for row in await service.rows("SELECT verb FROM audit_events ORDER BY sequence")]


def token(service: Service, number: int = -1) -> str:
    link = service.notifier.notices[number].link
    assert link is not None and link.startswith("https://tsunagi.example.jp/alarm/")
    return link.rpartition("/")[2]


# --- raising --------------------------------------------------------------------------------------------------------


async def test_a_critical_message_opens_one_record_and_calls_the_first_person(service: Service) -> None:
    escalation_id = await opened(service)
    await service.work()
    found = await record(service, escalation_id)
    assert (found.state, found.level, found.categories) == (EscalationState.RAISED, Level.CRITICAL, ("suicide",))
    assert found.deadline_at - found.raised_at == timedelta(minutes=5)
    assert sorted(notice.medium for notice in service.notifier.notices) == [
        Medium.MAIL,
        Medium.VOICE,
        Medium.WEBHOOK,
    ]
    assert {notice.who for notice in service.notifier.notices} == {FIRST}
    addresses = {notice.medium: notice.to for notice in service.notifier.notices}
    assert addresses == {Medium.MAIL: "toban@example.jp", Medium.VOICE: "090-0000-0001", Medium.WEBHOOK: None}
    rows = await service.rows("SELECT medium, state, attempts FROM escalation_notices ORDER BY medium")
    assert [(row.medium, row.state, row.attempts) for row in rows] == [
        ("desk", "sent", 0),
        ("mail", "sent", 1),
        ("voice", "sent", 1),
        ("webhook", "sent", 1),
    ]


async def test_a_second_critical_message_adds_evidence_and_no_second_record(service: Service) -> None:
    first = await opened(service)
    again = await alarm(service, Level.HIGH, Suspect.GUARDIAN)
    assert again == first
    found = await record(service, first)
    assert found.level is Level.CRITICAL and found.suspects == {Suspect.GUARDIAN}
    async with service.store.reading() as tx:
        assert [evidence.level for evidence in await tx.escalations.evidence(first)] == [Level.CRITICAL, Level.HIGH]
    assert len(await service.rows("SELECT 1 FROM escalations")) == 1


async def test_the_same_message_read_again_changes_nothing(service: Service) -> None:
    event = await write(service)
    first = await alarm(service, event=event)
    before = await verbs(service)
    assert await alarm(service, event=event) == first
    assert await verbs(service) == before
    await CloseEscalation(service.store, service.setting)(first or uuid4(), FIRST, CloseReason.SAFE)
    assert await alarm(service, event=event) == first


async def test_two_messages_at_the_same_moment_open_one_record(service: Service) -> None:
    events = [await write(service, f"いま{number}") for number in range(5)]
    found = await asyncio.gather(*(alarm(service, event=event) for event in events))
    assert len(set(found)) == 1
    assert len(await service.rows("SELECT 1 FROM escalation_evidence")) == 5


@pytest.mark.parametrize(
    ("at", "escalate_high", "expected"), [(OPEN, True, True), (OPEN, False, False), (CLOSED, False, True)]
)
async def test_high_raises_an_alarm_by_profile_or_when_nobody_is_on_duty(
    service: Service, at: datetime, escalate_high: bool, expected: bool
) -> None:
    service.setting.clock = FrozenClock(at)
    service.setting.profile = with_ladder(service.setting.profile, (FIRST, 0, None), escalate_high=escalate_high)
    assert (await alarm(service, Level.HIGH) is not None) is expected


async def test_high_that_becomes_critical_calls_everybody_again_from_the_first_on(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service, Level.HIGH)
    await service.work()
    clock.advance(minutes=6)
    await service.sound(escalation_id)
    assert service.notifier.rang() == [FIRST, SECOND]
    assert await alarm(service, Level.CRITICAL) == escalation_id
    found = await record(service, escalation_id)
    assert found.level is Level.CRITICAL
    assert found.deadline_at == clock.now() + timedelta(minutes=5)
    await service.work()
    assert service.notifier.rang() == [FIRST, SECOND, FIRST]
    assert [notice.number for notice in service.notifier.notices if notice.medium is Medium.WEBHOOK] == [1, 2, 3]


async def test_critical_after_somebody_has_it_adds_evidence_and_wakes_nobody(service: Service) -> None:
    escalation_id = await opened(service, Level.HIGH)
    await service.work()
    await AcknowledgeEscalation(service.store, service.setting)(escalation_id, FIRST)
    assert await alarm(service, Level.CRITICAL) == escalation_id
    await service.work()
    assert service.notifier.rang() == [FIRST]
    assert (await record(service, escalation_id)).state is EscalationState.ACKNOWLEDGED


async def test_after_a_closed_one_a_new_message_raises_a_new_one(service: Service) -> None:
    first = await opened(service)
    await CloseEscalation(service.store, service.setting)(first, FIRST, CloseReason.NOT_AT_RISK)
    second = await opened(service)
    assert second != first
    assert (await record(service, first)).state is EscalationState.CLOSED


async def test_no_word_category_or_id_of_the_student_leaves_the_house_or_lies_open(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service, Level.CRITICAL, Suspect.TEACHER)
    await service.work()
    told = repr(service.notifier.notices)
    tables = ("escalations", "escalation_notices", "escalation_evidence", "escalation_links", "audit_events")
    rows = "".join([repr(await service.rows(f"SELECT * FROM {table}")) for table in tables])
    for secret in (SECRET, "suicide", "teacher", STUDENT):
        assert secret not in told
        assert secret not in rows
    assert token(service) not in rows
    assert (await record(service, escalation_id)).categories == ("suicide",)


# --- the ladder -----------------------------------------------------------------------------------------------------


async def test_the_ladder_goes_on_until_the_last_rung_repeats_and_ends_when_somebody_has_it(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service)
    await service.sound(escalation_id)
    assert service.notifier.rang() == [FIRST]
    clock.advance(minutes=4, seconds=59)
    await service.sound(escalation_id)
    assert service.notifier.rang() == [FIRST]
    clock.advance(seconds=1)
    await service.sound(escalation_id)
    clock.advance(minutes=5)
    await service.sound(escalation_id)
    assert service.notifier.rang() == [FIRST, SECOND, THIRD]
    for _ in range(3):
        clock.advance(minutes=5)
        await service.sound(escalation_id)
    assert service.notifier.rang() == [FIRST, SECOND, THIRD, THIRD, THIRD, THIRD]
    found = await record(service, escalation_id)
    assert (found.rung, found.round, found.alarms) == (2, 3, 6)
    assert found.next_alarm_at == clock.now() + timedelta(minutes=5)
    await AcknowledgeEscalation(service.store, service.setting)(escalation_id, THIRD)
    clock.advance(hours=5)
    await service.sound(escalation_id)
    assert len(service.notifier.rang()) == 6
    assert (await record(service, escalation_id)).next_alarm_at is None


async def test_a_night_without_a_worker_calls_everybody_at_once_and_repeats_nothing_missed(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service)
    clock.advance(hours=3)
    await service.sound(escalation_id)
    assert sorted(service.notifier.rang()) == sorted([FIRST, SECOND, THIRD])


async def test_the_sweep_finds_an_alarm_whose_wake_up_was_lost(service: Service, clock: FrozenClock) -> None:
    escalation_id = await opened(service)
    await service.change("DELETE FROM procrastinate_jobs")
    assert await service.sweep() == 1
    await service.work()
    assert service.notifier.rang() == [FIRST]
    await service.change("DELETE FROM procrastinate_jobs")
    assert await service.sweep() == 0
    clock.advance(minutes=5)
    assert await service.sweep() == 1
    await service.work()
    assert service.notifier.rang() == [FIRST, SECOND]
    await AcknowledgeEscalation(service.store, service.setting)(escalation_id, FIRST)
    clock.advance(hours=1)
    await service.change("DELETE FROM procrastinate_jobs")
    assert await service.sweep() == 0


async def test_two_workers_at_once_call_nobody_twice(service: Service, clock: FrozenClock) -> None:
    escalation_id = await opened(service)
    service.notifier.pause = 0.05
    await asyncio.gather(*(service.sound(escalation_id) for _ in range(4)))
    assert service.notifier.rang() == [FIRST]
    assert service.notifier.rang(Medium.VOICE) == [FIRST]


@pytest.mark.parametrize("after_the_first_call", [False, True])
async def test_the_school_is_left_out_when_a_teacher_is_suspected(
    service: Service, clock: FrozenClock, after_the_first_call: bool
) -> None:
    service.setting.profile = with_ladder(
        service.setting.profile, (FIRST, 0, Agency.OPERATOR), ("学校の担当者", 1, Agency.SCHOOL), (THIRD, 2, None)
    )
    if after_the_first_call:
        escalation_id = await opened(service)
        await service.sound(escalation_id)
        assert await alarm(service, Level.CRITICAL, Suspect.TEACHER) == escalation_id
    else:
        escalation_id = await opened(service, Level.CRITICAL, Suspect.TEACHER)
    for _ in range(4):
        await service.sound(escalation_id)
        clock.advance(minutes=1)
    assert service.notifier.rang() == [FIRST, THIRD]
    page = await ReadAlarm(service.store, service.setting)(token(service))
    assert Agency.SCHOOL not in {contact.agency for contact in page.call_order}
    assert Agency.POLICE in {contact.agency for contact in page.call_order}


async def test_a_school_that_was_called_before_the_suspicion_can_open_the_page_no_more(
    service: Service, clock: FrozenClock
) -> None:
    service.setting.profile = with_ladder(service.setting.profile, ("学校の担当者", 0, Agency.SCHOOL), (THIRD, 9, None))
    service.notifier.results = [NoticeResult(NoticeOutcome.FAILED_RETRY, "timeout")]
    escalation_id = await opened(service)
    await service.sound(escalation_id)
    read = ReadAlarm(service.store, service.setting)
    link = token(service)
    assert (await read.holder(link)).who == "学校の担当者"
    await alarm(service, Level.CRITICAL, Suspect.TEACHER)
    with pytest.raises(NotFound):
        await read(link)
    clock.advance(minutes=1)
    service.notifier.notices.clear()
    await service.sound(escalation_id)
    assert service.notifier.rang() == [THIRD], "its planned repetition is dropped, and the next one is called at once"
    row, _next = await service.rows(
        "SELECT state, outcome FROM escalation_notices WHERE medium = 'webhook' ORDER BY number"
    )
    assert (row.state, row.outcome) == ("dropped", "withheld"), "the record doesn't say of whom something is suspected"


async def test_without_anybody_on_the_ladder_the_desk_rings_again_and_again_and_it_is_on_record(
    service: Service, clock: FrozenClock
) -> None:
    service.setting.profile = with_ladder(service.setting.profile)
    escalation_id = await opened(service)
    await service.sound(escalation_id)
    clock.advance(minutes=5)
    await service.sound(escalation_id)
    rows = await service.rows("SELECT number FROM escalation_notices WHERE medium = 'desk' AND state = 'sent'")
    assert len(rows) == 2
    audit = await service.rows("SELECT detail FROM audit_events WHERE verb = 'sound_alarm'")
    assert all(row.detail["nobody_on_ladder"] for row in audit)


# --- sending --------------------------------------------------------------------------------------------------------


async def test_a_worker_that_dies_while_it_calls_is_followed_by_one_that_uses_the_same_id(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service)
    service.notifier.media = frozenset({Medium.WEBHOOK})
    sound = service.sound
    service.notifier.pause = 60
    working = asyncio.create_task(sound(escalation_id))
    while not service.notifier.notices:
        await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.wait({working})
    (row,) = await service.rows("SELECT state, attempts FROM escalation_notices WHERE medium = 'webhook'")
    assert (row.state, row.attempts) == ("planned", 1), "the attempt was written down before it was made"
    service.notifier.pause = 0
    await service.sound(escalation_id)
    assert len(service.notifier.notices) == 1, "it may still be under way"
    clock.advance(seconds=31)
    await service.change("DELETE FROM procrastinate_jobs")
    assert await service.sweep() == 1
    await service.work()
    first, second = service.notifier.notices
    assert first == second
    (row,) = await service.rows("SELECT state, attempts FROM escalation_notices WHERE medium = 'webhook'")
    assert (row.state, row.attempts) == ("sent", 2)


async def test_a_worker_that_dies_between_planning_and_calling_loses_nothing(
    service: Service, clock: FrozenClock
) -> None:
    escalation_id = await opened(service)
    sound = service.sound

    async def die(_escalation_id: UUID) -> None:
        raise asyncio.CancelledError

    sound._send = die  # type: ignore[assignment]
    with pytest.raises(asyncio.CancelledError):
        await sound(escalation_id)
    await service.sound(escalation_id)
    assert service.notifier.rang() == [FIRST]
    assert len(await service.rows("SELECT 1 FROM escalation_notices WHERE medium = 'webhook'")) == 1


async def test_a_failing_medium_is_tried_five_times_with_one_id_and_the_ladder_goes_on(
    service: Service, clock: FrozenClock
) -> None:
    service.notifier.media = frozenset({Medium.WEBHOOK})
    service.notifier.results = [NoticeResult(NoticeOutcome.FAILED_RETRY, "http_503")] * 5
    escalation_id = await opened(service)
    for _ in range(30):
        await service.sound(escalation_id)
        clock.advance(seconds=5)
    assert len(service.notifier.notices) == 5
    assert len({notice.id for notice in service.notifier.notices}) == 1
    (row,) = await service.rows("SELECT state, outcome FROM escalation_notices WHERE medium = 'webhook'")
    assert (row.state, row.outcome) == ("failed", "http_503")
    clock.advance(minutes=5)
    await service.sound(escalation_id)
    assert service.notifier.rang()[-1] == SECOND


async def test_what_fails_for_good_isn_t_tried_again(service: Service, clock: FrozenClock) -> None:
    service.notifier.media = frozenset({Medium.MAIL})
    service.notifier.results = [NoticeResult(NoticeOutcome.FAILED_FOR_GOOD, "smtp_550")]
    escalation_id = await opened(service)
    for _ in range(3):
        await service.sound(escalation_id)
        clock.advance(minutes=1)
    assert len(service.notifier.notices) == 1


async def test_a_notifier_with_a_fault_is_only_a_failed_attempt(service: Service, clock: FrozenClock) -> None:
    escalation_id = await opened(service)
    sound = service.sound

    async def explode(_notice: object) -> NoticeResult:
        raise RuntimeError("わたしの秘密")

    sound._send._notifier = explode
    await sound(escalation_id)
    rows = await service.rows("SELECT outcome FROM escalation_notices WHERE medium <> 'desk'")
    assert {row.outcome for row in rows} == {"fault"}


async def test_a_notice_that_waits_for_its_next_attempt_is_dropped_once_somebody_has_it(
    service: Service, clock: FrozenClock
) -> None:
    service.notifier.media = frozenset({Medium.VOICE})
    service.notifier.results = [NoticeResult(NoticeOutcome.FAILED_RETRY, "http_503")]
    escalation_id = await opened(service)
    await service.sound(escalation_id)
    await AcknowledgeEscalation(service.store, service.setting)(escalation_id, FIRST)
    clock.advance(minutes=1)
    await service.sound(escalation_id)
    assert len(service.notifier.rang(Medium.VOICE)) == 1
    (row,) = await service.rows("SELECT state FROM escalation_notices WHERE medium = 'voice'")
    assert row.state == NoticeState.DROPPED


async def test_the_desk_hears_of_it_with_the_commit_and_by_its_id_alone(service: Service, clock: FrozenClock) -> None:
    url = service.store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as listener:
        await listener.execute("LISTEN tsunagi_desk")
        escalation_id = await opened(service)
        notes = [note.payload async for note in listener.notifies(timeout=5, stop_after=1)]
    assert notes == [str(escalation_id)]


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
    assert (session.state, session.owner, session.epoch) == (State.LIVE, Owner.COUNSELLOR, 2)
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


# --- the test alarm -------------------------------------------------------------------------------------------------


async def test_a_test_calls_everybody_once_and_says_that_it_is_one(service: Service, clock: FrozenClock) -> None:
    escalation_id = await RaiseTestAlarm(service.store, service.setting)("administrator")
    await service.work()
    clock.advance(hours=1)
    await service.sound(escalation_id)
    assert sorted(service.notifier.rang()) == sorted([FIRST, SECOND, THIRD])
    assert all(notice.test for notice in service.notifier.notices)
    found = await record(service, escalation_id)
    assert (found.state, found.closed_reason) == (EscalationState.CLOSED, CloseReason.TEST)
    page = await ReadAlarm(service.store, service.setting)(token(service))
    assert (page.session, page.lines) == (None, [])
    with pytest.raises(NotFound):
        await AnswerFromAlarm(service.store, service.setting)(escalation_id, FIRST, "こんばんは")
