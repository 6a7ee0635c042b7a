"""The codes of a wrap-up sheet: every topic, risk and grade has its place (KAG-6.1キ)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import buttons
from handoff.domain import coding
from handoff.domain.coding import (
    GRADES,
    RISK_CODES,
    TOPIC_CODES,
    Consent,
    Outcome,
    SheetKind,
    Source,
    ToldState,
    TopicCode,
    Way,
    Writer,
    coded,
)
from handoff.domain.profile.vocabulary import ReportingClass, SchoolType
from handoff.domain.understanding import TOPICS
from kernel.intake.stages import grade_of, type_of_grade
from kernel.risk.levels import CATEGORIES


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
