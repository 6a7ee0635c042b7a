"""What the tests of the desk's inbox share: reports from the page and from a talk, and the desk's verbs on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from handoff.adapters.line.reading import read_event
from handoff.bootstrap.desk import DEMO_PASSWORD, DEMO_PEOPLE
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.coding import TopicCode, Way
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.report import Answers, Report, TellSchool
from handoff.domain.staff import StaffMember
from handoff.services.desk.accounts import Accounts
from handoff.services.desk.reports.answer_report import AnswerReport
from handoff.services.desk.reports.close_report import CloseReport, MarkPrank, ReopenReport
from handoff.services.desk.reports.hand_over_report import HandOverReport, Telling
from handoff.services.desk.reports.link_reports import LinkReports
from handoff.services.desk.reports.read_reports import ReadReports
from handoff.services.desk.reports.take_report import CheckReport, NoteReport, TakeReport, TriageReport
from handoff.services.desk.reports.watch_reports import WatchReports
from handoff.services.report.talk_report import KeepTalkReport, SendTalkReport
from handoff.services.report.write_report import KeepReport, SendReport
from handoff.services.screen_message import ScreenMessage
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import STUDENT
from tests.integration.desk_support import ArgonPasswords, Screen
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, text

ANSWERS = Answers(
    what="休み時間に仲間はずれにされている子がいるようです",
    people="三人の子が一人の子に",
    school_name="つなぎ第一中学校",
    tell_school=TellSchool.HIDDEN,
)
WORDS = "複数の情報から、休み時間のいやがらせが続いているようです。"


async def staffed(service: Service, *, real_screen: bool = False) -> Inbox:
    """The inbox at an open hour on a clock that stands still, with the demo's people and a screen that costs nothing."""
    service.setting.clock = FrozenClock(OPEN)
    if not real_screen:
        service.screen = ScreenMessage(service.setting, read_event, Screen())
    accounts = Accounts(service.store, service.setting, ArgonPasswords())
    for name, alias, role, trainee in DEMO_PEOPLE:
        added = await accounts.add(name, alias, role, DEMO_PASSWORD, trainee=trainee, demo=True)
        await put_on_roster(service.store, service.setting, added, trainee=trainee)
    return Inbox(service)


async def write(service: Service, words: str, **fields: Any) -> None:
    """A student's message on LINE, and all that follows of it."""
    await service.accept(arrivals(text(words, STUDENT, **fields)))
    await service.work()


@dataclass
class Inbox:
    """The inbox's verbs on a service."""

    service: Service

    def __post_init__(self) -> None:
        store, setting = self.service.store, self.service.setting
        self.read = ReadReports(store, setting)
        self.take = TakeReport(store, setting)
        self.triage = TriageReport(store, setting)
        self.check = CheckReport(store, setting)
        self.note = NoteReport(store, setting)
        self.answer = AnswerReport(store, setting)
        self.hand_over = HandOverReport(store, setting)
        self.link = LinkReports(store, setting)
        self.prank = MarkPrank(store, setting)
        self.close = CloseReport(store, setting)
        self.reopen = ReopenReport(store, setting)
        self.watch = WatchReports(store, setting)

    async def from_page(self, answers: Answers = ANSWERS) -> UUID:
        """A report sent from its page, screened and in the inbox; its id."""
        store, setting = self.service.store, self.service.setting
        kept = await KeepReport(store, setting)("", lambda _: answers)
        sent = await SendReport(store, setting)(kept.token)
        await self.service.work()
        return sent.report.id

    async def from_line(self, answers: Answers = ANSWERS, user: str = STUDENT) -> UUID:
        """A report that the bot took on LINE; its id."""
        store, setting = self.service.store, self.service.setting
        now = setting.clock.now()
        async with store.transaction() as tx:
            contact = await tx.contacts.find_or_add(Channel.LINE, user, now)
            session = await tx.sessions.start(contact, setting.profile.id, now)
        await KeepTalkReport(store, setting)(session.id, uuid4(), answers)
        await SendTalkReport(store, setting)(session.id)
        return await self.of_session(session.id)

    async def of_session(self, session_id: UUID) -> UUID:
        (row,) = await self.service.rows("SELECT id FROM reports WHERE session_id = :s", s=session_id)
        return UUID(str(row.id))

    async def decided(
        self, report_id: UUID, member: StaffMember, reporting_class: ReportingClass = ReportingClass.PERIODIC
    ) -> Report:
        return await self.triage(report_id, member, reporting_class, TopicCode.BULLYING, uuid4())

    async def tell(self, report_id: UUID, member: StaffMember, to: Agency = Agency.SCHOOL, **more: Any) -> Report:
        telling = replace(Telling(to, Way.PHONE, WORDS), **more)
        return await self.hand_over(report_id, member, telling, uuid4())

    async def report(self, report_id: UUID) -> Report:
        async with self.service.store.reading() as tx:
            return await tx.reports.find(report_id)

    async def state(self, report_id: UUID) -> str:
        """The state of the session in which the report was begun."""
        (row,) = await self.service.rows(
            "SELECT s.state FROM sessions s JOIN reports r ON r.session_id = s.id WHERE r.id = :r", r=report_id
        )
        return str(row.state)
