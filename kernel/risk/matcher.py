"""Finding the rules' patterns in a text, in time linear in its length.

RE2 has no pattern that explodes; the letters alone tell which of some hundred patterns can match at all
(`kernel.risk.atoms`). Patterns run over UTF-8; places are told in characters.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import re2

from kernel.risk.atoms import Prefilter
from kernel.text import fold_kana
from kernel.text.morphemes import Morpheme

#: Hits of one pattern in one text that are looked at; a flood of the same word tells nothing new.
MOST_HITS = 24
#: Bytes that RE2 may use for one pattern's states; with less, a long one falls back to a slower way.
_MEMORY = 64 << 20


def compiled(pattern: str) -> re2._Regexp[bytes]:
    """Compile a pattern. Raises: re2.error."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return re2.compile(pattern, options)


class Subject:
    """A text that patterns are looked for in."""

    def __init__(self, text: str, prefilter: Prefilter) -> None:
        self.text = text
        #: The patterns that can match here at all, each with the pieces of it that can.
        self.possible = prefilter.possible(text)
        self.data = text.encode("utf-8", "replace")
        self._is_ascii = len(self.data) == len(text)
        self._marks: Optional[List[int]] = None
        #: Set by whoever first asks for them.
        self.sentences: Optional[List[Tuple[int, int]]] = None

    def character(self, byte: int) -> int:
        """Give the character at a byte."""
        if self._is_ascii:
            return byte
        if self._marks is None:
            # Every 64th character's byte; between them a short stretch is decoded.
            marks, position = [], 0
            for start in range(0, len(self.text), 64):
                marks.append(position)
                position += len(self.text[start : start + 64].encode("utf-8", "replace"))
            self._marks = marks
        index = bisect_right(self._marks, byte) - 1
        return index * 64 + len(self.data[self._marks[index] : byte].decode("utf-8", "replace"))


class WordSubject(Subject):
    """The dictionary forms of a text, each with a space before and after it."""

    def __init__(self, words: Sequence[Morpheme], prefilter: Prefilter) -> None:
        self._words = words
        self._ends: List[int] = []
        pieces, position = [" "], 1
        for word in words:
            form = fold_kana(word.form.casefold()).replace(" ", "")
            pieces.append(form + " ")
            position += len(form) + 1
            self._ends.append(position)
        super().__init__("".join(pieces), prefilter)

    def place(self, start: int, end: int) -> Tuple[int, int]:
        """Give the place in the text of the words that text[start:end] touches."""
        first = bisect_right(self._ends, start + (self.text[start] == " ") if start else 0)
        last = bisect_right(self._ends, max(start, end - 2)) if end > start else first
        first, last = min(first, len(self._words) - 1), min(last, len(self._words) - 1)
        return self._words[first].start, max(self._words[last].end, self._words[first].start + 1)


@dataclass(frozen=True)
class Stretch:
    """Where a pattern matched: characters of the subject, end excluded."""

    start: int
    end: int


class Matcher:
    """Runs patterns, each piece compiled once, and only where it can match."""

    def __init__(self) -> None:
        self._compiled: Dict[str, re2._Regexp[bytes]] = {}

    def stretches(self, pattern: str, subject: Subject) -> Iterator[Stretch]:
        """Give a pattern's matches in a subject, at most MOST_HITS a piece, never an empty one."""
        for piece in subject.possible.get(pattern, ()):
            for count, match in enumerate(self.compiled(piece).finditer(subject.data)):
                start, end = match.span()
                if start < end:
                    yield Stretch(subject.character(start), subject.character(end))
                if count == MOST_HITS:
                    break

    def found(self, pattern: Optional[str], subject: Subject, text: str, frame: str = "{}") -> bool:
        """Whether a pattern matches in a part of a subject. Args: frame: what is put around each piece, as `^(?:{})`."""
        pieces = subject.possible.get(pattern or "", ())
        return any(self.compiled(frame.format(piece)).search(text) is not None for piece in pieces)

    def overlaps(self, pattern: Optional[str], subject: Subject, text: str, start: int, end: int) -> bool:
        """Whether a match in a part of a subject touches text[start:end]."""
        return any(
            match.start() < end and match.end() > start
            for piece in subject.possible.get(pattern or "", ())
            for match in self.compiled(piece).finditer(text)
        )

    def compiled(self, pattern: str) -> re2._Regexp[bytes]:
        """Give a pattern compiled."""
        found = self._compiled.get(pattern)
        if found is None:
            found = self._compiled[pattern] = compiled(pattern)
        return found
