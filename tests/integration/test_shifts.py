"""A shift from its start check to its end (KAG-6.1ア(イ), HYO-4.3, HYO-4.1⑥, WG-19, WG-20, KAG-8.5), on a real database."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.session import State
from handoff.domain.shift import END, START, Item, ShortageStep
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.desk.follow_up import AddFollowUp
from handoff.services.escalation_ports import LinkHolder
from handoff.services.read_alarm import ReadAlarm
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.shifts.parts import ShiftDesk, shift_desk
from tests.integration.conftest import Service
from tests.integration.desk_care_support import entries
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.shift_support import DAY, NEXT, begun, finished, opened, rung


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


@pytest.fixture
def desk(bridge: Bridge) -> ShiftDesk:
    return shift_desk(bridge.service.store, bridge.service.setting)


# --- the start check ------------------------------------------------------------------------------------------------


async def test_a_test_alarm_reaches_every_rung_and_each_confirms_by_the_link_or_by_hand(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    day = await opened(desk, minato)
    assert day == DAY == await opened(desk, minato), "one a day"
    assert len(await bridge.service.rows("SELECT 1 FROM shifts")) == 1
    with pytest.raises(InputRefused, match="alarm"):
        await desk.note_receipt(minato, day, 0, "たかはし")
    escalation = await rung(bridge, desk, minato)
    key = uuid4()
    with pytest.raises(InputRefused, match="alarm"):
        await desk.ring_test(minato, key, day)
    state = (await desk.read.start(minato, day)).alarm
    assert [len(one.notices) > 0 for one in state.rungs] == [True] * 3 and not state.fine
    # By the link: the holder's page was opened, twice counts once.
    async with bridge.service.store.transaction() as tx:
        holder = LinkHolder(escalation, 0, state.rungs[0].rung.who)
        token = await tx.notices.link(holder, bridge.clock.now())
    read = ReadAlarm(bridge.service.store, bridge.service.setting)
    await read(token)
    await read(token)
    assert len(await entries(bridge.service, "receive_test_alarm")) == 1
    # By hand: with a name, which lies sealed.
    with pytest.raises(InputRefused, match="name"):
        await desk.note_receipt(minato, day, 1, "  ")
    await desk.note_receipt(minato, day, 1, "たかはし")
    state = (await desk.read.start(minato, day)).alarm
    assert not state.fine and state.last_complete is None
    bridge.clock.advance(minutes=5)
    await desk.note_receipt(minato, day, 2, "いとう")
    state = (await desk.read.start(minato, day)).alarm
    assert state.fine and state.last_complete == bridge.clock.now()
    receipts = [one.receipt for one in state.rungs]
    assert [(one.by, one.name) for one in receipts if one] == [
        (None, ""),
        (minato.id, "たかはし"),
        (minato.id, "いとう"),
    ]
    assert "たかはし".encode() not in await bridge.everything()
    await desk.confirm(minato, uuid4(), day, Item.ALARM)
    # Another test begins anew, and the age of the last whole one stays.
    await rung(bridge, desk, minato)
    again = (await desk.read.start(minato, day)).alarm
    assert not again.fine and again.last_complete == state.last_complete


async def test_an_alarm_that_isn_t_a_shift_s_test_writes_no_receipt(bridge: Bridge, minato: StaffMember) -> None:
    await bridge.waiting(1, AT_CRITICAL)
    (row,) = await bridge.service.rows("SELECT id FROM escalations")
    async with bridge.service.store.transaction() as tx:
        token = await tx.notices.link(LinkHolder(row.id, 0, "当番"), bridge.clock.now())
    await ReadAlarm(bridge.service.store, bridge.service.setting)(token)
    assert await bridge.service.rows("SELECT 1 FROM alarm_receipts") == []


async def test_what_isn_t_well_is_a_supervisor_s_to_answer_for_with_a_reason(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    yuki = await bridge.person("ゆき")
    day = await opened(desk, yuki)
    for item in (Item.ALARM, Item.STAFF):
        with pytest.raises(InputRefused, match="words"):
            await desk.confirm(yuki, uuid4(), day, item, words="だいじょうぶ", step=ShortageStep.GO_ON)
    with pytest.raises(InputRefused, match="words"):
        await desk.confirm(minato, uuid4(), day, Item.ALARM)
    with pytest.raises(InputRefused, match="step"):
        await desk.confirm(minato, uuid4(), day, Item.STAFF, words="だれか来ます")
    with pytest.raises(InputRefused, match="words"):
        await desk.confirm(minato, uuid4(), day, Item.STAFF, step=ShortageStep.GO_ON)
    await desk.confirm(minato, uuid4(), day, Item.STAFF, step=ShortageStep.CALL_IN, words="そらさんに電話")
    key = uuid4()
    for _ in range(2):
        await desk.confirm(minato, key, day, Item.ALARM, words="控えの人は入院中")
    shown = await desk.read.start(minato, day)
    told = shown.confirmed["alarm"]
    assert (told.fine, told.words, told.by) == (False, "控えの人は入院中", minato.id)
    assert shown.confirmed["staff"].step is ShortageStep.CALL_IN
    (entry, _) = sorted(await entries(bridge.service, "confirm_shift_item"), key=lambda one: one.detail["item"])
    assert entry.detail | {"shift": ""} == {"shift": "", "item": "alarm", "fine": False, "length": 8}
    assert "入院".encode() not in await bridge.everything()
    # Enough people: a counsellor confirms it without a word.
    await bridge.person("そら")
    await desk.confirm(yuki, uuid4(), day, Item.STAFF)
    assert (await desk.read.start(minato, day)).confirmed["staff"].fine


async def test_the_shift_begins_when_all_four_are_confirmed_and_students_never_wait_for_it(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    day = await opened(desk, minato)
    session = await bridge.waiting()
    assert (await bridge.claim(session, await bridge.person("ゆき"))).state is State.LIVE, "no check is done"
    with pytest.raises(InputRefused) as refused:
        await desk.begin(minato, day)
    assert "緊急の知らせ、人、窓口と文、残っている用事" in refused.value.text
    with pytest.raises(InputRefused, match="item"):
        await desk.confirm(minato, uuid4(), day, Item.TALKS, words="ゆきさんが続けます")
    for item in START:
        await desk.confirm(minato, uuid4(), day, item, words="訓練", step=ShortageStep.GO_ON)
    await desk.begin(minato, day)
    await desk.begin(minato, day)
    assert len(await entries(bridge.service, "begin_shift")) == 1
    (row,) = await bridge.service.rows("SELECT * FROM shifts")
    assert (row.begun_by, row.begun_at) == (minato.id, bridge.clock.now())


async def test_what_is_left_and_what_students_get_is_found(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    await bridge.waiting(1)
    await bridge.waiting(2, AT_CRITICAL)
    day = await opened(desk, minato)
    found = await desk.read.start(minato, day)
    left = found.tasks.handover
    assert (left.waiting, len(left.alarms), [str(one.level) for one in left.at_risk]) == (2, 1, ["critical"])
    assert found.lines.lines, "some lines are open in the evening"
    (yuki,) = await bridge.people("ゆき")
    session, add = await bridge.live(yuki, 3), AddFollowUp(bridge.service.store, bridge.service.setting)
    for days, what in ((0, "きょう電話する"), (1, "あした電話する")):
        await add(session.id, yuki, yuki.id, DAY + timedelta(days=days), what, uuid4())
    found = await desk.read.start(minato, day)
    assert [one.what for one in found.tasks.due] == ["きょう電話する"], "what is due today is there at the start"
    assert len(found.tasks.handover.tasks) == 2, "and what is due tomorrow goes into the handover"
    bridge.clock.advance(days=1)
    await opened(desk, minato)
    due = (await desk.read.start(minato, NEXT)).tasks.due
    assert {one.what for one in due} == {"きょう電話する", "あした電話する"}, "what is overdue stays"
    bridge.clock.advance(days=-1)
    setting = bridge.service.setting
    lines = setting.profile.lines
    assert lines is not None
    old = lines[0].model_copy(update={"verified": DAY - timedelta(days=181)})
    new = [one.model_copy(update={"verified": DAY - timedelta(days=180)}) for one in lines[1:]]
    setting.profile = setting.profile.model_copy(update={"lines": (old, *new), "lines_by_text": ()})
    found = await desk.read.start(minato, day)
    assert found.lines.lines is not None
    assert [one.line.id for one in found.lines.lines if one.old] == [old.id] and not found.lines.fine


# --- the duty log -----------------------------------------------------------------------------------------------------


async def test_the_duty_log_writes_itself_and_counts_the_minutes_below_the_minimum(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    day = await opened(desk, minato)
    seen = [yuki.id, sora.id, minato.id]

    async def pass_time(minutes: int, *who: UUID) -> None:
        for _ in range(minutes // 10):
            bridge.clock.advance(minutes=10)
            await bridge.presence.beat(list(who))

    await pass_time(60, *seen)  # 18:00 to 19:00
    await bridge.presence.set_duty(sora, False)
    await pass_time(20, *seen)
    await bridge.presence.set_duty(sora, True)
    await bridge.presence.set_duty(sora, True)
    await pass_time(40, *seen)  # to 20:00
    page = await desk.read.duty(minato, day)
    assert {one.alias: one.minutes for one in page.people} == {"ゆき": 120, "そら": 100, "みなと": 120}
    # From the opening at 16:00 until they came nobody was there, and the supervisor isn't one of the two.
    assert [(one.minutes, one.missing) for one in page.shortages] == [(120, 2), (20, 1)]
    # Somebody's desk goes silent and comes back after more than half an hour: those minutes aren't theirs.
    await pass_time(40, yuki.id, minato.id)
    await pass_time(10, *seen)
    page = await desk.read.duty(minato, day)
    assert {one.alias: one.minutes for one in page.people}["そら"] == 100
    assert [(one.minutes, one.missing) for one in page.shortages][2:] == [(50, 1)]
    await bridge.presence.set_duty(yuki, False)
    rows = await bridge.service.rows("SELECT * FROM duty_spans WHERE ended_at IS NULL")
    assert {row.staff_id for row in rows} == {sora.id, minato.id}
    await desk.note_shortage(minato, uuid4(), day, ShortageStep.GO_ON, "ゆきさんは休憩です")
    with pytest.raises(NotPermitted):
        await desk.note_shortage(yuki, uuid4(), day, ShortageStep.GO_ON, "続けます")
    assert [one.words for one in (await desk.read.duty(minato, day)).steps] == ["ゆきさんは休憩です"]


async def test_lines_of_the_log_are_added_and_never_changed(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    day, now = await opened(desk, minato), bridge.clock.now()
    key = uuid4()
    for _ in range(2):
        await desk.write_note(minato, key, day, now, "警察から折り返し")
    await desk.write_note(minato, uuid4(), day, now - timedelta(hours=1), "折り返しは5時でした", key)
    for at, words, field in (
        (now, "  ", "words"),
        (now + timedelta(minutes=1), "あした", "at"),
        (now, "あ" * 2001, "words"),
    ):
        with pytest.raises(InputRefused, match=field):
            await desk.write_note(minato, uuid4(), day, at, words)
    with pytest.raises(NotFound):
        await desk.write_note(minato, uuid4(), day, now, "訂正", uuid4())
    notes = (await desk.read.duty(minato, day)).notes
    assert [(note.words, note.corrects) for note in notes] == [("折り返しは5時でした", key), ("警察から折り返し", None)]
    assert "警察から".encode() not in await bridge.everything()


# --- the end ---------------------------------------------------------------------------------------------------------


async def test_the_end_check_names_what_is_left_and_is_asked_again_where_it_changed(
    bridge: Bridge, desk: ShiftDesk, minato: StaffMember
) -> None:
    yuki = await bridge.person("ゆき")
    day = await begun(bridge, desk, minato)
    live = await bridge.live(yuki)
    await bridge.draft(live.id, yuki, "まだ送って")
    with pytest.raises(InputRefused, match="words"):
        await desk.confirm(yuki, uuid4(), day, Item.HANDOVER)
    await finished(desk, yuki, day)
    for item in (Item.TALKS, Item.DRAFTS):
        with pytest.raises(InputRefused, match="words"):
            await desk.confirm(yuki, uuid4(), day, item)
        await desk.confirm(yuki, uuid4(), day, item, words="ゆきが22時までに終えます")
    await desk.confirm(yuki, uuid4(), day, Item.SHEETS)
    with pytest.raises(InputRefused, match="item"):
        await desk.close(yuki, day)
    await desk.confirm(yuki, uuid4(), day, Item.HANDOVER)
    await bridge.end(live.id, yuki)
    with pytest.raises(InputRefused) as refused:
        await desk.close(yuki, day)
    assert "終了記録" in refused.value.text and "変わりました" in refused.value.text
    with pytest.raises(InputRefused, match="words"):
        await desk.confirm(yuki, uuid4(), day, Item.SHEETS)
    await desk.confirm(yuki, uuid4(), day, Item.SHEETS, words="ゆきが明日の16時までに書きます")
    for _ in range(2):
        await desk.close(yuki, day)
    assert len(await entries(bridge.service, "close_shift")) == 1
    with pytest.raises(InputRefused, match="day"):
        await desk.confirm(yuki, uuid4(), day, Item.TALKS, words="もう一度")
    await desk.write_note(yuki, uuid4(), day, bridge.clock.now(), "閉めたあとに電話がありました")
    assert set(END) <= {Item(one) for one in (await desk.read.end(yuki, day)).confirmed}


async def test_who_may_do_what(bridge: Bridge, desk: ShiftDesk, minato: StaffMember) -> None:
    day = await begun(bridge, desk, minato)
    await finished(desk, minato, day)
    bridge.clock.advance(minutes=10)
    await bridge.presence.beat([minato.id])
    await desk.write_note(minato, uuid4(), day, bridge.clock.now(), "来客がありました")
    for role in (StaffRole.BOARD, StaffRole.ADMINISTRATOR):
        other = await bridge.person(role, role, here=False)
        for work in (
            desk.open(other, uuid4()),
            desk.ring_test(other, uuid4(), day),
            desk.note_receipt(other, day, 0, "x"),
            desk.confirm(other, uuid4(), day, Item.ALARM),
            desk.begin(other, day),
            desk.close(other, day),
            desk.write_note(other, uuid4(), day, bridge.clock.now(), "x"),
            desk.note_shortage(other, uuid4(), day, ShortageStep.GO_ON, "x"),
            desk.write_paper(other, uuid4(), day, PaperKind.DAILY, "x", 0, finish=False),
            desk.read.start(other, day),
            desk.read.end(other, day),
            desk.papers.handover(other, day),
        ):
            with pytest.raises(NotPermitted):
                await work
        page = await desk.read.duty(other, day)
        assert page.people and not page.notes and not page.steps and not page.spans, "the totals alone"
        assert (await desk.read.all(other)).total == 1
    trainer = await bridge.person("学習", StaffRole.TRAINER, here=False)
    with pytest.raises(NotPermitted):
        await desk.read.all(trainer)
    assert await bridge.service.rows("SELECT 1 FROM duty_spans WHERE role <> 'supervisor'") == []
