"""The duty log writes what people do, whoever they are by the roster of that day, and costs a request nothing (KAG-6.1ア(イ))."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from handoff.bootstrap.roster import put_on_roster
from handoff.domain.staff import StaffRole
from handoff.services.desk.sign_in import SEEN_EVERY
from handoff.web.desk.shifts.parts import ShiftDesk, shift_desk
from tests.integration.conftest import Service
from tests.integration.desk_support import PASSWORD, Bridge

DAY = date(2026, 11, 20)


@pytest.fixture
def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
def desk(bridge: Bridge) -> ShiftDesk:
    return shift_desk(bridge.service.store, bridge.service.setting)


@contextmanager
def statements(service: Service) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = service.store.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def minutes(bridge: Bridge, desk: ShiftDesk, day: date = DAY) -> dict[str, int]:
    minato = await bridge.member("みなと")
    return {one.alias: one.minutes for one in (await desk.read.duty(minato, day)).people}


async def test_who_pledges_after_signing_in_is_on_the_log_from_then_on(bridge: Bridge, desk: ShiftDesk) -> None:
    minato = await bridge.supervisor()
    await desk.open(minato, uuid4())
    aoi = await bridge.accounts.add("あおい", "あおい", StaffRole.COUNSELLOR, PASSWORD)
    await bridge.sign_in("あおい", PASSWORD)
    bridge.clock.advance(minutes=20)
    await bridge.presence.beat([aoi.id, minato.id])
    assert "あおい" not in await minutes(bridge, desk), "nobody works without being on the roster"
    aoi = await put_on_roster(bridge.service.store, bridge.service.setting, aoi)
    for _ in range(4):
        await bridge.presence.beat([aoi.id, minato.id])
        bridge.clock.advance(minutes=15)
    await bridge.presence.beat([aoi.id, minato.id])
    assert (await minutes(bridge, desk))["あおい"] == 60
    # A break is a break, though their desk stays open.
    await bridge.presence.set_duty(aoi, False)
    for _ in range(4):
        bridge.clock.advance(minutes=15)
        await bridge.presence.beat([aoi.id, minato.id])
    assert (await minutes(bridge, desk))["あおい"] == 60


async def test_whose_entry_ends_at_midnight_isn_t_counted_after_it(bridge: Bridge, desk: ShiftDesk) -> None:
    minato, yuki = await bridge.supervisor(), await bridge.person("ゆき")
    await bridge.service.change("UPDATE roster_entries SET valid_to = :d WHERE staff_id = :s", d=DAY, s=yuki.id)
    bridge.clock.advance(hours=5, minutes=50)  # to 23:50
    token = (await bridge.sign_in("ゆき", PASSWORD)).token
    for _ in range(6):
        bridge.clock.advance(minutes=5)
        await bridge.sign_in.who(token)
        await bridge.presence.beat([yuki.id, minato.id])
    await desk.open(minato, uuid4())
    assert (await minutes(bridge, desk, DAY + timedelta(days=1))).get("ゆき", 0) == 0
    assert (
        await bridge.service.rows("SELECT 1 FROM duty_spans WHERE staff_id = :s AND ended_at IS NULL", s=yuki.id) == []
    )


async def test_who_becomes_a_supervisor_is_one_on_the_log_from_that_day(bridge: Bridge) -> None:
    yuki = await bridge.person("ゆき")
    await bridge.service.change("UPDATE roster_entries SET role = 'supervisor' WHERE staff_id = :s", s=yuki.id)
    bridge.clock.advance(minutes=5)
    await bridge.presence.beat([yuki.id])
    rows = await bridge.service.rows("SELECT role, ended_at FROM duty_spans ORDER BY began_at")
    assert [(row.role, row.ended_at is None) for row in rows] == [("counsellor", False), ("supervisor", True)]


async def test_a_request_asks_once_and_writes_every_half_minute(bridge: Bridge) -> None:
    await bridge.person("ゆき")
    token = (await bridge.sign_in("ゆき", PASSWORD)).token
    for later, most in ((timedelta(), 1), (SEEN_EVERY + timedelta(seconds=1), 4), (timedelta(seconds=1), 1)):
        bridge.clock.advance(seconds=later.total_seconds())
        with statements(bridge.service) as sent:
            await bridge.sign_in.who(token)
        assert 1 <= len(sent) <= most, sent


async def test_signing_in_and_out_pauses_requests_and_beats_never_wait_for_each_other(bridge: Bridge) -> None:
    people = await bridge.people(*(f"人{number}" for number in range(4)))
    tokens = [(await bridge.sign_in(one.name, PASSWORD)).token for one in people]
    ids = [one.id for one in people]

    async def use(number: int) -> None:
        for turn in range(6):
            await bridge.presence.set_duty(people[number], turn % 2 == 0)
            await bridge.service.change("UPDATE sign_ins SET real_seen_at = real_seen_at - interval '1 minute'")
            await bridge.sign_in.who(tokens[number])

    async def beat(order: int) -> None:
        for _ in range(12):
            await bridge.presence.beat(ids[::order])

    async with asyncio.timeout(30):
        await asyncio.gather(*(use(number) for number in range(4)), beat(1), beat(-1), beat(1))
    rows = await bridge.service.rows("SELECT staff_id FROM duty_spans WHERE ended_at IS NULL")
    assert len({row.staff_id for row in rows}) == len(rows) <= len(people)
