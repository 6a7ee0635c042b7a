"""The four levels and the eight categories, in the words of the design and of the contract of ``tsunagi risk``."""

from __future__ import annotations

from typing import Final, Tuple

LEVELS: Final[Tuple[str, ...]] = ("none", "concern", "high", "critical")
CATEGORIES: Final[Tuple[str, ...]] = (
    "suicide",
    "self_harm",
    "abuse",
    "violence",
    "bullying",
    "sexual_harm",
    "third_party",
    "crisis",
)
RANK: Final = {level: rank for rank, level in enumerate(LEVELS)}
#: What the words tell besides their level; the bot's reply and the ladder depend on it.
SIGNS: Final[Tuple[str, ...]] = (
    "wish",  # the wish to die or vanish is said in so many words: it is never asked for again
    "act",  # an act or attack under way or just done
    "means",  # means in hand
    "place",  # the place reached
    "time",  # a stated time or plan
    "note",  # a note or a farewell
    "outside",  # on the street at night, locked out, run away
    "harms_other",  # the writer wants to hurt somebody
)
SUSPECTS: Final[Tuple[str, ...]] = ("guardian", "teacher")


def worst(*levels: str) -> str:
    """Give the highest of the levels."""
    return max(levels, key=RANK.__getitem__)
