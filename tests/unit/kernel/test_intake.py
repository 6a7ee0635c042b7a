"""kernel/intake as a whole: the development sets, any text at all, time, and what counts as an answer."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.intake import Intake, is_plain_answer, parse
from kernel.text.normalise import is_invisible

EVAL = Path(__file__).parents[3] / "data" / "eval"
FIELDS = ("age", "grade", "school_type", "school_name", "declined")
ROLES = {"本人": "self", "友人": "friend", "保護者": "guardian", "教職員": "teacher"}
SCHOOL_TYPES = {
    "小学校",
    "中学校",
    "高校",
    "義務教育学校",
    "中等教育学校",
    "特別支援学校",
    "高専",
    "専門学校",
    "大学",
    "その他",
}
GRADES = {
    *(f"小{year}" for year in range(1, 7)),
    *(f"中{year}" for year in range(1, 4)),
    *(f"高{year}" for year in range(1, 5)),
    *(f"高専{year}" for year in range(1, 6)),
}
# Pieces that the finders look at, so that hypothesis builds messages out of them.
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "中",
                "高",
                "小",
                "学",
                "校",
                "2",
                "14",
                "歳",
                "三",
                "年",
                "生",
                "です",
                "の",
                "は",
                "私",
                "妹",
                "友達",
                "娘",
                "母",
                "先生",
                "、",
                "。",
                "/",
                "(",
                ")",
                "第一",
                "北",
                "○○",
                "JK",
                "高専",
                "支援学校",
                "言えない",
                "秘密",
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=12,
).map("".join)


def rows(name: str) -> list[dict[str, object]]:
    """Return the lines of an evaluation file."""
    return [json.loads(line) for line in (EVAL / name).read_text(encoding="utf-8").splitlines()]


def test_slots_of_the_development_set() -> None:
    right = wrong = 0
    for row in rows("slots_dev.jsonl"):
        intake = parse(str(row["text"]))
        for field in FIELDS:
            expected = row.get(field, False if field == "declined" else None)
            if getattr(intake, field) == expected:
                right += 1
            else:
                wrong += 1
    assert right / (right + wrong) >= 0.94


def test_roles_of_the_development_set() -> None:
    lines = rows("intents_dev.jsonl")
    found = (parse(str(row["text"])).role.replace("unknown", "self") for row in lines)
    right = sum(role == ROLES[str(row["role"])] for role, row in zip(found, lines, strict=True))
    assert right / len(lines) >= 0.94


@given(st.one_of(PIECES, st.text(max_size=80)), st.sampled_from([None, "age_grade", "school"]))
def test_any_text_is_read_into_the_closed_vocabulary(text: str, asked: str | None) -> None:
    intake = parse(text, asked=asked)  # type: ignore[arg-type]
    assert intake.age is None or 3 <= intake.age <= 99
    assert intake.grade is None or intake.grade in GRADES
    assert intake.school_type is None or intake.school_type in SCHOOL_TYPES
    assert intake.gender in (None, "男", "女", "その他")
    assert intake.role in ("self", "friend", "guardian", "teacher", "unknown")
    assert intake.grade is None or intake.school_type is not None


@given(PIECES)
def test_a_school_name_is_a_part_of_the_message(text: str) -> None:
    name = parse(text).school_name
    visible = "".join(character for character in text if not is_invisible(character))
    assert name is None or name in unicodedata.normalize("NFKC", visible)


@pytest.mark.parametrize(
    "piece",
    [
        "中",
        "中2",
        "小学校",
        "第一中",
        "○○高",
        "あ",
        "😀",
        "ﷺ",
        "〜",
        "は",
        "んです",
        "年齢は",
        "友達が",
        "、",
        "言えない",
        "14/",
        "嫌だ",
        "んー",
        "何歳",
        "そこまで",
        "もうどっちも",
        "高校一年で",
        "いいです",
        "のたい",
    ],
)
def test_a_flood_of_anything_stays_cheap(piece: str) -> None:
    began = time.perf_counter()
    parse(piece * 5_000)
    parse("ひみつ" + piece * 300)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("written", ["14歳", "中2", "高校生です", "N高", "女です", "ないしょ"])
def test_an_answer_of_any_kind_is_not_empty(written: str) -> None:
    assert not parse(written).empty


@pytest.mark.parametrize("written", ["", "こんばんは", "友達がいじめられてる", "中1のときからです"])
def test_a_message_that_answers_nothing_is_empty(written: str) -> None:
    assert parse(written).empty


def test_an_unread_message_says_nothing() -> None:
    assert parse("") == Intake()


@pytest.mark.parametrize("text", ["高校です", "14", "中2の女子です", "小学校の5年生です", "小5", "17歳"])
def test_a_plain_answer_is_one(text: str) -> None:
    assert is_plain_answer(text)


@pytest.mark.parametrize(
    "text",
    [
        "もう一回やる",
        "いま切った",
        "さようなら",
        "中2です。もう消えたい、ぜんぶいやだ",
        "",
        "はい",
        "高校つらい",
        "高校では一人です",
        "17にもなって友達いない",
        "言いたくない",
    ],
)
def test_what_says_more_or_nothing_of_the_person_is_no_plain_answer(text: str) -> None:
    assert not is_plain_answer(text)
