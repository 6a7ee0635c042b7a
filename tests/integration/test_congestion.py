"""Congestion by those who wait and the counsellors on duty (HOK-5.2, TAJ-N1); the queue goes on."""

from __future__ import annotations

from uuid import UUID

import pytest

from handoff.bootstrap.bridge import ServiceBridge
from handoff.bootstrap.core import Core
from handoff.domain.capacity import is_congested
from handoff.domain.session import HumanWanted, State
from handoff.domain.staff import StaffRole
from handoff.services.congestion import ReadCongestion
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.mark.parametrize(
    ("waiting", "counsellors", "congested"),
    [(0, 1, False), (2, 1, False), (3, 1, True), (5, 2, False), (6, 2, True), (2, 0, False), (3, 0, True)],
)
def test_so_many_for_each_counsellor_are_a_congestion(waiting: int, counsellors: int, congested: bool) -> None:
    assert is_congested(waiting, counsellors, 3) is congested


async def congested(bridge: Bridge, session_id: UUID) -> bool:
    return await ReadCongestion(bridge.service.store, bridge.service.setting)(session_id)


async def test_it_counts_the_others_who_wait_for_a_talk_and_the_counsellors_on_duty(bridge: Bridge) -> None:
    await bridge.people("ゆき")
    ids = [await bridge.waiting(number) for number in (1, 2, 3)]
    assert not await congested(bridge, ids[2]), "two others"
    last = await bridge.waiting(4)
    assert await congested(bridge, last), "three others for one counsellor"
    sora = await bridge.person("そら")
    assert not await congested(bridge, last), "two are there"
    await bridge.presence.set_duty(sora, False)
    assert await congested(bridge, last), "one of them takes no sessions now"
    await bridge.person("みなと", StaffRole.SUPERVISOR)
    assert await congested(bridge, last), "a supervisor isn't counted (KAG-6.1ア(イ))"
    async with bridge.service.store.transaction() as tx:
        await tx.sessions.mark_one_way(ids[0])
    assert not await congested(bridge, last), "who left a message and went waits for no talk"


async def test_pranks_that_somebody_looks_at_make_no_congestion(bridge: Bridge) -> None:
    await bridge.people("ゆき")
    for number in (1, 2, 3):
        session_id = await bridge.waiting(number)
        async with bridge.service.store.transaction() as tx:
            await tx.sessions.set_wanted(session_id, HumanWanted.CONDUCT)
    assert not await congested(bridge, await bridge.waiting(4))


async def test_the_profile_says_how_many_and_the_action_server_hears_it_while_the_queue_goes_on(
    bridge: Bridge,
) -> None:
    bridge.shape(congested_waiting_per_counsellor=1)
    door = ServiceBridge(Core(bridge.service.store, bridge.service.jobs, bridge.service.setting))
    (yuki,) = await bridge.people("ゆき")
    first = await bridge.waiting(1)
    await bridge.write("こんにちは", 2)
    (row,) = await bridge.service.rows("SELECT id FROM sessions WHERE state = 'intake'")
    assert await door.request_handoff(str(row.id), "m1") == State.WAITING
    assert await door.is_congested(str(row.id))
    assert await door.request_handoff(str(row.id), "m1") == State.WAITING, "a repeated step says the same"
    await bridge.claim(first, yuki)
    assert not await door.is_congested(str(row.id))
    assert (await bridge.claim(row.id, yuki)).state is State.LIVE
