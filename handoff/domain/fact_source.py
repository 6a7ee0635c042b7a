"""What the record knows of a session that is over, and the fact that is made of it (KAG-6.1キ). Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.coding import CODING_VERSION, GRADES, Outcome, SheetKind, Told, ToldState, Writer
from handoff.domain.desk import ClosedWithout
from handoff.domain.fact import Concerned, Fact, Hours, Place, SurveyAnswers, stepped, stepped_count, stepped_up
from handoff.domain.hours import ZONE
from handoff.domain.incoming import OTHER_WAYS, Channel
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.report import Report, ReportStatus, Witness
from handoff.domain.session import Level
from handoff.domain.survey import Step, Survey
from handoff.domain.wrap_up import Sheet, prefilled
from kernel.intake import parse

#: The bot's topic of somebody who only asks about the service.
ENQUIRY: Final = "service"
_WITNESSES: Final = {Witness.VICTIM: Writer.SELF, Witness.FRIEND: Writer.FRIEND, Witness.PARENT: Writer.GUARDIAN}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line of the student's, or one of a person's that arrived. at: aware."""

    by_student: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class FactSource:
    """What the record knows of a closed session. Times are aware.

    Attributes: queued_at: when what was left became a place in the queue; conduct: the service was abused; intake: the
    bot's answers; categories: of the risk screen, worst first; lines: in order; sheet: as it was filled in; report: that
    the session holds words of; hand_overs: whom people told about that report; report_school: what they chose for it.
    """

    session_id: UUID
    contact_id: UUID
    profile: str
    channel: Channel
    test: bool
    opened_at: datetime
    waiting_since: datetime | None
    queued_at: datetime | None
    claimed_at: datetime | None
    closed_at: datetime
    closed_reason: str
    level: Level | None
    conduct: bool = False
    intake: Mapping[str, str | None] | None = None
    categories: Sequence[str] = ()
    lines: Sequence[Spoken] = ()
    sheet: Sheet | None = None
    report: Report | None = None
    hand_overs: tuple[Agency, ...] = ()
    report_school: str | None = None
    survey: Survey | None = None

    @property
    def is_counted(self) -> bool:
        """Whether it is a case of its own: somebody told something, and it isn't only more words to a report."""
        report = self.report
        if report is not None and report.session_id != self.session_id:
            return self.sheet is not None
        told = report is not None and report.status is not ReportStatus.DRAFT
        return told or any(line.by_student for line in self.lines)

    @property
    def own_report(self) -> Report | None:
        """The report that this session is."""
        report = self.report
        return report if report is not None and report.session_id == self.session_id else None

    @property
    def first_at(self) -> datetime:
        """The first message."""
        return next((line.at for line in self.lines if line.by_student), self.opened_at)

    @property
    def day(self) -> date:
        """The day of the first message in Japan."""
        return self.first_at.astimezone(ZONE).date()

    @property
    def exchanges(self) -> int:
        """How often a person's lines followed the student's."""
        return sum(1 for before, one in itertools.pairwise(self.lines) if before.by_student and not one.by_student)


def coded_sheet(source: FactSource) -> Sheet:
    """The sheet of a session; where nobody filled one in, what intake and screen say of it."""
    if source.sheet is not None:
        return source.sheet
    intake = source.intake or {}
    sheet = prefilled(
        intake,
        source.level,
        source.categories,
        student_lines=sum(1 for line in source.lines if line.by_student),
        counsellor_lines=sum(1 for line in source.lines if not line.by_student),
        conduct=source.conduct,
        kind=SheetKind.ENQUIRY if intake.get("topic") == ENQUIRY else SheetKind.CONSULTATION,
    )
    return replace(sheet, outcome=Outcome.PRANK) if source.closed_reason == ClosedWithout.PRANK else sheet


def _told_code(told: Told) -> str:
    return told.value or told.state


def _report_grade(words: str) -> str:
    """A grade as it was written in the report's form; who left the field empty gave no answer."""
    if not words.strip():
        return ToldState.DECLINED
    grade = parse(words).grade
    return grade if grade in GRADES else ToldState.UNKNOWN


def _with_report(sheet: Sheet, source: FactSource) -> tuple[Sheet, str]:
    """The sheet with what the report says where the sheet is silent, and the grade as its code."""
    grade = _told_code(sheet.person.grade)
    report = source.own_report
    if report is None or (report.status is ReportStatus.DRAFT and report.channel is not Channel.REPORT):
        return sheet, grade  # begun in a talk, and not told
    sheet = replace(
        sheet,
        kind=SheetKind.REPORT,
        primary=report.topic or sheet.primary,
        secondaries=tuple(code for code in sheet.secondaries if code is not report.topic),
        role=sheet.role
        if sheet.role is not Writer.UNKNOWN or report.answers.witness is None
        else _WITNESSES.get(report.answers.witness, Writer.UNKNOWN),
        agencies=tuple(dict.fromkeys((*sheet.agencies, *source.hand_overs))),
    )
    if source.sheet is None:
        outcome = {ReportStatus.PRANK: Outcome.PRANK, ReportStatus.WITHDRAWN: Outcome.NO_RESPONSE}
        sheet = replace(sheet, outcome=outcome.get(report.status, Outcome.ESTABLISHED))
    return sheet, _report_grade(report.answers.grade) if grade == ToldState.NOT_ASKED else grade


def concerned(writer: Writer) -> Concerned:
    """Whom it is about, by who wrote."""
    if writer is Writer.UNKNOWN:
        return Concerned.UNKNOWN
    return Concerned.SELF if writer is Writer.SELF else Concerned.OTHER_PUPIL


def school_code(source: FactSource) -> str | None:
    """The register's code that somebody chose on the sheet, that the report's card brought, or that somebody chose for the
    report; never guessed from words.
    """
    chosen = None if source.sheet is None else source.sheet.person.school_code.value
    report = source.own_report
    return chosen or (None if report is None else report.answers.school_code or source.report_school)


def told_place(source: FactSource) -> Place:
    """The type of school as it was told, where no school of the register is known."""
    return Place(_told_code(coded_sheet(source).person.school_type))


def grade_of(source: FactSource) -> str:
    """The grade's code, as the fact has it."""
    return _with_report(coded_sheet(source), source)[1]


def fact_of(source: FactSource, fact_id: UUID, *, hours: Hours, place: Place, user_key: bytes) -> Fact:
    """The fact of a closed session in its first version. Args: place: as ``fact.kept_place`` leaves it."""
    sheet, grade = _with_report(coded_sheet(source), source)
    first = source.first_at
    ours = [line.at for line in source.lines if not line.by_student]
    by_other_way = source.channel in OTHER_WAYS  # what was written down afterwards took no time of its own
    claimed = None if by_other_way else source.claimed_at
    report, reporting = source.own_report, sheet.reporting
    klass = reporting.reporting_class if reporting is not None else None if report is None else report.reporting_class

    def after(at: datetime | None) -> int | None:
        return None if at is None else stepped(at - first)

    return Fact(
        id=fact_id,
        version=1,
        coding_version=sheet.coding_version if source.sheet is not None else CODING_VERSION,
        profile=source.profile,
        kind=sheet.kind,
        channel=source.channel,
        day=source.day,
        hour=first.astimezone(ZONE).hour,
        hours=hours,
        user_key=user_key,
        test=source.test,
        place=place,
        grade=grade,
        gender=_told_code(sheet.person.gender),
        writer=sheet.role,
        concerned=concerned(sheet.role),
        primary=sheet.primary,
        secondaries=sheet.secondaries,
        level=source.level,
        reporting_class=klass,
        outcome=sheet.outcome,
        accepted_after=after(claimed),
        first_human_after=after(ours[0] if ours else None),
        last_human_after=after(ours[-1] if ours else None),
        closed_after=None if by_other_way else after(source.closed_at),
        waited=_waited(source, claimed),
        worked=_worked(source, claimed),
        closed_reason=source.closed_reason,
        exchanges=stepped_count(source.exchanges),
        agencies=sheet.agencies,
        call_transfer=sheet.call_transfer,
        survey=None if source.survey is None else _answers(source.survey),
    )


def _waited(source: FactSource, claimed: datetime | None) -> int | None:
    """From the place in the queue; what was left in the night didn't wait until the next opening."""
    since = source.queued_at or source.waiting_since
    return None if claimed is None or since is None else stepped_up(max(claimed - since, timedelta()))


def _worked(source: FactSource, claimed: datetime | None) -> int | None:
    """From the claim to the talk's last line: silence before the end, and the sheet, are no talk."""
    if claimed is None or not any(not line.by_student for line in source.lines):
        return None
    return stepped(max(line.at for line in source.lines) - claimed)


def _answers(survey: Survey) -> SurveyAnswers:
    return SurveyAnswers(*_taps(survey))


def _taps(survey: Survey) -> Iterator[str | None]:
    for step in (Step.HEARD, Step.EASE, Step.AGAIN):
        given = survey.answers.get(step.code)
        yield None if given is None else given.value
