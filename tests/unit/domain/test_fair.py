"""When work is asked, how much, and what counts as done (KAG-4.2: a report at any hour; schools stand behind one address)."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.fair import (
    ALLOWANCES,
    LEAST_BITS,
    MOST_BITS,
    Allowance,
    Challenge,
    Purpose,
    bits_for,
    neighbourhood,
    read_challenge,
    solves,
    zero_bits,
)

COUNTS = st.integers(0, 10_000_000)
PURPOSES = st.sampled_from(Purpose)
CHALLENGES = st.builds(
    Challenge,
    purpose=PURPOSES,
    bits=st.integers(LEAST_BITS, MOST_BITS),
    expires=st.integers(0, 10**12 - 1),
    salt=st.text("0123456789abcdef", min_size=32, max_size=32),
)


def test_every_purpose_has_an_allowance_far_above_a_school() -> None:
    assert set(ALLOWANCES) == set(Purpose)
    for purpose, allowance in ALLOWANCES.items():
        assert LEAST_BITS <= allowance.most_bits <= MOST_BITS
        if purpose not in (Purpose.RECEIPT_WRONG, Purpose.SIGN_IN_WRONG):
            # Forty pupils, each of whom starts anew again and again.
            assert allowance.here >= 5 * 40 and allowance.span <= timedelta(minutes=10)


@given(PURPOSES, COUNTS, COUNTS)
def test_work_is_asked_from_the_allowance_on_and_never_without_bound(purpose: Purpose, here: int, in_all: int) -> None:
    allowance = ALLOWANCES[purpose]
    bits = bits_for(allowance, here, in_all)
    if here < allowance.here and in_all < allowance.in_all:
        assert bits == 0
    else:
        assert LEAST_BITS <= bits <= allowance.most_bits


@given(PURPOSES, COUNTS, COUNTS, COUNTS)
def test_a_greater_flood_never_asks_for_less(purpose: Purpose, here: int, in_all: int, more: int) -> None:
    allowance = ALLOWANCES[purpose]
    assert bits_for(allowance, here + more, in_all) >= bits_for(allowance, here, in_all)
    assert bits_for(allowance, here, in_all + more) >= bits_for(allowance, here, in_all)


def test_it_grows_by_a_bit_when_the_flood_doubles() -> None:
    allowance = Allowance(10, 1_000, timedelta(minutes=1), MOST_BITS)
    asked = [bits_for(allowance, here, 0) for here in (9, 10, 19, 20, 39, 40, 80, 159, 160, 10_000)]
    assert asked == [0, 16, 16, 17, 17, 18, 19, 19, 20, 20]


@given(CHALLENGES)
def test_a_challenge_is_read_as_it_was_written(challenge: Challenge) -> None:
    assert read_challenge(challenge.text) == challenge


@given(CHALLENGES, st.data())
def test_what_is_read_of_a_changed_text_is_another_challenge_or_none(challenge: Challenge, data: st.DataObject) -> None:
    text = challenge.text
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters()) + text[at + 1 :]
    assert changed == text or read_challenge(changed) != challenge


@given(st.text())
def test_no_text_makes_the_reader_fail(text: str) -> None:
    read = read_challenge(text)
    assert read is None or read.text == text


@given(st.binary(min_size=32, max_size=32))
def test_zero_bits_are_those_that_one_reads_from_the_left(digest: bytes) -> None:
    written = "".join(f"{byte:08b}" for byte in digest)
    assert zero_bits(digest) == len(written) - len(written.lstrip("0"))


@given(st.text("abc.", min_size=1), st.integers(0, 10**19))
def test_work_is_done_when_the_digest_begins_with_so_many_zeros(signed: str, nonce: int) -> None:
    zeros = zero_bits(hashlib.sha256(f"{signed}{nonce}".encode()).digest())
    assert solves(signed, str(nonce), zeros) and not solves(signed, str(nonce), zeros + 1)


@given(st.text().filter(lambda text: not (text.isascii() and text.isdigit() and len(text) <= 20)))
def test_a_nonce_is_a_short_number_and_nothing_else(nonce: str) -> None:
    assert not solves("x", nonce, 0)


@given(st.ip_addresses(v=4))
def test_an_address_counts_by_itself_however_it_is_written(address: object) -> None:
    assert neighbourhood(str(address)) == neighbourhood(f"::ffff:{address}") == str(address)


@given(st.ip_addresses(v=6, network="2001:db8:1:2::/64"))
def test_a_network_of_ipv6_counts_as_one(address: object) -> None:
    assert neighbourhood(str(address)) == neighbourhood(f"[{address}]") == "2001:db8:1:2::/64"


@given(st.text())
def test_an_address_that_is_none_counts_with_its_like(address: str) -> None:
    assert neighbourhood(address)
    assert neighbourhood("a proxy's odd word") == neighbourhood("") == "unknown"
