"""The inbox for reports: taken, decided on, compared, handed over, answered, ended (KAG-7.1, WG-2, WG-15, WG-17)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from handoff.domain.desk import DeskAlarm
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted, OwnReview, TraineeRefused
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.report import Answers, Danger, ReportStatus, TellSchool
from handoff.domain.session import State
from handoff.domain.staff import StaffRole
from handoff.domain.wrap_up import WithoutConsent
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import account, entries, later, member, told
from tests.integration.report_desk_support import ANSWERS, WORDS, Inbox, staffed
from tests.support.fakes import FrozenClock

SECRET = "ひみつの照合"


@pytest.fixture
async def inbox(service: Service) -> Inbox:
    return await staffed(service)


async def test_a_report_is_taken_decided_compared_handed_over_and_ended(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_page()
    assert (await inbox.report(report_id)).status is ReportStatus.NEW
    key = uuid4()
    await inbox.take(report_id, yuki, key)
    await inbox.take(report_id, yuki, key)
    assert (await inbox.report(report_id)).owner_id == yuki.id
    after = await inbox.decided(report_id, yuki)
    assert (after.status, after.reporting_class) == (ReportStatus.IN_HAND, ReportingClass.PERIODIC)
    assert after.deadline is not None
    with pytest.raises(InputRefused, match="to"):
        await inbox.tell(report_id, yuki)
    await inbox.check(report_id, yuki, SECRET, uuid4())
    await inbox.tell(report_id, yuki)
    await inbox.note(report_id, yuki, "ひみつのメモ", uuid4())
    assert await inbox.state(report_id) == State.LEFT_MESSAGE
    done = await inbox.close(report_id, yuki, "学校と確かめました", uuid4())
    assert (done.status, await inbox.state(report_id)) == (ReportStatus.DONE, State.CLOSED)
    assert len(await entries(service, "take_report")) == 1, "sent again, it changes nothing"
    verbs = ("triage_report", "check_report", "hand_over_report", "note_report", "close_report")
    for verb in verbs:
        (entry,) = await entries(service, verb)
        assert (entry.actor, entry.detail["report"]) == (yuki.actor, str(report_id))
        assert SECRET not in str(entry.detail) and WORDS not in str(entry.detail)
    rows = await service.rows("SELECT id, words FROM report_steps WHERE words IS NOT NULL")
    assert all(SECRET.encode() not in row.words and "ひみつ".encode() not in row.words for row in rows)
    assert SECRET in [SEALER.open("report_steps", "words", str(row.id), row.words) for row in rows]
    assert {str(event.subject) for event in await told(service, "report")} == {str(report_id)}


async def test_of_two_who_press_at_once_both_are_on_record_and_nothing_is_lost(inbox: Inbox) -> None:
    report_id = await inbox.from_page()
    people = [await member(inbox.service, name) for name in ("yuki", "sora", "minato")]
    await asyncio.gather(*(inbox.take(report_id, one, uuid4()) for one in people))
    await asyncio.gather(*(inbox.check(report_id, one, f"{one.alias}が見た", uuid4()) for one in people))
    page = await inbox.read.page(report_id, people[0])
    assert len(page.steps) == 6
    assert page.report.owner_id in {one.id for one in people}


# --- who may be told --------------------------------------------------------------------------------------------------


async def test_whoever_wants_to_be_asked_is_asked_on_the_answers_page_first(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id = await inbox.from_page(Answers(what="けんかではなくいじめです", tell_school=TellSchool.ASK_FIRST))
    await inbox.decided(report_id, yuki)
    await inbox.check(report_id, yuki, "ほかの通報とくらべました", uuid4())
    with pytest.raises(InputRefused, match="agreed"):
        await inbox.tell(report_id, yuki, agreed=True)
    await inbox.answer(report_id, yuki, "学校に伝えてもよいですか。", uuid4())
    with pytest.raises(InputRefused, match="agreed"):
        await inbox.tell(report_id, yuki, agreed=True)
    later(service, minutes=5)
    await service.change("UPDATE reports SET touched_at = :at", at=service.setting.clock.now())
    assert (await inbox.tell(report_id, yuki, agreed=True)).status is ReportStatus.IN_HAND


async def test_two_decide_to_tell_the_school_all_the_same_and_a_counsellor_cant(inbox: Inbox) -> None:
    yuki, minato = await member(inbox.service, "yuki"), await member(inbox.service, "minato")
    report_id = await inbox.from_page(Answers(what="いじめが続いています", tell_school=TellSchool.NO))
    await inbox.decided(report_id, yuki)
    await inbox.check(report_id, yuki, "記録とくらべました", uuid4())
    both = WithoutConsent("みなと", "山田", "けがが続いているため", source_protected=True)
    with pytest.raises(NotPermitted):
        await inbox.tell(report_id, yuki, decision=both)
    await inbox.tell(report_id, minato, decision=both)
    page = await inbox.read.page(report_id, minato)
    (decided,) = [step for step in page.steps if step.kind == "decide"]
    assert "けがが続いているため" in decided.words and "山田" in decided.words


async def test_a_suspected_teachers_school_hears_nothing_and_gets_no_page(risk: Service) -> None:
    inbox = await staffed(risk, real_screen=True)
    minato = await member(inbox.service, "minato")
    report_id = await inbox.from_page(Answers(what="担任の先生に毎日なぐられています", tell_school=TellSchool.YES))
    await inbox.decided(report_id, minato, ReportingClass.PHONE_AT_ONCE)
    both = WithoutConsent("みなと", "山田", "理由", source_protected=True)
    for decision in (None, both):
        with pytest.raises(InputRefused, match="to"):
            await inbox.tell(report_id, minato, decision=decision)
    await inbox.tell(report_id, minato, Agency.MUNICIPAL_BOARD)


async def test_the_schools_page_may_not_quote_the_reporter(inbox: Inbox) -> None:
    yuki = await member(inbox.service, "yuki")
    report_id = await inbox.from_page()
    await inbox.decided(report_id, yuki)
    await inbox.check(report_id, yuki, "くらべました", uuid4())
    with pytest.raises(InputRefused, match="words"):
        await inbox.tell(report_id, yuki, words=f"「{ANSWERS.what}」とのことです。")
    await inbox.tell(report_id, yuki)
    (step,) = [one for one in (await inbox.read.page(report_id, yuki)).steps if one.kind == "hand_over"]
    page = await inbox.hand_over.page(report_id, step.id, yuki)
    text = "\n".join(words for _heading, words in page.lines)
    assert WORDS in text and ANSWERS.people not in text and "つなぎ第一中学校" not in text
    assert len(await entries(inbox.service, "open_report_handover")) == 1
    with pytest.raises(NotFound):
        await inbox.hand_over.page(report_id, uuid4(), yuki)


# --- deadlines --------------------------------------------------------------------------------------------------------


async def test_supervisors_hear_once_of_what_nobody_decided_by_the_next_working_day(inbox: Inbox) -> None:
    service = inbox.service
    report_id = await inbox.from_page()
    assert await inbox.watch() == 0
    clock = service.setting.clock
    assert isinstance(clock, FrozenClock)
    later(service, days=4)  # a weekend and a holiday lie between
    assert await inbox.watch() == 0, "Tuesday the 24th isn't over yet"
    later(service, hours=7)
    assert await inbox.watch() == 1
    later(service, minutes=2)
    assert await inbox.watch() == 0
    (alarm,) = await told(service, "alarm")
    assert alarm.detail == {"code": DeskAlarm.REPORT_LATE, "report": str(report_id)}
    yuki = await member(service, "yuki")
    assert (await inbox.read.inbox(yuki)).overdue == 1
    await inbox.decided(report_id, yuki, ReportingClass.PHONE_AT_ONCE)
    later(service, minutes=16)
    assert await inbox.watch() == 1, "and of what isn't told although it was decided so"
    await inbox.tell(report_id, yuki, Agency.MUNICIPAL_BOARD)
    later(service, days=1)
    assert await inbox.watch() == 0


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_nobody_lets_go_of_a_report_at_risk_alone(inbox: Inbox) -> None:
    service = inbox.service
    yuki, sora, hikari = [await member(service, name) for name in ("yuki", "sora", "hikari")]
    report_id = await inbox.from_page(Answers(what="もう死にたいと友達が言います", danger=Danger.MAYBE))
    with pytest.raises(TraineeRefused):
        await inbox.take(report_id, hikari, uuid4())
    await inbox.take(report_id, yuki, uuid4())
    (escalation,) = await service.rows("SELECT * FROM escalations")
    assert (escalation.state, escalation.acknowledged_by) == ("acknowledged", yuki.alias)
    await inbox.decided(report_id, yuki, ReportingClass.PHONE_AT_ONCE)
    await inbox.tell(report_id, yuki, Agency.MUNICIPAL_BOARD)
    with pytest.raises(InputRefused, match="state"):
        await inbox.close(report_id, yuki, "確かめました", uuid4())
    await service.change("UPDATE escalations SET state = 'closed'")
    asked = await inbox.close(report_id, yuki, "確かめました", uuid4())
    assert asked.status is ReportStatus.IN_HAND
    with pytest.raises(OwnReview):
        await inbox.close(report_id, yuki, "", uuid4())
    await inbox.close.send_back(report_id, sora, "もう一度、電話してください", uuid4())
    await inbox.close(report_id, yuki, "電話しました", uuid4())
    later(service, minutes=1)
    await service.change("UPDATE reports SET touched_at = :at", at=service.setting.clock.now())
    page = await inbox.read.page(report_id, sora)
    assert (page.asked, page.report.status) == (None, ReportStatus.IN_HAND), "the reporter wrote since"
    await inbox.close(report_id, yuki, "読みました", uuid4())
    assert (await inbox.close(report_id, sora, "", uuid4())).status is ReportStatus.DONE
    assert await inbox.state(report_id) == State.CLOSED


async def test_a_joke_at_risk_is_a_supervisors_word_and_new_words_bring_it_back(inbox: Inbox) -> None:
    service = inbox.service
    yuki, minato = await member(service, "yuki"), await member(service, "minato")
    report_id = await inbox.from_page(Answers(what="たすけて", danger=Danger.NOW))
    await service.change("UPDATE escalations SET state = 'closed'")
    with pytest.raises(InputRefused, match="prank"):
        await inbox.prank(report_id, yuki, "前にもあった", uuid4())
    await inbox.prank(report_id, minato, "本人に確かめた", uuid4())
    assert (await inbox.report(report_id)).status is ReportStatus.PRANK
    with pytest.raises(MoveRefused):
        await inbox.answer(report_id, minato, "こんにちは", uuid4())
    await inbox.reopen(report_id, yuki, "続きがあった", uuid4())
    assert (await inbox.report(report_id)).status is ReportStatus.IN_HAND


async def test_a_report_whose_writer_wants_to_talk_keeps_its_place_in_the_queue(inbox: Inbox) -> None:
    yuki = await member(inbox.service, "yuki")
    report_id = await inbox.from_line()
    await inbox.service.change(
        "UPDATE sessions SET state = 'waiting', human_wanted = 'student', waiting_since = opened_at"
    )
    await inbox.decided(report_id, yuki)
    await inbox.close(report_id, yuki, "伝えました", uuid4())
    assert await inbox.state(report_id) == State.WAITING


# --- the same matter, and who may read --------------------------------------------------------------------------------


async def test_reports_on_one_matter_are_linked_and_parted(inbox: Inbox) -> None:
    yuki = await member(inbox.service, "yuki")
    ids = [await inbox.from_page() for _ in range(4)]
    await inbox.link(ids[0], ids[1], yuki, uuid4())
    await inbox.link(ids[2], ids[3], yuki, uuid4())
    assert len({(await inbox.report(one)).matter_id for one in ids}) == 2
    await inbox.link(ids[0], ids[3], yuki, uuid4())
    assert len({(await inbox.report(one)).matter_id for one in ids}) == 1
    assert {one.id for one in (await inbox.read.page(ids[1], yuki)).together} == {ids[0], ids[2], ids[3]}
    await inbox.link.unlink(ids[0], yuki, uuid4())
    assert (await inbox.report(ids[0])).matter_id is None
    with pytest.raises(InputRefused):
        await inbox.link(ids[0], ids[0], yuki, uuid4())
    with pytest.raises(NotFound):
        await inbox.link(ids[0], uuid4(), yuki, uuid4())


async def test_every_opening_is_on_record_and_other_roles_see_nothing(inbox: Inbox) -> None:
    report_id, yuki = await inbox.from_page(), await member(inbox.service, "yuki")
    await inbox.read.inbox(yuki)
    await inbox.read.page(report_id, yuki)
    (opened,) = await entries(inbox.service, "open_report")
    assert (opened.actor, opened.detail["report"]) == (yuki.actor, str(report_id))
    assert len(await entries(inbox.service, "open_reports")) == 1
    for role in (StaffRole.ADMINISTRATOR, StaffRole.TRAINER, StaffRole.BOARD):
        other = await account(inbox.service, role.value, role)
        for reading in (inbox.read.inbox(other), inbox.read.page(report_id, other), inbox.read.state(None, other)):
            with pytest.raises(NotPermitted):
                await reading
