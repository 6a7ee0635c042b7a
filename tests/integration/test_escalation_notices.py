"""Notices: each goes out once, a dying worker or a failing medium loses none."""

from __future__ import annotations

import asyncio
from uuid import UUID

import psycopg
import pytest

from handoff.domain.errors import NotFound
from handoff.domain.escalation import CloseReason, EscalationState
from handoff.domain.notice import Medium, NoticeOutcome, NoticeResult, NoticeState
from handoff.services.acknowledge_escalation import (
    AcknowledgeEscalation,
)
from handoff.services.answer_from_alarm import AnswerFromAlarm
from handoff.services.escalation_ports import LinkHolder
from handoff.services.raise_escalation import RaiseTestAlarm
from handoff.services.read_alarm import ReadAlarm
from tests.integration.conftest import Service
from tests.integration.escalation_support import (
    FIRST,
    SECOND,
    THIRD,
    opened,
    record,
    token,
)
from tests.support.fakes import FrozenClock

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
    await service.lose_wake_ups()
    assert await service.sweep() == 1
    await service.work()
    first, second = service.notifier.notices
    assert first == second
    (row,) = await service.rows("SELECT state, attempts FROM escalation_notices WHERE medium = 'webhook'")
    assert (row.state, row.attempts) == ("sent", 2)


async def test_a_worker_that_dies_between_planning_and_calling_loses_nothing(
    service: Service, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    escalation_id = await opened(service)
    sound = service.sound

    async def die(_escalation_id: UUID) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(sound, "_send", die)
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
    entries = await service.rows("SELECT sequence, kind, subject, detail FROM desk_events ORDER BY sequence")
    told = [entry for entry in entries if entry.kind == "escalation"]
    assert {entry.subject for entry in told} == {escalation_id} and all(entry.detail == {} for entry in told)
    assert notes == [str(entries[0].sequence)]


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


async def test_two_that_need_a_rungs_link_at_once_get_the_same(service: Service) -> None:
    """A mail and a call of one rung go out side by side; neither may fail because the other was first."""
    escalation_id, at = await opened(service), service.setting.clock.now()
    holder, asked = LinkHolder(escalation_id, 2, THIRD), asyncio.Event()

    async def second() -> str:
        async with service.store.transaction() as tx:
            asked.set()
            return await tx.notices.link(holder, at)

    async with service.store.transaction() as tx:
        first = await tx.notices.link(holder, at)
        other = asyncio.create_task(second())
        await asked.wait()
        while not await service.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            await asyncio.sleep(0.01)
    assert await other == first
