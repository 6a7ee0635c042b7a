"""The page of a wrap-up sheet that is handed over (WG-17: who told stays protected; WG-19: one page)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.coding import (
    RISK_CODES,
    SheetKind,
    Source,
    Told,
    ToldState,
    TopicCode,
    Writer,
)
from handoff.domain.escalation import Suspect
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level
from handoff.domain.wrap_up import (
    Person,
    Sheet,
    handover_lines,
)
from kernel.risk.levels import CATEGORIES
from tests.unit.domain.wrap_up_support import BOARD, DECISION, SHEETS, TEACHER, WHOLE, told

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
