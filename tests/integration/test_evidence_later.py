"""Files and the report that they belong to: what comes later is looked at, by those who work on it, and unseen stays unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.errors import NotFound
from handoff.domain.evidence import Evidence, EvidenceState, QuarantineCause, Sensitive
from handoff.domain.report import Answers, Danger, ReportStatus
from handoff.domain.session import HumanWanted, State
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.desk.claim_session import ClaimSession
from handoff.services.desk.reports.step import asked_to_close
from handoff.services.evidence.owner import ReportersSession
from handoff.services.report.return_to_report import AddToReport, OpenByReceipt, WithdrawReport
from handoff.services.report.tend_drafts import TendDrafts
from handoff.services.report.write_report import KeepReceipt, KeepReport, SendReport
from handoff.services.screen_message import ScreenMessage
from handoff.services.want_human import RequestHandoff
from handoff.web.desk.evidence_view import file_view
from tests.integration.conftest import Service
from tests.integration.desk_care_support import STUDENT, account, later, member
from tests.integration.desk_support import AT_CRITICAL
from tests.integration.evidence_support import ALL, Files
from tests.integration.report_desk_support import ANSWERS, Inbox, staffed
from tests.support import alarms
from tests.support import hostile_files as hostile
from tests.support.line_events import arrivals, event, text, unsend

NAKED = "はだかの写真"


class Pages(Files):
    """A reporter's page, the files that it sends, and the desk's inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        super().__init__(inbox.service)

    def screen(self, level: str) -> None:
        """Let the screen find sexual harm."""
        risk = alarms.Risk([NAKED], level, ("sexual_harm",))
        self.service.screen = ScreenMessage(self.service.setting, read_event, risk)

    async def begun(self, answers: Answers = ANSWERS) -> str:
        """The token of a report that is being written."""
        kept = await KeepReport(self.service.store, self.service.setting)("", lambda _: answers)
        await self.service.work()
        return kept.token

    async def sent(self, token: str) -> tuple[UUID, str]:
        """A report that was sent: its id and its receipt."""
        store, setting = self.service.store, self.service.setting
        sent = await SendReport(store, setting)(token)
        await KeepReceipt(store, setting)(token)
        await self.service.work()
        assert sent.receipt is not None
        return sent.report.id, sent.receipt

    async def back(self, receipt: str) -> str:
        return await OpenByReceipt(self.service.store, self.service.setting)(receipt)

    async def write(self, token: str, words: str) -> None:
        await AddToReport(self.service.store, self.service.setting)(token, uuid4(), words)
        await self.service.work()

    async def picture(self, token: str, name: str = "IMG_0001.png", sensitive: Sensitive | None = None) -> Evidence:
        """A picture sent by the page, and the worker's part after it."""
        session = await ReportersSession(self.service.store, self.service.setting)(token)
        kept = await self.send(session, hostile.png(), "image/png", name, sensitive)
        await self.service.work()
        return kept

    async def sees(self, evidence: Evidence, someone: StaffMember) -> bool:
        """Whether somebody gets its small copy; whoever doesn't finds neither a large one nor the file's page."""
        try:
            assert await self.open.thumb(evidence.id, someone)
        except NotFound:
            for attempt in (self.open.shown(evidence.id, someone), self.read.one(evidence.id, someone)):
                with pytest.raises(NotFound):
                    await attempt
            return False
        await self.open.shown(evidence.id, someone)
        return (await self.read.one(evidence.id, someone)).evidence.id == evidence.id


@pytest.fixture
async def pages(service: Service) -> Pages:
    return Pages(await staffed(service))


# A file is a word of the reporter's --------------------------------------------------------------------------------


@pytest.mark.parametrize("over", [ReportStatus.DONE, ReportStatus.WITHDRAWN])
async def test_a_file_sent_to_a_report_that_is_over_makes_it_new_again(pages: Pages, over: ReportStatus) -> None:
    """KAG-2: evidence that comes after the end is on somebody's list, and they can open it."""
    inbox, yuki = pages.inbox, await member(pages.service, "yuki")
    report_id, receipt = await pages.sent(await pages.begun())
    token = await pages.back(receipt)
    if over is ReportStatus.DONE:
        await inbox.decided(report_id, yuki)
        await inbox.close(report_id, yuki, "終わり", uuid4())
    else:
        await WithdrawReport(pages.service.store, pages.service.setting)(token)
        await TendDrafts(pages.service.store, pages.service.setting)()
    before = await inbox.report(report_id)
    assert (before.status, await inbox.state(report_id)) == (over, State.CLOSED)
    assert await inbox.read.waiting() == 0
    later(pages.service, days=3)
    token = await pages.back(receipt)
    kept = await pages.picture(token)
    after = await inbox.report(report_id)
    assert (after.status, after.closed_at) == (ReportStatus.NEW, None)
    assert (after.touched_at, after.version) == (pages.service.setting.clock.now(), before.version + 1)
    assert await inbox.read.waiting() == 1
    steps = (await inbox.read.page(report_id, yuki)).steps
    assert [(step.kind, step.by, step.code) for step in steps][-1] == ("reopen", None, "reporter")
    assert await pages.sees(kept, yuki)
    # The same request again is the same file.
    await pages.finish(kept.id, kept.session_id)
    assert (await inbox.report(report_id)).version == after.version


async def test_a_file_takes_the_first_person_s_wish_to_finish_away(pages: Pages) -> None:
    """At risk two people look before the end, at all that there is."""
    inbox, yuki = pages.inbox, await member(pages.service, "yuki")
    report_id, receipt = await pages.sent(await pages.begun(replace(ANSWERS, danger=Danger.NOW)))
    await pages.service.change("UPDATE escalations SET state = 'closed'")
    await inbox.decided(report_id, yuki)
    await inbox.close(report_id, yuki, "終わり", uuid4())
    assert (await inbox.read.page(report_id, yuki)).asked is not None
    later(pages.service, minutes=5)
    await pages.picture(await pages.back(receipt))
    page = await inbox.read.page(report_id, yuki)
    assert page.asked is None and asked_to_close(page.report, page.steps) is None


async def test_somebody_who_sends_files_hasn_t_left_the_page(pages: Pages) -> None:
    """A draft is left half-way when nothing comes for half an hour; a film may take that long."""
    token = await pages.begun()
    version = 1 + (await pages.service.rows("SELECT version FROM reports"))[0].version
    later(pages.service, minutes=25)
    await pages.picture(token)
    later(pages.service, minutes=25)
    await TendDrafts(pages.service.store, pages.service.setting)()
    (row,) = await pages.service.rows("SELECT status, version FROM reports")
    assert (row.status, row.version + 1) == (ReportStatus.DRAFT, version)
    later(pages.service, minutes=10)
    await TendDrafts(pages.service.store, pages.service.setting)()
    assert (await pages.service.rows("SELECT status FROM reports"))[0].status == ReportStatus.NEW


# Who works on a report sees its files ------------------------------------------------------------------------------


async def test_a_report_s_files_outlive_its_session(pages: Pages) -> None:
    """What the report's page lists can be opened by whoever may open the report, and by nobody else (row 3)."""
    inbox, yuki = pages.inbox, await member(pages.service, "yuki")
    trainer = await account(pages.service, "まなぶ", StaffRole.TRAINER)
    token = await pages.begun()
    kept = await pages.picture(token)
    assert not await pages.sees(kept, yuki)  # it is still being written
    report_id, _receipt = await pages.sent(token)
    assert await pages.sees(kept, yuki)
    await inbox.decided(report_id, yuki)
    await inbox.close(report_id, yuki, "終わり", uuid4())
    await inbox.reopen(report_id, yuki, "もう一度見る", uuid4())
    assert await inbox.state(report_id) == State.CLOSED
    assert [one.id for one in (await inbox.read.page(report_id, yuki)).files] == [kept.id]
    assert await pages.sees(kept, yuki)
    assert not await pages.sees(kept, trainer)
    assert (await pages.quarantine(kept.id, yuki)).state is EvidenceState.QUARANTINED


async def test_a_talk_s_pictures_after_the_report_are_the_talk_s(pages: Pages) -> None:
    """Row 3: a report on LINE lies in a talk, and a colleague's talk isn't open to everybody who reads reports."""
    inbox, (yuki, sora) = pages.inbox, [await member(pages.service, name) for name in ("yuki", "sora")]
    report_id = await inbox.from_line()
    session = (await inbox.report(report_id)).session_id
    with_it = await pages.send(session, hostile.png(), "image/png")
    later(pages.service, minutes=5)
    await RequestHandoff(pages.service.store, pages.service.setting)(session, HumanWanted.STUDENT, "student")
    await ClaimSession(pages.service.store, pages.service.setting)(session, sora)
    after_it = await pages.send(session, hostile.png(), "image/png")
    assert [await pages.sees(one, sora) for one in (with_it, after_it)] == [True, True]
    assert [await pages.sees(one, yuki) for one in (with_it, after_it)] == [True, False]
    listed: list[Sequence[UUID]] = [
        [one.id for one in (await inbox.read.page(report_id, someone)).files] for someone in (sora, yuki)
    ]
    assert listed == [[with_it.id, after_it.id], [with_it.id]]


# Unseen means unseen -----------------------------------------------------------------------------------------------


async def is_unseen(pages: Pages, evidence: Evidence, someone: StaffMember) -> None:
    found = await pages.find(evidence.id)
    assert (found.state, found.quarantined) == (EvidenceState.QUARANTINED, QuarantineCause.RISK)
    assert {part for part, _number in await pages.rows(evidence.id)} == {"original"}
    for attempt in (pages.open.thumb(evidence.id, someone), pages.open.shown(evidence.id, someone)):
        with pytest.raises(NotFound):
            await attempt


async def test_words_after_the_end_quarantine_the_files_before_it(pages: Pages) -> None:
    """What a reporter adds is another session; it tells of the same pictures, and of those that follow."""
    inbox, yuki = pages.inbox, await member(pages.service, "yuki")
    pages.screen("high")
    token = await pages.begun()
    first = await pages.picture(token)
    report_id, receipt = await pages.sent(token)
    await inbox.decided(report_id, yuki)
    await inbox.close(report_id, yuki, "終わり", uuid4())
    assert await pages.sees(first, yuki)
    later(pages.service, days=1)
    token = await pages.back(receipt)
    await pages.write(token, f"あの写真は、{NAKED}です")
    assert len(await pages.service.rows("SELECT 1 FROM sessions")) == 2
    second = await pages.picture(token)
    for one in (first, second):
        await is_unseen(pages, one, yuki)
    # Another report's files are none of this.
    assert (await pages.picture(await pages.begun())).state is EvidenceState.STORED


async def test_a_field_that_was_rewritten_doesn_t_unsay_it(pages: Pages) -> None:
    yuki = await member(pages.service, "yuki")
    pages.screen("concern")
    token = await pages.begun(Answers(what=f"{NAKED}を送れと言われました"))
    later(pages.service, seconds=5)
    await KeepReport(pages.service.store, pages.service.setting)(
        token, lambda said: replace(said, what="送れと言われました")
    )
    await pages.service.work()
    assert NAKED not in str(await pages.service.transcript())
    await is_unseen(pages, await pages.picture(token), yuki)


async def test_a_message_that_was_taken_back_doesn_t_unsay_it(pages: Pages) -> None:
    """On LINE as well: the words are gone, and what they said of the pictures stays."""
    yuki = await member(pages.service, "yuki")
    pages.media(consultation=ALL)
    pages.screen("concern")
    service = pages.service
    service.content.files["p1"] = hostile.jpeg()
    await service.accept(arrivals(text(f"{NAKED}を送らされた", STUDENT, message_id="m1")))
    await service.work()
    await service.accept(arrivals(unsend("m1", STUDENT)))
    await service.work()
    assert NAKED not in str(await service.transcript())
    picture = {"type": "image", "id": "p1", "contentProvider": {"type": "line"}}
    await service.accept(arrivals(event("message", STUDENT, message=picture)))
    await service.work()
    (row,) = await service.rows("SELECT id FROM evidence")
    await is_unseen(pages, await pages.find(row.id), yuki)


# Names ---------------------------------------------------------------------------------------------------------------


async def test_what_somebody_wrote_into_a_file_s_name_is_screened_like_any_word(pages: Pages) -> None:
    """Promise 2: no word of a student's is kept that the screen hasn't read."""
    token = await pages.begun()
    await pages.picture(token, "IMG_0002.png")  # a device's name says nothing
    assert (await pages.service.rows("SELECT level FROM sessions"))[0].level == "none"
    await pages.picture(token, f"{AT_CRITICAL}.png")
    assert (await pages.service.rows("SELECT level FROM sessions"))[0].level == "critical"
    said = [words for author, words in await pages.service.transcript() if author == "student"]
    assert [one for one in said if one and "ファイル" in one] == [f"ファイルの名前：{AT_CRITICAL}"]
    assert len(await pages.service.rows("SELECT 1 FROM escalations")) == 1


async def test_a_name_that_tells_of_it_quarantines_its_own_file(pages: Pages) -> None:
    yuki = await member(pages.service, "yuki")
    pages.screen("concern")
    await is_unseen(pages, await pages.picture(await pages.begun(), f"{NAKED}.png"), yuki)


async def test_the_name_of_what_may_not_be_seen_stands_beside_it_for_nobody_but_a_supervisor(pages: Pages) -> None:
    token = await pages.begun()
    open_one = await pages.picture(token, "いじめの証拠.png")
    unseen = await pages.picture(token, "山田のこと.png", Sensitive.YES)
    begun = await pages.begin(unseen.session_id, name="途中.png", declared="image/png", size=9)
    assert [file_view(one).name for one in (open_one, unseen, begun)] == ["いじめの証拠.png", "", ""]
    hidden = replace(open_one, hidden=True)
    assert [file_view(one, supervisor=True).name for one in (unseen, hidden)] == ["山田のこと.png", "いじめの証拠.png"]
    assert file_view(hidden).name == ""
