"""A text as the rules read it, with the way back from every character to the original.

A view is made in steps: each step replaces stretches of the one before and carries their places along. So a rule may
hit 死にたい where the student wrote し に た い, and the evidence still shows what the student wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kernel.text.kana import fold_kana
from kernel.text.normalise import Normalised


@dataclass(frozen=True)
class View:
    """A text and where it came from.

    Attributes:
        text: what the rules read.
        starts, ends: for each character of `text` the code points of the original that it stands for, end excluded;
            as long as `text`.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the stretch of the original behind text[start:end], which must not be empty."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def replaced(self, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> View:
        """Give a view in which every match is replaced; each new character stands for the whole match.

        The same view comes back where nothing matches, so that callers can ask with `is`.
        """
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            new = by(match)
            old_start, old_end = match.span()
            if new == match.group() or old_start == old_end:
                continue
            pieces += (self.text[done:old_start], new)
            starts += self.starts[done:old_start]
            ends += self.ends[done:old_start]
            first, last = self.span(old_start, old_end)
            starts += [first] * len(new)
            ends += [last] * len(new)
            done = old_end
        if not pieces:
            return self
        pieces.append(self.text[done:])
        starts += self.starts[done:]
        ends += self.ends[done:]
        return View("".join(pieces), starts, ends)


def plain_view(normalised: Normalised, length: int) -> View:
    """Give a normalised text with katakana as hiragana, one character for one.

    Args: length: of the original text in code points.
    """
    starts = normalised.offsets
    if len(starts) == length and starts == tuple(range(length)):
        return View(fold_kana(normalised.text), starts, range(1, length + 1))
    ends = [length] * len(starts)
    following = length
    for index in range(len(starts) - 2, -1, -1):
        # Several characters may come from one; all of them end where the next one's original starts.
        if starts[index] != starts[index + 1]:
            following = starts[index + 1]
        ends[index] = following
    return View(fold_kana(normalised.text), starts, ends)
