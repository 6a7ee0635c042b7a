"""A report's answers: what says something, how choices read, and that nothing is lost on the way to the store (KAG-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.report import (
    DANGER_NAMES,
    PLACE_NAMES,
    SINCE_NAMES,
    STATUS_NAMES,
    TELL_SCHOOL_NAMES,
    WITNESS_NAMES,
    WORDS,
    Answers,
    Danger,
    Place,
    ReportStatus,
    Since,
    TellSchool,
    Witness,
    answers_json,
    answers_of,
    choices_text,
    with_words,
    words_of,
)
from handoff.domain.school import is_school_code
from handoff.domain.wording_rules import must_nots

ANSWERS = st.builds(Answers)


@given(ANSWERS)
def test_what_is_stored_comes_back(answers: Answers) -> None:
    assert answers_of(answers_json(answers)) == answers


@pytest.mark.parametrize("stored", ["", "[]", '{"danger": "soon"}', '{"what": 1}'])
def test_what_cant_be_read_is_told_without_its_words(stored: str) -> None:
    with pytest.raises(ValueError, match="a report can't be read") as told:
        answers_of(stored)
    assert "soon" not in str(told.value)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (Answers(), False),
        (Answers(danger=Danger.NO, witness=Witness.SAW, places=(Place.SNS,)), False),
        (Answers(what=" \n　"), False),
        (Answers(school_name="つなぎ市立みなと中学校", school_code="cgmzgd"), False),
        (Answers(school_name="中学校"), True),
        (Answers(grade="2年"), True),
        (Answers(tell_how="a"), True),
        (Answers(danger=Danger.NOW), True),
        (Answers(danger=Danger.MAYBE), True),
        (Answers(what="a"), True),
        (Answers(people="a"), True),
        (Answers(where_words="a"), True),
        (Answers(since_words="a"), True),
    ],
)
def test_whether_somebody_should_read_it(answers: Answers, says: bool) -> None:
    assert answers.says_something is says


@given(ANSWERS, ANSWERS)
def test_words_are_put_into_their_fields_and_nothing_else_changes(answers: Answers, other: Answers) -> None:
    assert with_words(answers, {}) == with_words(answers, words_of(answers)) == answers
    assert words_of(with_words(answers, words_of(other))) == words_of(other)
    assert choices_text(with_words(answers, words_of(other))) == choices_text(answers)


def test_the_fields_of_words_are_all_and_only_those() -> None:
    words = {one.name for one in fields(Answers) if one.type in ("str", str)}
    assert words == set(WORDS) == set(words_of(Answers()))


@given(ANSWERS)
def test_the_line_of_choices_holds_no_words_of_the_reporter(answers: Answers) -> None:
    line = choices_text(answers)
    assert line == choices_text(
        Answers(**{f.name: getattr(answers, f.name) for f in fields(Answers) if f.name not in WORDS})
    )
    assert bool(line) == bool(
        answers.danger or answers.witness or answers.places or answers.since or answers.tell_school
    )


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (DANGER_NAMES, Danger),
        (WITNESS_NAMES, Witness),
        (PLACE_NAMES, Place),
        (SINCE_NAMES, Since),
        (TELL_SCHOOL_NAMES, TellSchool),
        (STATUS_NAMES, ReportStatus),
    ],
)
def test_every_choice_has_words_that_may_be_said(names: dict[str, str], words: Iterable[StrEnum]) -> None:
    assert list(names) == list(words)
    assert [must_nots(name) for name in names.values()] == [[] for _ in names]


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("c6ep34", True),
        ("a-1", True),
        ("A-1", False),
        ("a", True),
        ("", False),
        ("answer", False),
        ("Mine", False),
        ("-a", False),
        ("学校", False),
        ("a" * 33, False),
        ("a/b", False),
    ],
)
def test_a_school_s_code(code: str, fits: bool) -> None:
    assert is_school_code(code) is fits
