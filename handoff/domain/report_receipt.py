"""The receipt of a report: a code that its reporter notes down, and with which they come back (no name, no account).

Twenty signs in four blocks, such as ``7K4M2-XQ9TD-…``: nineteen of chance, 95 bits, and one that tells a slip of the
pen. The alphabet is Crockford's (no I, L, O, U), capitals and digits that look alike are read as one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from itertools import count
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Signs of chance, of 5 bits each, and their number in a block.
RANDOM_SIGNS: Final = 19
BLOCK: Final = 5
#: What people write for a sign of the alphabet.
_ALIKE: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
#: Whatever looks like a hyphen, a space or a dot between the blocks.
_BETWEEN: Final = frozenset("-_.,・ー―—–‐‑‒−ｰ~〜/|")
#: A prime larger than the alphabet: a weighted sum by it finds every wrong sign and every swap of neighbours.
_PRIME: Final = 37


def receipt_of(seed: bytes, signs_of_chance: int = RANDOM_SIGNS) -> str:
    """The code of a secret seed of 32 bytes, in its canonical form: always the same one, and as good as chance.

    So a page that is loaded again can show a code once more that is kept nowhere. Other codes on paper have a length of
    their own, of at most 34 signs of chance.
    """
    for number in count():
        digest = int.from_bytes(hashlib.sha256(seed + number.to_bytes(4, "big")).digest(), "big")
        signs = "".join(ALPHABET[digest >> 5 * place & 31] for place in range(signs_of_chance))
        check = _check(signs)
        # Sums past the alphabet have no sign of their own; such codes aren't given out (5 of 37).
        if check is not None:
            return signs + check
    raise AssertionError("unreachable")


def in_blocks(code: str) -> str:
    """A canonical code as it is shown: four blocks of five signs, with hyphens between them."""
    return "-".join(code[at : at + BLOCK] for at in range(0, len(code), BLOCK))


def canonical(typed: str, signs_of_chance: int = RANDOM_SIGNS) -> str | None:
    """The code that was typed, in full-width, lower case, with spaces or hyphens or whatever is between the blocks;
    None where it can't be one: too short, too long, another sign, or a slip that the last sign tells.
    """
    if len(typed) > 200:
        return None
    signs = [
        sign
        for sign in unicodedata.normalize("NFKC", typed).upper().translate(_ALIKE)
        if not sign.isspace() and sign not in _BETWEEN and unicodedata.category(sign) not in ("Cf", "Cc")
    ]
    code = "".join(signs)
    if len(code) != signs_of_chance + 1 or any(sign not in ALPHABET for sign in code):
        return None
    return code if _check(code[:-1]) == code[-1] else None


def _check(signs: str) -> str | None:
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, start=2)) % _PRIME
    return ALPHABET[total] if total < len(ALPHABET) else None
