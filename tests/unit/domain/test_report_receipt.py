"""The receipt's code: enough chance that nobody guesses it, and typed in any way (rows 6 and 8, GL #823, SD #7661)."""

from __future__ import annotations

import math
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.report_receipt import ALPHABET, RANDOM_SIGNS, canonical, in_blocks, receipt_of

CODES = st.binary(min_size=32, max_size=32).map(receipt_of)
BETWEEN = st.sampled_from(["", "-", " ", "　", "－", "ー", "・", "\n", "\u200b", " - ", "―", "‐"])
LOOKALIKES = {"1": "1IiLl", "0": "0Oo", "V": "VvUu"}


def test_it_has_more_than_eighty_bits_and_no_sign_that_is_read_wrongly() -> None:
    # Sums without a sign of their own are left out: 32 of 37 remain.
    assert RANDOM_SIGNS * math.log2(len(ALPHABET)) + math.log2(32 / 37) > 94
    assert not set("ILOU") & set(ALPHABET) and len(set(ALPHABET)) == 32


def test_codes_are_even_and_their_own() -> None:
    codes = [receipt_of(secrets.token_bytes(32)) for _ in range(2000)]
    assert len(set(codes)) == 2000
    for place in range(RANDOM_SIGNS):
        assert {code[place] for code in codes} == set(ALPHABET)
    seed = secrets.token_bytes(32)
    assert receipt_of(seed) == receipt_of(seed) != receipt_of(seed[:-1] + bytes([seed[-1] ^ 1]))


@given(CODES)
def test_it_is_shown_in_four_blocks(code: str) -> None:
    assert [len(block) for block in in_blocks(code).split("-")] == [5, 5, 5, 5]
    assert canonical(in_blocks(code)) == canonical(code) == code


@given(CODES, st.data())
def test_row_8_it_is_accepted_however_it_is_typed(code: str, data: st.DataObject) -> None:
    typed = data.draw(BETWEEN)
    for sign in code:
        sign = data.draw(st.sampled_from(LOOKALIKES.get(sign, sign + sign.lower())))
        wide = chr(ord(sign) + 0xFEE0)
        typed += data.draw(st.sampled_from([sign, wide])) + data.draw(BETWEEN)
    assert canonical(typed) == code


@given(CODES, st.integers(0, RANDOM_SIGNS), st.sampled_from(ALPHABET))
def test_every_wrong_sign_is_told(code: str, place: int, sign: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    assert canonical(wrong) == (code if sign == code[place] else None)


@given(CODES, st.integers(0, RANDOM_SIGNS - 1))
def test_every_swap_of_neighbours_is_told(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert canonical(swapped) == (code if swapped == code else None)


@given(CODES, st.integers(0, RANDOM_SIGNS), st.sampled_from(ALPHABET))
def test_a_sign_too_few_or_too_many_is_no_code(code: str, place: int, sign: str) -> None:
    assert canonical(code[:place] + code[place + 1 :]) is None
    assert canonical(code[:place] + sign + code[place:]) is None


@given(st.text(max_size=300))
def test_whatever_is_typed_it_is_a_code_or_none(typed: str) -> None:
    found = canonical(typed)
    assert found is None or (len(found) == RANDOM_SIGNS + 1 and set(found) <= set(ALPHABET))


@pytest.mark.parametrize("typed", ["", " ", "受付番号", "0" * 201, "\ud800" * 20, "ﷺ" * 20])
def test_what_is_no_code(typed: str) -> None:
    assert canonical(typed) is None
