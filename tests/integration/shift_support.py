"""How a test begins, rings and finishes a shift."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from handoff.domain.shift import START, ShortageStep
from handoff.domain.staff import StaffMember
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.shifts.parts import ShiftDesk
from tests.integration.desk_support import Bridge
from tests.integration.sheet_support import CALM, Sheets

DAY = date(2026, 11, 20)
NEXT = date(2026, 11, 21)
WORDS = "田中さんに、明日もう一度声をかけてください。"


async def opened(desk: ShiftDesk, by: StaffMember) -> date:
    return await desk.open(by, uuid4())


async def rung(bridge: Bridge, desk: ShiftDesk, by: StaffMember, day: date = DAY) -> UUID:
    """A test alarm that has rung; its escalation."""
    await desk.ring_test(by, uuid4(), day)
    (row,) = await bridge.service.rows("SELECT escalation_id FROM shift_alarms ORDER BY rung_at DESC LIMIT 1")
    await bridge.service.sound(row.escalation_id)
    return UUID(str(row.escalation_id))


async def begun(bridge: Bridge, desk: ShiftDesk, by: StaffMember) -> date:
    """A shift that a supervisor began whatever was missing."""
    day = await opened(desk, by)
    for item in START:
        await desk.confirm(by, uuid4(), day, item, words="研修のため", step=ShortageStep.GO_ON)
    await desk.begin(by, day)
    return day


async def finished(desk: ShiftDesk, by: StaffMember, day: date, words: str = WORDS, seen: int = 0) -> None:
    await desk.write_paper(by, uuid4(), day, PaperKind.HANDOVER, words, seen, finish=True)


async def filled(sheets: Sheets, number: int) -> None:
    """A talk whose sheet is done, so that it is over."""
    session_id = await talked(sheets, number)
    done = await sheets.fill(session_id, await sheets.bridge.member(f"ゆき{number}"), CALM, 0)
    assert done.closed


async def talked(sheets: Sheets, number: int) -> UUID:
    """A talk of a minute's wait and eleven minutes, that has ended."""
    bridge = sheets.bridge
    counsellor = await bridge.person(f"ゆき{number}")
    session_id = await bridge.waiting(number, "友だちとけんかした")
    bridge.clock.advance(seconds=70)
    session = await bridge.claim(session_id, counsellor)
    bridge.clock.advance(minutes=11)
    await bridge.write_line(session, counsellor, "きこえています。")
    await bridge.deliver(number)
    await bridge.end(session_id, counsellor)
    return session_id
