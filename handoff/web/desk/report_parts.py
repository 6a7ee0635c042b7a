"""What the pages of the inbox for reports need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.desk.reports.answer_report import AnswerReport
from handoff.services.desk.reports.choose_school import ChooseReportSchool
from handoff.services.desk.reports.close_report import CloseReport, MarkPrank, ReopenReport
from handoff.services.desk.reports.hand_over_report import HandOverReport
from handoff.services.desk.reports.link_reports import LinkReports
from handoff.services.desk.reports.read_reports import ReadReports
from handoff.services.desk.reports.take_report import CheckReport, NoteReport, TakeReport, TriageReport
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """The verbs and reads of these pages."""

    read: ReadReports
    take: TakeReport
    triage: TriageReport
    check: CheckReport
    note: NoteReport
    answer: AnswerReport
    hand_over: HandOverReport
    link: LinkReports
    school: ChooseReportSchool
    prank: MarkPrank
    close: CloseReport
    reopen: ReopenReport


def report_desk(store: Store, setting: Setting) -> ReportDesk:
    """Make them."""
    return ReportDesk(
        read=ReadReports(store, setting),
        take=TakeReport(store, setting),
        triage=TriageReport(store, setting),
        check=CheckReport(store, setting),
        note=NoteReport(store, setting),
        answer=AnswerReport(store, setting),
        hand_over=HandOverReport(store, setting),
        link=LinkReports(store, setting),
        school=ChooseReportSchool(store, setting),
        prank=MarkPrank(store, setting),
        close=CloseReport(store, setting),
        reopen=ReopenReport(store, setting),
    )
