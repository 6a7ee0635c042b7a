"""What is written while nobody answers isn't forgotten, and a risk that comes another way ends a block as well (TAJ-5)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from handoff.domain.incoming import Channel
from handoff.domain.session import State
from handoff.domain.staff import StaffMember
from handoff.services.broadcasts.decide_block import LiftBlock, ReadBlocks
from handoff.services.broadcasts.read_meanwhile import TendBlocks
from handoff.services.desk.follow_up import ReadFollowUps
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import at_the_desk, entries
from tests.integration.desk_support import Bridge
from tests.integration.test_blocks import CALM, WISH, blocked, decide, session_of
from tests.support.fakes import FrozenClock


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


async def asked(bridge: Bridge, by: StaffMember) -> list[tuple[UUID, UUID, str]]:
    """Two workers do their round at once; the tasks that are open: session, owner and what."""
    tend = TendBlocks(bridge.service.store, bridge.service.setting)
    await asyncio.gather(tend(), tend())
    board = await ReadFollowUps(bridge.service.store, bridge.service.setting)(by)
    return [(task.session_id, task.owner_id, task.what) for task in board.open]


async def test_what_was_written_meanwhile_becomes_a_task_when_the_block_is_over(
    bridge: Bridge, minato: StaffMember
) -> None:
    key = await blocked(bridge, minato)
    await bridge.write("きいてほしいことがある")
    await bridge.write("だれか")
    session_id = await session_of(bridge)
    assert await asked(bridge, minato) == [], "it runs, and the words are of today"
    # The bot would have closed it for silence, and nobody would ever have read it.
    bridge.clock.advance(days=2)
    await bridge.service.tend()
    assert (await bridge.card(session_id)).state is State.CLOSED
    (listed,) = (await ReadBlocks(bridge.service.store, bridge.service.setting)(minato)).blocks
    page = await ReadBlocks(bridge.service.store, bridge.service.setting)(minato)
    assert (page.meanwhile[key].count, page.meanwhile[key].session_id) == (2, session_id) and listed.id == key
    await LiftBlock(bridge.service.store, bridge.service.setting)(minato, key)
    bridge.clock.advance(seconds=1)
    ((where, whose, what),) = await asked(bridge, minato)
    assert (where, whose) == (session_id, minato.id) and "いたあいだの書きこみが2件" in what
    assert len(await asked(bridge, minato)) == 1, "once"
    (entry,) = await entries(bridge.service, "ask_to_read_block")
    assert entry.detail["block"] == str(key) and entry.detail["messages"] == 2 and "きいて" not in str(entry.detail)
    shown = [one.line.text for one in await bridge.lines(session_id)]
    assert "きいてほしいことがある" in shown and "だれか" in shown


async def test_while_a_block_runs_it_is_asked_for_every_third_day(bridge: Bridge, minato: StaffMember) -> None:
    await bridge.write(CALM)
    await decide(bridge, minato, await session_of(bridge), replace(WISH, last_day=date(2026, 12, 15)))
    bridge.clock.advance(minutes=1)
    await bridge.write("ひとつ")
    bridge.clock.advance(days=2)
    await bridge.write("ふたつ")
    assert await asked(bridge, minato) == []
    bridge.clock.advance(days=1)
    ((_, _, what),) = await asked(bridge, minato)
    assert "いるあいだの書きこみが2件" in what
    bridge.clock.advance(days=4)
    assert len(await asked(bridge, minato)) == 1, "nothing new"
    # Whoever decided it is gone: another supervisor is asked.
    riku = await bridge.supervisor("りく")
    await bridge.accounts.disable("みなと")
    await bridge.write("みっつ")
    bridge.clock.advance(days=20)
    found = {what: owner for _, owner, what in await asked(bridge, riku)}
    assert next(owner for what, owner in found.items() if "1件" in what) == riku.id


async def test_a_message_of_the_moment_of_the_lift_and_of_each_of_two_blocks(
    bridge: Bridge, minato: StaffMember
) -> None:
    """One process's clock may be a breath behind another's; and each decision has its own words, once."""
    first = await blocked(bridge, minato)
    await bridge.write("ひとつ")
    bridge.clock.advance(seconds=1)
    second = await decide(bridge, minato, await session_of(bridge))
    bridge.clock.advance(seconds=1)
    for words in ("ふたつ", "みっつ"):
        await bridge.write(words)
    await LiftBlock(bridge.service.store, bridge.service.setting)(minato, second)
    await bridge.service.change(
        "UPDATE blocks SET lifted_at = lifted_at - interval '1 ms' WHERE id = :second", second=second
    )
    bridge.clock.advance(seconds=1)
    page = await ReadBlocks(bridge.service.store, bridge.service.setting)(minato)
    assert {key: one.count for key, one in page.meanwhile.items()} == {first: 1, second: 2}
    assert sorted("1件" in what for _, _, what in await asked(bridge, minato)) == [False, True]


async def test_nothing_is_asked_where_nothing_was_written(bridge: Bridge, minato: StaffMember) -> None:
    key = await blocked(bridge, minato)
    await LiftBlock(bridge.service.store, bridge.service.setting)(minato, key)
    bridge.clock.advance(days=9)
    await bridge.write("こんにちは")
    assert await asked(bridge, minato) == []
    assert (await ReadBlocks(bridge.service.store, bridge.service.setting)(minato)).meanwhile == {}


async def test_a_call_at_risk_that_is_linked_later_ends_it(bridge: Bridge, minato: StaffMember) -> None:
    """Somebody who is blocked on LINE phones in danger: the next thing that they write is answered as anybody's."""
    await blocked(bridge, minato)
    await bridge.write(CALM)
    session_id, now = await session_of(bridge), bridge.clock.now()
    async with bridge.service.store.transaction() as tx:
        caller = await tx.contacts.find_or_add(Channel.PHONE, "x", now)
        call = await tx.sessions.start(caller, "demo", now)
        await tx.sessions.link(call.id, session_id)
        await tx.sessions.mark_unscreened(call.id)
    await bridge.write("さっき電話しました")
    assert bridge.service.bot.heard[-1][2] == "さっき電話しました"
    (row,) = await bridge.service.rows("SELECT lifted_for FROM blocks")
    assert row.lifted_for == "risk"


async def test_what_nobody_screened_is_answered(bridge: Bridge, minato: StaffMember) -> None:
    await blocked(bridge, minato)
    bridge.service.screen = None
    await bridge.write("よんで")
    assert bridge.service.bot.heard[-1][2] == "よんで"


async def test_the_page_leads_to_what_was_written(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        bridge = Bridge(service, FrozenClock(OPEN))
        await blocked(bridge, await bridge.member("minato"))
        page = await minato.page("/desk/broadcasts/blocks")
        assert "このあいだの書きこみ" not in page
        await bridge.write("だれか")
        page = await minato.page("/desk/broadcasts/blocks")
        assert "このあいだの書きこみ" in page and f"/desk/?open={await session_of(bridge)}" in page
        session_id = await session_of(bridge)
        await service.change(
            "UPDATE sessions SET state = 'closed', closed_reason = 'silence' WHERE id = :id", id=session_id
        )
        told = str(await minato.json(f"/desk/api/talks/{session_id}"))
        assert "だれか" in told, "closed for silence, and still to be read"
