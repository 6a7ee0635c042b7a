"""Finding the rules' patterns in a text, in time linear in its length.

The letters alone tell which of some thousand patterns can match at all (`kernel.risk.atoms`). Those few are run by RE2,
which has no pattern and no text that explodes. In a short text it is slower than the standard library, since it builds
its automata anew for letters that it hasn't met; there a pattern that can't lead a backtracking engine astray is run by
that one. Both find the same: leftmost, and the first of several ways.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Pattern, Sequence, Tuple

import re2

from kernel.risk.atoms import Prefilter, as_re, is_simple
from kernel.text import fold_kana
from kernel.text.morphemes import Morpheme

#: Hits of one pattern in one text that are looked at; a flood of the same word tells nothing new.
MOST_HITS = 24
#: Characters of a text in which a simple pattern may backtrack.
SHORT = 200
#: Bytes that RE2 may use for one pattern's states; with less, a long one falls back to a slower way.
_MEMORY = 64 << 20

_OPTIONS = re2.Options()
_OPTIONS.max_mem = _MEMORY
_OPTIONS.log_errors = False


def compiled(pattern: str) -> re2._Regexp[bytes]:
    """Compile a pattern. Raises: re2.error."""
    return re2.compile(pattern, _OPTIONS)


class Subject:
    """A text that patterns are looked for in.

    Args: rules, around: tell which patterns can match; those of modifiers are asked for only where a rule hit.
    """

    def __init__(self, text: str, rules: Prefilter, around: Optional[Prefilter] = None) -> None:
        self.text = text
        #: The rules' patterns that can match here at all, each with the pieces of it that can.
        self.possible = rules.possible(text)
        #: Set by whoever first asks for them.
        self.sentences: Optional[List[Tuple[int, int]]] = None
        self._prefilter = around
        self._around: Optional[Dict[str, List[str]]] = None
        self._data: Optional[bytes] = None
        self._marks: List[int] = []

    @property
    def around(self) -> Dict[str, List[str]]:
        """Give the modifiers' patterns that can match here at all, each with the pieces of it that can."""
        if self._around is None:
            self._around = {} if self._prefilter is None else self._prefilter.possible(self.text)
        return self._around

    @property
    def data(self) -> bytes:
        """Give the text as RE2 reads it."""
        if self._data is None:
            self._data = self.text.encode("utf-8", "replace")
        return self._data

    def character(self, byte: int) -> int:
        """Give the character at a byte."""
        if not self._marks:
            # Every 64th character's byte; between them a short stretch is decoded.
            position = 0
            for start in range(0, len(self.text), 64):
                self._marks.append(position)
                position += len(self.text[start : start + 64].encode("utf-8", "replace"))
        index = bisect_right(self._marks, byte) - 1
        return index * 64 + len(self.data[self._marks[index] : byte].decode("utf-8", "replace"))


class WordSubject(Subject):
    """The dictionary forms of a text, each with a space before and after it."""

    def __init__(self, words: Sequence[Morpheme], rules: Prefilter) -> None:
        self._words = words
        forms = " ".join([word.form.replace(" ", "") for word in words])
        super().__init__(f" {fold_kana(forms.casefold())} ", rules)

    def place(self, start: int, end: int) -> Tuple[int, int]:
        """Give the place in the text of the words that text[start:end] touches."""
        # A word's number is the number of spaces before its first letter; the one before the text is not its own.
        first = self.text.count(" ", 0, start + 1) - 1
        last = self.text.count(" ", 0, max(start + 1, end - 1)) - 1
        first, last = min(first, len(self._words) - 1), min(last, len(self._words) - 1)
        return self._words[first].start, max(self._words[last].end, self._words[first].start + 1)


class Stretch(NamedTuple):
    """Where a pattern matched: characters of the subject, end excluded."""

    start: int
    end: int


class Matcher:
    """Runs patterns, each piece compiled once and when it is first needed, and only where it can match."""

    def __init__(self) -> None:
        self._linear: Dict[str, re2._Regexp[bytes]] = {}
        self._quick: Dict[str, Optional[Pattern[str]]] = {}
        self._framed: Dict[Tuple[str, str], str] = {}

    def stretches(self, pieces: Iterable[str], subject: Subject) -> Iterator[Stretch]:
        """Give the matches of a pattern's pieces in a subject, at most MOST_HITS a piece, never an empty one."""
        for piece in pieces:
            quick = self._simple(piece) if len(subject.text) <= SHORT else None
            if quick is not None:
                for count, found in enumerate(quick.finditer(subject.text), start=1):
                    start, end = found.span()
                    if start < end:
                        yield Stretch(start, end)
                    if count == MOST_HITS:
                        break
                continue
            for count, match in enumerate(self._safe(piece).finditer(subject.data), start=1):
                start, end = match.span()
                if start < end:
                    yield Stretch(subject.character(start), subject.character(end))
                if count == MOST_HITS:
                    break

    def found(self, pieces: Iterable[str], text: str, frame: str = "{}") -> bool:
        """Whether one of a pattern's pieces matches in a text. Args: frame: what is put around each, as `^(?:{})`."""
        for piece in pieces:
            framed = self._in_frame(piece, frame)
            quick = self._simple(framed) if len(text) <= SHORT else None
            if (self._safe(framed) if quick is None else quick).search(text) is not None:
                return True
        return False

    def overlaps(self, pieces: Iterable[str], text: str, start: int, end: int) -> bool:
        """Whether a match of one of a pattern's pieces in a text touches text[start:end]."""
        for piece in pieces:
            quick = self._simple(piece) if len(text) <= SHORT else None
            for match in (self._safe(piece) if quick is None else quick).finditer(text):
                if match.start() < end and match.end() > start:
                    return True
        return False

    def _in_frame(self, piece: str, frame: str) -> str:
        # Not formatted each time: these are thousands of letters.
        return self._framed.get((frame, piece)) or self._framed.setdefault((frame, piece), frame.format(piece))

    def _safe(self, piece: str) -> re2._Regexp[bytes]:
        found = self._linear.get(piece)
        if found is None:
            found = self._linear[piece] = compiled(piece)
        return found

    def _simple(self, piece: str) -> Optional[Pattern[str]]:
        """Give a piece for the standard library; None where it isn't simple."""
        if piece not in self._quick:
            self._quick[piece] = re.compile(as_re(piece), re.ASCII) if is_simple(piece) else None
        return self._quick[piece]
