"""The wrap-up sheet: its prefill, its deadlines and its stored form.

KAG-6.1キ (statements), KAG-7.1 (reporting classes).
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import buttons
from actions.memory import Answers, Memory, Question, recorded
from actions.progress import Progress
from handoff.domain.closures import is_national_holiday
from handoff.domain.coding import (
    GENDERS,
    GRADES,
    NOT_ASKED,
    Consent,
    Outcome,
    Source,
    Told,
    ToldState,
    TopicCode,
    Writer,
)
from handoff.domain.hours import ZONE
from handoff.domain.profile.vocabulary import ReportingClass, SchoolType
from handoff.domain.session import Level
from handoff.domain.wrap_up import (
    Person,
    Sheet,
    from_json,
    needs_sign_off,
    prefilled,
    report_deadline,
    suggested_outcome,
    to_json,
    with_machine_facts,
)
from handoff.domain.wrap_up_faults import faults
from kernel.risk.levels import CATEGORIES
from tests.unit.domain.wrap_up_support import (
    AT_ONCE,
    GOOD,
    MOMENTS,
    PERIODIC,
    PROMPTLY,
    SHEETS,
    fields_at_fault,
    profile,
    told,
)


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
