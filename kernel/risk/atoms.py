"""What letters a pattern can't match without, so that most patterns need not be run at all.

A pattern's syntax tree (the standard library's parser knows all of the syntax that RE2 has and we use) gives clauses:
of each of them one text stands in everything that the pattern matches. A pattern without any is always run.
"""

from __future__ import annotations

import importlib
import itertools
import re
import sys
from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple

import ahocorasick

#: The standard library's own parser; it moved when Python 3.11 came.
parser = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

#: More texts than this are not kept apart; the shorter ones before them do.
MOST_ATOMS = 400
#: Letters in a class that are still looked at one by one.
LARGEST_CLASS = 24
#: Clauses of one piece that are looked at.
MOST_CLAUSES = 4
#: Ways to cut the repeats of a piece that a backtracking engine may have to try.
MOST_WAYS = 10_000
#: As how many ways a repeat without a limit counts.
UNLIMITED = 32

Texts = Set[str]
#: What says something else in a pattern than the letter that it is.
_SYNTAX = re.compile(r"[][\\^$.|?*+(){}]")
_HIRAGANA = re.compile("[ぁ-ゖ]+")
#: What the automaton holds at a match, beside where that ends.
_HELD = itemgetter(1)


def _exact(node: Any) -> Optional[Texts]:
    """Give all texts that a node matches, None where they are too many to list."""
    kind, value = node[0].name, node[1]
    if kind == "LITERAL":
        return {chr(value)}
    if kind == "IN":
        return _letters(value)
    if kind == "SUBPATTERN":
        return _all_of(list(value[-1]))
    if kind == "BRANCH":
        found: Texts = set()
        for branch in value[1]:
            texts = _all_of(list(branch))
            if texts is None:
                return None
            found |= texts
        return found if len(found) <= MOST_ATOMS else None
    if kind in ("MAX_REPEAT", "MIN_REPEAT") and value[1] == 1:
        once = _all_of(list(value[2]))
        return None if once is None else once | {""} if value[0] == 0 else once
    if kind == "AT":
        return {""}
    return None


def _letters(items: Sequence[Any]) -> Optional[Texts]:
    found: Texts = set()
    for item in items:
        kind, value = item[0].name, item[1]
        if kind == "LITERAL":
            found.add(chr(value))
        elif kind == "RANGE" and value[1] - value[0] < LARGEST_CLASS:
            found |= {chr(code) for code in range(value[0], value[1] + 1)}
        else:
            return None
    return found if len(found) <= LARGEST_CLASS else None


def _all_of(nodes: List[Any]) -> Optional[Texts]:
    found: Texts = {""}
    #: Letters one after the other, put to the texts at once.
    letters = ""
    for node in nodes:
        if node[0] is parser.LITERAL:
            letters += chr(node[1])
            continue
        texts = _exact(node)
        if texts is None or len(found) * len(texts) > MOST_ATOMS:
            return None
        found, letters = {first + letters + second for first, second in product(found, texts)}, ""
    return {first + letters for first in found} if letters else found


def _clauses(nodes: List[Any]) -> List[Texts]:
    """Give what a sequence can't match without: of each of these one text has to stand in it."""
    found: List[Texts] = []
    run: Texts = {""}
    letters = ""
    for node in nodes:
        if node[0] is parser.LITERAL:
            letters += chr(node[1])
            continue
        if letters:
            run, letters = {first + letters for first in run}, ""
        texts = _exact(node)
        if texts is not None and len(run) * len(texts) <= MOST_ATOMS:
            run = {first + second for first, second in product(run, texts)}
            continue
        found.append(run)
        run = {""} if texts is None else texts
        if texts is None:
            found += _inner(node)
    found.append({first + letters for first in run})
    return [one for one in found if one and "" not in one]


def _inner(node: Any) -> List[Texts]:
    """Give what a node itself can't match without."""
    kind, value = node[0].name, node[1]
    if kind == "SUBPATTERN":
        return _clauses(list(value[-1]))
    if kind == "BRANCH":
        union: Texts = set()
        for branch in value[1]:
            texts = _best(_clauses(list(branch)))
            if texts is None:
                return []
            union |= texts
        return [union]
    if kind in ("MAX_REPEAT", "MIN_REPEAT") and value[0] >= 1:
        return _clauses(list(value[2]))
    return []


def _best(clauses: List[Texts]) -> Optional[Texts]:
    return min(clauses, key=_worth, default=None)


def _worth(clause: Texts) -> Tuple[int, int]:
    """Long texts, kanji and few of them tell most."""
    return -min(map(_rarity, clause)), len(clause)


def _rarity(text: str) -> int:
    return len(text) + len(_HIRAGANA.sub("", text))


def _needed(piece: str) -> List[Texts]:
    """Give the clauses of a piece that tell most, the best of them first."""
    plain = piece.removeprefix("(?m)")
    if plain and _SYNTAX.search(plain) is None:
        # Half of all pieces are plain words; the parser would say the same.
        return [{plain}]
    clauses = sorted(_clauses(list(parser.parse(piece))), key=_worth)
    # One letter alone is met in every other text; it only counts where there is nothing better.
    return [one for one in clauses if min(map(len, one)) > 1][:MOST_CLAUSES] or clauses[:1]


def pieces(pattern: str) -> List[str]:
    """Cut a pattern at the bars that stand in no bracket: each piece alone is run where only it can match."""
    flags = "(?m)" if pattern.startswith("(?m)") else ""
    found, depth, start, index = [], 0, len(flags), len(flags)
    while index < len(pattern):
        letter = pattern[index]
        if letter == "\\":
            index += 1
        elif letter == "[":
            index = pattern.index("]", index + 2)
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "|" and depth == 0:
            found.append(flags + pattern[start:index])
            start = index + 1
        index += 1
    return [*found, flags + pattern[start:]]


def as_re(piece: str) -> str:
    """Give a piece as the standard library has to be told it to match as RE2 does: there $ is the very end of the text,
    and \\s no vertical tab."""
    whole_lines = piece.startswith("(?m)")
    found: List[str] = []
    index, in_class = 0, False
    while index < len(piece):
        letter = piece[index]
        if letter == "\\":
            pair = piece[index : index + 2]
            space = " \\t\\n\\f\\r"
            found.append((space if in_class else f"[{space}]") if pair == "\\s" else pair)
            index += 2
            continue
        if letter == "[" and not in_class:
            in_class = True
        elif letter == "]" and in_class:
            in_class = False
        found.append("\\Z" if letter == "$" and not in_class and not whole_lines else letter)
        index += 1
    return "".join(found)


def is_simple(piece: str) -> bool:
    """Whether a backtracking engine can't lose its way in a short text with this piece: nothing longer than a letter
    is repeated, and the repeats together can be cut in few ways."""
    return 0 < _ways(list(parser.parse(piece))) <= MOST_WAYS


def _ways(nodes: List[Any]) -> int:
    """Give in how many ways the repeats of a sequence can be cut; 0 where it can't be told."""
    ways = 1
    for node in nodes:
        kind, value = node[0].name, node[1]
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, body = value
            inner = _ways(list(body))
            if most == 1:
                ways *= inner
            else:
                single = len(body) == 1 and next(iter(body))[0].name in ("IN", "LITERAL", "NOT_LITERAL", "ANY")
                ways *= min(int(most), UNLIMITED + least) - least + 1 if single else 0
        elif kind == "SUBPATTERN":
            ways *= _ways(list(value[-1]))
        elif kind == "BRANCH":
            branches = [_ways(list(branch)) for branch in value[1]]
            ways *= max(branches) if min(branches) > 0 else 0
    return ways


@dataclass(frozen=True)
class Piece:
    """A piece of a pattern. others: of each of these one text has to stand in what it matches, besides the one that
    it is found by."""

    pattern: str
    text: str
    others: Tuple[FrozenSet[str], ...]


class Prefilter:
    """Tells from a text's letters which of many patterns can match in it, and which of their pieces."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.pieces: List[Piece] = []
        self._always: List[int] = []
        #: By each text the pieces that are found by it; a text that only others ask for has none.
        holders: Dict[str, List[int]] = {}
        for pattern in sorted(set(patterns)):
            for text in pieces(pattern):
                clauses = _needed(text)
                number = len(self.pieces)
                self.pieces.append(Piece(pattern, text, tuple(map(frozenset, clauses[1:]))))
                if not clauses:
                    self._always.append(number)
                for atom in clauses[0] if clauses else ():
                    holders.setdefault(atom, []).append(number)
                for atom in itertools.chain.from_iterable(clauses[1:]):
                    holders.setdefault(atom, [])
        self._automaton = ahocorasick.Automaton()
        for atom, found in holders.items():
            self._automaton.add_word(atom, (atom, found))
        self._automaton.make_automaton()
        self.is_empty = not holders

    def possible(self, text: str) -> Dict[str, List[str]]:
        """Give the patterns that can match somewhere in a text, each with those of its pieces that can."""
        if self.is_empty:
            met: Set[str] = set()
            numbers = set(self._always)
        else:
            found = dict(map(_HELD, self._automaton.iter(text)))
            met, numbers = set(found), set().union(self._always, *found.values())
        possible: Dict[str, List[str]] = {}
        for number in numbers:
            piece = self.pieces[number]
            for clause in piece.others:
                if clause.isdisjoint(met):
                    break
            else:
                possible.setdefault(piece.pattern, []).append(piece.text)
        return possible
