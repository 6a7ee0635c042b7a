"""What a shift must not lose or hide: who is at risk when it ends, a real alarm behind a test, a copy that was finished."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import InputRefused
from handoff.domain.escalation import EscalationState
from handoff.domain.notice import NoticeState
from handoff.domain.shift import START, Item, ShortageStep
from handoff.domain.staff import StaffMember
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.shifts.parts import ShiftDesk, shift_desk
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge
from tests.integration.sheet_support import Sheets
from tests.integration.shift_support import filled

DAY = date(2026, 11, 20)


@pytest.fixture
def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


@pytest.fixture
async def desk(bridge: Bridge, minato: StaffMember) -> ShiftDesk:
    """With a shift that has begun."""
    desk = shift_desk(bridge.service.store, bridge.service.setting)
    await desk.open(minato, uuid4())
    for item in START:
        await desk.confirm(minato, uuid4(), DAY, item, words="研修のため", step=ShortageStep.GO_ON)
    await desk.begin(minato, DAY)
    return desk


async def handed_over(desk: ShiftDesk, by: StaffMember, seen: int, words: str = "しずかでした") -> None:
    await desk.write_paper(by, uuid4(), DAY, PaperKind.HANDOVER, words, seen, finish=True)


async def test_whoever_is_at_risk_after_the_handover_was_written_is_handed_over_before_the_end(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    await bridge.waiting(1, AT_HIGH)
    await handed_over(desk, minato, 0)
    await desk.confirm(minato, uuid4(), DAY, Item.HANDOVER)
    for item in (Item.DRAFTS, Item.SHEETS):
        await desk.confirm(minato, uuid4(), DAY, item)
    with pytest.raises(InputRefused, match="words"):
        await desk.confirm(minato, uuid4(), DAY, Item.TALKS)  # one waits
    await desk.confirm(minato, uuid4(), DAY, Item.TALKS, words="そらさんが23時までみます")
    await bridge.waiting(2, AT_CRITICAL)
    with pytest.raises(InputRefused) as refused:
        await desk.close(minato, DAY)
    assert "「引継ぎ」が、確認したあとに変わりました" in refused.value.text
    assert (await desk.read.end(minato, DAY)).found.untold == 2, "the talk and its alarm"
    with pytest.raises(InputRefused, match="words"):
        await desk.confirm(minato, uuid4(), DAY, Item.HANDOVER)
    await handed_over(desk, minato, 1)
    await desk.confirm(minato, uuid4(), DAY, Item.HANDOVER)
    await desk.close(minato, DAY)


async def test_a_finished_handover_stays_to_be_read_while_somebody_writes_the_next_version(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    await handed_over(desk, minato, 0, "はじめの引継ぎ")
    await desk.write_paper(minato, uuid4(), DAY, PaperKind.HANDOVER, "書きかけ", 1, finish=False)
    page = await desk.papers.handover(minato, DAY, 1)
    assert (page.words, page.stands, [one.version for one in page.versions]) == ("はじめの引継ぎ", True, [1])
    assert (await desk.papers.handover(minato, DAY)).words == "書きかけ"


async def test_a_test_never_rings_into_a_real_alarm_and_touches_none(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    await bridge.waiting(1, AT_CRITICAL)
    (real,) = await bridge.service.rows("SELECT * FROM escalations")
    with pytest.raises(InputRefused, match="alarm"):
        await desk.ring_test(minato, uuid4(), DAY)
    assert len(await bridge.service.rows("SELECT 1 FROM escalations")) == 1
    await bridge.service.change("UPDATE escalations SET state = 'acknowledged', acknowledged_at = now()")
    await desk.ring_test(minato, uuid4(), DAY)
    (test,) = await bridge.service.rows("SELECT * FROM escalations WHERE test")
    # A real one that comes right after it rings as if there were no test, and no receipt of the test's counts for it.
    await bridge.waiting(2, AT_CRITICAL)
    (second,) = await bridge.service.rows("SELECT * FROM escalations WHERE NOT test AND id <> :id", id=real.id)
    await bridge.service.sound(test.id)
    for rung in range(3):
        await desk.note_receipt(minato, DAY, rung, "たかはし")
    await bridge.service.sound(second.id)
    (now,) = await bridge.service.rows("SELECT * FROM escalations WHERE id = :id", id=second.id)
    assert EscalationState(now.state) is EscalationState.RAISED and now.alarms == 1 and now.next_alarm_at is not None
    (over,) = await bridge.service.rows("SELECT * FROM escalations WHERE id = :id", id=test.id)
    assert over.state == EscalationState.CLOSED
    notices = await bridge.service.rows("SELECT * FROM escalation_notices WHERE escalation_id = :id", id=second.id)
    assert notices and all(NoticeState(one.state) is not NoticeState.DROPPED for one in notices)
    handover = await desk.papers.handover(minato, DAY)
    assert {one.escalation_id for one in handover.shown.alarms} == {real.id, second.id}, "the test is none of them"


async def test_who_came_onto_the_ladder_after_the_test_wasn_t_reached_by_it(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    await desk.ring_test(minato, uuid4(), DAY)
    (row,) = await bridge.service.rows("SELECT escalation_id FROM shift_alarms")
    await bridge.service.sound(row.escalation_id)
    await desk.note_receipt(minato, DAY, 0, "たかはし")
    setting = bridge.service.setting
    on_call = setting.profile.on_call
    assert on_call.ladder is not None
    first, *others = on_call.ladder
    new = first.model_copy(update={"who": "あたらしい当番"})
    changed = on_call.model_copy(update={"ladder": (new, *others)})
    setting.profile = setting.profile.model_copy(update={"on_call": changed})
    state = (await desk.read.start(minato, DAY)).alarm
    assert [(one.tested, one.receipt is not None) for one in state.rungs] == [
        (False, False),
        (True, False),
        (True, False),
    ]
    with pytest.raises(InputRefused, match="name"):
        await desk.note_receipt(minato, DAY, 0, "たかはし")
    for rung in (1, 2):
        await desk.note_receipt(minato, DAY, rung, "いとう")
    state = (await desk.read.start(minato, DAY)).alarm
    assert not state.fine and state.last_complete is None


async def test_a_drill_is_in_no_number_of_a_shift(bridge: Bridge, desk: ShiftDesk, minato: StaffMember) -> None:
    session = await bridge.live(minato, 1, AT_CRITICAL)
    await bridge.draft(session.id, minato, "まだ送って")
    daily = (await desk.papers.daily(minato, DAY)).shown
    assert (daily.running, daily.alarms, daily.open_alarms) == (1, {"critical": 1}, 1)
    handover = (await desk.papers.handover(minato, DAY)).shown
    assert (handover.live, len(handover.at_risk), len(handover.alarms)) == (1, 1, 1)
    assert (await desk.read.end(minato, DAY)).found.drafts == 1
    await bridge.service.change("UPDATE contacts SET test = true")
    daily = (await desk.papers.daily(minato, DAY)).shown
    assert (daily.running, daily.alarms, daily.open_alarms, daily.sessions) == (0, {}, 0, 0)
    start = (await desk.read.start(minato, DAY)).tasks.handover
    handover = (await desk.papers.handover(minato, DAY)).shown
    for found in (start, handover):
        assert (found.live, found.waiting, found.at_risk, found.alarms, found.left) == (0, 0, (), (), {})
    end = (await desk.read.end(minato, DAY)).found
    assert (end.live, end.drafts, end.untold) == (0, 0, 0)


async def test_what_finishing_the_daily_report_counts_is_written_apart_from_all_else(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    """KAG-8.4: neither a transaction, nor an id, nor a moment of a fact leads to the report, its press, or a session."""
    sheets = Sheets(bridge)
    for number in range(1, 5):
        await filled(sheets, number)
    await desk.write_paper(minato, uuid4(), DAY, PaperKind.DAILY, "", 0, finish=True)
    facts = await bridge.service.rows("SELECT xmin::text AS born, id, lookup FROM facts")
    assert len(facts) == 4 and (await desk.papers.daily(minato, DAY)).shown.sessions == 4
    tables = [
        row.tablename
        for row in await bridge.service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    elsewhere = {
        row.born
        for table in tables
        if table not in ("facts", "fact_keys")
        for row in await bridge.service.rows(f'SELECT xmin::text AS born FROM "{table}"')
    }
    assert {row.born for row in facts} & elsewhere == set()
    (paper,) = await bridge.service.rows("SELECT id FROM shift_papers")
    told = {str(row.detail) for row in await bridge.service.rows("SELECT detail FROM audit_events")}
    mine: set[UUID] = {row.id for row in facts}
    assert paper.id not in mine and not any(str(one) in each for one in mine for each in told)
