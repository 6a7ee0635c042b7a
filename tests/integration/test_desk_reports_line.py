"""Reports in a talk on LINE: where they lie, what an answer shows on a telephone, and what later words do (KAG-2, WG-1)."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import SessionTaken
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.report import Answers, Danger, ReportStatus, TellSchool
from handoff.domain.session import HumanWanted, State
from handoff.domain.texts import TextKey
from handoff.services.desk.claim_session import ClaimSession
from handoff.services.desk.read_desk import ReadDesk
from handoff.services.desk.reports.answer_report import READ_TITLE
from handoff.services.desk.tend_desk import TendDesk
from handoff.services.report.talk_report import KeepTalkReport, SendTalkReport
from handoff.services.report.tend_drafts import TendDrafts
from handoff.services.report_ports import StepKind
from handoff.services.want_human import RequestHandoff
from kernel.intake.quiet import ALL_DAY
from tests.integration.conftest import Service
from tests.integration.desk_care_support import STUDENT, entries, later, member, told
from tests.integration.report_desk_support import ANSWERS, Inbox, staffed, write
from tests.support.line_events import arrivals, event, text, unsend

WORDS = "読みました。学校と話してもよいですか。"


@pytest.fixture
async def inbox(service: Service) -> Inbox:
    return await staffed(service)


async def begun(service: Service, words: str = "こんにちは") -> UUID:
    """The session of a student who wrote something to the bot."""
    await service.accept(arrivals(text(words, STUDENT)))
    await service.work()
    (row,) = await service.rows("SELECT id FROM sessions WHERE state <> 'closed'")
    return UUID(str(row.id))


async def test_what_the_bot_was_told_lies_in_the_inbox_and_not_in_the_queue(inbox: Inbox) -> None:
    service = inbox.service
    report_id = await inbox.from_line()
    assert await inbox.state(report_id) == State.LEFT_MESSAGE
    yuki = await member(service, "yuki")
    (entry,) = (await inbox.read.inbox(yuki)).entries
    assert entry.report.id == report_id
    assert (await ReadDesk(service.store, service.setting).desk(yuki)).cards == []
    await TendDesk(service.store, service.setting)()
    assert await inbox.state(report_id) == State.LEFT_MESSAGE, "no opening makes a talk of it"
    (row,) = await service.rows("SELECT answers FROM reports")
    assert ANSWERS.what.encode() not in row.answers


async def test_the_same_step_again_changes_nothing(inbox: Inbox) -> None:
    service = inbox.service
    session_id = await begun(service)
    keep, send = KeepTalkReport(service.store, service.setting), SendTalkReport(service.store, service.setting)
    message_id = uuid4()
    for _ in range(3):
        await keep(session_id, message_id, ANSWERS)
    assert [row.version for row in await service.rows("SELECT version FROM reports")] == [1]
    for _ in range(3):
        assert await send(session_id) is State.LEFT_MESSAGE
    assert len(await entries(service, "send_report")) == 1


async def test_whoever_wants_to_talk_after_it_waits_like_everybody(inbox: Inbox) -> None:
    service = inbox.service
    report_id = await inbox.from_line()
    session_id = (await inbox.report(report_id)).session_id
    state = await RequestHandoff(service.store, service.setting)(session_id, HumanWanted.STUDENT, "student")
    assert state is State.WAITING
    (card,) = (await ReadDesk(service.store, service.setting).desk(await member(service, "yuki"))).cards
    assert (card.id, card.report) == (session_id, True)


async def test_danger_now_calls_somebody_at_once_and_the_questions_go_on(inbox: Inbox) -> None:
    service = inbox.service
    session_id = await begun(service)
    (event,) = await service.rows("SELECT id FROM line_events")
    keep = KeepTalkReport(service.store, service.setting)
    assert await keep(session_id, event.id, Answers(danger=Danger.NOW)) is State.WAITING
    (escalation,) = await service.rows("SELECT * FROM escalations")
    assert escalation.cause == "danger_told"
    (session,) = await service.rows("SELECT level FROM sessions")
    assert session.level == "none", "the form isn't dropped"
    await keep(session_id, event.id, replace(ANSWERS, danger=Danger.NOW))
    await SendTalkReport(service.store, service.setting)(session_id)
    (session,) = await service.rows("SELECT level FROM sessions")
    assert session.level == "high"


async def test_what_was_left_half_way_reaches_people_and_an_empty_one_ends_nothing(inbox: Inbox) -> None:
    service = inbox.service
    session_id = await begun(service)
    keep, tend = KeepTalkReport(service.store, service.setting), TendDrafts(service.store, service.setting)
    await keep(session_id, uuid4(), Answers())
    later(service, days=2)
    await tend()
    (row,) = await service.rows("SELECT state FROM sessions WHERE id = :s", s=session_id)
    assert row.state == State.INTAKE
    await keep(session_id, uuid4(), ANSWERS)
    later(service, minutes=31)
    await tend()
    report = await inbox.report(await inbox.of_session(session_id))
    assert (report.status, report.unfinished) == (ReportStatus.NEW, True)
    assert await inbox.state(report.id) == State.LEFT_MESSAGE
    assert len(await service.rows("SELECT 1 FROM line_events")) == 1, "nothing is written in the student's name"


# --- answers ----------------------------------------------------------------------------------------------------------


async def test_an_answer_shows_no_word_on_a_telephone_until_it_is_asked_for(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_line()
    key = uuid4()
    await inbox.answer(report_id, yuki, WORDS, key)
    await inbox.answer(report_id, yuki, WORDS, key)
    await service.work()
    assert service.line.said == [service.setting.profile.text(TextKey.REPORT_ANSWER_READY)]
    assert (await inbox.read.page(report_id, yuki)).unread == {key}
    assert (await inbox.report(report_id)).owner_id == yuki.id
    assert await inbox.state(report_id) == State.LEFT_MESSAGE, "nobody's talk was touched"
    await write(service, READ_TITLE)
    await write(service, READ_TITLE)
    assert service.line.said[1:] == [WORDS, service.setting.profile.text(TextKey.REPORT_ANSWER_NONE)]
    assert not (await inbox.read.page(report_id, yuki)).unread
    assert len(await service.rows("SELECT 1 FROM sessions")) == 1, "the button opens no consultation"
    assert service.bot.heard == [], "the bot never hears of it"


async def test_an_answer_waits_for_the_end_of_the_hours_that_somebody_ruled_out(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_line()
    report = await inbox.report(report_id)
    async with service.store.transaction() as tx:
        await tx.contacts.set_quiet(report.contact_id, [ALL_DAY])
    await inbox.answer(report_id, yuki, WORDS, uuid4())
    await inbox.watch()
    await service.work()
    assert service.line.said == []
    async with service.store.transaction() as tx:
        await tx.contacts.set_quiet(report.contact_id, [])
    later(service, minutes=2)
    await inbox.watch()
    await service.work()
    assert service.line.said == [service.setting.profile.text(TextKey.REPORT_ANSWER_READY)]


async def test_the_end_of_a_report_keeps_its_answer_and_begins_no_talk(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_line()
    await inbox.decided(report_id, yuki)
    await inbox.answer(report_id, yuki, WORDS, uuid4())
    await inbox.close(report_id, yuki, "伝えました", uuid4())
    await write(service, READ_TITLE)
    assert WORDS in service.line.said
    assert [row.state for row in await service.rows("SELECT state FROM sessions")] == [State.CLOSED]


async def test_nobody_speaks_into_a_colleagues_talk(inbox: Inbox) -> None:
    service = inbox.service
    yuki, sora = await member(service, "yuki"), await member(service, "sora")
    report_id = await inbox.from_line()
    session_id = (await inbox.report(report_id)).session_id
    await RequestHandoff(service.store, service.setting)(session_id, HumanWanted.STUDENT, "student")
    before = await ClaimSession(service.store, service.setting)(session_id, sora)
    with pytest.raises(SessionTaken):
        await inbox.answer(report_id, yuki, WORDS, uuid4())
    await inbox.answer(report_id, sora, WORDS, uuid4())
    await service.work()
    assert WORDS in service.line.said
    async with service.store.transaction() as tx:
        after = await tx.sessions.lock(session_id)
    assert (after.epoch, after.counsellor_id) == (before.epoch, sora.id)


# --- later words ------------------------------------------------------------------------------------------------------


async def test_later_words_show_and_bring_back_what_was_over(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    session_id = await begun(service)
    await KeepTalkReport(service.store, service.setting)(session_id, uuid4(), ANSWERS)
    await SendTalkReport(service.store, service.setting)(session_id)
    report_id = await inbox.of_session(session_id)
    await inbox.take(report_id, yuki, uuid4())
    seen = len(await told(service, "report"))
    later(service, minutes=3)
    await write(service, "もうひとつ見ました")
    report = await inbox.report(report_id)
    assert report.touched_at == service.setting.clock.now()
    assert len(await told(service, "report")) > seen
    page = await inbox.read.page(report_id, yuki)
    assert "もうひとつ見ました" in [one.line.text for one in page.lines]
    await service.change("UPDATE reports SET status = 'done', closed_at = touched_at")
    await write(service, "まだ続いています")
    assert (await inbox.report(report_id)).status is ReportStatus.NEW


async def test_words_that_are_taken_back_leave_the_answers_too(inbox: Inbox) -> None:
    service = inbox.service
    secret = "やっぱり書かなければよかったこと"
    await service.accept(arrivals(text(secret, STUDENT, message_id="m77")))
    await service.work()
    (row,) = await service.rows("SELECT id FROM sessions")
    answers = Answers(what=f"はじめのこと\n{secret}", people=secret)
    await KeepTalkReport(service.store, service.setting)(row.id, uuid4(), answers)
    await service.accept(arrivals(unsend("m77", STUDENT)))
    await service.work()
    kept = (await inbox.report(await inbox.of_session(row.id))).answers
    assert secret not in kept.what + kept.people
    assert kept.what.startswith("はじめのこと")


async def test_what_is_edited_on_line_is_edited_in_the_answers_and_on_the_sheet(inbox: Inbox) -> None:
    """A name that a child takes out of its message is on no sheet for the board (WG-17)."""
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    secret, now = "2年3組の山田（ぼくの弟）です", int(time.time() * 1000)
    await write(service, secret, message_id="m88", timestamp=now - 5000)
    (row,) = await service.rows("SELECT id FROM sessions")
    answers = Answers(
        what=f"けられている\n{secret}", grade=secret, school_name="つなぎ第一中学校", tell_school=TellSchool.YES
    )
    await KeepTalkReport(service.store, service.setting)(row.id, uuid4(), answers)
    await SendTalkReport(service.store, service.setting)(row.id)
    report_id = await inbox.of_session(row.id)
    before = await inbox.report(report_id)
    later(service, minutes=1)
    for words, at in (("2年", now), ("3年", now - 1000)):
        changed = event("messageEdited", STUDENT, message={"type": "text", "id": "m88", "text": words}, timestamp=at)
        await service.accept(arrivals(changed))
        await service.work()
    report = await inbox.report(report_id)
    assert (report.answers.what, report.answers.grade) == ("けられている\n2年", "2年"), "the newest version counts"
    assert (report.version, report.touched_at) == (before.version + 1, service.setting.clock.now())
    await inbox.decided(report_id, yuki)
    await inbox.check(report_id, yuki, "見ました", uuid4())
    await inbox.tell(report_id, yuki, Agency.MUNICIPAL_BOARD)
    (step,) = [one for one in (await inbox.read.page(report_id, yuki)).steps if one.kind is StepKind.HAND_OVER]
    assert dict((await inbox.hand_over.page(report_id, step.id, yuki)).lines)["学年など"] == "2年"
