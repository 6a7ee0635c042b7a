"""What keeps a wrap-up sheet from being accepted, said so that it can be mended (KAG-6.1キ, KAG-7.1, WG-17, WG-19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from handoff.domain.coding import CLASS_NAMES, GENDERS, GRADES, Consent, Outcome, SheetKind, Told, Way
from handoff.domain.escalation import Suspect
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency, NonurgentDisclosure, ReportingClass, SchoolType
from handoff.domain.wrap_up import Person, Reporting, Sheet, WithoutConsent

#: Letters. What is handed over fits on one page (WG-19).
SUMMARY_LETTERS: Final = 2000
HANDOVER_LETTERS: Final = 1200
NEXT_STEP_LETTERS: Final = 300
REPLY_LETTERS: Final = 1000
REASON_LETTERS: Final = 500
NAME_LETTERS: Final = 100
_CANONICAL: Final[Mapping[str, tuple[str, ...]]] = {
    "school_type": tuple(SchoolType),
    "grade": GRADES,
    "gender": GENDERS,
}
_PERSON_NAMES: Final = {
    "school_type": "校種",
    "grade": "学年",
    "gender": "性別",
    "school_name": "学校名",
    "school_code": "学校コード",
}
#: Fields and what to do about them.
_Found = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a sheet from being accepted. field: dotted path; text: what to do, in Japanese."""

    field: str
    text: str


def faults(sheet: Sheet, profile: Profile, *, suspects: frozenset[Suspect] = frozenset[Suspect]()) -> tuple[Fault, ...]:
    """Everything that keeps the sheet from being accepted, by field; empty = it can be. suspects: of the session."""
    found = (*_topic_faults(sheet), *_person_faults(sheet.person), *_school_faults(sheet, profile, suspects))
    if sheet.reporting is not None:
        found += tuple(_report_faults(sheet.reporting, profile))
    if sheet.without_consent is not None:
        found += tuple(_decision_faults(sheet.without_consent))
    return tuple(Fault(field, text) for field, text in (*found, *_call_faults(sheet), *_length_faults(sheet)))


def _topic_faults(sheet: Sheet) -> _Found:
    unanswered = sheet.outcome is Outcome.NO_RESPONSE and sheet.kind is not SheetKind.REPORT
    needed = sheet.kind is not SheetKind.ENQUIRY and sheet.outcome is not Outcome.PRANK and not unanswered
    if sheet.primary is None and (needed or sheet.secondaries):
        yield "primary", "主な内容を一つ選んでください。"
    if sheet.primary in sheet.secondaries:
        yield "secondaries", "主な内容と同じものが、ほかの内容にもあります。ほかの内容から外してください。"
    if len(set(sheet.secondaries)) < len(sheet.secondaries):
        yield "secondaries", "ほかの内容に同じものが二つあります。一つにしてください。"


def _person_faults(person: Person) -> _Found:
    for field, name in _PERSON_NAMES.items():
        told: Told = getattr(person, field)
        if not told.consistent:
            yield f"person.{field}", f"{name}を書くか、不明・無回答・未聴取のどれかを選んでください。"
        elif told.value is not None and field in _CANONICAL and told.value not in _CANONICAL[field]:
            yield f"person.{field}", f"{name}は、一覧から選んでください。"


def _school_faults(sheet: Sheet, profile: Profile, suspects: frozenset[Suspect]) -> _Found:
    """What speaks against telling the school. A suspected teacher's never hears, whoever agreed to it (WG-17)."""
    reporting, decision = sheet.reporting, sheet.without_consent
    told = reporting is not None and Agency.SCHOOL in reporting.recipients
    if decision is not None and sheet.consent is Consent.GIVEN:
        yield "without_consent", "同意があるので、同意なしで伝える決定はいりません。どちらかを直してください。"
    if Suspect.TEACHER in suspects:
        wording = "教職員が関わっているおそれがあるため、学校には伝えられません。"
        if told:
            yield "reporting.recipients", f"{wording}報告先から学校を外してください。"
        if decision is not None:
            yield "without_consent", f"{wording}学校に伝える決定を消してください。"
    elif told and not (sheet.consent is Consent.GIVEN or decision is not None or _promised(sheet, profile)):
        yield "consent", "学校に伝えるには、本人の同意か、同意なしで伝える決定を記録してください。"


def _promised(sheet: Sheet, profile: Profile) -> bool:
    """Whether students were told beforehand that the school may hear of this: danger to life, or the board's rule."""
    rule = profile.disclosure
    agencies = set(rule.classification_to or ())
    if rule.nonurgent is NonurgentDisclosure.WHEN_NEEDED:
        agencies |= set(rule.nonurgent_to or ())
    at_once = sheet.reporting is not None and sheet.reporting.reporting_class is ReportingClass.PHONE_AT_ONCE
    return at_once or Agency.SCHOOL in agencies


def _report_faults(report: Reporting, profile: Profile) -> _Found:
    classes = profile.reporting.classes
    if classes is not None and report.reporting_class not in classes:
        names = "、".join(CLASS_NAMES[one] for one in classes) or "なし"
        yield "reporting.reporting_class", f"この窓口の報告区分から選んでください（{names}）。"
    if not report.recipients:
        yield "reporting.recipients", "報告先を一つ以上選んでください。"
    if len(set(report.recipients)) < len(report.recipients):
        yield "reporting.recipients", "同じ報告先が二つあります。一つにしてください。"
    if not report.decided_by.strip():
        yield "reporting.decided_by", "報告区分を決めた人を書いてください。"
    if report.decided_at is None:
        yield "reporting.decided_at", "報告区分を決めた日時を書いてください。"
    if report.deadline is None:
        yield "reporting.deadline", "報告の期限を書いてください。"
    elif report.decided_at is not None and report.deadline < report.decided_at:
        yield "reporting.deadline", "期限が、決めた日時より前です。期限を直してください。"
    if report.reporting_class is ReportingClass.PHONE_AT_ONCE and report.way is not Way.PHONE:
        yield "reporting.way", "区分アは、直ちに電話で報告し、方法に電話を選んでください。"


def _decision_faults(decision: WithoutConsent) -> _Found:
    supervisor, board = decision.supervisor.strip(), decision.board.strip()
    if not supervisor:
        yield "without_consent.supervisor", "決めた責任者の名前を書いてください。"
    if not board:
        yield "without_consent.board", "決めた教育委員会の人の名前を書いてください。"
    if supervisor and supervisor == board:
        yield "without_consent.board", "責任者と教育委員会の、別の二人で決めてください。"
    if not decision.reason.strip():
        yield "without_consent.reason", "同意なしで伝える理由を書いてください。"
    if not decision.source_protected:
        yield "without_consent.source_protected", "だれが知らせたか学校にわからないことを確かめ、印をつけてください。"


def _call_faults(sheet: Sheet) -> _Found:
    line = (sheet.call_line or "").strip()
    if sheet.call_transfer and not line:
        yield "call_line", "どの電話窓口につないだかを書いてください。"
    if line and not sheet.call_transfer:
        yield "call_transfer", "電話につないだ印をつけるか、電話窓口の名前を消してください。"


def _length_faults(sheet: Sheet) -> _Found:
    report, decision = sheet.reporting, sheet.without_consent
    longest = [
        ("summary", "まとめ", sheet.summary, SUMMARY_LETTERS),
        ("handover", "引き継ぐこと", sheet.handover, HANDOVER_LETTERS),
        ("next_step", "これからのこと", sheet.next_step, NEXT_STEP_LETTERS),
        ("call_line", "電話窓口の名前", sheet.call_line or "", NAME_LETTERS),
        ("person.school_name", "学校名", sheet.person.school_name.value or "", NAME_LETTERS),
        ("person.school_code", "学校コード", sheet.person.school_code.value or "", NAME_LETTERS),
    ]
    if report is not None:
        longest.append(("reporting.decided_by", "決めた人の名前", report.decided_by, NAME_LETTERS))
        longest.append(("reporting.reply", "返事", report.reply, REPLY_LETTERS))
    if decision is not None:
        longest.append(("without_consent.supervisor", "責任者の名前", decision.supervisor, NAME_LETTERS))
        longest.append(("without_consent.board", "教育委員会の人の名前", decision.board, NAME_LETTERS))
        longest.append(("without_consent.reason", "理由", decision.reason, REASON_LETTERS))
    for field, name, text, limit in longest:
        if len(text) > limit:
            yield field, f"{name}が{len(text)}文字あります。{limit}文字までに短くしてください。"
