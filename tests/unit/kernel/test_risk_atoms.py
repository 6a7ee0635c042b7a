"""The filter before the patterns: it may let too much through, and never too little."""

from __future__ import annotations

from pathlib import Path

import pytest
import re2

from kernel.risk.atoms import Prefilter, pieces
from kernel.risk.lexicon_file import read_lexicon

RULES = read_lexicon(Path(__file__).resolve().parents[3] / "data" / "lexicon").rules


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a|b", ["a", "b"]),
        ("(?:a|b)c|d", ["(?:a|b)c", "d"]),
        ("[|]x|y", ["[|]x", "y"]),
        (r"\|x|y", [r"\|x", "y"]),
        ("(?m)^a$|b", ["(?m)^a$", "(?m)b"]),
        ("[]|]a|b", ["[]|]a", "b"]),
    ],
)
def test_a_pattern_is_cut_where_no_bracket_is_open(pattern: str, parts: list[str]) -> None:
    assert pieces(pattern) == parts


@pytest.mark.parametrize(
    ("pattern", "text", "possible"),
    [
        ("死に(?:たい|たく)", "死にたい", True),
        ("死に(?:たい|たく)", "死にます", False),
        ("(?:父|母)に.{0,5}殴", "父に昨日殴", True),
        ("(?:父|母)に.{0,5}殴", "殴られた", False),
        ("(?:薬)?飲", "飲んだ", True),
        (".*", "何か", True),
        ("[あ-お]い", "あい", True),
        ("a{2,3}b", "aab", True),
    ],
)
def test_only_what_cannot_match_is_left_out(pattern: str, text: str, possible: bool) -> None:
    assert (pattern in Prefilter([pattern]).possible(text)) is possible


def test_whatever_a_rule_matches_passes_the_filter() -> None:
    """Each rule's pattern on every other rule's examples as well: what matches must have been let through."""
    filter_ = Prefilter([rule.pattern for rule in RULES])
    compiled = {rule.pattern: re2.compile(rule.pattern) for rule in RULES[::7]}
    examples = [example for rule in RULES for example in (*rule.hits, *rule.misses)][::3]
    for example in examples:
        possible = filter_.possible(example)
        for pattern, one in compiled.items():
            assert one.search(example) is None or pattern in possible
