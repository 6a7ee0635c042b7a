"""Normalising a message without losing where each character came from.

NFKC, invisible characters dropped, case folded. Done cluster by cluster (a base character with the marks that belong
to it), because ﾊ + ﾞ has to become バ and because normalising the whole text at once would lose the offsets. The
time is linear in the length of the text, whatever the text is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Unicode's Default_Ignorable_Code_Point: zero-width characters, joiners, directions, variation selectors, tags and
# the blank Hangul fillers. None of them shows on a screen, so none of them may split a word.
_INVISIBLE = frozenset(
    code
    for first, last in (
        (0x00AD, 0x00AD),
        (0x034F, 0x034F),
        (0x061C, 0x061C),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8),
        (0x1BCA0, 0x1BCA3),
        (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)

# Characters of combining class 0 that all the same compose with the one before them (second halves of Indic and
# Burmese vowels); with Hangul vowels and finals these are all that Unicode has.
_COMPOSING_STARTERS = frozenset(
    "\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u102e\u1b35"
    "\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af\U00011930"
)

# What nearly every message is made of: each of these characters becomes exactly one, and joins with no other.
_PLAIN = re.compile("[\n -~、。「」『』〇々〜ぁ-ゖァ-ヺ・ー一-鿿　！-～]*")
_NARROW = {0x3000: " "} | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}

# Unicode's stream-safe limit: no living language stacks more marks, and ordering them costs the square of their number.
_MARKS_AT_MOST = 30


@dataclass(frozen=True)
class Normalised:
    """A normalised text and the way back.

    Attributes:
        text: the normalised text.
        offsets: for each character of `text` the index, in code points of the original, of the character (or of the
            first one of the cluster) that it came from; never decreasing, as long as `text`.
    """

    text: str
    offsets: tuple[int, ...]


def is_invisible(character: str) -> bool:
    """Say whether one character shows nothing: zero-width, a joiner, a variation selector, a filler."""
    return ord(character) in _INVISIBLE


@lru_cache(maxsize=8192)
def _alone(character: str) -> str:
    return unicodedata.normalize("NFKC", character).casefold()


@lru_cache(maxsize=8192)
def _joins(character: str) -> bool:
    """Say whether normalising may merge `character` with the one before it (ﾞ, combining marks, Hangul parts)."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) != 0 or "\u1160" <= first <= "\u11ff" or first in _COMPOSING_STARTERS


def normalise(text: str) -> Normalised:
    """Return `text` in NFKC, without invisible characters, case folded, with offsets into the original.

    Args:
        text: any text; a lone surrogate is kept as it is.
    """
    if _PLAIN.fullmatch(text) is not None:
        return Normalised(text.translate(_NARROW).casefold(), tuple(range(len(text))))
    out: list[str] = []
    offsets: list[int] = []
    cluster = ""
    began = 0

    def close() -> None:
        folded = _alone(cluster) if len(cluster) == 1 else unicodedata.normalize("NFKC", cluster).casefold()
        out.append(folded)
        offsets.extend([began] * len(folded))

    for index, character in enumerate(text):
        if ord(character) in _INVISIBLE:
            continue
        if cluster and len(cluster) <= _MARKS_AT_MOST and _joins(character):
            cluster += character
            continue
        if cluster:
            close()
        cluster, began = character, index
    if cluster:
        close()
    return Normalised("".join(out), tuple(offsets))
