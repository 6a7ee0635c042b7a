"""Sheets, people and decisions that the tests of the wrap-up share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from handoff.domain.coding import (
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
from handoff.domain.escalation import Suspect
from handoff.domain.hours import ZONE
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.session import Level
from handoff.domain.wrap_up import (
    Person,
    Reporting,
    Sheet,
    WithoutConsent,
)
from handoff.domain.wrap_up_faults import faults

FRIDAY = datetime(2026, 11, 20, 21, 0, tzinfo=ZONE)
TEACHER = frozenset({Suspect.TEACHER})
AT_ONCE, PROMPTLY, PERIODIC = ReportingClass
BOARD = Agency.MUNICIPAL_BOARD


def profile(**parts: object) -> Profile:
    return Profile.model_validate({"id": "p", "service_name": "窓口", "owner": "市"} | parts)


def told(value: str, source: Source = Source.INTAKE) -> Told:
    return Told(value, ToldState.TOLD, source)


def report(reporting_class: ReportingClass = PROMPTLY, **more: Any) -> Reporting:
    known = Reporting(reporting_class, "はやし", FRIDAY, FRIDAY + timedelta(days=3), (BOARD,), Way.PHONE)
    return replace(known, **more)


GOOD = Sheet(primary=TopicCode.FRIENDS, summary="友人との行きちがい。")
DECISION = WithoutConsent("やまだ", "きむら", "いじめが続いている", source_protected=True)


def fields_at_fault(sheet: Sheet, of: Profile | None = None, suspects: frozenset[Suspect] = frozenset()) -> set[str]:
    return {fault.field for fault in faults(sheet, of or profile(), suspects=suspects)}


WHOLE = replace(GOOD, reporting=report(), consent=Consent.GIVEN, call_transfer=True, call_line="電話相談")


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.sampled_from([ZONE, UTC]))
WORDS = st.text(max_size=20)
AGENCIES = st.lists(st.sampled_from(Agency), max_size=3).map(tuple)
TOLD = st.builds(Told, st.none() | WORDS, st.sampled_from(ToldState), st.sampled_from(Source))
SHEETS = st.builds(
    Sheet,
    kind=st.sampled_from(SheetKind),
    person=st.builds(Person, TOLD, TOLD, TOLD, TOLD, TOLD),
    primary=st.none() | st.sampled_from(TopicCode),
    secondaries=st.lists(st.sampled_from(TopicCode), max_size=4).map(tuple),
    coding_version=st.integers(1, 99),
    role=st.sampled_from(Writer),
    level=st.none() | st.sampled_from(Level),
    reporting=st.none()
    | st.builds(
        Reporting,
        st.sampled_from(ReportingClass),
        WORDS,
        st.none() | MOMENTS,
        st.none() | MOMENTS,
        AGENCIES,
        st.none() | st.sampled_from(Way),
        WORDS,
    ),
    outcome=st.sampled_from(Outcome),
    agencies=AGENCIES,
    consent=st.sampled_from(Consent),
    without_consent=st.none() | st.builds(WithoutConsent, WORDS, WORDS, WORDS, st.booleans()),
    call_transfer=st.booleans(),
    call_line=st.none() | WORDS,
    summary=WORDS,
    handover=WORDS,
    next_step=WORDS,
)
