"""The lint of the training data finds what it's for, and the data in the repository is clean."""

from __future__ import annotations

import pytest

from handoff.data_lint import ROOT, Utterance, check, read_utterances, read_what_may_not_be_learnt
from handoff.likeness import fold


def _lines(*pairs: tuple[str, str]) -> list[Utterance]:
    return [Utterance(intent, f"f.yml:{n}", text, fold(text)) for n, (intent, text) in enumerate(pairs, start=1)]


def test_the_repositorys_data_is_clean_and_there_is_enough_of_it() -> None:
    utterances = list(read_utterances(ROOT / "data" / "nlu"))
    assert check(utterances, read_what_may_not_be_learnt(ROOT / "data" / "eval")) == []
    topics = {path.stem for path in (ROOT / "data" / "nlu").glob("*.yml")} - {"conversation", "risk"}
    assert len(topics) >= 14
    for topic in topics:
        assert sum(one.intent == topic for one in utterances) >= 40, topic


@pytest.mark.parametrize(
    ("first", "second"),
    [("はろー", "はろ ー！"), ("ﾘｽｶのこと", "リスカのこと"), ("つらい。", "ツライ"), ("OK", "ｏｋ")],
)
def test_the_same_line_in_other_clothes_is_found(first: str, second: str) -> None:
    assert "stands twice" in check(_lines(("a", first), ("a", second)), [])[0]


def test_a_line_in_two_intents_is_found() -> None:
    assert "is b here and a there" in check(_lines(("a", "部活のこと"), ("b", "部活のこと")), [])[0]


def test_lines_of_the_evaluation_and_near_copies_are_found() -> None:
    evaluation = [fold("先輩にずっと無視されていてつらいです")]
    found = check(
        _lines(("a", "先輩にずっと無視されていてつらいです！"), ("a", "先輩にずっと無視されてつらいです")), evaluation
    )
    assert ["is a line" in found[0], "is a near copy" in found[1]] == [True, True]
    assert check(_lines(("a", "給食の時間がきらいです")), evaluation) == []


@pytest.mark.parametrize("text", ["090-1234-5678にかけて", "a@b.jp です", "https://x.jp みて", "[中2](grade)です"])
def test_personal_data_and_annotations_are_found(text: str) -> None:
    assert "holds" in check(_lines(("a", text)), [])[0]
