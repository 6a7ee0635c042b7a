"""A message as the risk screen reads it: its views and its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Sequence, Tuple

from kernel.text import normalise
from kernel.text.morphemes import Morpheme, morphemes
from kernel.text.unhide import joined, unhidden
from kernel.text.view import View, plain_view

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Reading:
    """A message as the screen reads it.

    Attributes: plain, hidden, joined: its views (`hidden` and `joined` are `plain` where they add nothing); words: of
    the plain view, places in its text.
    """

    text: str
    plain: View
    hidden: View
    joined: View
    words: Sequence[Morpheme]

    @property
    def unhidden_words(self) -> Tuple[View, Sequence[Morpheme]]:
        """The view that the model reads, and its words."""
        if self.hidden is self.plain:
            return self.hidden, self.words
        lines, plain = self.hidden.text.split("\n"), self.plain.text.split("\n")
        if len(lines) != len(plain):
            return self.hidden, morphemes(self.hidden.text)
        # A line in which nothing was hidden keeps its words: they were read before katakana became hiragana.
        found: List[Morpheme] = []
        start = before = 0
        for line, same in zip(lines, plain):
            if line == same:
                end = before + len(same)
                own = (word for word in self.words if before <= word.start < end)
                found += [w._replace(start=w.start + start - before, end=w.end + start - before) for w in own]
            else:
                found += [w._replace(start=w.start + start, end=w.end + start) for w in morphemes(line)]
            start, before = start + len(line) + 1, before + len(same) + 1
        return self.hidden, found

    @property
    def views(self) -> Tuple[View, ...]:
        """The views that differ."""
        found = [self.plain]
        for view in (self.hidden, self.joined):
            if all(view is not known for known in found):
                found.append(view)
        return tuple(found)


def read(text: str) -> Reading:
    """Give a message's views and words. Args: text: any text."""
    # Half a character, as a broken decoder leaves it, has no UTF-8; one for one, so that all places hold.
    normalised = normalise(_SURROGATES.sub("\ufffd", text))
    plain = plain_view(normalised, len(text))
    return Reading(text, plain, unhidden(plain, normalised.text), joined(plain), morphemes(normalised.text))
