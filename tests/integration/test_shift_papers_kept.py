"""The papers of a shift (KAG-6.1ア(イ), HYO-4.3, WG-20): the handover and the daily report, kept as they were finished."""

from __future__ import annotations

from uuid import uuid4

import pytest

from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.shift import Item
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.shifts.parts import ShiftDesk, shift_desk
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.sheet_support import Sheets
from tests.integration.shift_support import NEXT, WORDS, begun, filled, finished, opened


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


@pytest.fixture
def desk(bridge: Bridge) -> ShiftDesk:
    return shift_desk(bridge.service.store, bridge.service.setting)


async def test_a_handover_is_kept_as_it_was_and_read_by_the_next_shift(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    session = await bridge.waiting(1, AT_CRITICAL)
    day = await begun(bridge, desk, minato)
    await desk.write_paper(minato, uuid4(), day, PaperKind.HANDOVER, "下書き", 0, finish=False)
    with pytest.raises(InputRefused, match="version"):
        await finished(desk, minato, day)
    await finished(desk, minato, day, seen=1)
    await bridge.waiting(2)
    page = await desk.papers.handover(minato, day)
    assert page.stands and page.words == WORDS and page.shown.waiting == 1, "as it was then"
    assert [one.session_id for one in page.shown.at_risk] == [session] == list(page.may_open)
    assert WORDS.encode() not in await bridge.everything()
    bridge.clock.advance(days=1)
    yuki = await bridge.person("ゆき")
    assert await opened(desk, yuki) == NEXT
    last = (await desk.read.start(yuki, NEXT)).tasks.last
    assert last is not None and last[1].words == WORDS
    for told in (None, uuid4()):
        with pytest.raises(InputRefused, match="handover"):
            await desk.confirm(yuki, uuid4(), NEXT, Item.TASKS, handover=told)
    await desk.confirm(yuki, uuid4(), NEXT, Item.TASKS, handover=last[1].id)
    assert (await desk.papers.handover(minato, day)).readers == [("ゆき", bridge.clock.now())]
    assert (await desk.read.start(yuki, NEXT)).confirmed["tasks"].fine


async def test_a_daily_report_is_finished_by_a_supervisor_and_stands(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    yuki = await bridge.person("ゆき")
    board = await bridge.person("教育委員会", StaffRole.BOARD, here=False)
    day = await begun(bridge, desk, minato)
    await bridge.waiting(1, AT_CRITICAL)
    with pytest.raises(NotPermitted):
        await desk.write_paper(yuki, uuid4(), day, PaperKind.DAILY, "静かでした", 0, finish=True)
    with pytest.raises(NotFound):
        await desk.papers.daily(board, day)
    await desk.write_paper(yuki, uuid4(), day, PaperKind.DAILY, "静かでした", 0, finish=False)
    with pytest.raises(NotFound):
        await desk.papers.daily(board, day)
    key = uuid4()
    for _ in range(2):
        await desk.write_paper(minato, key, day, PaperKind.DAILY, "静かな夜でした", 1, finish=True)
    first = (await desk.papers.daily(board, day)).shown
    assert first.alarms == {"critical": 1} and first.open_alarms == 1 and first.running == 1
    await bridge.waiting(2, AT_CRITICAL)
    bridge.clock.advance(hours=1)
    page = await desk.papers.daily(board, day)
    assert page.shown == first and page.stands and page.words == "静かな夜でした"
    # The next version finds the day as it is by then, and the first one still stands beside it.
    await desk.write_paper(minato, uuid4(), day, PaperKind.DAILY, "直しました", 2, finish=True)
    page = await desk.papers.daily(board, day)
    assert page.shown.alarms == {"critical": 2} and [one.version for one in page.versions] == [3, 2]
    assert (await desk.papers.daily(board, day, 2)).shown == first
    with pytest.raises(NotFound):
        await desk.papers.daily(minato, day, 1)
    (row, *_) = await bridge.service.rows("SELECT * FROM shift_papers WHERE finished AND kind = 'daily'")
    opened_json = SEALER.open("shift_papers", "found", str(row.id), row.found)
    sessions = await bridge.service.rows("SELECT id, contact_id FROM sessions")
    assert sessions and not any(str(one) in opened_json for each in sessions for one in each), "no id of a session"


async def test_the_daily_report_counts_what_was_closed_a_moment_ago_and_nothing_later(service: Service) -> None:
    sheets = Sheets(Bridge(service))
    bridge = sheets.bridge
    minato = await bridge.supervisor("しょうこ")
    desk = shift_desk(service.store, service.setting)
    day = await begun(bridge, desk, minato)
    await filled(sheets, 1)
    assert (await desk.papers.daily(minato, day)).uncounted == 1
    await desk.write_paper(minato, uuid4(), day, PaperKind.DAILY, "", 0, finish=True)
    first = (await desk.papers.daily(minato, day)).shown
    assert first.sessions == 1 and first.counts["kind"] == {"consultation": 1} and len(first.waits) == 1
    await filled(sheets, 2)
    bridge.clock.advance(hours=1)
    assert (await desk.papers.daily(minato, day)).shown == first
    await desk.write_paper(minato, uuid4(), day, PaperKind.DAILY, "", 1, finish=True)
    assert (await desk.papers.daily(minato, day)).shown.sessions == 2
