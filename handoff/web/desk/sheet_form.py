"""The wrap-up sheet as a form: from a sheet to what the fields hold, and back with what can't be read.

A field that can't be read never becomes another value: it stays as it was typed, and the form says what to mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl

from sanic import Request
from sanic.exceptions import BadRequest, PayloadTooLarge

from handoff.domain.coding import (
    NOT_ASKED,
    Consent,
    Outcome,
    SheetKind,
    Source,
    Told,
    ToldState,
    TopicCode,
    Way,
    Writer,
)
from handoff.domain.hours import ZONE
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.school import is_school_code
from handoff.domain.wrap_up import Person, Reporting, Sheet, WithoutConsent, report_deadline
from handoff.domain.wrap_up_faults import Fault

type Values = Mapping[str, Sequence[str]]

#: Bytes of the form: all long fields full of letters of four bytes, in percent signs.
LARGEST: Final = 512 * 1024
MOST_FIELDS: Final = 120
_FORM: Final = "application/x-www-form-urlencoded"
_MINUTES: Final = "%Y-%m-%dT%H:%M"
_YEARS: Final = range(2000, 2100)
#: Facts chosen from a list, and those that are written.
CHOSEN: Final = ("school_type", "grade", "gender")
_STATES: Final = {str(state): state for state in ToldState if state is not ToldState.TOLD}


def read_sheet_form(request: Request[Any, Any]) -> Values:
    """A form of ours with all the values of each field; line ends are single line feeds.

    Raises: PayloadTooLarge, BadRequest.
    """
    if len(request.body) > LARGEST:
        raise PayloadTooLarge("form")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise BadRequest("not a form")
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise BadRequest("form can't be read") from None
    values = dict[str, list[str]]()
    for name, value in pairs:
        values.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""))
    return values


def one(values: Values, name: str) -> str:
    """A field's value; the last one of several, empty where there is none."""
    found = values.get(name)
    return found[-1] if found else ""


# --- from a sheet to the form ---------------------------------------------------------------------------------------


def values_of(sheet: Sheet, *, alias: str, now: datetime) -> Values:
    """What the form's fields hold. Args: alias, now: who decides on a report, and when, where nobody has yet."""
    report, decision, person = sheet.reporting, sheet.without_consent, sheet.person
    values: dict[str, Sequence[str]] = {
        "kind": [sheet.kind],
        "primary": [] if sheet.primary is None else [sheet.primary],
        "secondaries": list(sheet.secondaries),
        "role": [sheet.role],
        "outcome": [sheet.outcome],
        "school_name": [person.school_name.value or ""],
        "school_name_state": [_state_of(person.school_name)],
        "school_code": [person.school_code.value or ""],
        "consent": [sheet.consent],
        "agencies": list(sheet.agencies),
        "call_transfer": ["yes"] if sheet.call_transfer else [],
        "call_line": [sheet.call_line or ""],
        "summary": [sheet.summary],
        "handover": [sheet.handover],
        "next_step": [sheet.next_step],
        "reporting_class": ["" if report is None else report.reporting_class],
        "decided_by": [alias if report is None else report.decided_by],
        "decided_at": [_minutes(now if report is None else report.decided_at)],
        "deadline": [_minutes(None if report is None else report.deadline)],
        "recipients": [] if report is None else list(report.recipients),
        "way": ["" if report is None or report.way is None else report.way],
        "reply": ["" if report is None else report.reply],
        "without_consent": [] if decision is None else ["yes"],
        "supervisor": ["" if decision is None else decision.supervisor],
        "board": ["" if decision is None else decision.board],
        "reason": ["" if decision is None else decision.reason],
        "source_protected": ["yes"] if decision is not None and decision.source_protected else [],
    }
    for name in CHOSEN:
        told: Told = getattr(person, name)
        values[name] = [told.value or told.state]
    return values


def _state_of(told: Told) -> str:
    return ToldState.NOT_ASKED if told.state is ToldState.TOLD else told.state


def _minutes(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(ZONE).strftime(_MINUTES)


# --- from the form to a sheet ---------------------------------------------------------------------------------------


class _Reader:
    """Reads fields, and collects what can't be read."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.faults = list[Fault]()

    def text(self, name: str) -> str:
        return one(self.values, name).strip()

    def choice[Code: StrEnum](self, name: str, kind: type[Code], default: Code, field: str | None = None) -> Code:
        return self.maybe(name, kind, field) or default

    def maybe[Code: StrEnum](self, name: str, kind: type[Code], field: str | None = None) -> Code | None:
        value = self.text(name)
        return None if not value else self._code(value, kind, field or name)

    def several[Code: StrEnum](self, name: str, kind: type[Code], field: str | None = None) -> tuple[Code, ...]:
        codes = (self._code(value, kind, field or name) for value in dict.fromkeys(self.values.get(name, ())))
        found = {code for code in codes if code is not None}
        return tuple(code for code in kind if code in found)

    def _code[Code: StrEnum](self, value: str, kind: type[Code], field: str) -> Code | None:
        try:
            return kind(value)
        except ValueError:
            self.faults.append(Fault(field, "一覧から選んでください。"))
            return None

    def moment(self, name: str, field: str, known: datetime | None) -> datetime | None:
        """A moment in Japan, to the minute; the known one where the field still shows it."""
        value = self.text(name)
        if not value:
            return None
        if value == _minutes(known):
            return known
        try:
            at = datetime.strptime(value, _MINUTES).replace(tzinfo=ZONE)
        except ValueError:
            at = None
        if at is None or at.year not in _YEARS:
            self.faults.append(Fault(field, "日時を、2026-11-20T18:05 のように書いてください。"))
            return None
        return at


def sheet_in(values: Values, shown: Sheet, profile: Profile) -> tuple[Sheet, tuple[Fault, ...]]:
    """The sheet that a form holds, and what in it can't be read.

    Args: shown: the sheet that the form began with; a fact that wasn't changed keeps its source.
    """
    read = _Reader(values)
    primary = read.maybe("primary", TopicCode)
    sheet = replace(
        shown,
        kind=read.choice("kind", SheetKind, shown.kind),
        person=_person(read, shown.person),
        primary=primary,
        secondaries=read.several("secondaries", TopicCode),
        role=read.choice("role", Writer, Writer.UNKNOWN),
        reporting=_reporting(read, shown.reporting, profile),
        outcome=read.choice("outcome", Outcome, shown.outcome),
        agencies=read.several("agencies", Agency),
        consent=read.choice("consent", Consent, Consent.NOT_ASKED),
        without_consent=_decision(read),
        call_transfer="yes" in values.get("call_transfer", ()),
        call_line=read.text("call_line") or None,
        summary=read.text("summary"),
        handover=read.text("handover"),
        next_step=read.text("next_step").replace("\n", " "),
    )
    return sheet, tuple(read.faults)


def _person(read: _Reader, shown: Person) -> Person:
    told = {name: _told(*_chosen(one(read.values, name)), getattr(shown, name)) for name in CHOSEN}
    school = _told(read.text("school_name"), _STATES.get(one(read.values, "school_name_state")), shown.school_name)
    return replace(shown, **told, school_name=school, school_code=_register(read, shown.school_code))


def _register(read: _Reader, shown: Told) -> Told:
    """The school that was chosen of the register's; a form without candidates leaves what was chosen."""
    if "school_code" not in read.values:
        return shown
    code = read.text("school_code")
    if code == (shown.value or ""):
        return shown
    if not is_school_code(code) and code:
        read.faults.append(Fault("person.school_code", "候補から選び直してください。"))
        return shown
    return Told(code, ToldState.TOLD, Source.REGISTER) if code else NOT_ASKED


def _chosen(value: str) -> tuple[str, ToldState | None]:
    """A list's choice: a value, or why there is none."""
    state = _STATES.get(value)
    return ("", state) if state is not None else (value, None)


def _told(value: str, state: ToldState | None, shown: Told) -> Told:
    """What a fact is by the form; one that wasn't changed keeps its source."""
    state = ToldState.TOLD if value else state or ToldState.NOT_ASKED
    if (value or None, state) == (shown.value, shown.state):
        return shown
    return Told(value or None, state, Source.NONE if state is ToldState.NOT_ASKED else Source.COUNSELLOR)


def _reporting(read: _Reader, shown: Reporting | None, profile: Profile) -> Reporting | None:
    chosen = read.maybe("reporting_class", ReportingClass, "reporting.reporting_class")
    if chosen is None:
        return None
    before = shown or Reporting(chosen)
    decided_at = read.moment("decided_at", "reporting.decided_at", before.decided_at)
    unread = len(read.faults)
    deadline = read.moment("deadline", "reporting.deadline", before.deadline)
    if deadline is None and decided_at is not None and len(read.faults) == unread:
        deadline = report_deadline(chosen, decided_at, profile)
    return Reporting(
        chosen,
        decided_by=read.text("decided_by"),
        decided_at=decided_at,
        deadline=deadline,
        recipients=read.several("recipients", Agency, "reporting.recipients"),
        way=read.maybe("way", Way, "reporting.way"),
        reply=read.text("reply"),
    )


def _decision(read: _Reader) -> WithoutConsent | None:
    if "yes" not in read.values.get("without_consent", ()):
        return None
    return WithoutConsent(
        supervisor=read.text("supervisor"),
        board=read.text("board"),
        reason=read.text("reason"),
        source_protected="yes" in read.values.get("source_protected", ()),
    )


def fault_texts(found: Iterable[Fault]) -> Mapping[str, str]:
    """What to mend, by field; several things about one field in one text."""
    texts = dict[str, str]()
    for fault in found:
        texts[fault.field] = f"{texts[fault.field]} {fault.text}" if fault.field in texts else fault.text
    return texts


def deadlines(now: datetime, profile: Profile) -> Mapping[str, str]:
    """The deadline of each reporting class for a decision made now, as the form's field holds it."""
    return {one_class: _minutes(report_deadline(one_class, now, profile)) for one_class in ReportingClass}
