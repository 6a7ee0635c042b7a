"""No report slips past people: withdrawn, finished, taken up again or read by the wrong ones (KAG-7.1, WG-2, WG-15)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import InputRefused
from handoff.domain.evidence import EvidenceState, Sensitive
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.report import Answers, Danger, ReportStatus
from handoff.domain.report_triage import Late, is_decided, seen_of
from handoff.domain.session import HumanWanted, State
from handoff.domain.staff import StaffMember
from handoff.services.desk.claim_session import ClaimSession
from handoff.services.evidence.owner import ReportersSession
from handoff.services.report.return_to_report import AddToReport, OpenByReceipt, WithdrawReport
from handoff.services.report.talk_report import KeepTalkReport, SendTalkReport
from handoff.services.report.tend_drafts import TendDrafts
from handoff.services.report.write_report import KeepReceipt, KeepReport, SendReport
from handoff.services.want_human import RequestHandoff
from tests.integration.conftest import Service
from tests.integration.desk_care_support import STUDENT, later, member
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH
from tests.integration.evidence_support import Files
from tests.integration.report_desk_support import ANSWERS, Inbox, staffed
from tests.support.line_events import arrivals, text, unsend

IN_THE_TALK = "ここだけの話、家のことなんですが"
AGAIN = "まだ続いています。昨日は階段から落とされました"


@pytest.fixture
async def inbox(service: Service) -> Inbox:
    return await staffed(service)


async def sent(inbox: Inbox, answers: Answers = ANSWERS) -> tuple[UUID, str]:
    """A report from its page, noted down: its id, and a visit of its reporter's."""
    store, setting = inbox.service.store, inbox.service.setting
    kept = await KeepReport(store, setting)("", lambda _: answers)
    told = await SendReport(store, setting)(kept.token)
    await KeepReceipt(store, setting)(kept.token)
    await inbox.service.work()
    assert told.receipt is not None
    return told.report.id, await OpenByReceipt(store, setting)(told.receipt)


async def add(inbox: Inbox, token: str, words: str) -> None:
    await AddToReport(inbox.service.store, inbox.service.setting)(token, uuid4(), words)
    await inbox.service.work()


async def write(inbox: Inbox, words: str, message_id: str = "m1") -> None:
    at = int(inbox.service.setting.clock.real().timestamp() * 1000)  # LINE's clock stands still with ours
    await inbox.service.accept(arrivals(text(words, STUDENT, message_id=message_id, timestamp=at)))
    await inbox.service.work()


async def finished(inbox: Inbox, report_id: UUID, by: StaffMember) -> None:
    """Decided on, told and done."""
    await inbox.decided(report_id, by, ReportingClass.PROMPTLY)
    await inbox.check(report_id, by, "くらべました", uuid4())
    await inbox.tell(report_id, by, Agency.MUNICIPAL_BOARD)
    assert (await inbox.close(report_id, by, "伝えました", uuid4())).status is ReportStatus.DONE


# --- withdrawing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["decided", "later_words", "quarantined"])
async def test_what_people_or_programs_called_grave_is_only_wished_withdrawn(inbox: Inbox, why: str) -> None:
    """A bully with the phone in hand, or a frightened child, takes back nothing that somebody has to look at (WG-2)."""
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    if why == "quarantined":
        kept = await KeepReport(service.store, service.setting)("", lambda _: Answers())
        session_id = await ReportersSession(service.store, service.setting)(kept.token)
        file = await Files(service).send(session_id, picture(), "image/png", "写真.png", Sensitive.YES)
        assert file.state is EvidenceState.QUARANTINED
        told = await SendReport(service.store, service.setting)(kept.token)
        await KeepReceipt(service.store, service.setting)(kept.token)
        report_id, token = told.report.id, kept.token
    else:
        report_id, token = await sent(inbox)
    if why == "decided":
        await inbox.decided(report_id, yuki, ReportingClass.PHONE_AT_ONCE)
    if why == "later_words":
        await finished(inbox, report_id, yuki)
        later(service, days=1)
        await add(inbox, token, AT_CRITICAL)
        await service.change("UPDATE sessions SET state = 'closed', closed_at = now()")
    before = (await inbox.report(report_id)).status
    await WithdrawReport(service.store, service.setting)(token)
    await TendDrafts(service.store, service.setting)()
    assert (await inbox.report(report_id)).status is before is not ReportStatus.WITHDRAWN
    assert [one.report.id for one in (await inbox.read.inbox(yuki)).entries] == [report_id]
    steps = (await inbox.read.page(report_id, yuki)).steps
    assert steps[-1].code == "withdrawal_wished"


def picture() -> bytes:
    """The smallest that can be opened; what is quarantined never is."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c63606060f80f00010401006a3d5f210000000049454e44ae426082"
    )


# --- who may read -----------------------------------------------------------------------------------------------------


async def test_what_is_said_to_a_colleague_after_it_stays_in_their_talk(inbox: Inbox) -> None:
    service = inbox.service
    yuki, sora, hikari, minato = [await member(service, name) for name in ("yuki", "sora", "hikari", "minato")]
    await write(inbox, "部室で見たことを知らせます")
    (row,) = await service.rows("SELECT id FROM sessions")
    await KeepTalkReport(service.store, service.setting)(row.id, uuid4(), ANSWERS)
    await SendTalkReport(service.store, service.setting)(row.id)
    report_id = await inbox.of_session(row.id)
    later(service, minutes=1)
    await write(inbox, "もうひとつ見ました", "m2")
    assert "もうひとつ見ました" in await read(inbox, report_id, yuki), "as long as nobody took it, it is the report's"
    await RequestHandoff(service.store, service.setting)(row.id, HumanWanted.STUDENT, "student")
    await ClaimSession(service.store, service.setting)(row.id, sora)
    later(service, minutes=1)
    await write(inbox, IN_THE_TALK, "m3")
    for state in (State.LIVE, State.CLOSED):
        await service.change("UPDATE sessions SET state = :state", state=state)
        for other in (yuki, hikari):
            page = await inbox.read.page(report_id, other)
            assert "部室で見たことを知らせます" in await read(inbox, report_id, other)
            assert page.apart and not {IN_THE_TALK, "もうひとつ見ました"} & set(await read(inbox, report_id, other))
            assert page.report.answers == ANSWERS, "what was told as a report is for whoever works on it"
        assert IN_THE_TALK in await read(inbox, report_id, minato), "a supervisor reads everything"
    await service.change("UPDATE sessions SET state = 'live'")
    assert IN_THE_TALK in await read(inbox, report_id, sora)


async def read(inbox: Inbox, report_id: UUID, by: StaffMember) -> list[str | None]:
    return [one.line.text for one in (await inbox.read.page(report_id, by)).lines]


async def test_what_was_left_half_way_before_a_talk_opens_nothing_of_the_talk(inbox: Inbox) -> None:
    """It comes into the inbox half an hour later, in the middle of the talk: the talk isn't the report all the same."""
    service, yuki, sora = inbox.service, await member(inbox.service, "yuki"), await member(inbox.service, "sora")
    await write(inbox, "部室で見たことを知らせます")
    (row,) = await service.rows("SELECT id FROM sessions")
    (event,) = await service.rows("SELECT id FROM line_events")
    keep = KeepTalkReport(service.store, service.setting)
    assert await keep(row.id, event.id, replace(ANSWERS, danger=Danger.NOW)) is State.WAITING
    await ClaimSession(service.store, service.setting)(row.id, sora)
    later(service, minutes=2)
    await write(inbox, IN_THE_TALK, "m2")
    later(service, minutes=31)
    await TendDrafts(service.store, service.setting)()
    report_id = await inbox.of_session(row.id)
    assert (await inbox.report(report_id)).status is ReportStatus.NEW
    assert IN_THE_TALK not in await read(inbox, report_id, yuki)


async def test_words_taken_back_at_high_are_hidden_in_the_answers_too(inbox: Inbox) -> None:
    """EXT-2, promise 2: they stay sealed in the transcript alone, and stand on no page and no sheet for the board."""
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    secret = f"{AT_HIGH}。2年3組の山田です"
    await write(inbox, secret, "m9")
    (row,) = await service.rows("SELECT id FROM sessions")
    await KeepTalkReport(service.store, service.setting)(
        row.id, uuid4(), Answers(what=f"はじめ\n{secret}", grade=secret)
    )
    await SendTalkReport(service.store, service.setting)(row.id)
    report_id = await inbox.of_session(row.id)
    await service.accept(arrivals(unsend("m9", STUDENT)))
    await service.work()
    page = await inbox.read.page(report_id, yuki)
    assert page.lines[0].line.hidden
    assert "山田" not in page.report.answers.what + page.report.answers.grade
    assert page.report.answers.what.startswith("はじめ")


# --- the end, and after it --------------------------------------------------------------------------------------------


async def test_what_must_be_told_at_once_isnt_finished_untold(inbox: Inbox) -> None:
    """KAG-7.1ア: whoever finds that it wasn't so changes the class, which is on record; a joke is a supervisor's word."""
    yuki, minato = await member(inbox.service, "yuki"), await member(inbox.service, "minato")
    report_id = await inbox.from_page()
    await inbox.decided(report_id, yuki, ReportingClass.PHONE_AT_ONCE)
    with pytest.raises(InputRefused, match="close"):
        await inbox.close(report_id, yuki, "ようすを見ます", uuid4())
    with pytest.raises(InputRefused, match="prank"):
        await inbox.prank(report_id, yuki, "じょうだんでした", uuid4())
    await inbox.tell(report_id, yuki, Agency.MUNICIPAL_BOARD)
    assert (await inbox.close(report_id, yuki, "電話しました", uuid4())).status is ReportStatus.DONE
    other = await inbox.from_page()
    await inbox.decided(other, yuki, ReportingClass.PHONE_AT_ONCE)
    await inbox.decided(other, yuki, ReportingClass.PERIODIC)
    assert (await inbox.close(other, yuki, "急ぎではありませんでした", uuid4())).status is ReportStatus.DONE
    joke = await inbox.from_page()
    await inbox.decided(joke, yuki, ReportingClass.PHONE_AT_ONCE)
    assert (await inbox.prank(joke, minato, "本人に確かめました", uuid4())).status is ReportStatus.PRANK


async def test_nobody_ends_over_words_that_they_havent_read(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id, token = await sent(inbox)
    await inbox.decided(report_id, yuki)
    seen = seen_of((await inbox.read.page(report_id, yuki)).report)
    await inbox.note(report_id, yuki, "あした確かめる", uuid4())
    later(service, minutes=5)
    await add(inbox, token, "実はされているのはぼくです")
    for end in (inbox.close, inbox.prank):
        with pytest.raises(InputRefused, match="state"):
            await end(report_id, yuki, "ようすを見ます", uuid4(), seen)
    assert (await inbox.report(report_id)).status is ReportStatus.IN_HAND
    seen, key = seen_of((await inbox.read.page(report_id, yuki)).report), uuid4()
    for _ in range(2):
        assert (await inbox.close(report_id, yuki, "読みました", key, seen)).status is ReportStatus.DONE


async def test_an_alarm_about_earlier_words_keeps_a_report_open(inbox: Inbox) -> None:
    """What is added after the end is a session of its own; the alarm about the first one is not over by that."""
    service, yuki, sora = inbox.service, await member(inbox.service, "yuki"), await member(inbox.service, "sora")
    report_id, token = await sent(inbox, replace(ANSWERS, what=AT_HIGH))
    await service.change("UPDATE sessions SET state = 'closed', closed_at = now()")
    later(service, days=1)
    await add(inbox, token, AGAIN)
    await inbox.decided(report_id, yuki)
    (escalation,) = await service.rows("SELECT id FROM escalations WHERE state <> 'closed'")
    assert (await inbox.read.page(report_id, yuki)).escalation_id == escalation.id
    with pytest.raises(InputRefused) as refused:
        await inbox.close(report_id, yuki, "確かめました", uuid4())
    assert "緊急対応" in refused.value.text
    await service.change("UPDATE escalations SET state = 'closed'")
    await inbox.close(report_id, yuki, "確かめました", uuid4())
    key = uuid4()
    for _ in range(2):
        after = await inbox.close(report_id, sora, "", key)
        assert after.status is ReportStatus.DONE, "the second person's press twice is one"


@pytest.mark.parametrize("by", ["reporter", "person"])
async def test_what_is_taken_up_again_is_decided_and_told_anew(inbox: Inbox, by: str) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    report_id, token = await sent(inbox)
    await finished(inbox, report_id, yuki)
    (handed,) = [one for one in (await inbox.read.page(report_id, yuki)).steps if one.kind == "hand_over"]
    later(service, days=20)
    if by == "reporter":
        await add(inbox, token, AGAIN)
    else:
        await inbox.reopen(report_id, yuki, "続きがあった", uuid4())
    report = await inbox.report(report_id)
    assert not is_decided(report) and await inbox.watch() == 0
    assert (await inbox.hand_over.page(report_id, handed.id, yuki)).lines, "what was told stays to be read"
    later(service, days=4)
    (entry,) = (await inbox.read.inbox(yuki)).entries
    assert (entry.late, await inbox.watch()) == (Late.UNDECIDED, 1)
    with pytest.raises(InputRefused, match="close"):
        await inbox.close(report_id, yuki, "おわり", uuid4())
    again = await inbox.decided(report_id, yuki, ReportingClass.PROMPTLY)
    assert again.deadline is not None and again.deadline > service.setting.clock.now()
    page = await inbox.read.page(report_id, yuki)
    assert not page.told, "what was told was about what was known then"
    await inbox.tell(report_id, yuki, Agency.MUNICIPAL_BOARD)
    assert (await inbox.read.page(report_id, yuki)).told
