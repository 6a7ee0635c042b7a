"""When two lines are the same line, or so alike that learning one is knowing the other."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from kernel.text import fold_kana, normalise

#: Shorter lines are words that anybody says (「つらい」); they can't be told from each other by likeness.
LEAST_LENGTH = 8
#: Dice's coefficient of character bigrams from which two lines are near copies.
NEAR = 0.85


def fold(text: str) -> str:
    """What is left of a text when width, case, kana, spaces and punctuation don't count."""
    letters = fold_kana(normalise(text).text)
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] in "LN")


def read_evaluation(folder: Path, files: str = "*.jsonl") -> list[str]:
    """The folded texts of the evaluation sets; a message of several lines counts line by line as well."""
    texts: list[str] = []
    for path in sorted(folder.glob(files)):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = str(json.loads(line)["text"])
            texts += [fold(part) for part in {text, *text.split("\n")}]
    return texts


class KnownLines:
    """Lines that others are compared with; finds a near copy without comparing all with all."""

    def __init__(self, folded: Iterable[str]) -> None:
        self._same = {text for text in folded if text}
        self._texts = sorted(text for text in self._same if len(text) >= LEAST_LENGTH)
        self._sizes = [len(_bigrams(text)) for text in self._texts]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            for bigram in _bigrams(text):
                self._holding[bigram].append(number)

    def holds(self, folded: str) -> bool:
        """Whether this very line is among them."""
        return folded in self._same

    def holds_near_copy(self, folded: str) -> bool:
        """Whether a line is among them that is nearly this one, but not this one itself."""
        if len(folded) < LEAST_LENGTH:
            return False
        mine = _bigrams(folded)
        shared = Counter(number for bigram in mine for number in self._holding.get(bigram, ()))
        return any(
            2 * count / (len(mine) + self._sizes[number]) >= NEAR and self._texts[number] != folded
            for number, count in shared.items()
        )


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))
