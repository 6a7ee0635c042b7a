"""Escalations on a real database: one record, one winner, and a ladder that goes on until somebody answers.

HOK-6, KAG-7.1ア (電話で直ちに), KAG-4.2 (by night), WG-11.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from handoff.domain.errors import NotFound
from handoff.domain.escalation import CloseReason, EscalationState, Suspect
from handoff.domain.notice import Medium, NoticeOutcome, NoticeResult
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level
from handoff.services.acknowledge_escalation import (
    AcknowledgeEscalation,
)
from handoff.services.close_escalation import CloseEscalation
from handoff.services.read_alarm import ReadAlarm
from tests.integration.conftest import CLOSED, OPEN, Service
from tests.integration.escalation_support import (
    FIRST,
    SECOND,
    SECRET,
    STUDENT,
    THIRD,
    alarm,
    opened,
    record,
    token,
    verbs,
    with_ladder,
    write,
)
from tests.support.fakes import FrozenClock

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
    await service.lose_wake_ups()
    assert await service.sweep() == 1
    await service.work()
    assert service.notifier.rang() == [FIRST]
    await service.lose_wake_ups()
    assert await service.sweep() == 0
    clock.advance(minutes=5)
    assert await service.sweep() == 1
    await service.work()
    assert service.notifier.rang() == [FIRST, SECOND]
    await AcknowledgeEscalation(service.store, service.setting)(escalation_id, FIRST)
    clock.advance(hours=1)
    await service.lose_wake_ups()
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
