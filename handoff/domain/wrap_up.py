"""The wrap-up sheet (終了記録): what a counsellor records of a session after its end (KAG-6.1キ, KAG-7.1, WG-17, WG-19).

Pure. The sheet comes prefilled with what the student told the bot; people decide the rest. ``wrap_up_faults`` says what
keeps it from being accepted, ``handover_lines`` is the one page that an agency may read. The machine's level is shown on
the sheet and never changed by it; the reporting class is a person's decision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from handoff.domain.closures import is_national_holiday
from handoff.domain.coding import (
    CLASS_NAMES,
    CODING_VERSION,
    CONSENT_NAMES,
    KIND_NAMES,
    NOT_ASKED,
    TOPIC_NAMES,
    WRITER_NAMES,
    Consent,
    Outcome,
    SheetKind,
    Told,
    TopicCode,
    Way,
    Writer,
    coded,
    told_in,
)
from handoff.domain.escalation import Suspect
from handoff.domain.hours import ZONE
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import AGENCY_NAMES, Agency, ReportingClass
from handoff.domain.session import URGENT, Level

#: The day of the next month on which the periodic statement is due, where the profile is silent (KAG-6.1キ 翌月10日).
DUE_DAY: Final = 10
_END_OF_DAY: Final = time(23, 59, 59)
_NOBODY: Final = frozenset[Suspect]()
#: Who needs to know who it is about. All others, a school among them, read no more than what they have to do.
_INFORMED: Final = frozenset(Agency) - {Agency.SCHOOL, Agency.OTHER}


@dataclass(frozen=True, slots=True)
class Person:
    """The person concerned (相談対象別). school_code: of the register, by a person's choice alone (KAG-6.1キ)."""

    school_type: Told = NOT_ASKED
    grade: Told = NOT_ASKED
    gender: Told = NOT_ASKED
    school_name: Told = NOT_ASKED
    school_code: Told = NOT_ASKED


@dataclass(frozen=True, slots=True)
class Reporting:
    """The report to the board (KAG-7.1).

    Attributes: reporting_class: ア, イ or ウ; decided_by: alias; decided_at, deadline: aware, see ``report_deadline``;
    way: None while it wasn't made yet; reply: what the board answered.
    """

    reporting_class: ReportingClass
    decided_by: str = ""
    decided_at: datetime | None = None
    deadline: datetime | None = None
    recipients: tuple[Agency, ...] = ()
    way: Way | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class WithoutConsent:
    """The decision to tell the school without consent (WG-17).

    Attributes: supervisor, board: names of the two who decide; source_protected: nothing tells the school who told.
    """

    supervisor: str = ""
    board: str = ""
    reason: str = ""
    source_protected: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One wrap-up sheet.

    Attributes: primary, secondaries: topics (内容別), coded by coding_version; level: the machine's highest, None while
    unscreened; reporting: None = not reported; agencies: those that were contacted; without_consent: None = no such
    decision; call_transfer: moved to the telephone, call_line: to which line; summary: the counsellor's own words, which
    stay here; handover: what board or school need to know.
    """

    kind: SheetKind = SheetKind.CONSULTATION
    person: Person = Person()
    primary: TopicCode | None = None
    secondaries: tuple[TopicCode, ...] = ()
    coding_version: int = CODING_VERSION
    role: Writer = Writer.UNKNOWN
    level: Level | None = None
    reporting: Reporting | None = None
    outcome: Outcome = Outcome.ESTABLISHED
    agencies: tuple[Agency, ...] = ()
    consent: Consent = Consent.NOT_ASKED
    without_consent: WithoutConsent | None = None
    call_transfer: bool = False
    call_line: str | None = None
    summary: str = ""
    handover: str = ""
    next_step: str = ""


_SHEET: Final = TypeAdapter(Sheet)


def suggested_outcome(student_lines: int, counsellor_lines: int, conduct: bool) -> Outcome:
    """What a session seems to have come to; one exchange establishes it. conduct: the service was abused (TAJ-5)."""
    if conduct:
        return Outcome.PRANK
    return Outcome.ESTABLISHED if student_lines > 0 and counsellor_lines > 0 else Outcome.NO_RESPONSE


def prefilled(
    intake: Mapping[str, str | None],
    level: Level | None,
    categories: Sequence[str],
    *,
    student_lines: int,
    counsellor_lines: int,
    conduct: bool = False,
    kind: SheetKind = SheetKind.CONSULTATION,
) -> Sheet:
    """The sheet as the counsellor first sees it.

    Args: intake: the bot's answers by name; categories: of the risk screen, worst first. A session that is urgent or
    unscreened is never suggested to be a prank: what looks like one may be a child at risk.
    """
    primary, *secondaries = coded(intake.get("topic"), categories) or (None,)
    role = intake.get("role")
    return Sheet(
        kind=kind,
        person=Person(
            school_type=told_in(intake, "school_type", "school_name"),
            grade=told_in(intake, "grade", "grade"),
            gender=told_in(intake, "gender", "gender"),
            school_name=told_in(intake, "school_name", "school_name"),
        ),
        primary=primary,
        secondaries=tuple(code for code in secondaries if code is not None),
        role=Writer(role) if role in set(Writer) else Writer.UNKNOWN,
        level=level,
        outcome=suggested_outcome(
            student_lines, counsellor_lines, conduct and level is not None and level not in URGENT
        ),
        consent=_consent_in(intake.get("procedure")),
    )


def _consent_in(procedure: str | None) -> Consent:
    """The answer to a board's question whether the school may be told; anything but a plain yes or no isn't one."""
    try:
        record = json.loads(procedure or "null")
    except ValueError:
        return Consent.NOT_ASKED
    answer = record.get("consent") if isinstance(record, dict) else None
    return {"はい": Consent.GIVEN, "いいえ": Consent.REFUSED}.get(str(answer), Consent.NOT_ASKED)


def with_machine_facts(filled: Sheet, shown: Sheet) -> Sheet:
    """A filled-in sheet with what only the machine says (level, version of the coding) as it was shown."""
    return replace(filled, level=shown.level, coding_version=shown.coding_version)


def needs_sign_off(level: Level | None, unscreened: bool = False) -> bool:
    """Whether a second counsellor has to sign; also where a message of the session could not be screened."""
    return level in URGENT or unscreened


def report_deadline(reporting_class: ReportingClass, decided_at: datetime, profile: Profile) -> datetime:
    """By when the board must have the report (KAG-7.1): at once, the next working day, the next statement.

    Args: decided_at: aware.
    """
    day = decided_at.astimezone(ZONE).date()
    match reporting_class:
        case ReportingClass.PHONE_AT_ONCE:
            return decided_at
        case ReportingClass.PROMPTLY:
            due = day + timedelta(days=1)
            while due.weekday() >= 5 or is_national_holiday(due):
                due += timedelta(days=1)
        case ReportingClass.PERIODIC:
            due = date(day.year + day.month // 12, day.month % 12 + 1, profile.statements.due_day or DUE_DAY)
    return datetime.combine(due, _END_OF_DAY, ZONE)


def to_json(sheet: Sheet) -> str:
    """The stored form."""
    return _SHEET.dump_json(sheet).decode()


def from_json(text: str) -> Sheet:
    """Read what ``to_json`` gave, also of an earlier or later version: unknown fields are ignored, missing ones default.

    Raises: ValueError: no sheet, or a value that this version doesn't know; it names fields and never their words.
    """
    try:
        return _SHEET.validate_json(text)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) or "sheet" for one in error.errors(include_input=False))
        raise ValueError(f"a wrap-up sheet can't be read: {places}") from None


def handover_lines(
    sheet: Sheet, *, to: Agency, suspects: frozenset[Suspect] = _NOBODY, kind: str | None = None
) -> tuple[tuple[str, str], ...]:
    """The one-page handover sheet (WG-19) as headings and texts; empty where there may be none for this agency.

    A school reads the topics, the grade and what is to be done; who wrote, whether they agreed, gender and names of
    schools are for those who need them. After a decision without consent nobody reads what tells who told (WG-17).
    Neither the machine's level nor its rules stand here: what is handed over is what people decided.

    Args: kind: of the sheet in words, where the way by which it came has its own.
    """
    if to is Agency.SCHOOL and Suspect.TEACHER in suspects:
        return ()
    # A decision that isn't complete yet protects as well.
    protected = sheet.without_consent is not None
    return tuple((heading, text) for heading, text in _rows(sheet, to in _INFORMED, protected, kind) if text.strip())


def _rows(sheet: Sheet, informed: bool, protected: bool, kind: str | None) -> Iterator[tuple[str, str]]:
    person = sheet.person
    topics = (sheet.primary, *sheet.secondaries)
    if sheet.reporting is not None:
        yield "報告区分", CLASS_NAMES[sheet.reporting.reporting_class]
    yield "内容", "、".join(TOPIC_NAMES[code] for code in topics if code is not None)
    if informed:
        yield "種類", kind or KIND_NAMES[sheet.kind]
        yield "校種", person.school_type.shown
        yield "学校", person.school_name.shown
    if not protected:
        yield "学年", person.grade.shown if informed else person.grade.value or ""
    if informed and not protected:
        yield "性別", person.gender.shown
        yield "知らせた人", WRITER_NAMES[sheet.role]
        yield "学校に伝える同意", CONSENT_NAMES[sheet.consent]
    if informed:
        yield "連絡したところ", "、".join(dict.fromkeys(AGENCY_NAMES[agency] for agency in sheet.agencies))
    yield "伝えること", sheet.handover
    if informed and not protected:
        yield "これからのこと", sheet.next_step
    if protected:
        yield "お願い", "だれが知らせたかは、書いていません。調べたり、たずねたりしないでください。"
