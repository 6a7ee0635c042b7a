"""What the NLU components make of texts, the odd ones included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.nlu.tokenizers.tokenizer import Token

from bot.components.ginza import CHUNK_CHARACTERS, DIMENSIONS, ginza
from bot.components.reading import MAX_CHARACTERS, plain


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ﾘｽｶ", "リスカ"),
        ("中学４年", "中学4年"),
        ("　  つらい\n\nです ", "つらい です"),
        ("つ\u200bら\u200bい", "つらい"),
        ("", ""),
    ],
)
def test_plain_form(written: str, read: str) -> None:
    assert plain(written) == read


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_plain_form_is_stable_and_readable_for_sudachi(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    once.encode("utf-8")
    assert "".join(word.surface for word in ginza().words(once)).replace(" ", "") == once.replace(" ", "")


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "😀" * 5_000, "あ" * 90_000, "ﷺ" * 5_000, "\ud800" * 10])
def test_odd_texts_are_split_without_an_error(text: str) -> None:
    read = plain(text)
    assert len(read) <= MAX_CHARACTERS + 1
    ginza().words(read)


def test_long_texts_are_split_in_chunks_with_right_offsets() -> None:
    text = ("今日は学校に行きました。" * 3_000) + "ああああ" * CHUNK_CHARACTERS
    assert len(text.encode()) > 49_149
    for word in ginza().words(text)[::997]:
        assert text[word.start : word.start + len(word.surface)] == word.surface


def test_words_have_vectors_and_unknown_ones_zeros() -> None:
    found = ginza().vectors([Token("学校", 0, lemma="学校"), Token("行き", 2, lemma="行く"), Token("qxzqxz", 4)])
    assert found.shape == (3, DIMENSIONS) and found.dtype == np.float32
    assert found[0].any() and found[1].any() and not found[2].any()


def test_the_dictionary_form_stands_in_for_a_surface_without_vector() -> None:
    assert np.array_equal(
        ginza().vectors([Token("qxzqxz", 0, lemma="学校")]), ginza().vectors([Token("学校", 0, lemma="学校")])
    )
