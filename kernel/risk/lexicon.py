"""Rules and modifiers as data: what `data/lexicon/*.yml` holds, once it is known to be sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import FrozenSet, Mapping, Optional, Tuple

#: Where a rule's pattern is looked for: in the text as the student wrote it (and as it reads unhidden), or among the
#: dictionary forms of its words, each with a space before and after it.
ON_TEXT, ON_WORDS = "text", "words"


@dataclass(frozen=True)
class Modifier:
    """Words around a hit that take something from it.

    Attributes:
        cap: the highest level that a hit keeps; None where the level stays.
        other: the hit speaks of another person.
        before: pattern that ends right before the hit; after: that starts right after it; within: that overlaps it;
            sentence: anywhere in its sentence; message: anywhere in the message. Any one of them is enough.
        but: where this matches in the sentence, the modifier says nothing.
    """

    id: str
    cap: Optional[str]
    other: bool
    before: Optional[str]
    after: Optional[str]
    within: Optional[str]
    sentence: Optional[str]
    message: Optional[str]
    but: Optional[str]

    @property
    def patterns(self) -> Tuple[str, ...]:
        """Give the patterns of which any one is enough."""
        places = (self.before, self.after, self.within, self.sentence, self.message)
        return tuple(pattern for pattern in places if pattern is not None)


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        on: ON_TEXT or ON_WORDS; pattern: RE2 syntax, folded as the text is; unless: no hit where this overlaps it;
        needs: all of these must be found within a sentence of the hit (its own, the one before, the one after);
        obeys: ids of modifiers; hits, misses: its examples, each of which is a test; source: where it comes from.
    """

    id: str
    category: str
    level: str
    on: str
    pattern: str
    unless: Optional[str]
    needs: Tuple[str, ...]
    obeys: Tuple[str, ...]
    about: str
    signs: FrozenSet[str]
    suspects: FrozenSet[str]
    hits: Tuple[str, ...]
    misses: Tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Lexicon:
    """All rules and modifiers. version: of their content, 8 hex digits."""

    rules: Tuple[Rule, ...]
    modifiers: Mapping[str, Modifier]
    version: str
