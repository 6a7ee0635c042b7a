"""The wrap-up sheet: its coding, its prefill, its deadlines, what keeps it back, and the page that is handed over.

KAG-6.1キ (statements), KAG-7.1 (reporting classes), WG-17 (who told stays protected), WG-19 (one page).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import buttons
from actions.memory import Answers, Memory, Question, recorded
from actions.progress import Progress
from handoff.domain import coding
from handoff.domain.closures import is_national_holiday
from handoff.domain.coding import (
    GENDERS,
    GRADES,
    NOT_ASKED,
    RISK_CODES,
    TOPIC_CODES,
    Consent,
    Outcome,
    SheetKind,
    Source,
    Told,
    ToldState,
    TopicCode,
    Way,
    Writer,
    coded,
)
from handoff.domain.escalation import Suspect
from handoff.domain.hours import ZONE
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency, ReportingClass, SchoolType
from handoff.domain.session import Level
from handoff.domain.understanding import TOPICS
from handoff.domain.wrap_up import (
    Person,
    Reporting,
    Sheet,
    WithoutConsent,
    from_json,
    handover_lines,
    needs_sign_off,
    prefilled,
    report_deadline,
    suggested_outcome,
    to_json,
    with_machine_facts,
)
from handoff.domain.wrap_up_faults import HANDOVER_LETTERS, SUMMARY_LETTERS, faults
from kernel.intake.stages import grade_of, type_of_grade
from kernel.risk.levels import CATEGORIES

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


# --- coding ---------------------------------------------------------------------------------------------------------


def test_every_topic_intent_and_every_risk_category_has_its_place() -> None:
    """KAG-6.1キ 内容別: nothing that the bot hears falls out of the statement."""
    assert set(TOPIC_CODES) == set(TOPICS) >= set(buttons.Topic)
    assert set(RISK_CODES) == set(CATEGORIES)


def test_the_codes_are_those_of_the_statement() -> None:
    assert "、".join(coding.TOPIC_NAMES[code] for code in TopicCode) == (
        "いじめ、不登校、友人、学業・進路、心身、教職員、家庭、虐待、恋愛・性、ネット、自傷・希死、その他"
    )


def test_grades_and_types_are_those_that_the_intake_gives() -> None:
    given_grades = {grade_of(kind, year) for kind in SchoolType for year in range(1, 10)} - {None}
    assert given_grades == set(GRADES)
    assert {type_of_grade(grade) for grade in GRADES} <= set(SchoolType)


@pytest.mark.parametrize(
    ("names", "vocabulary"),
    [
        (coding.KIND_NAMES, SheetKind),
        (coding.STATE_NAMES, ToldState),
        (coding.SOURCE_NAMES, Source),
        (coding.TOPIC_NAMES, TopicCode),
        (coding.WRITER_NAMES, Writer),
        (coding.OUTCOME_NAMES, Outcome),
        (coding.CONSENT_NAMES, Consent),
        (coding.WAY_NAMES, Way),
        (coding.CLASS_NAMES, ReportingClass),
    ],
)
def test_every_code_has_one_japanese_name(names: Mapping[Any, str], vocabulary: type[StrEnum]) -> None:
    assert set(names) == set(vocabulary)
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(
    ("topic", "categories", "expected"),
    [
        (None, (), ()),
        ("study", (), (TopicCode.STUDY,)),
        ("study", ("suicide", "self_harm", "abuse"), (TopicCode.STUDY, TopicCode.SELF_HARM, TopicCode.ABUSE)),
        ("bullying", ("bullying",), (TopicCode.BULLYING,)),
        ("club", ("bullying",), (TopicCode.BULLYING,)),  # その他 says nothing beside it
        ("club", ("violence",), (TopicCode.OTHER,)),
        (None, ("third_party",), ()),
        ("of_a_later_model", ("of_a_later_screen", "crisis"), (TopicCode.MIND_BODY,)),
    ],
)
def test_topic_and_risk_become_codes(
    topic: str | None, categories: tuple[str, ...], expected: tuple[TopicCode, ...]
) -> None:
    assert coded(topic, categories) == expected


@given(st.none() | st.sampled_from(TOPICS), st.lists(st.sampled_from(CATEGORIES)))
def test_a_suggestion_never_repeats_a_code(topic: str | None, categories: list[str]) -> None:
    codes = coded(topic, categories)
    assert len(set(codes)) == len(codes)
    assert (topic is None) <= (len(codes) <= len(categories))
    assert topic is None or codes


# --- the prefill ----------------------------------------------------------------------------------------------------


def prefill(memory: Memory, level: Level | None = Level.NONE, *categories: str, **facts: Any) -> Sheet:
    return prefilled(recorded(memory), level, categories, **({"student_lines": 3, "counsellor_lines": 3} | facts))


def test_what_the_student_told_the_bot_stands_on_the_sheet() -> None:
    answers = Answers(None, "中2", "中学校", "みなと中", "女", buttons.Topic.CLUB, buttons.Role.FRIEND)
    sheet = prefill(Memory(answers), Level.HIGH, "bullying", "crisis")
    assert sheet.person == Person(told("中学校"), told("中2"), told("女"), told("みなと中"), NOT_ASKED)
    assert (sheet.primary, sheet.secondaries) == (TopicCode.BULLYING, (TopicCode.MIND_BODY,))
    assert (sheet.role, sheet.level, sheet.outcome) == (Writer.FRIEND, Level.HIGH, Outcome.ESTABLISHED)
    assert sheet.reporting is None
    assert not faults(sheet, profile())


def test_declined_unknown_and_never_asked_are_three_things() -> None:
    """KAG-6.1キ 相談対象別: 無回答, 不明 and 未聴取 are counted apart."""
    memory = Memory().settle(Question.AGE_GRADE, declined=True).settle(Question.SCHOOL, unknown=True)
    person = prefill(memory).person
    assert person.grade.state is ToldState.DECLINED
    assert person.school_name.state is person.school_type.state is ToldState.UNKNOWN
    assert person.gender == person.school_code == NOT_ASKED
    assert [one.shown for one in (person.grade, person.school_type, person.gender)] == ["無回答", "不明", "未聴取"]


def test_a_question_left_without_an_answer_is_no_answer() -> None:
    assert prefill(Memory().settle(Question.GENDER)).person.gender.state is ToldState.DECLINED


def test_an_age_alone_leaves_the_grade_unknown() -> None:
    assert prefill(Memory(Answers(age=14))).person.grade == Told(None, ToldState.UNKNOWN, Source.INTAKE)


@given(
    st.builds(
        Answers,
        st.none() | st.integers(5, 80),
        st.none() | st.sampled_from(GRADES),
        st.none() | st.sampled_from(list(map(str, SchoolType))),
        st.none() | st.just("みなと中"),
        st.none() | st.sampled_from(GENDERS),
        st.none() | st.sampled_from(buttons.Topic),
        st.none() | st.sampled_from(buttons.Role),
    ),
    st.sets(st.sampled_from(Question)),
    st.sets(st.sampled_from(Question)),
    st.lists(st.sampled_from(CATEGORIES)),
)
def test_a_prefilled_sheet_lacks_a_topic_at_most(
    answers: Answers, declined: set[Question], unknown: set[Question], categories: list[str]
) -> None:
    """In under a minute: nothing that the machine put there has to be mended by hand."""
    memory = Memory(answers, settled=frozenset(declined | unknown), declined=frozenset(declined))
    sheet = prefill(replace(memory, unknown=frozenset(unknown)), Level.NONE, *categories)
    assert fields_at_fault(sheet) <= {"primary"}
    assert from_json(to_json(sheet)) == sheet


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("はい", Consent.GIVEN), ("いいえ", Consent.REFUSED), ("無回答", Consent.NOT_ASKED), (None, Consent.NOT_ASKED)],
)
def test_the_answer_to_the_board_s_question_is_the_consent(answer: str | None, expected: Consent) -> None:
    assert prefill(Memory(progress=Progress("p", consent=answer))).consent is expected


@pytest.mark.parametrize("record", ["", "{", "[]", '"はい"', "1"])
def test_a_record_that_can_t_be_read_is_no_consent(record: str) -> None:
    sheet = prefilled({"procedure": record}, None, (), student_lines=0, counsellor_lines=0)
    assert sheet.consent is Consent.NOT_ASKED


@pytest.mark.parametrize(
    ("student", "counsellor", "conduct", "expected"),
    [
        (1, 1, False, Outcome.ESTABLISHED),
        (4, 0, False, Outcome.NO_RESPONSE),
        (0, 2, False, Outcome.NO_RESPONSE),
        (0, 0, False, Outcome.NO_RESPONSE),
        (5, 5, True, Outcome.PRANK),
    ],
)
def test_one_exchange_establishes_a_consultation(
    student: int, counsellor: int, conduct: bool, expected: Outcome
) -> None:
    assert suggested_outcome(student, counsellor, conduct) is expected


@pytest.mark.parametrize("level", [None, Level.HIGH, Level.CRITICAL])
def test_an_urgent_or_unscreened_session_is_never_suggested_to_be_a_prank(level: Level | None) -> None:
    assert prefill(Memory(), level, conduct=True).outcome is Outcome.ESTABLISHED
    assert prefill(Memory(), Level.CONCERN, conduct=True).outcome is Outcome.PRANK


def test_nobody_changes_what_the_machine_says() -> None:
    shown = replace(GOOD, level=Level.CRITICAL, coding_version=7)
    kept = with_machine_facts(replace(GOOD, level=Level.NONE, summary="新しい"), shown)
    assert (kept.level, kept.coding_version, kept.summary) == (Level.CRITICAL, 7, "新しい")


@pytest.mark.parametrize(
    ("level", "unscreened", "expected"),
    [
        (Level.NONE, False, False),
        (Level.CONCERN, False, False),
        (Level.HIGH, False, True),
        (Level.CRITICAL, False, True),
        (None, False, False),
        (None, True, True),
        (Level.CONCERN, True, True),
    ],
)
def test_a_second_counsellor_signs_at_risk_and_where_something_was_not_screened(
    level: Level | None, unscreened: bool, expected: bool
) -> None:
    assert needs_sign_off(level, unscreened) is expected


# --- deadlines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decided", "due"),
    [
        ("2026-11-17T10:00+09:00", "2026-11-18"),
        ("2026-11-20T21:00+09:00", "2026-11-24"),  # Friday; Monday 23 is 勤労感謝の日
        ("2026-11-21T10:00+09:00", "2026-11-24"),  # Saturday
        ("2026-11-17T15:30+00:00", "2026-11-19"),  # in Japan it is the 18th already
    ],
)
def test_promptly_is_by_the_end_of_the_next_working_day(decided: str, due: str) -> None:
    deadline = report_deadline(PROMPTLY, datetime.fromisoformat(decided), profile())
    assert deadline == datetime.fromisoformat(f"{due}T23:59:59+09:00")


@pytest.mark.parametrize(
    ("decided", "due_day", "due"),
    [
        ("2026-11-17T10:00+09:00", None, "2026-12-10"),
        ("2026-12-31T10:00+09:00", None, "2027-01-10"),
        ("2027-01-31T10:00+09:00", 28, "2027-02-28"),
        ("2026-11-30T16:00+00:00", 5, "2027-01-05"),  # in Japan it is December already
    ],
)
def test_periodic_goes_with_the_next_month_s_statement(decided: str, due_day: int | None, due: str) -> None:
    deadline = report_deadline(
        PERIODIC, datetime.fromisoformat(decided), profile(statements={"monthly": None, "due_day": due_day})
    )
    assert deadline == datetime.fromisoformat(f"{due}T23:59:59+09:00")


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.sampled_from([ZONE, UTC]))


@given(MOMENTS, st.sampled_from(ReportingClass))
def test_a_deadline_never_lies_before_its_decision(decided: datetime, reporting_class: ReportingClass) -> None:
    deadline = report_deadline(reporting_class, decided, profile())
    assert deadline >= decided
    if reporting_class is AT_ONCE:
        assert deadline == decided
    if reporting_class is PROMPTLY:
        day = deadline.date()
        assert day.weekday() < 5
        assert not is_national_holiday(day)
        assert timedelta(0) < day - decided.astimezone(ZONE).date() < timedelta(days=10)


# --- what keeps a sheet back ----------------------------------------------------------------------------------------

WHOLE = replace(GOOD, reporting=report(), consent=Consent.GIVEN, call_transfer=True, call_line="電話相談")


def test_a_sheet_with_its_topic_is_enough_and_a_whole_one_is_accepted() -> None:
    assert faults(GOOD, profile()) == faults(WHOLE, profile()) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"primary": None}, "primary"),
        ({"primary": None, "kind": SheetKind.REPORT, "outcome": Outcome.NO_RESPONSE}, "primary"),
        ({"primary": None, "kind": SheetKind.ENQUIRY, "secondaries": (TopicCode.NET,)}, "primary"),
        ({"secondaries": (TopicCode.NET, TopicCode.FRIENDS)}, "secondaries"),
        ({"secondaries": (TopicCode.NET, TopicCode.NET)}, "secondaries"),
        ({"person": Person(grade=Told("中2"))}, "person.grade"),
        ({"person": Person(grade=Told("中2", ToldState.TOLD))}, "person.grade"),
        ({"person": Person(grade=told("2年生"))}, "person.grade"),
        ({"person": Person(gender=told("女子"))}, "person.gender"),
        ({"person": Person(school_type=told("高等学校"))}, "person.school_type"),
        ({"person": Person(school_name=told(" "))}, "person.school_name"),
        ({"person": Person(school_name=told("あ" * 101))}, "person.school_name"),
        ({"reporting": report(recipients=())}, "reporting.recipients"),
        ({"reporting": report(recipients=(BOARD, BOARD))}, "reporting.recipients"),
        ({"reporting": report(decided_by=" ")}, "reporting.decided_by"),
        ({"reporting": report(decided_at=None)}, "reporting.decided_at"),
        ({"reporting": report(deadline=None)}, "reporting.deadline"),
        ({"reporting": report(deadline=FRIDAY - timedelta(seconds=1))}, "reporting.deadline"),
        ({"reporting": report(AT_ONCE, way=Way.MAIL)}, "reporting.way"),
        ({"reporting": report(AT_ONCE, way=None)}, "reporting.way"),
        ({"reporting": report(reply="あ" * 1001)}, "reporting.reply"),
        ({"without_consent": replace(DECISION, supervisor="")}, "without_consent.supervisor"),
        ({"without_consent": replace(DECISION, board=" ")}, "without_consent.board"),
        ({"without_consent": replace(DECISION, board="やまだ ")}, "without_consent.board"),
        ({"without_consent": replace(DECISION, reason="")}, "without_consent.reason"),
        ({"without_consent": replace(DECISION, source_protected=False)}, "without_consent.source_protected"),
        ({"without_consent": DECISION, "consent": Consent.GIVEN}, "without_consent"),
        ({"call_transfer": True}, "call_line"),
        ({"call_transfer": True, "call_line": " "}, "call_line"),
        ({"call_line": "電話相談"}, "call_transfer"),
        ({"summary": "あ" * (SUMMARY_LETTERS + 1)}, "summary"),
        ({"handover": "あ" * (HANDOVER_LETTERS + 1)}, "handover"),
        ({"next_step": "あ" * 301}, "next_step"),
    ],
)
def test_each_fault_is_found_alone_and_said_kindly(change: dict[str, Any], field: str) -> None:
    found = faults(replace(GOOD, **change), profile())
    assert [fault.field for fault in found] == [field]
    assert found[0].text.endswith("ください。")


def test_texts_of_full_length_are_accepted() -> None:
    assert not faults(replace(GOOD, summary="あ" * SUMMARY_LETTERS, handover="あ" * HANDOVER_LETTERS), profile())


@pytest.mark.parametrize(
    "change",
    [{"kind": SheetKind.ENQUIRY}, {"outcome": Outcome.NO_RESPONSE}, {"outcome": Outcome.PRANK}],
)
def test_what_was_no_consultation_needs_no_topic(change: dict[str, Any]) -> None:
    assert not faults(replace(GOOD, primary=None, **change), profile())


def test_the_class_is_one_of_the_board_s() -> None:
    """KAG-7.1; a board that says nothing of classes has every one of them."""
    two = profile(reporting={"classes": ["phone_at_once", "periodic"], "criteria": None})
    assert fields_at_fault(replace(GOOD, reporting=report()), two) == {"reporting.reporting_class"}
    assert fields_at_fault(replace(GOOD, reporting=report(PERIODIC)), two) == set()
    assert fields_at_fault(replace(GOOD, reporting=report()), profile()) == set()


def test_a_suspected_teacher_s_school_is_refused_whoever_agreed() -> None:
    """WG-17: a class for life, consent or a decision change nothing."""
    to_school = replace(GOOD, reporting=report(AT_ONCE, recipients=(BOARD, Agency.SCHOOL)), consent=Consent.GIVEN)
    assert fields_at_fault(to_school, suspects=TEACHER) == {"reporting.recipients"}
    assert fields_at_fault(replace(GOOD, without_consent=DECISION), suspects=TEACHER) == {"without_consent"}
    assert fields_at_fault(to_school, suspects=frozenset({Suspect.GUARDIAN})) == set()
    assert fields_at_fault(replace(GOOD, reporting=report()), suspects=TEACHER) == set()


@pytest.mark.parametrize(
    ("change", "disclosure", "accepted"),
    [
        ({}, {}, False),
        ({"consent": Consent.REFUSED}, {"nonurgent": "with_consent", "nonurgent_to": ["school"]}, False),
        ({"consent": Consent.GIVEN}, {}, True),
        ({"consent": Consent.REFUSED, "without_consent": DECISION}, {}, True),
        ({}, {"nonurgent": "when_needed", "nonurgent_to": ["school"]}, True),
        ({}, {"nonurgent": "when_needed", "nonurgent_to": ["municipal_board"]}, False),
        ({}, {"classification_to": ["school"]}, True),
    ],
)
def test_a_school_is_told_as_students_were_promised(
    change: dict[str, Any], disclosure: dict[str, object], accepted: bool
) -> None:
    """TAJ-U1, HYO-I-1, KAG-7.1: what the secrecy notice says holds for the sheet, too."""
    sheet = replace(GOOD, reporting=report(recipients=(Agency.SCHOOL,)), **change)
    assert (fields_at_fault(sheet, profile(disclosure=disclosure)) == set()) is accepted


def test_danger_to_life_needs_no_consent() -> None:
    sheet = replace(GOOD, reporting=report(AT_ONCE, recipients=(Agency.SCHOOL,)), consent=Consent.REFUSED)
    assert not faults(sheet, profile())


# --- the stored form ------------------------------------------------------------------------------------------------

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


@given(SHEETS)
def test_the_stored_form_gives_back_the_very_sheet(sheet: Sheet) -> None:
    again = from_json(to_json(sheet))
    assert again == sheet
    assert to_json(again) == to_json(from_json(to_json(again)))
    assert isinstance(again.secondaries, tuple)


@given(SHEETS, st.sets(st.sampled_from([field.name for field in fields(Sheet)])))
def test_later_fields_are_ignored_and_missing_ones_default(sheet: Sheet, missing: set[str]) -> None:
    stored = {name: value for name, value in json.loads(to_json(sheet)).items() if name not in missing}
    stored["of_a_later_version"] = {"a": 1}
    if "person" in stored:
        stored["person"]["nickname"] = "x"
    again = from_json(json.dumps(stored))
    assert again == replace(sheet, **{name: getattr(Sheet(), name) for name in missing})


def test_an_empty_form_is_an_empty_sheet() -> None:
    assert from_json("{}") == Sheet()


@pytest.mark.parametrize("text", ["", "[]", '{"summary": ["ひみつ"]}', '{"kind": "ひみつ"}', '{"summary": "ひみつ"'])
def test_what_can_t_be_read_is_refused_without_its_words(text: str) -> None:
    with pytest.raises(ValueError, match="can't be read") as caught:
        from_json(text)
    assert "ひみつ" not in str(caught.value)
    assert caught.value.__suppress_context__  # pydantic's own error quotes the input


# --- the page that is handed over -----------------------------------------------------------------------------------

FULL = replace(
    WHOLE,
    kind=SheetKind.REPORT,
    person=Person(told("中学校"), told("中2"), told("女"), told("みなと中")),
    role=Writer.FRIEND,
    level=Level.CRITICAL,
    agencies=(Agency.POLICE,),
    summary="まとめの言葉",
    handover="伝える言葉",
    next_step="次の言葉",
)


def page(sheet: Sheet, to: Agency, suspects: frozenset[Suspect] = frozenset()) -> dict[str, str]:
    lines = handover_lines(sheet, to=to, suspects=suspects)
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def test_a_board_reads_whom_it_is_about() -> None:
    assert page(FULL, BOARD) == {
        "報告区分": "イ 速やかに",
        "内容": "友人",
        "種類": "通報",
        "校種": "中学校",
        "学校": "みなと中",
        "学年": "中2",
        "性別": "女",
        "知らせた人": "友人",
        "学校に伝える同意": "同意あり",
        "連絡したところ": "警察",
        "伝えること": "伝える言葉",
        "これからのこと": "次の言葉",
    }


def test_a_school_reads_no_more_than_it_needs() -> None:
    """WG-19."""
    assert page(FULL, Agency.SCHOOL) == {
        "報告区分": "イ 速やかに",
        "内容": "友人",
        "学年": "中2",
        "伝えること": "伝える言葉",
    }
    assert page(FULL, Agency.OTHER) == page(FULL, Agency.SCHOOL)


def test_a_school_isn_t_told_that_a_grade_was_refused() -> None:
    refused = replace(FULL, person=Person(grade=Told(None, ToldState.DECLINED, Source.INTAKE)))
    assert "学年" not in page(refused, Agency.SCHOOL)
    assert page(refused, BOARD)["学年"] == "無回答"


@pytest.mark.parametrize("to", Agency)
@pytest.mark.parametrize("complete", [True, False])
def test_who_told_stays_protected(to: Agency, complete: bool) -> None:
    """WG-17: also while the decision isn't complete."""
    decision = replace(DECISION, source_protected=complete)
    text = repr(page(replace(FULL, primary=TopicCode.BULLYING, without_consent=decision), to))
    for word in ("中2", "女", "友人", "同意", "次の言葉", "やまだ", "きむら", "いじめが続いている"):
        assert word not in text
    assert "調べたり" in text
    assert "伝える言葉" in text
    assert ("みなと中" in text) is (to not in {Agency.SCHOOL, Agency.OTHER})


def test_a_suspected_teacher_s_school_gets_no_page() -> None:
    assert page(FULL, Agency.SCHOOL, TEACHER) == {}
    assert page(FULL, BOARD, TEACHER) == page(FULL, BOARD)
    assert page(FULL, Agency.SCHOOL, frozenset({Suspect.GUARDIAN})) == page(FULL, Agency.SCHOOL)


@pytest.mark.parametrize("to", Agency)
def test_no_page_holds_the_machine_s_words_or_the_counsellor_s_own(to: Agency) -> None:
    text = repr(page(FULL, to))
    for word in (*Level, *CATEGORIES, *RISK_CODES, "まとめの言葉", "はやし", "電話相談"):
        assert word not in text


@given(SHEETS, st.sampled_from(Agency))
def test_the_page_has_no_empty_lines(sheet: Sheet, to: Agency) -> None:
    assert all(heading and text.strip() for heading, text in handover_lines(sheet, to=to))
