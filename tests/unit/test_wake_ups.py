"""Wake-ups in a worker: who is woken is worked for, one at a time for a contact, and never once too little."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from handoff.adapters.wake_ups import DELIVER, DRAIN, WakeUps, notice
from handoff.domain.errors import StoreUnavailable


class Work:
    """A handler whose work takes as long as a test wants."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []
        self.under_way = 0
        self.most = 0
        self.go = asyncio.Event()
        self.fault: Exception | None = None

    async def __call__(self, contact_id: UUID) -> None:
        self.begun.append(contact_id)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.go.wait()
            if self.fault is not None:
                raise self.fault
        finally:
            self.under_way -= 1


def woken(concurrency: int = 2) -> tuple[WakeUps, Work]:
    wake_ups, work = WakeUps(concurrency=concurrency), Work()
    wake_ups.handle(DRAIN, work)
    return wake_ups, work


async def test_who_is_woken_while_the_work_is_under_way_is_worked_for_once_more() -> None:
    wake_ups, work = woken()
    contact = uuid4()
    wake_ups.take(notice(DRAIN, contact))
    await asyncio.sleep(0)
    for _ in range(3):
        wake_ups.take(notice(DRAIN, contact))
    work.go.set()
    await wake_ups.idle()
    assert (work.begun, work.most) == ([contact, contact], 1)


async def test_who_waits_to_begin_is_begun_once() -> None:
    wake_ups, work = woken(concurrency=1)
    first, second = uuid4(), uuid4()
    for contact in (first, second, second, second):
        wake_ups.take(notice(DRAIN, contact))
    await asyncio.sleep(0)
    assert work.begun == [first]
    work.go.set()
    await wake_ups.idle()
    assert work.begun == [first, second]


async def test_each_kind_has_slots_of_its_own() -> None:
    wake_ups, drains = woken(concurrency=2)
    deliveries = Work()
    wake_ups.handle(DELIVER, deliveries)
    for _ in range(5):
        wake_ups.take(notice(DELIVER, uuid4()))
    wake_ups.take(notice(DRAIN, uuid4()))
    await asyncio.sleep(0)
    assert (len(deliveries.begun), len(drains.begun)) == (2, 1)
    for work in (drains, deliveries):
        work.go.set()
    await wake_ups.idle()
    assert (len(deliveries.begun), deliveries.most) == (5, 2)


async def test_one_for_later_comes_later_and_hinders_none_for_now() -> None:
    wake_ups, work = woken()
    work.go.set()
    contact = uuid4()
    wake_ups.take(notice(DRAIN, contact, 30))
    await wake_ups.idle()
    assert work.begun == []
    wake_ups.take(notice(DRAIN, contact))
    await wake_ups.idle()
    assert work.begun == [contact]
    while len(work.begun) < 2:
        await asyncio.sleep(0.01)
    assert work.begun == [contact, contact]


@pytest.mark.parametrize("fault", [StoreUnavailable("away"), ValueError("ひみつ")])
async def test_what_fails_is_told_without_its_words_and_leaves_the_next_alone(
    fault: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    wake_ups, work = woken()
    work.go.set()
    work.fault = fault
    contact = uuid4()
    wake_ups.take(notice(DRAIN, contact))
    await wake_ups.idle()
    work.fault = None
    wake_ups.take(notice(DRAIN, contact))
    await wake_ups.idle()
    assert work.begun == [contact, contact]
    told = capsys.readouterr().out
    assert DRAIN in told and "ひみつ" not in told and str(contact) not in told


@pytest.mark.parametrize("payload", ["", "drain_contact", "drain_contact x 0", f"drain_contact {UUID(int=1)} soon",
                                     f"dance {UUID(int=1)} 0", f"drain_contact {UUID(int=1)} 0 0"])  # fmt: skip
async def test_a_notice_that_is_none_of_ours_wakes_nobody(payload: str) -> None:
    wake_ups, work = woken()
    wake_ups.take(payload)
    await wake_ups.idle()
    assert work.begun == []


async def test_closing_lets_what_began_end_and_begins_nothing_more() -> None:
    wake_ups, work = woken(concurrency=1)
    first, second = uuid4(), uuid4()
    for contact in (first, second, first):
        wake_ups.take(notice(DRAIN, contact))
        await asyncio.sleep(0)
    closing = asyncio.create_task(wake_ups.close(5))
    await asyncio.sleep(0.01)
    assert not closing.done()
    wake_ups.take(notice(DRAIN, uuid4()))
    work.go.set()
    await closing
    assert work.begun == [first]


async def test_closing_ends_also_for_what_was_woken_in_the_same_moment() -> None:
    wake_ups, work = woken()
    for _ in range(3):
        wake_ups.take(notice(DRAIN, uuid4()))
    async with asyncio.timeout(2):
        await wake_ups.close(0.1)
    assert work.begun == []


async def test_a_wake_up_that_came_during_work_that_fails_is_not_lost() -> None:
    wake_ups, work = woken()
    work.fault = ValueError("of ours")
    contact = uuid4()
    wake_ups.take(notice(DRAIN, contact))
    await asyncio.sleep(0)
    wake_ups.take(notice(DRAIN, contact))
    work.go.set()
    await wake_ups.idle()
    assert work.begun == [contact, contact]


async def test_closing_cuts_off_what_takes_too_long() -> None:
    wake_ups, work = woken()
    wake_ups.take(notice(DRAIN, uuid4()))
    await asyncio.sleep(0)
    await wake_ups.close(0.02)
    assert (len(work.begun), work.under_way) == (1, 0)
