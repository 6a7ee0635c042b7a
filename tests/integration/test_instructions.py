"""Questions to the board and its orders (HYO-0 「指示を仰ぐ」): asked, answered, carried out, and nobody can be told from them."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted
from handoff.domain.escalation_steps import StepKind
from handoff.domain.staff import StaffRole
from handoff.services.desk.ask_instruction import AskInstruction
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import entries
from tests.integration.request_support import Office, open_office

QUESTION = "深夜に届いた写真の扱いは、どうすればよいですか"
ANSWER = "開かずに、業務責任者だけで保管してください"


@pytest.fixture
async def office(service: Service) -> Office:
    return await open_office(service)


async def test_a_question_is_asked_answered_by_the_board_and_carried_out(office: Office) -> None:
    desk, service, key = office.desk, office.service, uuid4()
    with pytest.raises(InputRefused, match="nameless"):
        await desk.ask_board(office.minato, key, QUESTION, None, nameless=False)
    with pytest.raises(InputRefused, match="due_on"):
        await desk.ask_board(office.minato, key, QUESTION, date(2026, 11, 19), nameless=True)
    with pytest.raises(InputRefused, match="question"):
        await desk.ask_board(office.minato, key, "090-1234-5678の子のことです", None, nameless=True)
    for _ in range(2):
        made = await desk.ask_board(office.minato, key, QUESTION, date(2026, 11, 25), nameless=True)
    (row,) = await service.rows("SELECT * FROM instructions")
    assert SEALER.open("instructions", "question", str(made), row.question) == QUESTION
    assert len(await entries(service, "ask_board")) == 1
    with pytest.raises(NotPermitted):
        await desk.instruction.answer(made, office.minato, ANSWER)
    with pytest.raises(MoveRefused):
        await desk.instruction.finish(made, office.minato, "もうしました")
    for _ in range(2):
        await desk.instruction.answer(made, office.board, ANSWER)
    with pytest.raises(MoveRefused):
        await desk.instruction.answer(made, office.board, "やはり開いてください")
    with pytest.raises(MoveRefused):
        await desk.instruction.withdraw(made, office.minato)
    listed = await desk.read_instructions.listed(office.minato)
    assert [one.answer for one in listed.instructions] == [ANSWER] and listed.total == 1
    for _ in range(2):
        await desk.instruction.finish(made, office.aoi, "手順書に書き足しました")
    found, aliases = await desk.read_instructions.one(office.board, made)
    assert (found.result, aliases[office.aoi.id]) == ("手順書に書き足しました", "あおい")
    assert (await desk.read_instructions.listed(office.minato)).total == 0
    assert (await desk.read_instructions.listed(office.minato, ended=True)).total == 1
    assert [len(await entries(service, verb)) for verb in ("answer_instruction", "finish_instruction")] == [1, 1]
    everything = await office.bridge.everything()
    assert QUESTION.encode() not in everything and ANSWER.encode() not in everything


async def test_the_board_orders_and_every_counsellor_reads_it_but_no_question(office: Office) -> None:
    desk = office.desk
    asked = await desk.ask_board(office.minato, uuid4(), QUESTION, None, nameless=True)
    with pytest.raises(NotPermitted):
        await desk.give_order(office.minato, uuid4(), ANSWER, None)
    order = await desk.give_order(office.board, uuid4(), "12月1日から受付を18時に始めてください", date(2026, 12, 1))
    (yuki,) = await office.bridge.people("ゆき")
    assert [one.id for one in (await desk.read_instructions.listed(yuki)).instructions] == [order]
    assert (await desk.read_instructions.one(yuki, order))[0].answer.startswith("12月1日")
    with pytest.raises(NotFound):
        await desk.read_instructions.one(yuki, asked)
    for act in (
        lambda: desk.ask_board(yuki, uuid4(), QUESTION, None, nameless=True),
        lambda: desk.instruction.finish(order, yuki, "しました。はい"),
        lambda: desk.instruction.withdraw(asked, yuki),
    ):
        with pytest.raises(NotPermitted):
            await act()
    trainer = await office.bridge.person("がくしゅう", StaffRole.TRAINER, here=False)
    with pytest.raises(NotPermitted):
        await desk.read_instructions.listed(trainer)
    kaede = await office.bridge.person("かえで", StaffRole.ADMINISTRATOR, here=False)
    await desk.instruction.finish(order, kaede, "時間を変えました")
    await desk.instruction.withdraw(asked, kaede)
    async with office.service.store.reading() as tx:
        assert await tx.requests.open_count(office.service.setting.profile.id) == 0


async def test_questions_of_escalations_are_counted_and_their_words_stay_there(office: Office) -> None:
    session_id = await office.harmed(1, words="もう死にたい", categories=("suicide",))
    async with office.service.store.transaction() as tx:
        found = await tx.escalations.open_for(session_id)
    if found is None:
        await office.bridge.waiting(1, "もう死にたい")
        async with office.service.store.transaction() as tx:
            found = await tx.escalations.open_for(session_id)
    assert found is not None
    ask = AskInstruction(office.service.store, office.service.setting)
    await ask(found.id, office.minato, StepKind.INSTRUCTION, "この子を保護者に知らせますか", uuid4())
    await ask(found.id, office.minato, StepKind.LAWYER, "弁護士にたずねること", uuid4())
    for member in (office.minato, office.board):
        listed = await office.desk.read_instructions.listed(member)
        assert (listed.escalations, listed.total) == (1, 0)
    (yuki,) = await office.bridge.people("ゆき")
    assert (await office.desk.read_instructions.listed(yuki)).escalations == 0


async def test_late_is_counted_by_day(office: Office) -> None:
    await office.desk.ask_board(office.minato, uuid4(), QUESTION, date(2026, 11, 25), nameless=True)
    await office.desk.ask_board(office.minato, uuid4(), QUESTION, None, nameless=True)
    await office.desk.give_order(office.board, uuid4(), ANSWER, date(2026, 11, 26))
    profile = office.service.setting.profile.id
    async with office.service.store.reading() as tx:
        counts = [await tx.requests.late_count(profile, date(2026, 11, day)) for day in (25, 26, 27)]
        assert (await tx.requests.open_count(profile), counts) == (3, [0, 1, 2])
