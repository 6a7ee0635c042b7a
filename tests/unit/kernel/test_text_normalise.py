"""kernel/text: one reading of a message in both interpreters, with the way back to what was written."""

from __future__ import annotations

import importlib
import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.text import fold_kana, normalise
from kernel.text.normalise import is_invisible

# Characters that fold, compose, expand or vanish, mixed with plain ones, so that hypothesis meets their neighbourhoods.
AWKWARD = st.text(
    st.one_of(
        st.sampled_from(
            "ﾊﾞﾟｶか゛\u3099\u309a\u0301\u0323①㍻㌀ﷺｱｰＡａ１ßİǰ가각ᄀ\u1161\u11a8\u09c7\u09be\u200d\ufe0f\u200b😀"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=25,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ﾊﾞｶ", "バカ"),
        ("ﾊﾟﾘﾋﾟ", "パリピ"),
        ("か\u3099っこう", "がっこう"),
        ("ＪＫ２", "jk2"),
        ("１７才", "17才"),
        ("中②", "中2"),
        ("き\u200bえ\u2060た\ufeffい", "きえたい"),
        ("✂️", "✂"),
        ("👨‍👩‍👧", "👨👩👧"),
        ("カ\u200b\u3099", "ガ"),
        ("", ""),
        ("\u200b\ufe0f", ""),
    ],
)
def test_reads_as_a_person_would(written: str, read: str) -> None:
    assert normalise(written).text == read


def test_offsets_lead_back_to_the_original() -> None:
    written = "ﾊﾞ\u200bカ①⑫"
    result = normalise(written)
    assert result.text == "バカ112"
    assert result.offsets == (0, 3, 4, 5, 5)


@given(AWKWARD)
@example("a\u0323\u0301\u200b\u0323")
@example("ᄀ\u1161\u11a8")
def test_equals_nfkc_of_the_visible_text_folded(written: str) -> None:
    visible = "".join(character for character in written if not is_invisible(character))
    assert normalise(written).text == "".join(map(str.casefold, unicodedata.normalize("NFKC", visible)))


@given(AWKWARD)
def test_every_character_has_an_offset_and_they_never_go_back(written: str) -> None:
    result = normalise(written)
    assert len(result.offsets) == len(result.text)
    assert list(result.offsets) == sorted(result.offsets)
    assert all(0 <= offset < len(written) for offset in result.offsets)


@pytest.mark.parametrize(
    "written",
    ["😀" * 5_000, "ﷺ" * 5_000, "a" + "\u0301\u0316" * 5_000, "ﾊﾞ" * 5_000, "\u200b" * 50_000, "ᄀ\u1161\u11a8" * 5_000],
    ids=["emoji", "U+FDFA", "stacked marks", "half-width", "zero width", "jamo"],
)
def test_takes_linear_time_on_any_text(written: str) -> None:
    began = time.perf_counter()
    result = normalise(written)
    assert time.perf_counter() - began < 0.5
    assert len(result.text) == len(result.offsets)


@given(st.text())
def test_kana_folding_keeps_positions(text: str) -> None:
    folded = fold_kana(text)
    assert len(folded) == len(text)
    assert fold_kana(folded) == folded


def test_kana_folding() -> None:
    assert fold_kana("リストカット、リスカ・ヴァ〜ー") == "りすとかっと、りすか・ゔぁ〜ー"


#: Kana, kanji, signs and letters of both widths, and a few that join or fall apart.
MIXED = st.text(
    st.sampled_from("あがァヴー々漢死にたい。、「」・〜 \n\u3000aAzZ09!～！？ＡＺａｚ" + "ﾞ\u3099\u200b…㍉ﾊ"),
    max_size=20,
)


@given(MIXED)
def test_the_short_way_for_plain_text_gives_the_same(text: str) -> None:
    module = importlib.import_module("kernel.text.normalise")
    with pytest.MonkeyPatch.context() as patched:
        short = normalise(text)
        patched.setattr(module, "_PLAIN", re.compile("(?!)"))
        assert normalise(text) == short
