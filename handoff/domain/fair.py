"""Fair to schools: when a page asks for a small proof of work, and how much. A flood is slowed, nobody is refused.

Forty pupils behind the one address of their school are no flood: the thresholds lie far above. Beyond them each further
step asks the sender's device to find a number, which costs a person a moment and a machine that sends thousands its gain.
Whoever's browser runs no script waits instead, a minute at first.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final


class Purpose(StrEnum):
    """What is counted."""

    REPORT_START = "report_start"
    REPORT_KEEP = "report_keep"  # what was typed is kept while somebody still writes
    RECEIPT_WRONG = "receipt_wrong"  # a receipt code that belongs to no report
    CHAT_START = "chat_start"
    EVIDENCE = "evidence"
    SIGN_IN_WRONG = "sign_in_wrong"  # at the desk; such an address waits, it isn't given work


@dataclass(frozen=True, slots=True)
class Allowance:
    """What goes without work. here: from one address within the span; in_all: from everywhere; most_bits: the work that
    is asked at most.
    """

    here: int
    in_all: int
    span: timedelta
    most_bits: int


#: Leading zero bits of the digest that are asked at first: some 65,000 tries, a blink for a phone of today.
LEAST_BITS: Final = 16
#: The most: some million tries, a second or two on a PC and some ten on an old phone.
MOST_BITS: Final = 20
#: Counters tell counts apart up to this many times the allowance; beyond it the work grows no further.
MOST_TIMES: Final = 2 ** (MOST_BITS - LEAST_BITS)
#: Seconds that a challenge holds: time for an old phone, and for a person who was called away.
CHALLENGE_LIFE: Final = 900
#: Seconds that somebody waits for each bit beyond ``LEAST_BITS`` - 1, instead of working: five minutes at most, so that
#: ten are left to press the button.
WAIT_EACH: Final = 60

_TEN_MINUTES: Final = timedelta(minutes=10)
ALLOWANCES: Final[dict[Purpose, Allowance]] = {
    Purpose.REPORT_START: Allowance(200, 2_000, _TEN_MINUTES, MOST_BITS),
    Purpose.REPORT_KEEP: Allowance(6_000, 60_000, _TEN_MINUTES, MOST_BITS),
    # Who holds a right code isn't kept waiting, whoever guesses beside them.
    Purpose.RECEIPT_WRONG: Allowance(10, 200, timedelta(hours=1), 18),
    Purpose.CHAT_START: Allowance(200, 2_000, _TEN_MINUTES, MOST_BITS),
    Purpose.EVIDENCE: Allowance(400, 4_000, _TEN_MINUTES, MOST_BITS),
    # A whole team behind one address mistypes at the beginning of a shift; what comes from everywhere slows nobody else.
    Purpose.SIGN_IN_WRONG: Allowance(60, 1_000_000, _TEN_MINUTES, LEAST_BITS),
}

_CHALLENGE: Final = re.compile(r"w1\.([a-z_]{1,24})\.([0-9]{1,2})\.([0-9]{1,12})\.([0-9a-f]{32})", re.ASCII)
_NONCE: Final = re.compile(r"[0-9]{1,20}", re.ASCII)


def bits_for(allowance: Allowance, here: int, in_all: int) -> int:
    """How many leading zero bits are asked after so many in the span; 0: none. One more whenever the flood doubles."""
    times = max(here // allowance.here, in_all // allowance.in_all)
    return 0 if times < 1 else min(LEAST_BITS + times.bit_length() - 1, allowance.most_bits)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Work that is asked. expires: Unix time in seconds; salt: 32 hexadecimal digits by which it's known."""

    purpose: Purpose
    bits: int
    expires: int
    salt: str

    @property
    def ripe(self) -> int:
        """Unix time from which having waited counts as much as having worked."""
        return self.expires - CHALLENGE_LIFE + WAIT_EACH * (self.bits - LEAST_BITS + 1)

    @property
    def text(self) -> str:
        """All of it in a line without spaces, to be signed."""
        return f"w1.{self.purpose}.{self.bits}.{self.expires}.{self.salt}"


def read_challenge(text: str) -> Challenge | None:
    """A challenge as it was written, None where it is none of ours; whether it was signed is another question."""
    found = _CHALLENGE.fullmatch(text)
    if found is None or found[1] not in set(Purpose):
        return None
    challenge = Challenge(Purpose(found[1]), int(found[2]), int(found[3]), found[4])
    return challenge if challenge.text == text and LEAST_BITS <= challenge.bits <= MOST_BITS else None


def zero_bits(digest: bytes) -> int:
    """How many bits are zero before the first that isn't."""
    return 8 * len(digest) - int.from_bytes(digest, "big").bit_length()


def solves(signed: str, nonce: str, bits: int) -> bool:
    """Whether SHA-256 of the signed challenge with the nonce (decimal digits) behind it begins with so many zero bits."""
    if not _NONCE.fullmatch(nonce):
        return False
    return zero_bits(hashlib.sha256(f"{signed}{nonce}".encode()).digest()) >= bits


def neighbourhood(address: str) -> str:
    """What counts as one sender: an IPv4 address, or the /64 network that one household or school has in IPv6."""
    try:
        told = ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(told, IPv6Address):
        told = told.ipv4_mapped or told
    if isinstance(told, IPv4Address):
        return str(told)
    return str(ip_network((told, 64), strict=False))
