"""What the wrap-up sheet begins with, who reads it, what waits for whom, and the page for an agency (WG-19)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handoff.domain.coding import Outcome, TopicCode
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted
from handoff.domain.escalation import Suspect
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level
from handoff.domain.staff import StaffRole
from handoff.services.desk.read_sheet import SheetWait
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge
from tests.integration.sheet_support import CALM, SECRET, Sheets


@pytest.fixture
def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
def sheets(bridge: Bridge) -> Sheets:
    return Sheets(bridge)


# --- reading it -----------------------------------------------------------------------------------------------------


async def test_the_sheet_begins_with_what_the_talk_suggests(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.at_risk(yuki)
    answers = {"topic": "friends", "grade": "中2", "role": "self", "declined": "gender"}
    async with bridge.service.store.transaction() as tx:
        await tx.sessions.set_intake(session_id, answers)
    view = await sheets.read(session_id, yuki)
    sheet = view.sheet
    assert (sheet.primary, sheet.secondaries) == (TopicCode.FRIENDS, (TopicCode.SELF_HARM,))
    assert (sheet.person.grade.value, sheet.person.gender.shown, sheet.level) == ("中2", "無回答", Level.CRITICAL)
    assert sheet.outcome is Outcome.ESTABLISHED and view.waits and view.may_finish and view.record is None
    assert (await bridge.verbs(session_id))[-2:] == ["open_talk", "open_sheet"]
    silent = await bridge.live(yuki, 2)
    await bridge.end(silent.id, yuki)
    assert (await sheets.read(silent.id, yuki)).sheet.outcome is Outcome.NO_RESPONSE


async def test_who_may_not_read_the_talk_reads_no_sheet(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    board = await bridge.person("係", StaffRole.BOARD)
    session_id = await sheets.at_risk(yuki)
    for read in (sheets.read, sheets.read.began_with):
        with pytest.raises(NotFound):
            await read(session_id, sora)
    with pytest.raises(NotPermitted):
        await sheets.read(session_id, board)
    await sheets.fill(session_id, yuki, CALM, 0)
    assert (await sheets.read(session_id, sora)).may_sign, "somebody else has to sign it"
    await sheets.sign(session_id, sora, 1)
    with pytest.raises(NotFound):
        await sheets.read(session_id, sora)
    again = await bridge.live(sora, 1, "また来ました")
    view = await sheets.read(session_id, sora)
    assert view.sheet.summary == SECRET and not view.may_fill, "whoever talks with them now reads what was before"
    assert view.after == again.id


async def test_the_list_shows_what_waits_for_whom_the_gravest_first(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    minato, trainee = await bridge.supervisor(), await bridge.person("けんしゅう", trainee=True)
    calm = await sheets.ended(yuki, 1)
    bridge.clock.advance(minutes=1)
    grave = await sheets.at_risk(yuki, 2)
    assert [one.card.id for one in await sheets.read.waiting(yuki)] == [grave, calm]
    assert [one.card.id for one in await sheets.read.waiting(minato)] == [grave, calm]
    assert await sheets.read.waiting(sora) == []
    await sheets.fill(grave, yuki, CALM, 0)
    assert [(one.card.id, one.wait) for one in await sheets.read.waiting(sora)] == [(grave, SheetWait.SIGN)]
    assert [one.wait for one in await sheets.read.waiting(yuki)] == [SheetWait.OTHERS, SheetWait.FILL]
    assert await sheets.read.waiting(trainee) == []
    with pytest.raises(NotPermitted):
        await sheets.read.waiting(await bridge.person("係", StaffRole.BOARD))


async def test_a_sheet_that_can_t_be_opened_begins_anew_and_signs_nothing(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await sheets.at_risk(yuki)
    await sheets.fill(session_id, yuki, CALM, 0)
    await bridge.service.change("UPDATE wrap_ups SET sheet = 'x'")
    view = await sheets.read(session_id, yuki)
    assert view.record is not None and view.record.sheet is None and view.sheet.summary == ""
    with pytest.raises(MoveRefused):
        await sheets.sign(session_id, sora, 1)
    assert (await sheets.fill(session_id, yuki, CALM, 1)).faults == ()


# --- the page for an agency -----------------------------------------------------------------------------------------


async def test_the_page_for_an_agency_is_on_record_and_a_suspected_teacher_s_school_gets_none(
    bridge: Bridge, sheets: Sheets
) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await sheets.at_risk(yuki)
    with pytest.raises(InputRefused):
        await sheets.read.handover(session_id, yuki, Agency.POLICE)
    await sheets.save(session_id, yuki, replace(CALM, handover="家に連絡がつきません"), 0)
    page = await sheets.read.handover(session_id, yuki, Agency.POLICE)
    assert dict(page.lines)["伝えること"] == "家に連絡がつきません" and SECRET not in str(page.lines)
    assert not page.finished
    (entry,) = await sheets.audit("open_handover")
    assert entry.detail == {"to": "police", "version": 1, "lines": len(page.lines)}
    with pytest.raises(NotFound):
        await sheets.read.handover(session_id, sora, Agency.POLICE)
    assert (await sheets.read.handover(session_id, yuki, Agency.SCHOOL)).lines
    await sheets.suspect(session_id, Suspect.TEACHER)
    assert (await sheets.read.handover(session_id, yuki, Agency.SCHOOL)).lines == ()


async def test_suspicion_is_remembered_from_wherever_it_came(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.at_risk(yuki)
    await sheets.suspect(session_id, Suspect.GUARDIAN)
    await bridge.service.change("UPDATE escalations SET state = 'closed'")
    async with bridge.service.store.reading() as tx:
        assert await tx.wrap_ups.suspects(session_id) == {Suspect.GUARDIAN}
    await bridge.service.change("UPDATE messages SET assessment = 'x', hidden_at = now() WHERE assessment IS NOT NULL")
    async with bridge.service.store.reading() as tx:
        assert await tx.wrap_ups.suspects(session_id) == set(Suspect), "what can't be read may name anybody"
