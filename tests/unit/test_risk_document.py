"""docs/risk.md tells every rule, modifier, text and row of the reply table as they are now."""

from __future__ import annotations

import io
from functools import cache

import pytest

from handoff.domain.safety import Situation
from handoff.domain.safety_reply import Reader
from handoff.domain.texts import TextKey
from handoff.risk_document import LEXICON, PAGE, filled, list_rules, parts
from handoff.risk_eval import read_sets
from handoff.risk_words import CATEGORIES, LEVELS, MODIFIERS, READERS, SITUATIONS
from kernel.risk import levels
from kernel.risk.lexicon import Lexicon
from kernel.risk.lexicon_file import read_lexicon


@cache
def lexicon() -> Lexicon:
    return read_lexicon(LEXICON)


@cache
def generated() -> dict[str, str]:
    return parts()


def test_the_page_is_what_the_generator_would_write_now() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page, generated()), "make docs"


def test_every_rule_and_every_modifier_has_one_row() -> None:
    rules = [line.split("`")[1] for line in generated()["rules"].splitlines() if line.startswith("| `")]
    assert sorted(rules) == sorted(rule.id for rule in lexicon().rules)
    modifiers = [line.split("`")[1] for line in generated()["modifiers"].splitlines() if line.startswith("| `")]
    assert modifiers == list(lexicon().modifiers)


def test_a_row_has_all_its_cells_whatever_the_example_holds() -> None:
    for name, cells in (("rules", 6), ("modifiers", 5), ("texts", 2)):
        for line in generated()[name].splitlines():
            if line.startswith("| "):
                assert line.replace("\\|", "").count("|") == cells + 1, line


def test_every_modifier_is_told_in_japanese() -> None:
    assert set(MODIFIERS) == set(lexicon().modifiers)


def test_every_level_category_situation_and_reader_has_its_words() -> None:
    assert set(LEVELS) == set(levels.LEVELS) - {"none"}
    assert tuple(CATEGORIES) == levels.CATEGORIES
    assert set(SITUATIONS) == set(Situation)
    assert set(READERS) == set(Reader)


def test_no_question_is_told_that_nobody_reads() -> None:
    rows = [line.split("|") for line in generated()["replies"].splitlines() if line.startswith("| ")]
    told = [row for row in rows if len(row) == 6 and "場面" not in row[1]]
    assert len(told) == len(Situation)
    assert {row[4].strip() for row in told} == {"なし"}
    assert any(TextKey.SAFETY_ASK_WISH.value in row[3] for row in told)


def test_no_example_quotes_a_line_of_the_evaluation_sets() -> None:
    together = "".join(generated().values())
    lines = [line for lines in read_sets().values() for line in lines]
    assert [line["id"] for line in lines if len(line["text"]) >= 6 and line["text"] in together] == []


def test_the_command_prints_the_same_tables() -> None:
    out = io.StringIO()
    list_rules(out)
    assert generated()["rules"] in out.getvalue()
    assert generated()["modifiers"] in out.getvalue()


def test_a_page_without_its_comments_is_refused() -> None:
    with pytest.raises(ValueError, match="rules"):
        filled("# nothing", {"rules": "x\n"})
    page = "a\n<!-- generated: rules -->\nold\n<!-- end: rules -->\nb\n"
    assert filled(page, {"rules": "new\n"}) == page.replace("old", "new")
