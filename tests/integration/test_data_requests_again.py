"""Requests about personal data, where pages are old, people change their mind, and the child goes on writing (TAJ-7)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from handoff.domain.data_request import Arrival, Asker, ChildSaid, Decision, Ground, Proof, RequestState, Ruling, Wish
from handoff.domain.errors import MoveRefused
from handoff.domain.leak import DataKind, LeakCause, LeakContent, VersionKind
from handoff.web.desk.requests.data_view import view_of
from tests.integration.conftest import Service
from tests.integration.request_support import ABOUT, TODAY, WHY, YES, Office, open_office, refused


@pytest.fixture
async def office(service: Service) -> Office:
    return await open_office(service)


async def test_one_old_page_loses_no_second_form_and_no_corrected_one(office: Office) -> None:
    """All forms of a page have one key; the next one from the same page is an act of its own, and never passed over."""
    session_id, key = await office.bridge.waiting(1), uuid4()
    made = await office.received()
    await office.desk.link(made, office.minato, f"/desk/talks/{session_id}/sheet", key)
    await office.desk.check(made, office.minato, Proof.PAPER, "戸籍の写しを見た", key)
    assert (await office.row(made)).state == RequestState.CHECKED
    for _ in range(2):
        await office.desk.decide(made, office.minato, YES, WHY, key)
    # The same form with another decision isn't the same form.
    with pytest.raises(MoveRefused):
        await office.desk.decide(
            made, office.minato, Ruling(Decision.REFUSE, frozenset({Ground.HARM}), ChildSaid.OBJECTS), WHY, key
        )
    for _ in range(2):
        await office.desk.hold(made, office.minato, "裁判で求められるかもしれない", key)
    await office.desk.hold(made, office.minato, "別の裁判でも求められる", key)
    view = await office.desk.read.one(office.minato, made)
    assert [str(step.kind) for step in view.steps] == ["receive", "link", "check", "decide", "hold", "hold"]
    assert len(view.holds) == 2


async def test_another_request_from_an_old_page_is_not_taken_for_the_first(office: Office) -> None:
    key = uuid4()
    first = await office.desk.receive(office.minato, key, Wish.DISCLOSE, Asker.GUARDIAN, Arrival.PAPER, TODAY, ABOUT)
    again = await office.desk.receive(office.minato, key, Wish.DISCLOSE, Asker.GUARDIAN, Arrival.PAPER, TODAY, ABOUT)
    other = await office.desk.receive(
        office.minato, key, Wish.DELETE, Asker.SELF, Arrival.MAIL, TODAY, "ほかの人からの別の請求です"
    )
    assert first == again and other != first
    assert (await office.desk.read.listed(office.minato)).total == 2


async def test_who_is_linked_anew_has_to_be_identified_anew(office: Office) -> None:
    """Whoever proved to be the one person isn't proved to be the other."""
    mine, other = await office.bridge.waiting(1), await office.bridge.waiting(2)
    made = await office.received(asker=Asker.SELF)
    await office.desk.link(made, office.minato, str(mine), uuid4())
    await office.desk.check(made, office.minato, Proof.ACCOUNT, "本人のアカウントで書いている", uuid4())
    await office.desk.link(made, office.minato, str(mine), uuid4())
    assert (await office.row(made)).state == RequestState.CHECKED, "the same person: nothing changes"
    await office.desk.link(made, office.minato, str(other), uuid4())
    row = await office.row(made)
    assert (row.state, row.proof) == (RequestState.RECEIVED, None)
    with pytest.raises(MoveRefused):
        await office.decide(made)


async def test_what_the_child_writes_after_the_decision_is_not_handed_out(office: Office) -> None:
    bridge = office.bridge
    first = await bridge.waiting(1, "前の相談です")
    await office.shut(first)
    bridge.clock.advance(minutes=1)
    second = await bridge.waiting(1, "いまの相談です")
    made = await office.checked(second)
    await office.decide(made)
    bridge.clock.advance(hours=1)
    await bridge.write("決まったあとの言葉です", 1)
    await office.shut(second)
    third = await bridge.waiting(1, "お母さんには言わないでほしい")
    copy = await office.desk.copy(made, office.minato, "写しを渡すため", uuid4())
    assert [session.id for session, _ in copy.sessions] == [first, second]
    words = str([line.text for _, lines in copy.sessions for line in lines])
    assert "いまの相談です" in words and "決まったあとの言葉です" not in words
    assert copy.until <= bridge.clock.now() - timedelta(hours=1)
    # Nor does an order to dispose reach what nobody decided on.
    gone = await office.checked(third, Wish.DELETE, Asker.SELF)
    await office.decide(gone)
    await office.desk.agree(gone, office.aoi, "同じ考えです", uuid4())
    await office.shut(third)
    bridge.clock.advance(hours=1)
    fourth = await bridge.waiting(1, "また来ました")
    await office.shut(fourth)
    await office.desk.order(gone, office.minato, uuid4())
    (order,) = await office.service.rows("SELECT session_ids FROM disposal_orders")
    assert set(order.session_ids) == {first, second, third}


async def test_a_yes_is_not_told_to_who_may_be_the_one_that_harms(office: Office) -> None:
    session_id = await office.bridge.waiting(1)
    made = await office.checked(session_id)
    await office.decide(made)
    await office.harmed(1, "guardian")
    assert "考え直す" in await refused("told", office.desk.tell(made, office.minato, "電話で伝えた", uuid4()))
    assert (await office.row(made)).state == RequestState.DECIDED


async def test_what_is_disposed_of_can_t_be_reconsidered(office: Office) -> None:
    session_id = await office.bridge.waiting(1)
    await office.shut(session_id)
    made = await office.checked(session_id, Wish.DELETE, Asker.SELF)
    await office.decide(made)
    await office.desk.agree(made, office.aoi, "同じ考えです", uuid4())
    await office.desk.order(made, office.minato, uuid4())
    await office.service.change("UPDATE disposal_orders SET done_at = now()")
    with pytest.raises(MoveRefused):
        await office.desk.reconsider(made, office.minato, "考え直します", uuid4())
    assert not view_of(await office.desk.read.one(office.minato, made), office.minato)["may"]["reconsider"]


async def test_a_guardian_who_is_refused_hears_neither_a_reason_nor_whether_there_was_a_talk(office: Office) -> None:
    """To hear «abuse is suspected» is to hear that the child talked (81条)."""
    made = await office.checked(await office.harmed(1, "guardian"))
    await office.decide(made, Ruling(Decision.REFUSE, frozenset({Ground.UNSAID}), ChildSaid.CANNOT_ASK))
    told = view_of(await office.desk.read.one(office.minato, made), office.minato)["tell_hint"]
    assert "答えません" in told and "81条" in told and "教育委員会と決めて" in told
    own = await office.checked(await office.bridge.waiting(2), asker=Asker.SELF)
    await office.decide(own, Ruling(Decision.REFUSE, frozenset({Ground.NOT_HELD})))
    told = view_of(await office.desk.read.one(office.minato, own), office.minato)["tell_hint"]
    assert "理由" in told and "家の人に見られない" in told


async def test_a_child_whom_nobody_could_ask_has_two_people_decide_for_them(office: Office) -> None:
    made = await office.checked(await office.bridge.waiting(1))
    await office.decide(made, Ruling(Decision.GRANT, child=ChildSaid.CANNOT_ASK))
    assert (await office.row(made)).state == RequestState.PROPOSED


async def test_an_answer_that_can_t_be_opened_is_not_written_over(office: Office) -> None:
    desk = office.desk
    order = await desk.give_order(office.board, uuid4(), "名簿を毎月確かめてください", None)
    other = await desk.give_order(office.board, uuid4(), "別の指示を出します", None)
    assert order != other
    await office.service.change("UPDATE instructions SET answer = '\\x00' WHERE id = :id", id=order)
    await desk.instruction.finish(order, office.minato, "確かめました")
    (row,) = await office.service.rows("SELECT state, answer FROM instructions WHERE id = :id", id=order)
    assert (row.state, bytes(row.answer)) == ("done", b"\x00")


async def test_two_reports_from_one_old_page_are_two(office: Office) -> None:
    desk, key = office.desk, uuid4()
    words = "確かめたことを書きました"
    leak = await desk.note_leak(office.minato, key, TODAY, LeakContent(what="名簿をなくした"))
    whole = LeakContent(
        what="名簿をなくした", kinds=frozenset({DataKind.NAME}), persons=3, cause=LeakCause.LOST, why=words,
        harm=words, measures=words, public=words, prevention=words,
    )  # fmt: skip
    await desk.save_leak(leak, office.minato, 1, TODAY, whole)
    for kind in (VersionKind.FIRST, VersionKind.FIRST, VersionKind.FINAL):
        await desk.send_leak(leak, office.minato, kind, 2, key)
    assert [one.kind for one in (await desk.read_leaks.one(office.minato, leak)).versions] == ["first", "final"]
