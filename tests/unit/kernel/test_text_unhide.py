"""Hidden spellings read as words, every character's way back to the original, and words by the dictionary."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.text import normalise
from kernel.text.morphemes import LONGEST_CHUNK, morphemes
from kernel.text.romaji import romaji_to_kana
from kernel.text.unhide import joined, unhidden
from kernel.text.view import View, plain_view


def read(text: str) -> tuple[View, View]:
    normalised = normalise(text)
    plain = plain_view(normalised, len(text))
    return plain, unhidden(plain, normalised.text)


@pytest.mark.parametrize(
    ("written", "reads"),
    [
        ("し に た い", "しにたい"),
        ("し。に。た。い", "しにたい"),
        ("しにたーーい", "しにたい"),
        ("しにたいいいい", "しにたい"),
        ("しにたぃ", "しにたい"),
        ("しにたぁぁぃ", "しにたい"),
        ("ﾀﾋにたい", "死にたい"),
        ("夕ヒにたい", "死にたい"),
        ("氏にたい", "死にたい"),
        ("４にたい", "死にたい"),
        ("シ二タイ", "死にたい"),
        ("死○たい", "死にたい"),
        ("自○したい", "自殺したい"),
        ("リ○カ", "りすか"),
        ("sinitai", "しにたい"),
        ("shinitai", "しにたい"),
        ("ijimerareteru", "いじめられてる"),
        ("しにたｓい", "しにたい"),
        ("56すぞ", "殺すぞ"),
        ("💊💊", "薬薬"),
    ],
)
def test_hidden_words_are_read(written: str, reads: str) -> None:
    assert read(written)[1].text == reads


@pytest.mark.parametrize(
    "text",
    [
        "田中氏に会う",
        "私にたいして",
        "タヒチに行く",
        "あと4日",
        "死にたい",
        "おはよう",
        "カッター",
        "ゲームする",
        "国語のテスト、終わった。",
    ],
)
def test_ordinary_words_need_no_second_reading(text: str) -> None:
    plain, hidden = read(text)
    assert hidden.text == plain.text


@pytest.mark.parametrize("text", ["kill me please", "good morning", "iPhone 15 Pro"])
def test_other_languages_stay_as_they_are(text: str) -> None:
    assert read(text)[1].text.replace(" ", "") == text.casefold().replace(" ", "")


def test_short_lines_are_read_together_and_long_ones_are_not() -> None:
    assert "死にたい" in joined(read("もう死に\nたい")[0]).text
    plain = read("きょうは学校に行った\nあしたもたぶん行くよ")[0]
    assert joined(plain) is plain


@settings(max_examples=300)
@given(st.text(st.characters(), max_size=80))
def test_every_character_knows_where_it_came_from(text: str) -> None:
    for view in read(text):
        assert len(view.text) == len(view.starts) == len(view.ends)
        assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
        assert list(view.starts) == sorted(view.starts)


def test_a_span_covers_what_the_student_wrote() -> None:
    _plain, hidden = read("もう し に た い")
    at = hidden.text.index("しにたい")
    start, end = hidden.span(at, at + 4)
    assert "もう し に た い"[start:end] == "し に た い"


@pytest.mark.parametrize(
    ("word", "kana"),
    [
        ("shinitai", "しにたい"),
        ("kietai", "きえたい"),
        ("gakkou", "がっこう"),
        ("konnichiwa", "こんにちわ"),
        ("hon", "ほん"),
        ("kyou", "きょう"),
    ],
)
def test_romaji_is_read(word: str, kana: str) -> None:
    assert romaji_to_kana(word) == kana


@pytest.mark.parametrize("word", ["school", "line", "twitter", "xyz", ""])
def test_what_is_no_romaji_is_left(word: str) -> None:
    assert romaji_to_kana(word) in (None, "", "りね")


def test_words_come_in_their_dictionary_forms() -> None:
    assert [word.form for word in morphemes("お父さんになぐられた")] == ["お父さん", "に", "殴る", "れる", "た"]


def test_a_long_text_is_read_in_chunks_without_tearing_or_doubling() -> None:
    sentence = "きょうは父に殴られた。"
    text = sentence * (3 * LONGEST_CHUNK // len(sentence))
    words = morphemes(text)
    assert all(first.end <= second.start for first, second in itertools.pairwise(words))
    assert sum(word.form == "殴る" for word in words) == text.count("殴")


def test_a_flood_of_foreign_letters_has_no_words() -> None:
    assert morphemes("ﷺ" * 5000) == []
