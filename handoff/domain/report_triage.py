"""What people do with a report (通報): its order in the inbox, its deadlines, and what may be done when.

Pure. A person decides the class and the topic (KAG-7.1); the machine's level only says what is read first. What has to be
done before anybody is told is in ``report_telling``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import MoveRefused
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import ReportingClass
from handoff.domain.report import OVER, Danger, Report, ReportStatus
from handoff.domain.session import URGENT, Level
from handoff.domain.wrap_up import report_deadline

#: 「電話で直ちに」: so long after the decision nobody has called yet, and supervisors hear of it.
CALL_WITHIN: Final = timedelta(minutes=15)


class Deed(StrEnum):
    """What can happen to a report after it was sent; the audit's words, too."""

    TAKE = "take_report"
    TRIAGE = "triage_report"
    CHECK = "check_report"
    HAND_OVER = "hand_over_report"
    ANSWER = "answer_report"
    NOTE = "note_report"
    LINK = "link_report"
    SCHOOL = "choose_report_school"
    PRANK = "mark_report_prank"
    ASK_CLOSE = "ask_close_report"  # at risk: a second person has to look
    CLOSE = "close_report"
    SEND_BACK = "send_back_report"  # the second person doesn't agree to that yet
    REOPEN = "reopen_report"
    HEARD = "hear_report"  # the reporter wrote again


_TO_DO: Final = frozenset({ReportStatus.NEW, ReportStatus.IN_HAND})
_SENT: Final = frozenset(ReportStatus) - {ReportStatus.DRAFT}

#: From which statuses a deed starts, and where it leads; None: it stays where it is.
TABLE: Final[Mapping[Deed, tuple[frozenset[ReportStatus], ReportStatus | None]]] = {
    Deed.TAKE: (_TO_DO, ReportStatus.IN_HAND),
    Deed.TRIAGE: (_TO_DO, ReportStatus.IN_HAND),
    Deed.CHECK: (_TO_DO, ReportStatus.IN_HAND),
    Deed.HAND_OVER: (_TO_DO, ReportStatus.IN_HAND),
    Deed.ANSWER: (_TO_DO, ReportStatus.IN_HAND),
    Deed.NOTE: (_SENT, None),
    Deed.LINK: (_SENT, None),
    Deed.SCHOOL: (_SENT, None),
    Deed.PRANK: (_TO_DO, ReportStatus.PRANK),
    Deed.ASK_CLOSE: (frozenset({ReportStatus.IN_HAND}), None),
    Deed.CLOSE: (frozenset({ReportStatus.IN_HAND}), ReportStatus.DONE),
    Deed.SEND_BACK: (frozenset({ReportStatus.IN_HAND}), None),
    Deed.REOPEN: (OVER, ReportStatus.IN_HAND),
    Deed.HEARD: (OVER, ReportStatus.NEW),
}


def done(report: Report, deed: Deed, at: datetime, by: UUID | None, actor: str) -> Report:
    """The report after a deed. Whoever works on one that nobody has is its owner.

    Args: by: the person, None for the reporter.

    Raises: MoveRefused: the table doesn't know this deed from here.
    """
    sources, target = TABLE[deed]
    if report.status not in sources:
        raise MoveRefused(report.status, target or report.status, actor)
    if target is None:
        return report
    after = replace(report, status=target, closed_at=at if target in OVER else None)
    if target is ReportStatus.IN_HAND and after.owner_id is None:
        after = replace(after, owner_id=by)
    return reopened(after, target, at) if deed in (Deed.REOPEN, Deed.HEARD) else after


def reopened(report: Report, status: ReportStatus, at: datetime) -> Report:
    """A report that was over, as one that is to be worked on again. What was decided and told was about what was known
    then: a person decides anew, and the deadlines run from here. Class and topic stay as what was chosen before.
    """
    return replace(
        report, status=status, closed_at=None, reopened_at=at, deadline=None, decided_by=None, decided_at=None
    )


def allowed(report: Report) -> frozenset[Deed]:
    """What may be tried with a report as it stands."""
    return frozenset(deed for deed, (sources, _target) in TABLE.items() if report.status in sources)


# --- the inbox ----------------------------------------------------------------------------------------------------


def is_at_risk(report: Report) -> bool:
    """At high or critical, unread by the screen, or somebody is said to be in danger now: nobody lets go of it alone, and
    nobody takes it for a joke alone.
    """
    return report.level in URGENT or report.unscreened or report.answers.danger is Danger.NOW


def is_decided(report: Report) -> bool:
    """Whether a person has said what it is and how soon it has to be told, since it was last taken up."""
    return report.decided_at is not None and report.reporting_class is not None and report.topic is not None


def is_at_once(report: Report) -> bool:
    """Whether a person decided that it has to be told by phone at once (KAG-7.1ア)."""
    return is_decided(report) and report.reporting_class is ReportingClass.PHONE_AT_ONCE


def is_kept_for_people(report: Report, *, quarantined: bool) -> bool:
    """Whether its reporter can only wish to withdraw it. quarantined: a file of it may show somebody sexually, which
    nobody has looked at.
    """
    return is_at_risk(report) or is_at_once(report) or quarantined


def triage_due(report: Report, profile: Profile) -> datetime:
    """By when somebody must have decided on it, or anew: the end of the next working day (WG-2)."""
    came = report.reopened_at or report.sent_at or report.started_at
    return report_deadline(ReportingClass.PROMPTLY, came, profile)


class Late(StrEnum):
    """What was not done in time; the value is the step's code."""

    UNDECIDED = "undecided"
    NOT_CALLED = "not_called"  # ア: the board hasn't been called
    NOT_TOLD = "not_told"  # イ, ウ: the board hasn't been told


def late(report: Report, profile: Profile, now: datetime, *, told: bool) -> Late | None:
    """What is overdue with a report, if anything. told: it was handed to somebody since the decision."""
    if report.status not in _TO_DO:
        return None
    if not is_decided(report) or report.deadline is None:
        return Late.UNDECIDED if now > triage_due(report, profile) else None
    if told:
        return None
    if report.reporting_class is ReportingClass.PHONE_AT_ONCE:
        return Late.NOT_CALLED if now > report.deadline + CALL_WITHIN else None
    return Late.NOT_TOLD if now > report.deadline else None


_BY_LEVEL: Final = {Level.CRITICAL: 0, Level.HIGH: 1}
_BY_DANGER: Final = {Danger.NOW: 0, Danger.MAYBE: 1}


def place(report: Report, profile: Profile, now: datetime, *, told: bool) -> tuple[int, int, bool, bool, datetime]:
    """Where a report stands in the inbox, smallest first: risk (what couldn't be read counts as high), danger told,
    undecided, overdue, the oldest.
    """
    risk = min(_BY_LEVEL.get(report.level or Level.NONE, 2), 1 if report.unscreened else 2)
    overdue = late(report, profile, now, told=told) is not None
    danger = _BY_DANGER.get(report.answers.danger or Danger.NO, 2)
    return (risk, danger, is_decided(report), not overdue, report.sent_at or report.started_at)


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps something from being done. field: of the form; text: what to do, in Japanese."""

    field: str
    text: str


# --- the end ------------------------------------------------------------------------------------------------------


def seen_of(report: Report) -> str:
    """What a form carries so that nobody ends what they haven't read: another word whenever the reporter wrote on."""
    return f"{report.version}.{report.touched_at.timestamp():.6f}"


def close_faults(report: Report, *, told: bool) -> tuple[Fault, ...]:
    """What keeps a report from being finished. told: it was handed to somebody since the decision."""
    if not is_decided(report):
        return (Fault("close", "先に、報告区分と内容を決めてください。"),)
    if is_at_once(report) and not told:
        return (
            Fault(
                "close",
                "「すぐに電話」と決めた通報です。電話で伝えたことを先に記録してください。すぐに伝えることではなかったときは、先に区分を変えてください。",
            ),
        )
    return ()


def prank_faults(report: Report, *, supervisor: bool) -> tuple[Fault, ...]:
    """What keeps a report from being put aside as a joke. What looks like one may be a child at risk: a supervisor says so
    there, and only after it was read.
    """
    if (is_at_risk(report) or is_at_once(report)) and not supervisor:
        return (
            Fault(
                "prank",
                "危険度が高い通報、未判定の通報、「すぐに電話」と決めた通報は、業務責任者だけが「いたずら」にできます。",
            ),
        )
    return ()


# --- reports on the same matter -----------------------------------------------------------------------------------


def matter_of(one: Report, other: Report, fresh: UUID) -> UUID:
    """The matter of two reports from now on; two matters become the first one's."""
    return one.matter_id or other.matter_id or fresh


def joined(matter: UUID, *groups: Sequence[Report]) -> tuple[Report, ...]:
    """The reports that have to change so that all of these are of one matter."""
    every = {report.id: report for group in groups for report in group}
    return tuple(replace(report, matter_id=matter) for report in every.values() if report.matter_id != matter)


def parted(one: Report, together: Sequence[Report]) -> tuple[Report, ...]:
    """The reports that have to change so that this one stands alone; a matter of one is none."""
    rest = [report for report in together if report.id != one.id]
    alone = rest if len(rest) == 1 else []
    return tuple(replace(report, matter_id=None) for report in (one, *alone))
