"""The lexicon's own examples: what each rule must hit, and what it must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.risk.lexicon import Rule
from kernel.risk.lexicon_file import LexiconError, read_lexicon
from kernel.risk.screen import RiskScreen

LEXICON = Path(__file__).resolve().parents[3] / "data" / "lexicon"
SCREEN = RiskScreen(read_lexicon(LEXICON), None)
HITS = [(rule, example) for rule in SCREEN.lexicon.rules for example in rule.hits]
MISSES = [(rule, example) for rule in SCREEN.lexicon.rules for example in rule.misses]


def levels(rule: Rule, text: str) -> set[str]:
    return {hit.level for hit in SCREEN.hits(SCREEN.read(text)) if hit.rule.id == rule.id}


@pytest.mark.parametrize(("rule", "example"), HITS, ids=[f"{r.id}-{n}" for n, (r, _) in enumerate(HITS)])
def test_a_rule_hits_its_examples_at_its_own_level(rule: Rule, example: str) -> None:
    assert rule.level in levels(rule, example)


@pytest.mark.parametrize(("rule", "example"), MISSES, ids=[f"{r.id}-{n}" for n, (r, _) in enumerate(MISSES)])
def test_a_rule_leaves_its_counter_examples_alone(rule: Rule, example: str) -> None:
    assert rule.level not in levels(rule, example)


WORDS = "family: [母, 父]\n"
MODIFIERS = "modifiers:\n  - id: negation\n    cap: none\n    after: ['ない']\n"
RULE = """category: suicide
obeys: [negation]
rules:
  - id: suicide.wish.test
    level: high
    pattern: '死にたい'
    hits: [死にたい]
    misses: [死にたくない]
    source: test
"""


def written(folder: Path, rules: str = RULE, words: str = WORDS, modifiers: str = MODIFIERS) -> Path:
    for name, content in (("words.yml", words), ("modifiers.yml", modifiers), ("suicide.yml", rules)):
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_a_sound_folder_is_read(tmp_path: Path) -> None:
    (rule,) = read_lexicon(written(tmp_path)).rules
    assert (rule.id, rule.level, rule.obeys) == ("suicide.wish.test", "high", ("negation",))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("level: high", "level: hihg"), "suicide.yml:4: suicide.wish.test: level"),
        (("'死にたい'", "'死に(たい'"), "suicide.yml:4: suicide.wish.test: pattern"),
        (("'死にたい'", "'死に(?!たい)'"), "suicide.yml:4: suicide.wish.test: pattern"),
        (("'死にたい'", "'(?:死にたい)?'"), "suicide.yml:4: suicide.wish.test: pattern: matches the empty"),
        (("'死にたい'", "'{nobody}'"), "suicide.yml:4: suicide.wish.test: pattern: no words are called nobody"),
        (("'死にたい'", "'OD'"), "suicide.yml:4: suicide.wish.test: pattern: write Latin letters small"),
        (("obeys: [negation]", "obeys: [ironie]"), "suicide.yml:4: suicide.wish.test: obeys: no modifier is called"),
        (("id: suicide.wish.test", "id: Wish"), "suicide.yml:4: Wish: id must look like"),
        (("source: test", "sourcee: test"), "suicide.yml:4: suicide.wish.test: unknown: sourcee"),
        (("    source: test\n", ""), "suicide.yml:4: suicide.wish.test: source is missing"),
        (("misses: [死にたくない]", "misses: []"), "suicide.yml:4: suicide.wish.test: needs hits and misses"),
        (("    level: high\n", "    level: high\n    level: high\n"), "suicide.yml:6: level stands twice"),
        (("rules:", "rules: ["), "suicide.yml:"),
        (("category: suicide", "category: sadness"), "suicide.yml:4: suicide.wish.test: category"),
    ],
)
def test_a_broken_file_is_refused_with_file_line_and_rule(tmp_path: Path, change: tuple[str, str], place: str) -> None:
    with pytest.raises(LexiconError) as caught:
        read_lexicon(written(tmp_path, RULE.replace(*change)))
    assert str(caught.value).startswith(place)


def test_an_id_stands_once(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "crisis.yml").write_text(RULE, encoding="utf-8")
    with pytest.raises(
        LexiconError, match=r"suicide\.yml:4: suicide\.wish\.test: the id stands in crisis\.yml already"
    ):
        read_lexicon(tmp_path)


def test_an_empty_folder_is_no_lexicon(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="no lexicon there"):
        read_lexicon(tmp_path)
