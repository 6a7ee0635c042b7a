"""Blocks of a contact (TAJ-5): one kind line and silence below high; at risk, or unread, over at once, and all as for anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Prohibited
from handoff.domain.session import State
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.texts import TextKey
from handoff.domain.wording_rules import must_nots
from handoff.services.broadcasts.decide_block import BlockWish, DecideBlock, LiftBlock, ReadBlock, ReadBlocks
from handoff.services.desk.keep_care import Agreed, KeepCare
from handoff.services.screen_message import ScreenMessage
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.desk_care_support import HOSTILE, at_the_desk, entries, hidden, told
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge, address
from tests.integration.report_desk_support import staffed
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, text

WHY = "同じ店の宣伝が何日も続いた"
LAST = date(2026, 11, 26)
WISH = BlockWish(Prohibited.ADVERTISING, WHY, LAST, compared=False)
CALM = "おすすめのお店はこちら"


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


async def decide(
    bridge: Bridge, by: StaffMember, session_id: UUID, wish: BlockWish = WISH, key: UUID | None = None
) -> UUID:
    key = key or uuid4()
    await DecideBlock(bridge.service.store, bridge.service.setting)(session_id, by, key, wish)
    return key


async def session_of(bridge: Bridge) -> UUID:
    (row,) = await bridge.service.rows("SELECT id FROM sessions ORDER BY opened_at DESC LIMIT 1")
    return UUID(str(row.id))


async def blocked(bridge: Bridge, by: StaffMember) -> UUID:
    """A student who wrote to the bot, and is blocked; the block's id."""
    await bridge.write(CALM)
    key = await decide(bridge, by, await session_of(bridge))
    bridge.clock.advance(minutes=1)
    bridge.service.line.calls.clear()
    return key


async def refused(bridge: Bridge, by: StaffMember, session_id: UUID, wish: BlockWish = WISH) -> InputRefused:
    with pytest.raises(InputRefused) as error:
        await decide(bridge, by, session_id, wish)
    assert await bridge.service.rows("SELECT 1 FROM blocks") == []
    return error.value


async def test_the_decision_is_on_record_sealed_and_made_once(bridge: Bridge, minato: StaffMember) -> None:
    session_id = await bridge.waiting(words=CALM)
    await bridge.drain()
    key = await decide(bridge, minato, session_id)
    await decide(bridge, minato, session_id, key=key)  # the same form again
    (row,) = await bridge.service.rows("SELECT * FROM blocks")
    assert (row.id, row.reason, row.made_by, row.made_at) == (key, "advertising", minato.id, bridge.clock.now())
    assert row.ends_at.isoformat() == "2026-11-26T15:00:00+00:00", "the midnight after its last day, in Japan"
    assert SEALER.open("blocks", "words", str(key), row.words) == WHY
    (entry,) = await entries(bridge.service, "decide_block")
    assert entry.actor == minato.actor and entry.detail["block"] == str(key)
    assert entry.detail["reason"] == "advertising" and "宣伝" not in str(entry.detail)
    assert WHY.encode() not in await bridge.everything()
    (session,) = await bridge.service.rows("SELECT state, closed_reason FROM sessions")
    assert (session.state, session.closed_reason) == ("closed", "prank"), "nobody has it in the queue any more"
    page = await ReadBlock(bridge.service.store, bridge.service.setting)(session_id, minato)
    assert page.running is not None and page.running.why == WHY


async def test_below_high_there_is_one_kind_line_and_then_silence_and_no_queue(
    bridge: Bridge, minato: StaffMember
) -> None:
    await blocked(bridge, minato)
    turns = len(bridge.service.bot.heard)
    for words in (CALM, "相談員と話したい", "お店はこちら"):
        await bridge.write(words)
    first, lines = bridge.said
    assert first == bridge.wording(TextKey.BLOCKED, until="11月26日（木）") and not must_nots(first)
    assert "0120" in lines, "the phone lines that are open now"
    assert len(bridge.service.bot.heard) == turns, "the bot never hears of it"
    session_id = await session_of(bridge)
    assert (await bridge.card(session_id)).state is State.INTAKE, "no place in the queue"
    rows = await bridge.service.rows(
        "SELECT level, result, screened_at FROM line_events WHERE result = 'blocked' ORDER BY sequence"
    )
    assert [row.level for row in rows] == ["none"] * 3 and all(row.screened_at for row in rows), "screened as ever"
    shown = [one.line.text for one in await bridge.lines(session_id)]
    assert shown == [CALM, first, lines, "相談員と話したい", "お店はこちら"], "and in the transcript"
    assert await bridge.service.rows("SELECT 1 FROM escalations") == []


@pytest.mark.parametrize(("words", "level"), [(AT_CRITICAL, "critical"), (AT_HIGH, "high")])
async def test_at_risk_it_is_over_at_once_and_all_goes_on_as_for_anybody(
    bridge: Bridge, minato: StaffMember, words: str, level: str
) -> None:
    key = await blocked(bridge, minato)
    await bridge.write(CALM)
    bridge.service.line.calls.clear()
    event = await bridge.write(words)
    (row,) = await bridge.service.rows("SELECT * FROM blocks")
    assert (row.lifted_for, row.lifted_by, row.lifted_at) == ("risk", None, bridge.clock.now())
    (entry,) = await entries(bridge.service, "lift_block")
    assert (entry.actor, entry.detail["block"], entry.detail["event"]) == ("screen", str(key), str(event))
    session_id = await session_of(bridge)
    assert [(one.session_id, one.subject, one.detail) for one in await told(bridge.service, "alarm")] == [
        (session_id, key, {"code": "block_lifted"})
    ], "supervisors hear of it"
    assert (await bridge.card(session_id)).state is State.WAITING
    (escalation,) = await bridge.service.rows("SELECT * FROM escalations")
    assert (escalation.state, escalation.level) == ("raised", level)
    assert bridge.said and bridge.wording(TextKey.BLOCKED, until="11月26日（木）") not in bridge.said
    # The same as somebody hears who never was blocked.
    ours = list(bridge.said)
    bridge.service.line.calls.clear()
    await bridge.write(words, 2)
    assert bridge.said == ours
    await bridge.write("うん")
    assert (await entries(bridge.service, "lift_block")) == [entry]


class Broken:
    """A reader that reads nothing. Implements ``services.outside.RiskReader``."""

    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Any:
        raise RuntimeError


async def test_what_the_screen_could_not_read_lifts_it_too(bridge: Bridge, minato: StaffMember) -> None:
    await blocked(bridge, minato)
    await bridge.receive(CALM)
    bridge.service.screen = ScreenMessage(bridge.service.setting, read_event, Broken())
    await bridge.drain()
    await bridge.deliver()
    (row,) = await bridge.service.rows("SELECT lifted_for FROM blocks")
    assert row.lifted_for == "risk"
    card = await bridge.card(await session_of(bridge))
    assert card.unscreened and card.state is State.WAITING and card.escalation is not None
    assert bridge.wording(TextKey.BLOCKED, until="11月26日（木）") not in bridge.said


async def test_a_session_that_nobody_could_read_ends_it_whoever_marked_it(bridge: Bridge, minato: StaffMember) -> None:
    """Where even the alarm of a failed screen couldn't be written, the drain itself lets nobody be silenced."""
    await blocked(bridge, minato)
    await bridge.write(CALM)
    await bridge.service.change("UPDATE sessions SET unscreened = true WHERE state = 'intake'")
    await bridge.write("きいて")
    assert bridge.service.bot.heard[-1][2] == "きいて", "the bot answers again"
    (row,) = await bridge.service.rows("SELECT lifted_for FROM blocks")
    assert row.lifted_for == "risk" and len(await told(bridge.service, "alarm")) == 1


async def test_calm_words_before_the_grave_ones_are_not_told_off(bridge: Bridge, minato: StaffMember) -> None:
    """All that waits is screened first: whoever wrote two messages at once isn't turned away by the first of them."""
    await blocked(bridge, minato)
    await bridge.receive(CALM)
    bridge.clock.advance(seconds=1)
    await bridge.receive(AT_CRITICAL)
    await bridge.drain()
    await bridge.deliver()
    assert bridge.wording(TextKey.BLOCKED, until="11月26日（木）") not in bridge.said and bridge.said
    assert (await bridge.card(await session_of(bridge))).state is State.WAITING


async def test_a_worker_that_dies_and_events_that_come_twice_change_nothing(
    bridge: Bridge, minato: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    await blocked(bridge, minato)
    event = arrivals(text(CALM, address(1)))
    for _ in range(2):
        await bridge.service.accept(event)

    async def dies(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr("handoff.services.broadcasts.hold_block.say", dies)
        with pytest.raises(asyncio.CancelledError):
            await bridge.drain()
    (row,) = await bridge.service.rows("SELECT told_at FROM blocks")
    assert row.told_at is None, "nothing was kept of the step that died"
    await asyncio.gather(bridge.drain(), bridge.drain())
    await bridge.service.accept(event)
    await bridge.drain()
    await bridge.deliver()
    assert len(bridge.said) == 2 and len(await bridge.service.rows("SELECT 1 FROM line_events")) == 2


async def test_it_ends_by_itself_and_can_be_lifted_and_renewed(bridge: Bridge, minato: StaffMember) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    key = await blocked(bridge, minato)
    await LiftBlock(store, setting)(minato, key)
    await LiftBlock(store, setting)(minato, key)
    (entry,) = await entries(bridge.service, "lift_block")
    assert (entry.actor, entry.detail["why"]) == (minato.actor, "supervisor")
    await bridge.write("こんにちは")
    assert bridge.said and bridge.service.bot.heard[-1][2] == "こんにちは"
    first = await decide(bridge, minato, await session_of(bridge))
    second = await decide(bridge, minato, await session_of(bridge), replace(WISH, last_day=date(2026, 12, 1)))
    rows = {row.id: row for row in await bridge.service.rows("SELECT * FROM blocks")}
    assert rows[first].lifted_for == "renewed" and rows[second].lifted_for is None
    bridge.service.line.calls.clear()
    await bridge.write(CALM)
    assert bridge.said[0] == bridge.wording(TextKey.BLOCKED, until="12月1日（火）"), "a new decision is told anew"
    bridge.clock.advance(days=12)
    bridge.service.line.calls.clear()
    await bridge.write("また来ました")
    assert bridge.service.bot.heard[-1][2] == "また来ました" and bridge.said
    listed = await ReadBlocks(store, setting)(minato)
    assert (listed.running, listed.ever) == (0, 3)


async def test_nobody_at_risk_is_blocked(bridge: Bridge, minato: StaffMember) -> None:
    session_id = await bridge.waiting(words=AT_HIGH)
    assert "緊急対応" in (await refused(bridge, minato, session_id)).text
    await bridge.service.change("UPDATE escalations SET state = 'closed'")
    assert "危険度" in (await refused(bridge, minato, session_id)).text
    now = bridge.clock.now()
    await bridge.service.change("UPDATE sessions SET state = 'closed', closed_at = :at", at=now)
    bridge.clock.advance(days=29)
    assert "危険度" in (await refused(bridge, minato, session_id, replace(WISH, last_day=date(2026, 12, 20)))).text
    await bridge.service.change("UPDATE sessions SET level = 'none', unscreened = true")
    assert (
        "読み取れない" in (await refused(bridge, minato, session_id, replace(WISH, last_day=date(2026, 12, 20)))).text
    )
    # Where even the mark of a failed screen couldn't be written, the line knows of it.
    await bridge.service.change("UPDATE sessions SET unscreened = false")
    await bridge.service.change("UPDATE messages SET unscreened = true")
    assert "危険度" in (await refused(bridge, minato, session_id, replace(WISH, last_day=date(2026, 12, 20)))).text
    bridge.clock.advance(days=2)
    await decide(bridge, minato, session_id, replace(WISH, last_day=date(2026, 12, 25)))


async def test_a_phone_call_at_risk_of_the_same_person_counts(bridge: Bridge, minato: StaffMember) -> None:
    await bridge.write(CALM)
    session_id, now = await session_of(bridge), bridge.clock.now()
    async with bridge.service.store.transaction() as tx:
        other = await tx.contacts.find_or_add(Channel.PHONE, "x", now)
        call = await tx.sessions.start(other, "demo", now)
        await tx.sessions.link(call.id, session_id)
        await tx.sessions.mark_unscreened(call.id)
    assert "危険度" in (await refused(bridge, minato, session_id)).text


async def test_a_reporter_s_open_session_stays(service: Service) -> None:
    inbox = await staffed(service)
    await inbox.from_line(user=address(1))
    bridge = Bridge(service, FrozenClock(OPEN))
    session_id, minato = await session_of(bridge), await bridge.member("minato")
    assert "通報として扱っています" in (await refused(bridge, minato, session_id)).text


async def test_what_else_speaks_against_it(bridge: Bridge, minato: StaffMember) -> None:
    (yuki,) = await bridge.people("ゆき")
    live = await bridge.live(yuki)
    assert "相談員が話している" in (await refused(bridge, minato, live.id)).text
    await bridge.end(live.id, yuki)
    assert "終了記録" in (await refused(bridge, minato, live.id)).text
    await bridge.service.change("UPDATE sessions SET state = 'closed'")
    await bridge.receive(CALM)
    assert "まだ読めていない" in (await refused(bridge, minato, live.id)).text
    await bridge.drain()
    async with bridge.service.store.drain_lock(await bridge.contact()) as held:
        assert held is not None
        assert "読んでいます" in (await refused(bridge, minato, live.id)).text
    care = Agreed("", "はじめに名前を確かめる", frequent=False, impersonation=True, seen=None)
    await KeepCare(bridge.service.store, bridge.service.setting)(live.id, minato, care)
    error = await refused(bridge, minato, live.id)
    assert error.field == "compared" and "照らし合わせ" in error.text
    async with bridge.service.store.transaction() as tx:
        chat = await tx.contacts.find_or_add(Channel.WEB, "w", bridge.clock.now())
        web = await tx.sessions.start(chat, "demo", bridge.clock.now())
    assert "LINEで書いている人だけ" in (await refused(bridge, minato, web.id)).text
    await decide(bridge, minato, live.id, replace(WISH, compared=True))


async def test_the_board_s_profile_must_know_of_blocks(bridge: Bridge, minato: StaffMember) -> None:
    await bridge.write(CALM)
    profile = bridge.service.setting.profile
    bridge.service.setting.profile = profile.model_copy(update={"conduct": type(profile.conduct)()})
    assert "決められていません" in (await refused(bridge, minato, await session_of(bridge))).text


async def test_nobody_but_a_supervisor(bridge: Bridge, minato: StaffMember) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    key = await blocked(bridge, minato)
    session_id = await session_of(bridge)
    for role in (StaffRole.COUNSELLOR, StaffRole.ADMINISTRATOR, StaffRole.BOARD):
        other = await bridge.person(f"だれか{role}", role, here=False)
        for work in (
            DecideBlock(store, setting)(session_id, other, uuid4(), WISH),
            LiftBlock(store, setting)(other, key),
            ReadBlocks(store, setting)(other),
            ReadBlock(store, setting)(session_id, other),
        ):
            with pytest.raises(NotPermitted):
                await work
    with pytest.raises(NotFound):
        await LiftBlock(store, setting)(minato, uuid4())


async def test_somebody_who_takes_the_session_all_the_same_talks_as_ever(bridge: Bridge, minato: StaffMember) -> None:
    await blocked(bridge, minato)
    await bridge.write(CALM)
    session = await bridge.take_over(await session_of(bridge), minato)
    await bridge.deliver()
    bridge.service.line.calls.clear()
    await bridge.write("すみませんでした")
    assert bridge.said == [] and (await bridge.last(session.id)).line.text == "すみませんでした"
    await bridge.write_line(await bridge.take_over(session.id, minato), minato, "読みました。")
    await bridge.deliver()
    assert bridge.said == ["読みました。"]


# --- pages ------------------------------------------------------------------------------------------------------------


async def test_a_supervisor_decides_reads_and_lifts_it_on_the_pages(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        bridge = Bridge(service, FrozenClock(OPEN))
        await bridge.write(CALM)
        session_id = await session_of(bridge)
        care = await minato.page(f"/desk/talks/{session_id}/care")
        path = f"/desk/talks/{session_id}/block"
        assert f'href="{path}"' in care and "受付を止めています" not in care
        status, page, _ = await minato.send(path, path, reason="advertising", why="", last_day="2026-11-26")
        assert status == 400 and 'id="why" name="why"' in page and "何があったかを" in page
        assert 'value="2026-11-26"' in page and '<option value="advertising" selected>' in page
        fields = hidden(page, path) | {"reason": "advertising", "why": HOSTILE, "last_day": "2026-11-26"}
        assert (await minato.post(path, fields))[2] == "/desk/broadcasts/blocks?said=decided"
        page = await minato.page("/desk/broadcasts/blocks")
        assert "11月26日（木）まで" in page and "&lt;script&gt;" in page and "<script>alert" not in page
        assert "まだ伝えていません" in page
        assert "受付を止めています（11月26日（木）まで）" in await minato.page(f"/desk/talks/{session_id}/care")
        await bridge.write(CALM)
        (card,) = (await minato.json("/desk/api/intakes"))["cards"]
        assert card["blocked_until"].startswith("2026-11-27T00:00")
        assert "に伝えました" in await minato.page("/desk/broadcasts/blocks")
        (row,) = await service.rows("SELECT id FROM blocks")
        lift = f"/desk/broadcasts/blocks/{row.id}/lift"
        assert (await minato.send("/desk/broadcasts/blocks", lift))[0] == 303
        page = await minato.page("/desk/broadcasts/blocks")
        assert lift not in page and "解除しました" in page and "いません。止めるときは" in page


async def test_at_risk_the_page_says_why_there_is_nothing_to_decide(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        bridge = Bridge(service, FrozenClock(OPEN))
        session_id = await bridge.waiting(words=AT_HIGH)
        page = await minato.page(f"/desk/talks/{session_id}/block")
        assert "緊急対応が続いているので、止められません" in page and '<button class="danger">' not in page
    async with at_the_desk(service, "yuki") as yuki:
        assert (await yuki.get("/desk/broadcasts/blocks"))[0] == 403
        assert (await yuki.get(f"/desk/talks/{session_id}/block"))[0] == 404
        assert "/block" not in await yuki.page(f"/desk/talks/{session_id}/care")
