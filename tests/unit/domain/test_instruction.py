"""The board's instructions (HYO-0 「指示を仰ぐ」): who may follow whom, days, and that nobody can be told from them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import InputRefused, MoveRefused
from handoff.domain.instruction import (
    MOVES,
    Instruction,
    InstructionKind,
    InstructionState,
    answer,
    checked_words,
    finish,
    withdraw,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BY = uuid4()


def question(state: InstructionState = InstructionState.ASKED) -> Instruction:
    return Instruction(uuid4(), "demo", InstructionKind.QUESTION, state, date(2026, 11, 25), BY, NOW, "どうしますか")


def test_a_question_is_answered_then_carried_out_and_nothing_is_answered_twice() -> None:
    answered = answer(question(), "こうしてください", BY, NOW, "x")
    assert (answered.answer, answered.answered_by, answered.is_open) == ("こうしてください", BY, True)
    with pytest.raises(MoveRefused):
        answer(answered, "やはり", BY, NOW, "x")
    with pytest.raises(MoveRefused):
        withdraw(answered, BY, NOW, "x")
    done = finish(answered, "しました", BY, NOW, "x")
    assert not done.is_open and done.closed_at == NOW
    with pytest.raises(MoveRefused):
        finish(question(), "まだ", BY, NOW, "x")
    assert not withdraw(question(), BY, NOW, "x").is_open
    assert set(MOVES) == set(InstructionState)


def test_late_is_what_waits_for_its_answer_or_its_doing_beyond_the_day() -> None:
    day, after = date(2026, 11, 25), date(2026, 11, 26)
    assert not question().is_late(day) and question().is_late(after)
    assert not answer(question(), "こうしてください", BY, NOW, "x").is_late(after)
    order = Instruction(uuid4(), "demo", InstructionKind.ORDER, InstructionState.ANSWERED, day, BY, NOW)
    assert order.is_late(after) and not finish(order, "しました", BY, NOW, "x").is_late(after)


@pytest.mark.parametrize(
    "telling",
    ["090-1234-5678", "０９０ー１２３４ー５６７８", "0123456789", "03（1234）5678", "U" + "0a" * 16, "a.b@example.jp"],
)
def test_what_tells_who_somebody_is_is_refused(telling: str) -> None:
    with pytest.raises(InputRefused) as refused:
        checked_words("question", f"この子（{telling}）のことで、どうしますか")
    assert refused.value.field == "question" and "消してください" in refused.value.text


@pytest.mark.parametrize(
    "words", ["2026年11月20日 18:00に警察へ電話しました", "189や110のこと、20-30人のこと", "1234567"]
)
def test_days_hours_and_short_numbers_are_no_telephone(words: str) -> None:
    assert checked_words("question", f" {words} ") == words


@given(st.text(max_size=2100))
def test_words_are_kept_whole_or_refused(words: str) -> None:
    try:
        kept = checked_words("question", words)
    except InputRefused:
        return
    assert kept == words.strip() and 5 <= len(kept) <= 2000
