"""The wrap-up sheet (KAG-6.1キ): kept half-filled, filled in it closes the session, at risk a second person signs."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from uuid import uuid4

import pytest

from handoff.domain.coding import CODING_VERSION, Consent, Outcome
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted, OwnReview
from handoff.domain.escalation import Suspect
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level, State
from handoff.domain.staff import StaffRole
from handoff.services.desk.read_sheet import SheetWait
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge
from tests.integration.sheet_support import CALM, REPORTED, SECRET, Sheets, opened


@pytest.fixture
def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
def sheets(bridge: Bridge) -> Sheets:
    return Sheets(bridge)


# --- filling it in --------------------------------------------------------------------------------------------------


async def test_a_filled_sheet_closes_the_session_for_what_it_came_to(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.ended(yuki)
    done = await sheets.fill(session_id, yuki, CALM, 0)
    assert (done.faults, done.closed) == ((), True)
    row = await sheets.row(session_id)
    assert (row.state, row.closed_reason, row.closed_at) == (State.CLOSED, "established", bridge.clock.now())
    assert (await bridge.verbs(session_id))[-3:] == ["fill_sheet", "close", "ask_survey"]
    (entry,) = await sheets.audit("fill_sheet")
    assert entry.actor == yuki.actor
    assert entry.detail == {"version": 1, "outcome": "established", "reporting": None, "waits": False}
    assert [entry.session_id for entry in await bridge.feed("sheet")] == [session_id]
    record = await sheets.known(session_id)
    assert (record.filled_by, record.filled_at, record.signed_by) == (yuki.id, bridge.clock.now(), None)
    assert record.sheet == replace(CALM, level=Level.NONE)


async def test_the_words_of_a_sheet_stand_sealed_and_nowhere_else(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await sheets.at_risk(yuki)
    await sheets.fill(session_id, yuki, CALM, 0)
    await sheets.give_back(session_id, sora, "学校名をたしかめてください", 1)
    everything = await bridge.everything()
    assert SECRET.encode() not in everything and "学校名を".encode() not in everything
    (row,) = await bridge.service.rows("SELECT * FROM wrap_ups")
    assert json.loads(opened("sheet", row))["summary"] == SECRET
    assert opened("remark", row) == "学校名をたしかめてください"


async def test_the_machine_s_level_is_its_own(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await sheets.at_risk(yuki)
    done = await sheets.fill(session_id, yuki, replace(CALM, level=Level.NONE, coding_version=99), 0)
    assert not done.closed, "a lower level in the form changes nothing"
    sheet = (await sheets.known(session_id)).sheet
    assert sheet is not None and (sheet.level, sheet.coding_version) == (Level.CRITICAL, CODING_VERSION)
    await sheets.sign(session_id, sora, 1)
    assert (await sheets.row(session_id)).state == State.CLOSED


async def test_a_faulty_sheet_stays_half_filled_and_the_session_open(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.ended(yuki)
    done = await sheets.fill(session_id, yuki, replace(CALM, primary=None), 0)
    assert [fault.field for fault in done.faults] == ["primary"] and not done.closed
    record = await sheets.known(session_id)
    assert (record.filled_by, record.version) == (None, 1)
    assert (await sheets.row(session_id)).state == State.WRAP_UP
    assert await sheets.audit("fill_sheet") == []
    assert (await sheets.fill(session_id, yuki, CALM, 1)).closed


async def test_the_same_form_twice_changes_nothing_twice(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.ended(yuki)
    saved = await asyncio.gather(*(sheets.save(session_id, yuki, CALM, 0) for _ in range(4)))
    assert {record.version for record in saved} == {1}
    done = await asyncio.gather(*(sheets.fill(session_id, yuki, CALM, 1) for _ in range(4)))
    assert all(one.closed for one in done)
    verbs = await bridge.verbs(session_id)
    assert [verbs.count(verb) for verb in ("save_sheet", "fill_sheet", "close")] == [1, 1, 1]
    with pytest.raises(MoveRefused):
        await sheets.fill(session_id, yuki, replace(CALM, summary="ほか"), 2)
    with pytest.raises(MoveRefused):
        await sheets.save(session_id, yuki, replace(CALM, summary="ほか"), 2)


async def test_two_who_write_one_sheet_don_t_overwrite_each_other_unknowingly(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    minato = await bridge.supervisor()
    session_id = await sheets.ended(yuki)
    await sheets.save(session_id, minato, CALM, 0)
    for verb in (sheets.save, sheets.fill):
        with pytest.raises(InputRefused, match="version") as refused:
            await verb(session_id, yuki, replace(CALM, summary="わたしの"), 0)
        assert "みなとさん" in refused.value.text
    assert (await sheets.known(session_id)).sheet == replace(CALM, level=Level.NONE)
    assert (await sheets.save(session_id, yuki, replace(CALM, summary="わたしの"), 1)).version == 2


async def test_counsellor_second_and_supervisor_fill_it_in_and_nobody_else(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora, other = await bridge.people("ゆき", "そら", "ほか")
    minato = await bridge.supervisor()
    board = await bridge.person("係", StaffRole.BOARD)
    session = await bridge.live(yuki)
    await bridge.set_second(session.id, yuki, sora.id)
    await bridge.end(session.id, yuki)
    for member in (other, board):
        with pytest.raises(NotPermitted):
            await sheets.save(session.id, member, CALM, 0)
        with pytest.raises(NotPermitted):
            await sheets.fill(session.id, member, CALM, 0)
    with pytest.raises(NotFound):
        await sheets.fill(uuid4(), yuki, CALM, 0)
    await sheets.save(session.id, yuki, CALM, 0)
    await sheets.save(session.id, minato, replace(CALM, next_step="見守る"), 1)
    assert (await sheets.fill(session.id, sora, CALM, 2)).closed


async def test_the_outcome_is_why_it_closed_and_a_prank_isn_t_asked_how_it_was(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.ended(yuki)
    await sheets.fill(session_id, yuki, replace(CALM, outcome=Outcome.PRANK), 0)
    assert (await sheets.row(session_id)).closed_reason == "prank"
    assert "ask_survey" not in await bridge.verbs(session_id)


# --- the student writes before it's done ----------------------------------------------------------------------------


async def test_a_talk_that_goes_on_keeps_its_half_filled_sheet(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.ended(yuki)
    await sheets.save(session_id, yuki, CALM, 0)
    await bridge.write("まだいいですか")
    assert (await sheets.row(session_id)).state == State.LIVE
    with pytest.raises(MoveRefused):
        await sheets.fill(session_id, yuki, CALM, 1)
    await sheets.save(session_id, yuki, replace(CALM, next_step="また明日"), 1)
    await bridge.end(session_id, yuki)
    view = await sheets.read(session_id, yuki)
    assert (view.sheet.summary, view.sheet.next_step) == (SECRET, "また明日")
    assert (await sheets.fill(session_id, yuki, view.sheet, 2)).closed


async def test_a_word_that_is_on_its_way_in_is_read_before_the_session_closes(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id, at_risk = await sheets.ended(yuki), await sheets.at_risk(yuki, 2)
    await sheets.fill(at_risk, yuki, CALM, 0)
    await bridge.receive("あの")
    await bridge.receive("あの", 2)
    with pytest.raises(InputRefused):
        await sheets.fill(session_id, yuki, CALM, 0)
    with pytest.raises(InputRefused):
        await sheets.sign(at_risk, sora, 1)
    assert await sheets.record(session_id) is None


async def test_a_sheet_that_waits_for_a_signature_is_filled_in_again_after_the_talk_went_on(
    bridge: Bridge, sheets: Sheets
) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await sheets.at_risk(yuki)
    await sheets.fill(session_id, yuki, CALM, 0)
    bridge.clock.advance(minutes=1)
    await bridge.write("やっぱりこわい")
    with pytest.raises(MoveRefused):
        await sheets.sign(session_id, sora, 1)
    bridge.clock.advance(minutes=1)
    await bridge.end(session_id, yuki)
    with pytest.raises(MoveRefused):
        await sheets.sign(session_id, sora, 1)
    assert (await sheets.known(session_id)).filled_by is None
    assert [one.wait for one in await sheets.read.waiting(yuki)] == [SheetWait.FILL]
    await sheets.fill(session_id, yuki, CALM, 1)
    await sheets.sign(session_id, sora, 2)
    assert (await sheets.row(session_id)).state == State.CLOSED


async def test_a_word_after_the_close_opens_a_session_that_is_linked(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.ended(yuki)
    await sheets.fill(session_id, yuki, CALM, 0)
    bridge.clock.advance(hours=1)
    await bridge.write("また来ました")
    view = await sheets.read(session_id, yuki)
    assert view.goes_on and view.after is None, "the new one is with the bot, and not this person's"
    (new,) = await bridge.service.rows("SELECT id FROM sessions WHERE previous_id = :id", id=session_id)
    minato = await bridge.supervisor()
    assert (await sheets.read(session_id, minato)).after == new.id
    assert (await sheets.read(new.id, minato)).before == session_id


# --- the second person ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [AT_HIGH, AT_CRITICAL])
async def test_at_risk_another_person_signs_and_then_it_closes(bridge: Bridge, sheets: Sheets, words: str) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    trainee = await bridge.person("けんしゅう", trainee=True)
    session_id = await sheets.ended(yuki, words=words)
    done = await sheets.fill(session_id, yuki, REPORTED, 0)
    assert not done.closed and (await sheets.row(session_id)).state == State.WRAP_UP
    with pytest.raises(OwnReview) as refused:
        await sheets.sign(session_id, yuki, 1)
    assert "書いた本人" in refused.value.text
    with pytest.raises(NotPermitted):
        await sheets.sign(session_id, trainee, 1)
    with pytest.raises(InputRefused, match="version"):
        await sheets.sign(session_id, sora, 0)
    bridge.clock.advance(minutes=5)
    await asyncio.gather(*(sheets.sign(session_id, sora, 1) for _ in range(3)))
    record, row = await sheets.known(session_id), await sheets.row(session_id)
    assert (record.filled_by, record.signed_by, record.signed_at) == (yuki.id, sora.id, bridge.clock.now())
    assert (row.state, row.closed_reason) == (State.CLOSED, "established")
    verbs = await bridge.verbs(session_id)
    assert verbs[-2:] == ["sign_sheet", "close"] and verbs.count("sign_sheet") == 1, "and nobody at risk is asked"
    (entry,) = await sheets.audit("sign_sheet")
    assert entry.detail == {"version": 1, "filled_by": str(yuki.id)}
    with pytest.raises(MoveRefused):
        await sheets.sign(session_id, await bridge.supervisor(), 1)


async def test_one_that_could_not_be_read_wants_a_second_person_too(bridge: Bridge, sheets: Sheets) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await sheets.ended(yuki)
    await bridge.service.change("UPDATE sessions SET unscreened = true")
    assert not (await sheets.fill(session_id, yuki, CALM, 0)).closed
    await sheets.sign(session_id, await bridge.supervisor(), 1)
    assert (await sheets.row(session_id)).state == State.CLOSED


async def test_a_returned_sheet_comes_back_with_a_remark_until_it_is_filled_in_again(
    bridge: Bridge, sheets: Sheets
) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await sheets.at_risk(yuki)
    with pytest.raises(MoveRefused):
        await sheets.give_back(session_id, sora, "まだ？", 0)
    await sheets.fill(session_id, yuki, CALM, 0)
    for remark in ("  ", "あ" * 501):
        with pytest.raises(InputRefused, match="remark"):
            await sheets.give_back(session_id, sora, remark, 1)
    with pytest.raises(OwnReview):
        await sheets.give_back(session_id, yuki, "自分で", 1)
    for _ in range(2):
        await sheets.give_back(session_id, sora, " 区分を書いてください ", 1)
    record = await sheets.known(session_id)
    assert (record.filled_by, record.returned_by, record.remark) == (None, sora.id, "区分を書いてください")
    assert len(await sheets.audit("return_sheet")) == 1
    with pytest.raises(MoveRefused):
        await sheets.sign(session_id, sora, 2)
    assert [one.wait for one in await sheets.read.waiting(yuki)] == [SheetWait.RETURNED]
    kept = await sheets.save(session_id, yuki, replace(CALM, next_step="見守る"), 2)
    assert kept.remark == record.remark, "half-filled it still has to be mended"
    await sheets.fill(session_id, yuki, REPORTED, kept.version)
    assert (await sheets.known(session_id)).remark == ""


async def test_what_is_found_after_filling_in_goes_back_before_anybody_signs(bridge: Bridge, sheets: Sheets) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session_id = await sheets.at_risk(yuki)
    assert REPORTED.reporting is not None
    to_school = replace(
        REPORTED, consent=Consent.GIVEN, reporting=replace(REPORTED.reporting, recipients=(Agency.SCHOOL,))
    )
    assert (await sheets.fill(session_id, yuki, to_school, 0)).faults == ()
    await sheets.suspect(session_id, Suspect.TEACHER)
    with pytest.raises(InputRefused):
        await sheets.sign(session_id, sora, 1)
    done = await sheets.fill(session_id, yuki, replace(to_school, next_step="見守る"), 1)
    assert [fault.field for fault in done.faults] == ["reporting.recipients"]
