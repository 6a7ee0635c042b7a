"""Answers to reports on LINE: they come to whoever asks for them, and what is said to them is read (KAG-2, WG-1, WG-17)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from handoff.domain.desk import ClosedWithout
from handoff.domain.errors import InputRefused
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.report import Answers, ReportStatus, TellSchool
from handoff.domain.session import HumanWanted, Level, State
from handoff.domain.texts import TextKey
from handoff.services.desk.claim_session import ClaimSession
from handoff.services.desk.end_talk import CloseUntaken
from handoff.services.desk.read_desk import ReadDesk
from handoff.services.desk.reports.answer_report import READ_TITLE
from handoff.services.desk.tend_desk import TendDesk
from handoff.services.report.talk_report import KeepTalkReport, SendTalkReport
from handoff.services.report_ports import StepKind
from handoff.services.tend_intakes import TendIntakes
from handoff.services.want_human import RequestHandoff
from tests.integration.conftest import Service
from tests.integration.desk_care_support import STUDENT, later, member
from tests.integration.desk_support import AT_HIGH
from tests.integration.report_desk_support import ANSWERS, Inbox, staffed, write
from tests.support.line_events import arrivals, event, text

WORDS = "学校に話してもよいですか。"
REPLY = "学校には言わないで。やっているのは担任です"
ASKED_FIRST = Answers(what=ANSWERS.what, school_name=ANSWERS.school_name, tell_school=TellSchool.ASK_FIRST)


@pytest.fixture
async def inbox(service: Service) -> Inbox:
    return await staffed(service)


async def closed_as_read(inbox: Inbox, report_id: UUID) -> None:
    """The report's talk is over while the report itself is still worked on."""
    service = inbox.service
    session_id = (await inbox.report(report_id)).session_id
    await RequestHandoff(service.store, service.setting)(session_id, HumanWanted.STUDENT, "student")
    await CloseUntaken(service.store, service.setting)(session_id, await member(service, "yuki"), ClosedWithout.READ)


async def read_answer(inbox: Inbox, report_id: UUID) -> None:
    """An answer, which its reporter asks for a minute later; and another minute later it is now."""
    await inbox.answer(report_id, await member(inbox.service, "yuki"), WORDS, uuid4())
    later(inbox.service, minutes=1)
    await write(inbox.service, READ_TITLE)
    assert inbox.service.line.said[-1] == WORDS
    later(inbox.service, minutes=1)


async def said_on_page(inbox: Inbox, report_id: UUID) -> list[str | None]:
    page = await inbox.read.page(report_id, await member(inbox.service, "yuki"))
    return [one.line.text for one in page.lines]


# --- the words come ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [True, False], ids=["a second report", "one that was only begun"])
async def test_an_answer_comes_whatever_its_reporter_began_since(inbox: Inbox, sent: bool) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    first = await inbox.from_line()
    await closed_as_read(inbox, first)
    later(service, days=1)
    if sent:
        await inbox.from_line()
    else:
        contact = (await inbox.report(first)).contact_id
        async with service.store.transaction() as tx:
            session = await tx.sessions.start(contact, service.setting.profile.id, service.setting.clock.now())
        await KeepTalkReport(service.store, service.setting)(session.id, uuid4(), Answers())
    await inbox.answer(first, yuki, WORDS, uuid4())
    await write(service, READ_TITLE)
    assert service.line.said == [service.setting.profile.text(TextKey.REPORT_ANSWER_READY), WORDS]
    assert service.bot.heard == []
    assert not (await inbox.read.page(first, yuki)).unread


async def given_back(inbox: Inbox) -> None:
    """Nobody has the talk any more, and the worker has gone round twice."""
    await inbox.service.change(
        "UPDATE sessions SET state = 'waiting', owner = 'bot', counsellor_id = NULL, epoch = epoch + 1"
    )
    for _ in range(2):
        later(inbox.service, minutes=2)
        await inbox.watch()
        await inbox.service.work()


async def test_an_answer_that_a_claim_has_stopped_is_still_to_be_read(inbox: Inbox) -> None:
    """What was planned under the bot's epoch is refused once a person speaks; then it isn't said, and stands as unread."""
    service, yuki, sora = inbox.service, await member(inbox.service, "yuki"), await member(inbox.service, "sora")
    report_id = await inbox.from_line()
    session_id = (await inbox.report(report_id)).session_id
    await RequestHandoff(service.store, service.setting)(session_id, HumanWanted.STUDENT, "student")
    key, ready = uuid4(), service.setting.profile.text(TextKey.REPORT_ANSWER_READY)
    await inbox.answer(report_id, yuki, WORDS, key)
    await service.accept(arrivals(text(READ_TITLE, STUDENT)))
    await service.drain((await inbox.report(report_id)).contact_id)
    await ClaimSession(service.store, service.setting)(session_id, sora)
    await service.work()
    assert WORDS not in service.line.said
    assert ready not in service.line.said
    assert (await inbox.read.page(report_id, yuki)).unread == {key}
    later(service, minutes=2)
    await inbox.watch()
    await service.work()
    assert ready not in service.line.said, "nobody speaks into a colleague's talk"
    await given_back(inbox)
    assert service.line.said.count(ready) == 1, "the phone hears again that there is something, once"
    await write(service, READ_TITLE)
    await write(service, READ_TITLE)
    assert service.line.said[-2:] == [WORDS, service.setting.profile.text(TextKey.REPORT_ANSWER_NONE)]
    assert not (await inbox.read.page(report_id, yuki)).unread


async def test_an_answer_on_the_page_that_a_claim_has_stopped_is_said_again(inbox: Inbox) -> None:
    service, yuki, sora = inbox.service, await member(inbox.service, "yuki"), await member(inbox.service, "sora")
    report_id = await inbox.from_page()
    session_id = (await inbox.report(report_id)).session_id
    await RequestHandoff(service.store, service.setting)(session_id, HumanWanted.RISK, "screen")
    await inbox.answer(report_id, yuki, WORDS, uuid4())
    await ClaimSession(service.store, service.setting)(session_id, sora)
    await service.work()
    assert (await inbox.read.page(report_id, yuki)).unread
    await given_back(inbox)
    async with service.store.reading() as tx:
        heard = await tx.reports.heard((await inbox.report(report_id)).contact_id)
    assert [one.text for one in heard].count(WORDS) == 1
    assert not (await inbox.read.page(report_id, yuki)).unread


async def test_nobody_answers_into_a_chat_that_its_pupil_has_left(inbox: Inbox) -> None:
    """Who left by 「すぐに閉じる」 can open it no more: an answer there would stand as delivered and be read by nobody."""
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    now, real = service.setting.clock.now(), service.setting.clock.real()
    async with service.store.transaction() as tx:
        contact = await tx.contacts.find_or_add(Channel.WEB, "web:a-chat", now)
        await tx.chats.start(contact, real)
        session = await tx.sessions.start(contact, service.setting.profile.id, now)
    await KeepTalkReport(service.store, service.setting)(session.id, uuid4(), ANSWERS)
    await SendTalkReport(service.store, service.setting)(session.id)
    report_id = await inbox.of_session(session.id)
    await inbox.answer(report_id, yuki, WORDS, uuid4())
    async with service.store.transaction() as tx:
        await tx.chats.leave(contact, real)
    with pytest.raises(InputRefused) as refused:
        await inbox.answer(report_id, yuki, WORDS, uuid4())
    assert "読めません" in refused.value.text
    answers = [one for one in (await inbox.read.page(report_id, yuki)).steps if one.kind is StepKind.ANSWER]
    assert len(answers) == 1, "and nothing of it is kept"


# --- what is said to them ---------------------------------------------------------------------------------------------


async def test_what_is_said_to_an_answer_lies_in_the_report_when_its_talk_is_over(inbox: Inbox) -> None:
    """WG-17: a child that says no, or who it is, says it to somebody: the bot alone would end it after a day, unread."""
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_line(ASKED_FIRST)
    await closed_as_read(inbox, report_id)
    await read_answer(inbox, report_id)
    await write(service, REPLY)
    page = await inbox.read.page(report_id, yuki)
    assert REPLY in [one.line.text for one in page.lines]
    assert page.report.touched_at == service.setting.clock.now()
    assert page.card is not None
    assert page.card.state is State.LEFT_MESSAGE
    assert [step.subject for step in page.steps if step.kind is StepKind.REPLY] == [page.card.id]
    assert service.bot.heard, "the bot goes on in it: whoever wants to talk can"
    await TendDesk(service.store, service.setting)()
    assert (await ReadDesk(service.store, service.setting).desk(yuki)).cards == [], "it asks for no talk"
    later(service, hours=25)
    await TendIntakes(service.store, service.setting)()
    await write(service, "それだけです")
    assert (await said_on_page(inbox, report_id))[1:] == [
        WORDS,
        REPLY,
        "はい：" + REPLY,
        "それだけです",
        "はい：それだけです",
    ]
    assert (await inbox.report(report_id)).touched_at == service.setting.clock.now()
    await inbox.decided(report_id, yuki)
    await inbox.close(report_id, yuki, "本人と話しました", uuid4())
    assert {row.state for row in await service.rows("SELECT state FROM sessions")} == {State.CLOSED}


async def test_what_is_no_text_and_what_is_at_risk_after_an_answer_are_the_reports_too(inbox: Inbox) -> None:
    service = inbox.service
    report_id = await inbox.from_line(ASKED_FIRST)
    await closed_as_read(inbox, report_id)
    await read_answer(inbox, report_id)
    sticker = event("message", STUDENT, message={"type": "sticker", "id": "s1", "packageId": "1", "stickerId": "2"})
    await service.accept(arrivals(sticker))
    await service.work()
    assert (await inbox.report(report_id)).touched_at == service.setting.clock.now()
    await service.change("UPDATE sessions SET state = 'closed', closed_at = opened_at WHERE state <> 'closed'")
    await write(service, AT_HIGH)
    page = await inbox.read.page(report_id, await member(service, "yuki"))
    assert page.report.level is Level.HIGH
    assert page.card is not None
    assert page.card.state is State.WAITING, "and somebody is called for them as ever"
    later(service, minutes=1)
    await ClaimSession(service.store, service.setting)(page.card.id, await member(service, "sora"))
    later(service, minutes=1)
    await write(service, "そらさんだけに話します")
    said = await said_on_page(inbox, report_id)
    assert AT_HIGH in said
    assert "そらさんだけに話します" not in said, "what a colleague hears after that is their talk"


async def test_an_answer_that_was_read_after_the_end_may_bring_the_report_back(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_line()
    await inbox.decided(report_id, yuki)
    await inbox.answer(report_id, yuki, WORDS, uuid4())
    await inbox.close(report_id, yuki, "伝えました", uuid4())
    later(service, days=1)
    await write(service, READ_TITLE)
    later(service, minutes=1)
    await write(service, REPLY)
    assert (await inbox.report(report_id)).status is ReportStatus.NEW
    assert REPLY in await said_on_page(inbox, report_id)
    later(service, minutes=1)
    await inbox.decided(report_id, yuki)
    await inbox.close(report_id, yuki, "話しました", uuid4())
    later(service, minutes=1)
    await write(service, "べつの相談です")
    (row,) = await service.rows("SELECT state FROM sessions ORDER BY opened_at DESC LIMIT 1")
    assert row.state == State.INTAKE, "what comes after the end is a talk of its own"
    assert (await inbox.report(report_id)).status is ReportStatus.DONE


async def test_a_report_that_is_being_told_goes_its_own_way_beside_a_reply(inbox: Inbox) -> None:
    service = inbox.service
    first = await inbox.from_line(ASKED_FIRST)
    await closed_as_read(inbox, first)
    later(service, minutes=1)
    await write(service, "こんにちは")
    (row,) = await service.rows("SELECT id FROM sessions WHERE state = 'intake'")
    session_id = UUID(str(row.id))
    keep, send = KeepTalkReport(service.store, service.setting), SendTalkReport(service.store, service.setting)
    await keep(session_id, uuid4(), Answers())
    await read_answer(inbox, first)
    await write(service, REPLY)
    assert REPLY in await said_on_page(inbox, first)
    assert (await inbox.report(first)).touched_at == service.setting.clock.now()
    (row,) = await service.rows("SELECT state FROM sessions WHERE id = :s", s=session_id)
    assert row.state == State.INTAKE
    await keep(session_id, uuid4(), ANSWERS)
    assert await send(session_id) is State.LEFT_MESSAGE
    second = await inbox.of_session(session_id)
    assert (await inbox.report(second)).status is ReportStatus.NEW
    async with service.store.transaction() as tx:
        of_session = await tx.reports.of_session(session_id)
        assert of_session is not None
        assert of_session.id == second
    yuki = await member(service, "yuki")
    await inbox.decided(first, yuki)
    await inbox.close(first, yuki, "終わりました", uuid4())
    assert await inbox.state(second) == State.LEFT_MESSAGE, "nobody ends another report's talk"


async def test_the_button_is_no_yes(inbox: Inbox) -> None:
    """WG-17: the school is told against a wish only after the reporter has written something."""
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_line(Answers(what=ANSWERS.what, tell_school=TellSchool.NO))
    await inbox.decided(report_id, yuki)
    await inbox.check(report_id, yuki, "見ました", uuid4())
    await inbox.answer(report_id, yuki, WORDS, uuid4())
    later(service, minutes=1)
    await write(service, "聞いてください")
    with pytest.raises(InputRefused):
        await inbox.tell(report_id, yuki, Agency.SCHOOL, agreed=True)
    touched = (await inbox.report(report_id)).touched_at
    later(service, minutes=1)
    await write(service, READ_TITLE)
    assert (await inbox.report(report_id)).touched_at == touched
    with pytest.raises(InputRefused):
        await inbox.tell(report_id, yuki, Agency.SCHOOL, agreed=True)
    later(service, minutes=1)
    await write(service, "はい、話してください")
    assert (await inbox.tell(report_id, yuki, Agency.SCHOOL, agreed=True)).status is ReportStatus.IN_HAND
