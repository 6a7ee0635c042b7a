"""Two engines run the rules' patterns, and it makes no difference which: only the time does."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.risk.atoms import Prefilter, is_simple
from kernel.risk.atoms import pieces as pieces_of
from kernel.risk.lexicon_file import read_lexicon
from kernel.risk.matcher import SHORT, Matcher, Stretch, Subject, compiled
from kernel.risk.modifiers import AFTER, BEFORE, Modifiers
from kernel.risk.reading import read

LEXICON = read_lexicon(Path(__file__).resolve().parents[3] / "data" / "lexicon")
RULES = LEXICON.rules
FILTER = Prefilter([rule.pattern for rule in RULES])


@pytest.mark.parametrize(
    ("piece", "simple"),
    [
        ("死に(?:たい|たく)", True),
        ("父に.{0,20}殴", True),
        ("[0-9]+日後に[0-9]+時", True),
        ("(?:もう|全部)?むり", True),
        ("(?:もう|も|う)*むり", False),
        ("(?:もう){1,8}むり", False),
        ("(?:a+)+b", False),
        (".{0,30}a.{0,30}b.{0,30}c.{0,30}", False),
    ],
)
def test_only_a_piece_that_leads_nowhere_may_backtrack(piece: str, simple: bool) -> None:
    assert is_simple(piece) is simple


def test_every_piece_is_one_that_both_engines_take() -> None:
    """Each is compiled when a text first may match it: that must not be where it turns out that it can't be."""
    matcher, short, long = Matcher(), "。", "。" * (SHORT + 1)
    patterns = {rule.pattern for rule in RULES} | set(Modifiers(LEXICON, matcher).patterns)
    framed = [(pattern, "{}") for pattern in patterns]
    framed += [(one.before, BEFORE) for one in LEXICON.modifiers.values() if one.before is not None]
    framed += [(one.after, AFTER) for one in LEXICON.modifiers.values() if one.after is not None]
    assert len(framed) > 600
    for pattern, frame in framed:
        for piece in pieces_of(pattern):
            assert matcher.found([piece], short, frame) == matcher.found([piece], long, frame), piece[:60]


def test_both_engines_find_the_same() -> None:
    """Every rule's examples, alone (the standard library's engine) and with much behind them (RE2)."""
    matcher, compared = Matcher(), 0
    for rule in RULES:
        for example in (*rule.hits, *rule.misses):
            text = read(example).unhidden_words[0].text
            # A line feed and letters that no rule knows, so that nothing new matches.
            behind = "\n" + "ぐ" * SHORT
            short, long = Subject(text, FILTER), Subject(text + behind, FILTER)
            for pattern, pieces in short.possible.items():
                if "$" in pattern:
                    continue  # it may end elsewhere now
                found = set(matcher.stretches(pieces, short))
                within = {one for one in matcher.stretches(long.possible[pattern], long) if one.end <= len(text)}
                reaching = {Stretch(one.start, min(one.end, len(text))) for one in matcher.stretches(pieces, long)}
                assert within <= found, (rule.id, pattern[:60])
                assert {one.start for one in found} <= {one.start for one in reaching}, (rule.id, pattern[:60])
                compared += len(found)
    assert compared > 1_000


def test_no_short_text_makes_a_pattern_wander() -> None:
    """The letters that a pattern begins with, over and over: a search that goes astray would never come back."""
    matcher = Matcher()
    for rule in RULES:
        for example in rule.hits:
            text = (example[:3] * SHORT)[:SHORT]
            subject = Subject(text, FILTER)
            for pieces in subject.possible.values():
                list(matcher.stretches(pieces, subject))


@pytest.mark.parametrize("text", ["しにたい", "しにたい\n", "し\x0bにたい", "し にたい", "しにたい\n\n"])
@pytest.mark.parametrize("piece", ["たい$", "(?m)たい$", r"し\s?に", r"[。\s]にたい", "(?:たい)$"])
def test_ends_and_spaces_mean_the_same_to_both(piece: str, text: str) -> None:
    prefilter = Prefilter([piece])
    quick = set(Matcher().stretches([piece], Subject(text, prefilter)))
    slow = {
        (len(text.encode()[: found.start()].decode()), len(text.encode()[: found.end()].decode()))
        for found in compiled(piece).finditer(text.encode())
    }
    assert {tuple(one) for one in quick} == slow
