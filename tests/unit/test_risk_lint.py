"""The lint of the risk screen's data finds what it's for, and the data in the repository is clean."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from handoff.likeness import KnownLines, fold
from handoff.risk_lint import RiskLine, check_examples, check_lines, check_risk, read_lines
from handoff.settings import ROOT
from kernel.risk.lexicon_file import read_lexicon

LINE = {"text": "川の音がこわい", "level": "concern", "category": "crisis", "about": "self", "family": "crisis.river"}
EVALUATION = KnownLines([fold("先輩にずっと無視されていてつらいです"), fold("しにたい")])


def read(folder: Path, *items: object) -> tuple[list[RiskLine], list[str]]:
    text = "\n".join(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items)
    (folder / "a.jsonl").write_text(text + "\n", encoding="utf-8")
    found: list[str] = []
    return list(read_lines(folder, found)), found


def test_the_repositorys_data_is_clean_and_there_is_enough_of_it() -> None:
    assert check_risk(ROOT) == []
    found: list[str] = []
    lines = list(read_lines(ROOT / "data" / "risk", found))
    assert len(lines) >= 1500
    assert sum(line.level == "none" for line in lines) >= len(lines) // 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"level": "urgent"}, "level"),
        ({"category": "love"}, "category"),
        ({"about": "them"}, "about"),
        ({"level": "none"}, "none"),
        ({"category": "none"}, "none"),
        ({"category": "third_party"}, "third_party"),
        ({"text": " "}, "empty"),
        ({"family": ""}, "empty"),
        ({"note": "x"}, "fields"),
    ],
)
def test_a_line_of_another_form_is_found(tmp_path: Path, change: dict[str, str], said: str) -> None:
    lines, found = read(tmp_path, LINE | change)
    assert lines == []
    assert said in found[0]
    assert found[0].startswith("a.jsonl:1: ")
    assert LINE["text"] not in found[0]


def test_what_is_no_json_and_what_is_no_object_is_found(tmp_path: Path) -> None:
    assert [fault.split(": ")[1][:5] for fault in read(tmp_path, "{", "[]")[1]] == ["is no", "the f"]


def test_a_sound_line_passes(tmp_path: Path) -> None:
    lines, found = read(tmp_path, LINE)
    assert (len(lines), found, check_lines(lines, EVALUATION)) == (1, [], [])


def test_doubles_and_contradictions_are_found_in_other_clothes_too(tmp_path: Path) -> None:
    lines, _ = read(tmp_path, LINE, LINE | {"text": "川の音がｺﾜｲ"})
    assert check_lines(lines, EVALUATION) == ["a.jsonl:2: stands twice: a.jsonl:1"]
    lines, _ = read(tmp_path, LINE, LINE | {"text": "川の音が、コワイ!", "level": "high"})
    assert "is high crisis here and concern crisis there" in check_lines(lines, EVALUATION)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("先輩にずっと無視されていてつらいです!", "is a line"),
        ("先輩にずっと無視されてつらいです", "near copy"),
        ("シニタイ", "is a line"),
        ("090-1234-5678にかけて", "telephone"),
        ("a@b.jp に書いて", "mail"),
    ],
)
def test_evaluation_lines_and_personal_data_are_found(tmp_path: Path, text: str, said: str) -> None:
    lines, _ = read(tmp_path, LINE | {"text": text})
    assert said in check_lines(lines, EVALUATION)[0]


def test_examples_may_be_short_words_but_no_sentences_of_the_evaluation() -> None:
    rule = read_lexicon(ROOT / "data" / "lexicon").rules[0]
    assert check_examples([replace(rule, hits=("しにたい",), misses=("別の文です",))], EVALUATION) == []
    whole = replace(rule, hits=("別の文です",), misses=("先輩にずっと無視されていてつらいです",))
    near = replace(rule, hits=("先輩にずっと無視されててつらいです",), misses=("別の文です",))
    assert "misses 1 is a line" in check_examples([whole], EVALUATION)[0]
    assert "hits 1 is a near copy" in check_examples([near], EVALUATION)[0]
