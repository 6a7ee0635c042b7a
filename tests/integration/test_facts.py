"""Facts are written of every session that ends, whichever way, once, and say what was agreed (KAG-6.1キ, KAG-8.4)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from handoff.domain.coding import Outcome, SheetKind, Source, Told, ToldState, TopicCode, Writer
from handoff.domain.desk import ClosedWithout
from handoff.domain.fact import Concerned, Place, SurveyAnswers, fiscal_year
from handoff.domain.hours import HoursStatus
from handoff.domain.incoming import Channel
from handoff.domain.other_ways import OtherWay
from handoff.domain.profile.vocabulary import Agency, ChannelUse, Founder, ReportingClass
from handoff.domain.report import Witness
from handoff.domain.session import Level
from handoff.services.desk.record_other_way import RecordOtherWay
from handoff.services.facts.write_facts import GATHER, WriteFacts
from handoff.services.tend_intakes import STAYS_OPEN
from tests.integration import survey_support
from tests.integration.conftest import CLOSED, OPEN, Database, Service
from tests.integration.desk_care_support import member
from tests.integration.desk_support import AT_HIGH, Bridge
from tests.integration.fact_support import facts, flush, of_today, school, the_fact
from tests.integration.report_desk_support import ANSWERS, staffed
from tests.integration.sheet_support import REPORTED, Sheets


@pytest.fixture
async def sheets(service: Service) -> Sheets:
    return Sheets(Bridge(service))


async def spoken_with(sheets: Sheets, number: int = 1, words: str = "友だちとけんかした") -> UUID:
    """A talk of some length: a wait of 70 seconds, and eleven minutes to the counsellor's last line."""
    bridge = sheets.bridge
    (yuki,) = [await bridge.person(f"ゆき{number}")]
    session_id = await bridge.waiting(number, words)
    bridge.clock.advance(seconds=70)
    session = await bridge.claim(session_id, yuki)
    bridge.clock.advance(minutes=11)
    await bridge.write_line(session, yuki, "きこえています。")
    await bridge.deliver(number)
    bridge.clock.advance(minutes=20)
    await bridge.end(session_id, yuki)
    bridge.clock.advance(minutes=5)
    return session_id


async def test_a_filled_sheet_makes_a_fact_of_everything_that_is_counted(sheets: Sheets) -> None:
    """KAG-6.1キ 相談種類別, 対象別, 内容別, 時間帯別, 対応時間別."""
    service = sheets.bridge.service
    await school(service, "futaba1", {"中2": 120})
    session_id = await spoken_with(sheets)
    yuki = await sheets.bridge.member("ゆき1")
    told = lambda value: Told(value, ToldState.TOLD, Source.COUNSELLOR)  # noqa: E731
    sheet = replace(
        REPORTED,
        person=replace(
            REPORTED.person,
            gender=Told(None, ToldState.DECLINED),
            school_code=Told("futaba1", ToldState.TOLD, Source.REGISTER),
            school_name=told("ふたば市立第一中学校"),
        ),
        agencies=(Agency.POLICE,),
        call_transfer=True,
        call_line="24時間子供SOSダイヤル",
    )
    filled = await sheets.fill(session_id, yuki, sheet, 0)
    assert not filled.faults and filled.closed
    assert await flush(service) == 1
    fact = await the_fact(service, session_id)
    assert (fact.version, fact.kind, fact.channel, fact.test) == (1, SheetKind.CONSULTATION, Channel.LINE, False)
    assert (fact.day, fact.hour, fact.hours) == (OPEN.date(), 18, HoursStatus.OPEN)
    assert fact.place == Place("中学校", "futaba1", Founder.MUNICIPAL, "ふたば市")
    assert (fact.grade, fact.gender) == ("中2", "declined")
    assert (fact.writer, fact.concerned) == (Writer.SELF, Concerned.SELF)
    assert (fact.primary, fact.secondaries, fact.coding_version) == (TopicCode.FRIENDS, (TopicCode.STUDY,), 1)
    assert (fact.level, fact.reporting_class) == (Level.NONE, ReportingClass.PHONE_AT_ONCE)
    assert (fact.outcome, fact.closed_reason, fact.exchanges) == (Outcome.ESTABLISHED, "established", 1)
    assert (fact.accepted_after, fact.waited, fact.worked) == (60, 120, 600)
    assert (fact.first_human_after, fact.last_human_after, fact.closed_after) == (600, 600, 1800)
    assert (fact.agencies, fact.call_transfer, fact.survey) == ((Agency.POLICE,), True, fact.survey)
    assert list(await of_today(service)) == [fact]
    assert await service.rows("SELECT 1 FROM fact_dues") == []
    assert await flush(service) == 0


async def test_every_way_in_which_a_session_ends_makes_one(sheets: Sheets) -> None:
    """Pranks, withdrawals, what was only read, and silence with the bot: access is counted beside what was established."""
    bridge, service = sheets.bridge, sheets.bridge.service
    (yuki,) = await bridge.people("ゆき")
    reasons = {}
    for number, reason in enumerate((ClosedWithout.PRANK, ClosedWithout.WITHDRAWN, ClosedWithout.READ), 1):
        session_id = await bridge.waiting(number)
        await bridge.close(session_id, yuki, reason)
        reasons[session_id] = reason
    await bridge.write("こんにちは", 8)
    (intake,) = await service.rows("SELECT id FROM sessions WHERE state = 'intake'")
    bridge.clock.advance(seconds=STAYS_OPEN.total_seconds() + 60)
    await service.tend()
    assert await flush(service) == 4
    found = {session_id: await the_fact(service, session_id) for session_id in reasons}
    assert {one.closed_reason for one in found.values()} == set(reasons.values())
    outcomes = {reasons[key]: fact.outcome for key, fact in found.items()}
    assert outcomes == {
        ClosedWithout.PRANK: Outcome.PRANK,
        ClosedWithout.WITHDRAWN: Outcome.NO_RESPONSE,
        ClosedWithout.READ: Outcome.NO_RESPONSE,
    }
    silent = await the_fact(service, UUID(str(intake.id)))
    assert (silent.outcome, silent.closed_reason, silent.accepted_after, silent.waited, silent.worked) == (
        Outcome.NO_RESPONSE,
        "silence",
        None,
        None,
        None,
    )


async def test_whoever_only_added_the_account_is_in_no_count(sheets: Sheets) -> None:
    bridge, service = sheets.bridge, sheets.bridge.service
    async with service.store.transaction() as tx:
        contact = await tx.contacts.find_or_add(Channel.LINE, "U" + "9" * 32, bridge.clock.now())
        await tx.sessions.start(contact, service.setting.profile.id, bridge.clock.now())
    bridge.clock.advance(seconds=STAYS_OPEN.total_seconds() + 60)
    await service.tend()
    (row,) = await service.rows("SELECT state FROM sessions")
    assert row.state == "closed" and await flush(service) == 0
    assert await service.rows("SELECT 1 FROM fact_dues") == []


async def test_whoever_only_wants_no_broadcasts_is_in_no_count(sheets: Sheets) -> None:
    bridge, service = sheets.bridge, sheets.bridge.service
    await bridge.write("お知らせはいらない")
    bridge.clock.advance(seconds=STAYS_OPEN.total_seconds() + 60)
    await service.tend()
    (row,) = await service.rows("SELECT state FROM sessions")
    assert row.state == "closed" and await flush(service) == 0
    await bridge.write("お知らせはいらない", 2)
    await bridge.write("友だちとけんかした", 2)
    bridge.clock.advance(seconds=STAYS_OPEN.total_seconds() + 60)
    await service.tend()
    assert await flush(service) == 1


async def test_a_drill_is_marked_and_counted_apart(sheets: Sheets) -> None:
    session_id = await spoken_with(sheets)
    service = sheets.bridge.service
    await service.change("UPDATE contacts SET test = true")
    await sheets.fill(session_id, await sheets.bridge.member("ゆき1"), REPORTED, 0)
    await flush(service)
    assert await of_today(service) == []
    assert [fact.test for fact in await of_today(service, test=True)] == [True]


async def test_what_was_left_at_night_and_what_came_by_telephone_took_the_time_that_it_took(sheets: Sheets) -> None:
    bridge, service = sheets.bridge, sheets.bridge.service
    (yuki,) = await bridge.people("ゆき")
    words = "母から電話。学校に行きたがらない。"
    entry = OtherWay(Channel.PHONE, CLOSED - timedelta(days=1), words, Writer.GUARDIAN)
    shape = service.setting.profile
    phone = shape.channels.phone.model_copy(update={"use": ChannelUse.OFFERED})
    service.setting.profile = shape.model_copy(update={"channels": shape.channels.model_copy(update={"phone": phone})})
    session_id = await RecordOtherWay(service.store, service.setting)(yuki, entry, UUID(int=7))
    await service.work()
    filled = await sheets.fill(session_id, yuki, replace(REPORTED, role=Writer.GUARDIAN), 0)
    assert filled.closed, filled.faults
    await flush(service)
    fact = await the_fact(service, session_id)
    assert (fact.channel, fact.hours, fact.hour, fact.concerned) == (
        Channel.PHONE,
        HoursStatus.CLOSED,
        2,
        Concerned.OTHER_PUPIL,
    )
    assert (fact.outcome, fact.accepted_after, fact.waited, fact.worked, fact.closed_after) == (
        Outcome.ESTABLISHED,
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("where", ["page", "line"])
async def test_a_report_is_counted_once_and_anew_when_it_is_finished(service: Service, where: str) -> None:
    """KAG-2, KAG-6.1キ 通報: with its own session, from the page and from a talk."""
    inbox = await staffed(service)
    yuki = await member(service, "yuki")
    answers = replace(ANSWERS, witness=Witness.FRIEND, grade="中学2年生")
    report_id = await (inbox.from_page(answers) if where == "page" else inbox.from_line(answers))
    assert await flush(service) == 0, "it is still being worked on"
    await inbox.take(report_id, yuki, uuid4())
    await inbox.decided(report_id, yuki)
    await inbox.check(report_id, yuki, "確かめました", uuid4())
    await inbox.tell(report_id, yuki)
    await inbox.close(report_id, yuki, "学校と確かめました", uuid4())
    assert await flush(service) == 1
    (row,) = await facts(service)
    assert (row.kind, row.outcome, row.grade, row.writer) == ("report", "established", "中2", "friend")
    assert (row.reporting_class, row.primary_topic, row.agencies) == ("periodic", "bullying", ["school"])
    # Taken up again and decided anew it is the same case.
    await inbox.reopen(report_id, yuki, "もう一度見ます", uuid4())
    await inbox.decided(report_id, yuki, ReportingClass.PROMPTLY)
    await flush(service)
    (row,) = await facts(service)
    assert (row.version, row.reporting_class) == (2, "promptly")


async def test_another_round_two_workers_and_a_crash_between_write_nothing_twice(sheets: Sheets) -> None:
    service, bridge = sheets.bridge.service, sheets.bridge
    (yuki,) = await bridge.people("ゆき")
    sessions = [await bridge.waiting(number) for number in range(1, 9)]
    for session_id in sessions:
        await bridge.close(session_id, yuki, ClosedWithout.READ)
    dues = await service.rows("SELECT session_id, at FROM fact_dues")
    assert await WriteFacts(service.store, service.setting)() == 0, "they wait for others"
    bridge.clock.advance(seconds=GATHER.total_seconds())
    await asyncio.gather(*(WriteFacts(service.store, service.setting)() for _ in range(4)))
    assert len(await facts(service)) == 8 and await service.rows("SELECT 1 FROM fact_dues") == []
    # What a crash after the facts and before the forgetting leaves.
    for due in dues:
        async with service.store.transaction() as tx:
            await tx.facts.wake(due.session_id, due.at)
    assert await flush(service) == 0
    assert len(await service.rows("SELECT 1 FROM facts")) == 8 and await service.rows("SELECT 1 FROM fact_dues") == []


async def test_what_can_t_be_read_holds_up_nothing_else_and_is_tried_again(sheets: Sheets) -> None:
    service, bridge = sheets.bridge.service, sheets.bridge
    (yuki,) = await bridge.people("ゆき")
    for number in (1, 2):
        await bridge.close(await bridge.waiting(number), yuki, ClosedWithout.READ)
    (broken, _) = await service.rows("SELECT id FROM sessions ORDER BY id")
    await service.change("UPDATE sessions SET level = 'purple' WHERE id = :id", id=broken.id)
    assert await flush(service) == 1
    (due,) = await service.rows("SELECT session_id FROM fact_dues")
    assert due.session_id == broken.id
    await service.change("UPDATE sessions SET level = 'none' WHERE id = :id", id=broken.id)
    assert await flush(service) == 1


async def test_an_answered_survey_makes_the_next_version_and_the_newest_counts(risk: Service) -> None:
    """WG-18."""
    session_id = await survey_support.asked(risk)
    await flush(risk)
    assert (await the_fact(risk, session_id)).survey == SurveyAnswers()
    for tap in survey_support.TAPS:
        await survey_support.write(risk, tap)
    await flush(risk)
    fact = await the_fact(risk, session_id)
    assert (fact.version, fact.survey) == (2, SurveyAnswers("yes", "lighter", "unsure"))
    rows = await risk.rows("SELECT version, current FROM facts ORDER BY version")
    assert [(row.version, row.current) for row in rows] == [(1, False), (2, True)]


async def test_a_key_is_one_person_s_within_a_year_and_no_other_year_s(sheets: Sheets) -> None:
    service, bridge = sheets.bridge.service, sheets.bridge
    (yuki,) = await bridge.people("ゆき")

    async def key(number: int) -> bytes:
        session_id = await bridge.waiting(number)
        await bridge.close(session_id, yuki, ClosedWithout.READ)
        await flush(service)
        return (await the_fact(service, session_id)).user_key

    first, again, other = await key(1), await key(1), await key(2)
    assert first == again != other
    assert fiscal_year(bridge.clock.now().date()) == 2026
    bridge.clock.advance(days=150)
    assert fiscal_year(bridge.clock.now().date()) == 2027 and await key(1) not in (first, other)


async def test_disposal_of_the_words_erases_no_statistics_and_cuts_the_last_thread(
    sheets: Sheets, database: Database
) -> None:
    """KAG-8.3, KAG-8.4: the fact lies outside the session's key, and outside its rows."""
    service, bridge = sheets.bridge.service, sheets.bridge
    session_id = await spoken_with(sheets, words=AT_HIGH)
    (sora,) = await bridge.people("そら")
    await sheets.fill(session_id, await bridge.member("ゆき1"), REPORTED, 0)
    await sheets.sign(session_id, sora, 1)
    await flush(service)
    (before,) = await of_today(service)
    async with service.store.transaction() as tx:
        await tx.facts.cut_off(session_id)
        assert await tx.facts.newest(session_id) is None
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("TRUNCATE contacts CASCADE")  # and with them all that hangs on a contact or session
    assert await service.rows("SELECT 1 FROM sessions") == []
    assert list(await of_today(service)) == [before] and before.level is Level.HIGH
    assert (await service.rows("SELECT lookup FROM facts"))[0].lookup is None


async def test_a_small_grade_keeps_no_school_and_a_small_place_neither(sheets: Sheets) -> None:
    service, bridge = sheets.bridge.service, sheets.bridge
    await school(service, "big", {"中2": 20, "中1": 90})
    await school(service, "small", {"中2": 19})
    await school(service, "lonely", {"中2": 19}, town="みさき村")
    kept = {}
    for number, code in enumerate(("big", "small", "lonely"), 1):
        session_id = await spoken_with(sheets, number)
        person = replace(REPORTED.person, school_code=Told(code, ToldState.TOLD, Source.REGISTER))
        filled = await sheets.fill(
            session_id, await bridge.member(f"ゆき{number}"), replace(REPORTED, person=person), 0
        )
        assert filled.closed, filled.faults
        await flush(service)
        kept[code] = (await the_fact(service, session_id)).place
    assert kept == {
        "big": Place("中学校", "big", Founder.MUNICIPAL, "ふたば市"),
        "small": Place("中学校", None, Founder.MUNICIPAL, "ふたば市"),
        "lonely": Place("中学校"),
    }
