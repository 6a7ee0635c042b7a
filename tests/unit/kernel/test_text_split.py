"""kernel/text: messages over LINE's 5,000 UTF-16 units are cut where a reader would cut them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.text import split_utf16
from kernel.text.split import utf16_length

FAMILY = "👨‍👩‍👧"
GRAPHEMES = [
    "あ",
    "。",
    "、",
    " ",
    "\n",
    "!",
    "」",
    "か\u3099",
    "ﾊﾞ",
    "😀",
    FAMILY,
    "👍🏽",
    "🇯🇵",
    "❤️",
    "e\u0301",
    "각",
    "각",
    "\r\n",
]


def test_cuts_after_the_last_sentence_that_fits() -> None:
    assert split_utf16("はい。いいえ。たぶん。", 8) == ["はい。いいえ。", "たぶん。"]


def test_a_closing_bracket_stays_with_its_sentence() -> None:
    assert split_utf16("「いやだ。」といった", 8) == ["「いやだ。」", "といった"]


def test_without_a_sentence_end_a_pause_is_taken_and_else_a_hard_cut() -> None:
    assert split_utf16("ねむい、だるい", 5) == ["ねむい、", "だるい"]
    assert split_utf16("ab cd", 4) == ["ab ", "cd"]
    assert split_utf16("あいうえお", 2) == ["あい", "うえ", "お"]


def test_short_and_empty_texts_are_left_alone() -> None:
    assert split_utf16("はい。いいえ。", 5_000) == ["はい。いいえ。"]
    assert split_utf16("", 5) == []


@pytest.mark.parametrize(
    "grapheme", [FAMILY, "👍🏽", "🇯🇵", "か\u3099", "ﾊﾞ", "❤️", "🏴\U000e0067\U000e0062\U000e007f", "\r\n", "\ud83d\ude00"]
)
def test_a_grapheme_is_never_torn(grapheme: str) -> None:
    size = utf16_length(grapheme)
    assert split_utf16(grapheme * 3, size + 1) == [grapheme] * 3


def test_a_grapheme_longer_than_the_limit_is_cut_between_code_points() -> None:
    parts = split_utf16("a" + "\u0301" * 20, 8)
    assert "".join(parts) == "a" + "\u0301" * 20
    assert all(utf16_length(part) <= 8 for part in parts)


def test_a_limit_that_no_emoji_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split_utf16("あ", 1)


@given(st.text(), st.integers(2, 40))
def test_parts_are_the_text_and_fit(text: str, limit: int) -> None:
    parts = split_utf16(text, limit)
    assert "".join(parts) == text
    assert all(part and len(part.encode("utf-16-le")) // 2 <= limit for part in parts)


@given(st.lists(st.sampled_from(GRAPHEMES), max_size=60), st.integers(12, 40))
def test_every_cut_lies_between_two_graphemes(graphemes: list[str], limit: int) -> None:
    text = "".join(graphemes)
    borders, length = {0}, 0
    for grapheme in graphemes:
        length += len(grapheme)
        borders.add(length)
    cut = 0
    for part in split_utf16(text, limit):
        cut += len(part)
        assert cut in borders


@given(st.text(), st.integers(2, 40))
def test_agrees_with_the_unicode_graphemes(text: str, limit: int) -> None:
    regex = pytest.importorskip("regex")
    borders = {match.end() for match in regex.finditer(r"\X", text)}
    cut = 0
    for part in split_utf16(text, limit):
        cut += len(part)
        # A cut inside a grapheme is allowed only where the grapheme alone is too long for a part.
        if cut not in borders:
            first = max((border for border in borders if border < cut), default=0)
            last = min(border for border in borders if border > cut)
            assert utf16_length(text[first:last]) > limit


def test_five_thousand_emoji_are_fast_and_fit() -> None:
    parts = split_utf16("😀" * 5_000, 5_000)
    assert [utf16_length(part) for part in parts] == [5_000, 5_000]
