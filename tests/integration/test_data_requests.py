"""Requests for disclosure and deletion (個人情報保護法; KAG-8.3, TAJ-7): guardians in abuse, two people, what is handed out."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from handoff.domain.data_request import (
    Arrival,
    Asker,
    ChildSaid,
    Decision,
    Ground,
    Proof,
    RequestState,
    Ruling,
    Wish,
)
from handoff.domain.desk import NoteKind
from handoff.domain.errors import MoveRefused, NotFound, NotPermitted, OwnReview
from handoff.domain.report_receipt import in_blocks
from handoff.domain.staff import StaffRole
from tests.integration.conftest import RING, SEALER, Service
from tests.integration.desk_care_support import entries
from tests.integration.request_support import ABOUT, NO, TODAY, WHY, YES, Office, open_office, refused
from tests.support import alarms
from tests.support.first_seal import first_seal


@pytest.fixture
async def office(service: Service) -> Office:
    return await open_office(service)


async def test_a_request_is_received_once_sealed_and_on_record_and_counted_until_its_end(office: Office) -> None:
    service, key = office.service, uuid4()
    for _ in range(2):
        made = await office.desk.receive(
            office.minato, key, Wish.DISCLOSE, Asker.GUARDIAN, Arrival.PAPER, date(2026, 11, 1), ABOUT
        )
    row = await office.row(made)
    assert SEALER.open("data_requests", "about", str(made), row.about) == ABOUT
    (entry,) = await entries(service, "data_request_receive")
    assert entry.actor == office.minato.actor and "山田" not in str(entry.detail)
    profile = service.setting.profile.id

    async def counts(today: date) -> tuple[int, int]:
        async with service.store.reading() as tx:
            return await tx.requests.open_count(profile), await tx.requests.late_count(profile, today)

    assert await counts(date(2026, 12, 1)) == (1, 0) and await counts(date(2026, 12, 2)) == (1, 1)
    await office.desk.extend(made, office.minato, "記録が多いため", uuid4())
    assert (await office.row(made)).extended_on == date(2026, 12, 31) and await counts(date(2026, 12, 31)) == (1, 0)
    await office.desk.check(made, office.minato, Proof.NONE, "書類が届かない", uuid4())
    await office.decide(made, Ruling(Decision.REFUSE, frozenset({Ground.NOT_IDENTIFIED})))
    await office.desk.tell(made, office.minato, "書面で送った", uuid4())
    assert await counts(date(2027, 1, 1)) == (0, 0) and (await office.row(made)).ended_at is not None
    view = await office.desk.read.one(office.minato, made)
    assert [(step.kind, step.words) for step in view.steps] == [
        ("receive", ""),
        ("extend", "記録が多いため"),
        ("check", "書類が届かない"),
        ("decide", WHY),
        ("tell", "書面で送った"),
    ]
    everything = await office.bridge.everything()
    for words in (ABOUT, WHY, "記録が多いため", "書面で送った"):
        assert words.encode() not in everything, "sealed wherever it lies"
    async with service.store.reading() as tx:
        assert await tx.requests.open_count("another") == 0


async def test_whom_it_is_about_is_found_by_a_session_or_a_receipt_and_never_by_an_id_of_line(office: Office) -> None:
    session_id = await office.bridge.waiting(3)
    made = await office.received()
    for found in ("U" + f"{3:032x}", str(uuid4()), "山田花子", "", "7K4M2-XQ9TD"):
        await refused("found", office.desk.link(made, office.minato, found, uuid4()))
    assert (await office.row(made)).contact_id is None
    await office.desk.link(made, office.minato, f"/desk/talks/{session_id}/sheet?from=1", uuid4())
    assert (await office.row(made)).contact_id == await office.bridge.contact(3)
    receipt, reporter = await _report(office)
    await office.desk.link(made, office.minato, in_blocks(receipt).lower(), uuid4())
    assert (await office.row(made)).contact_id == reporter


async def _report(office: Office) -> tuple[str, UUID]:
    """A report's receipt, and its contact."""
    service, session_id = office.service, await office.bridge.waiting(4)
    contact = await office.bridge.contact(4)
    async with service.store.transaction() as tx:
        receipt = tx.reports.receipt_for("a token of the tests, long enough for it")
    report = uuid4()
    await service.change(
        "INSERT INTO reports (id, session_id, contact_id, status, answers, version, started_at, touched_at) "
        "VALUES (:id, :session, :contact, 'new', :answers, 1, now(), now())",
        id=report,
        session=session_id,
        contact=contact,
        answers=first_seal(RING, "reports", "answers", str(report), "{}"),
    )
    async with service.store.transaction() as tx:
        await tx.reports.set_receipt(report, receipt)
    return receipt, contact


async def test_a_guardian_s_yes_where_abuse_was_found_takes_two_and_never_the_same_twice(office: Office) -> None:
    session_id = await office.harmed(1)
    made = await office.checked(session_id)
    view = await office.desk.read.one(office.minato, made)
    assert view.danger.grave and not view.suspected
    await office.decide(made)
    assert (await office.row(made)).state == RequestState.PROPOSED
    with pytest.raises(MoveRefused):
        await office.desk.copy(made, office.minato, "写しを渡すため", uuid4())
    with pytest.raises(OwnReview):
        await office.desk.agree(made, office.minato, "自分で確かめた", uuid4())
    # Two at the same moment: one word counts.
    done = await asyncio.gather(
        office.desk.agree(made, office.aoi, "同じ考えです", uuid4()),
        office.desk.agree(made, office.board, "同じ考えです", uuid4()),
        return_exceptions=True,
    )
    assert sum(isinstance(one, MoveRefused | NotFound) for one in done) == 1
    row = await office.row(made)
    assert row.state == RequestState.DECIDED and row.second_by in (office.aoi.id, office.board.id)
    assert len(await entries(office.service, "data_request_agree")) == 1


@pytest.mark.parametrize(
    ("asker", "suspect"), [(Asker.GUARDIAN, "guardian"), (Asker.SCHOOL, "teacher")], ids=["guardian", "school"]
)
async def test_nothing_is_disclosed_to_who_may_be_the_one_that_harms(
    office: Office, asker: Asker, suspect: str
) -> None:
    made = await office.checked(await office.harmed(1, suspect), asker=asker)
    assert "応じられません" in await refused("decision", office.decide(made))
    await office.decide(made, NO)
    await office.desk.tell(made, office.minato, "理由を書いて送った", uuid4())
    with pytest.raises(MoveRefused):
        await office.desk.copy(made, office.minato, "もう一度見たいと言われた", uuid4())
    with pytest.raises(MoveRefused):
        await office.desk.reconsider(made, office.minato, "断ったあとは、新しい請求にする", uuid4())


async def test_danger_counts_where_the_same_person_wrote_another_way_on_a_sheet_and_where_nothing_can_be_read(
    office: Office,
) -> None:
    service = office.service
    harmed, calm = await office.harmed(1), await office.bridge.waiting(2)
    made = await office.checked(calm)
    assert not (await office.desk.read.one(office.minato, made)).danger.known
    async with service.store.transaction() as tx:
        await tx.sessions.link(calm, harmed)
    assert (await office.desk.read.one(office.minato, made)).danger.grave
    alone = await office.bridge.waiting(5)
    other = await office.checked(alone)
    sheet = '{"primary": "abuse"}'
    await service.change(
        "INSERT INTO wrap_ups (session_id, sheet, saved_by, saved_at) VALUES (:id, :sheet, :by, now())",
        id=alone,
        sheet=first_seal(RING, "wrap_ups", "sheet", str(alone), sheet),
        by=office.minato.id,
    )
    assert (await office.desk.read.one(office.minato, other)).danger.grave, "who wrote the sheet says so"
    await service.change("UPDATE wrap_ups SET sheet = '\\x00'")
    assert (await office.desk.read.one(office.minato, other)).danger.grave, "what can't be read may be just that"


async def test_what_turns_up_after_one_person_s_yes_keeps_the_copy_shut(office: Office) -> None:
    session_id = await office.bridge.waiting(1)
    made = await office.checked(session_id)
    await office.decide(made)
    assert (await office.row(made)).state == RequestState.DECIDED, "nothing was known"
    await office.harmed(1)
    await refused("grant", office.desk.copy(made, office.minato, "写しを渡すため", uuid4()))
    await office.desk.tell(made, office.minato, "電話で伝えた", uuid4())
    await refused("grant", office.desk.carry_out(made, office.minato, "写しを渡した", uuid4()))
    await office.desk.reconsider(made, office.minato, "新しいことがわかったため", uuid4())
    await office.decide(made)
    assert (await office.row(made)).state == RequestState.PROPOSED


async def test_the_copy_has_both_sides_words_and_no_name_of_staff_note_or_risk(office: Office) -> None:
    bridge, service = office.bridge, office.service
    session = await bridge.live(office.aoi, 1, "学校がつらいです")
    await bridge.write_line(session, office.aoi, "書いてくれてありがとう")
    await bridge.deliver(1)
    await bridge.note(session.id, office.aoi, NoteKind.NOTE, "内部のメモです", uuid4())
    made = await office.checked(session.id, asker=Asker.SELF)
    await office.decide(made)
    await refused("copy", office.desk.copy(made, office.minato, "", uuid4()))
    key = uuid4()
    copy = await office.desk.copy(made, office.minato, "本人に渡すため", key)
    ((held, lines),) = copy.sessions
    assert held.id == session.id
    texts = [(line.author, line.text) for line in lines]
    assert ("student", "学校がつらいです") in texts and ("counsellor", "書いてくれてありがとう") in texts
    assert "内部のメモです" not in str(texts)
    assert "あおい" in str(await service.transcript()) and "あおい" not in str(texts), "the bot had named her"
    (entry,) = await entries(service, "open_disclosure")
    assert (entry.session_id, entry.actor) == (session.id, office.minato.actor)
    await office.desk.copy(made, office.minato, "本人に渡すため", key)  # loaded again
    assert len(await entries(service, "data_request_open_copy")) == 1
    with pytest.raises(NotFound):
        await office.desk.copy(made, office.aoi, "本人に渡すため", key)
    bridge.clock.advance(minutes=11)
    await refused("copy", office.desk.copy(made, office.minato, "本人に渡すため", key))
    await office.desk.tell(made, office.minato, "窓口で伝えた", uuid4())
    await office.desk.carry_out(made, office.minato, "写しを手渡した", uuid4())
    assert (await office.row(made)).state == RequestState.DONE


async def test_a_part_is_the_sessions_that_were_chosen_and_no_other_person_s(office: Office) -> None:
    first = await office.bridge.waiting(1, "はじめの相談です")
    await office.shut(first)
    second = await office.bridge.waiting(1, "次の相談です")
    stranger = await office.bridge.waiting(2, "ほかの人の相談です")
    made = await office.checked(second, asker=Asker.SELF)
    part = frozenset({Ground.OTHERS})
    await refused("sessions", office.decide(made, Ruling(Decision.PARTLY, part, session_ids=frozenset({stranger}))))
    await office.decide(made, Ruling(Decision.PARTLY, part, session_ids=frozenset({first})))
    await office.desk.tell(made, office.minato, "書面で伝えた", uuid4())
    await refused("done", office.desk.carry_out(made, office.minato, "写しを渡した", uuid4()))
    copy = await office.desk.copy(made, office.minato, "本人に渡すため", uuid4())
    assert [session.id for session, _ in copy.sessions] == [first]
    # What was opened for an earlier decision doesn't count for a new one.
    await office.desk.reconsider(made, office.minato, "もう一度考えます", uuid4())
    await office.decide(made)
    await office.desk.tell(made, office.minato, "書面で伝えた", uuid4())
    await refused("done", office.desk.carry_out(made, office.minato, "写しを渡した", uuid4()))


async def test_a_deletion_is_ordered_by_two_with_nothing_open_and_nothing_held_and_stays_open(office: Office) -> None:
    service = office.service
    session_id = await office.harmed(1)
    made = await office.checked(session_id, Wish.DELETE, Asker.SELF)
    await office.decide(made)
    assert (await office.row(made)).state == RequestState.PROPOSED, "nobody deletes alone"
    with pytest.raises(MoveRefused):
        await office.desk.order(made, office.minato, uuid4())
    await office.desk.agree(made, office.board, "教育委員会も同じ考えです", uuid4())
    await alarms.write(
        service.store,
        service.setting,
        "もう死にたい",
        alarms.Risk(["もう死にたい"]),
        "U" + f"{1:032x}",
    )
    assert "緊急対応" in await refused("disposal", office.desk.order(made, office.minato, uuid4()))
    await service.change("UPDATE escalations SET state = 'closed'")
    assert "続いている" in await refused("disposal", office.desk.order(made, office.minato, uuid4()))
    await office.shut(session_id)
    await office.desk.hold(made, office.minato, "裁判で求められるかもしれない", uuid4())
    assert "保全" in await refused("disposal", office.desk.order(made, office.minato, uuid4()))
    await office.desk.lift(made, office.aoi, "裁判にならなかった", uuid4())
    key = uuid4()
    for _ in range(2):
        await office.desk.order(made, office.minato, key)
    (order,) = await service.rows("SELECT * FROM disposal_orders")
    assert order.session_ids == [session_id] and (order.decided_by, order.second_by, order.done_at) == (
        office.minato.id,
        office.board.id,
        None,
    )
    with pytest.raises(MoveRefused):
        await office.desk.order(made, office.aoi, uuid4())
    (words,) = await service.rows("SELECT count(*) AS n FROM messages WHERE body IS NOT NULL AND author = 'student'")
    assert words.n >= 2, "nothing is gone yet, and the page says so"
    await office.desk.tell(made, office.minato, "書面で伝えた", uuid4())
    await refused("done", office.desk.carry_out(made, office.minato, "消した", uuid4()))
    # A second thought takes the order back; what was disposed of would stay on record.
    await office.desk.reconsider(made, office.minato, "考え直します", uuid4())
    assert await service.rows("SELECT 1 FROM disposal_orders") == []
    everything = await office.bridge.everything()
    assert "裁判".encode() not in everything


async def test_a_disposal_that_was_carried_out_ends_the_request(office: Office) -> None:
    session_id = await office.bridge.waiting(1)
    await office.shut(session_id)
    made = await office.checked(session_id, Wish.DELETE, Asker.SELF)
    await office.decide(made)
    await office.desk.agree(made, office.aoi, "同じ考えです", uuid4())
    await office.desk.order(made, office.minato, uuid4())
    await office.desk.tell(made, office.minato, "書面で伝えた", uuid4())
    await office.service.change("UPDATE disposal_orders SET done_at = now()")
    await office.desk.carry_out(made, office.minato, "消去された", uuid4())
    assert (await office.row(made)).ended_at is not None


async def test_the_board_sees_what_waits_for_a_second_person_without_the_child(office: Office) -> None:
    calm = await office.checked(await office.bridge.waiting(2))
    made = await office.checked(await office.harmed(1))
    assert (await office.desk.read.listed(office.board)).total == 0
    await office.decide(made)
    found = await office.desk.read.listed(office.board)
    assert [one.id for one in found.requests] == [made] and found.requests[0].about == ""
    view = await office.desk.read.one(office.board, made)
    assert (view.request.about, view.sessions, view.danger.known, view.whole) == ("", (), False, False)
    assert [step.words for step in view.steps] == [WHY], "why it was decided so"
    with pytest.raises(NotFound):
        await office.desk.read.one(office.board, calm)
    for act in (office.desk.tell, office.desk.hold, office.desk.copy):
        with pytest.raises(NotPermitted):
            await act(made, office.board, "していないはずのこと", uuid4())
    await office.desk.reconsider(made, office.board, "もう少し調べてください", uuid4())
    with pytest.raises(NotFound):
        await office.desk.read.one(office.board, made)
    assert len(await entries(office.service, "read_data_request")) == 1


@pytest.mark.parametrize("role", [StaffRole.COUNSELLOR, StaffRole.ADMINISTRATOR, StaffRole.TRAINER])
async def test_nobody_else_sees_or_does_anything(office: Office, role: StaffRole) -> None:
    made = await office.received()
    other = await office.bridge.person("だれか", role, here=False)
    with pytest.raises(NotPermitted):
        await office.desk.read.listed(other)
    with pytest.raises(NotPermitted):
        await office.desk.read.one(other, made)
    with pytest.raises(NotPermitted):
        await office.desk.receive(other, uuid4(), Wish.DELETE, Asker.SELF, Arrival.PHONE, TODAY, ABOUT)
    for act in (office.desk.link, office.desk.agree, office.desk.tell, office.desk.copy, office.desk.withdraw):
        with pytest.raises(NotPermitted):
            await act(made, other, "していないはずのこと", uuid4())
    assert (await office.row(made)).state == RequestState.RECEIVED


async def test_the_same_form_again_changes_nothing_and_a_refused_one_leaves_nothing(office: Office) -> None:
    made = await office.checked(await office.bridge.waiting(1))
    key = uuid4()
    await refused("child", office.desk.decide(made, office.minato, Ruling(Decision.GRANT), WHY, key))
    assert [step.kind for step in (await office.desk.read.one(office.minato, made)).steps][-1] == "check"
    for _ in range(2):
        await office.desk.decide(made, office.minato, YES, WHY, key)
    assert len(await entries(office.service, "data_request_decide")) == 1
    assert (await office.row(made)).child == ChildSaid.AGREES
    await refused("told", office.desk.tell(made, office.minato, "  ", uuid4()))
    await refused("told", office.desk.tell(made, office.minato, "あ" * 2001, uuid4()))


async def test_lists_are_paged_with_their_number(office: Office) -> None:
    for day in range(53):
        await office.desk.receive(
            office.minato, uuid4(), Wish.CORRECT, Asker.SELF, Arrival.PHONE, TODAY - timedelta(days=day), ABOUT
        )
    first, last = await office.desk.read.listed(office.minato), await office.desk.read.listed(office.minato, 2)
    assert (first.total, first.pages, len(first.requests), len(last.requests)) == (53, 2, 50, 3)
    assert first.requests[0].received_on == TODAY - timedelta(days=52), "what is due first comes first"
