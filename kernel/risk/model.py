"""The statistical model: logistic regressions stored as plain numbers, for indirect words that no rule has.

It is evaluated by adding up numbers, one for each feature of a window of the text and one for each thing that the rules
say of it. Three outputs say whether it is at least *concern*, *high*, *critical*; others what it is about.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any, Dict, Iterable, Mapping, Sequence, Tuple

from kernel.risk.features import AROUND, BEGIN, END, LETTERS, SOUND, SOUNDS, WORD, bare, spoken, stretches
from kernel.risk.levels import CATEGORIES
from kernel.text.morphemes import Morpheme

#: The outputs of a feature's row, in their order.
RISK, HIGH, CRITICAL = OUTPUTS = range(3)


class ModelError(ValueError):
    """A model file that can't be used."""


@dataclass(frozen=True)
class Kind:
    """What a window is about. other: it speaks of another person."""

    category: str
    other: bool


@dataclass(frozen=True)
class Thresholds:
    """Scores of log odds. raised, high, critical: what a window's level needs; doubted, refuted: below these a rule's
    hit counts one level lower (*concern* at least), or two."""

    raised: float
    high: float
    critical: float
    doubted: float
    refuted: float


@dataclass(frozen=True)
class Numbers:
    """The model as it is stored; all weights are whole numbers, times `scale`.

    Attributes:
        features: three weights, one an output, of a feature; their sum is divided by the root of the number of a
            window's features.
        words: three weights of a word by its meaning (its vector's share in the regression); the mean over a window's
            words is taken.
        marks: three weights of what rules and modifiers say (`kernel.risk.screen`), added as they are.
        kinds: of a word: whether it is of another person, then one weight for each category.
        bias: as many numbers as a row of features has, then as many as one of kinds.
    """

    features: Mapping[str, Sequence[int]]
    words: Mapping[str, Sequence[int]]
    marks: Mapping[str, Sequence[int]]
    kinds: Mapping[str, Sequence[int]]
    bias: Sequence[float]
    thresholds: Thresholds
    scale: float
    version: str


class Model:
    """Adds up numbers."""

    def __init__(self, numbers: Numbers) -> None:
        self.thresholds, self.version = numbers.thresholds, numbers.version
        self._numbers = numbers
        self.sounds, self.forms, self.letters = (
            {name[len(prefix) :]: row for name, row in numbers.features.items() if belongs(name)}
            for prefix, belongs in (
                (SOUND, lambda name: name.startswith(SOUND)),
                (WORD, lambda name: name.startswith(WORD)),
                ("", lambda name: not name.startswith((SOUND, WORD))),
            )
        )
        self.meanings = numbers.words

    def log_odds(
        self, output: int, by_features: int, found: int, by_meaning: int, forms: int, marks: Iterable[str]
    ) -> float:
        """Give the log odds of an output from the sums of a window's weights and how many things they are sums over."""
        numbers = self._numbers
        by_marks = sum([numbers.marks[one][output] for one in marks if one in numbers.marks])
        total = by_features / math.sqrt(found or 1) + by_meaning / (forms or 1) + by_marks
        return numbers.bias[output] + total / numbers.scale

    def kind(self, forms: Sequence[str]) -> Kind:
        """Say what a window at risk is about. Args: forms: of its words."""
        numbers = self._numbers
        rows = [row for row in map(numbers.kinds.get, set(forms)) if row is not None]
        if not rows:
            return Kind("crisis", False)
        size = math.sqrt(len(rows)) * numbers.scale
        other, *scores = [bias + sum(column) / size for bias, column in zip(numbers.bias[len(OUTPUTS) :], zip(*rows))]
        return Kind(CATEGORIES[scores.index(max(scores))], other > 0)


class ModelReading:
    """A text whose windows can be scored fast: what is looked up once serves all of them.

    Args: words: of the whole text, in its order.
    """

    def __init__(self, model: Model, text: str, words: Sequence[Morpheme]) -> None:
        words = spoken(words)
        self._model, self._text, self._words = model, bare(text), words
        self._starts = [word.start for word in words]
        sounds = [word.sound for word in words]
        forms = [word.form for word in words]
        #: Where each word's sound begins.
        self._heard = [0, *accumulate(map(len, sounds))]
        self._letters = _Stretches(model.letters, self._text, LETTERS)
        self._sounds = _Stretches(model.sounds, "".join(sounds), SOUNDS)
        self._forms = _Row(model.forms, forms)
        self._meanings = _Row(model.meanings, forms)

    def score(self, output: int, start: int, end: int, marks: Iterable[str]) -> float:
        """Give the log odds of an output for text[start:end], the same as its features' weights make.

        Args: marks: what rules and modifiers say of it.
        """
        text = self._text
        while start < end and text[start] in AROUND:
            start += 1
        while end > start and text[end - 1] in AROUND:
            end -= 1
        first, last = self._inside(start, end)
        by_letters, letters = self._letters.total(output, start, end)
        by_sounds, sounds = self._sounds.total(output, self._heard[first], self._heard[last])
        total = by_letters + by_sounds + self._forms.total(output, first, last)
        meaning = self._meanings.total(output, first, last)
        return self._model.log_odds(output, total, letters + sounds + last - first, meaning, last - first, marks)

    def level(self, start: int, end: int, risk: float, marks: Sequence[str]) -> str:
        """Give the level of text[start:end]. Args: risk: its score of RISK, already known."""
        thresholds = self._model.thresholds
        if risk < thresholds.raised:
            return "none"
        if self.score(HIGH, start, end, marks) < thresholds.high:
            return "concern"
        return "high" if self.score(CRITICAL, start, end, marks) < thresholds.critical else "critical"

    def kind(self, start: int, end: int) -> Kind:
        """Say what text[start:end] is about."""
        first, last = self._inside(start, end)
        return self._model.kind([word.form for word in self._words[first:last]])

    def _inside(self, start: int, end: int) -> Tuple[int, int]:
        """Give which words lie wholly in text[start:end], the last one excluded."""
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, end, first)
        return first, last - 1 if last > first and self._words[last - 1].end > end else last


_Weights = Mapping[str, Sequence[int]]
_NOTHING = (0,) * len(OUTPUTS)
_OF = [itemgetter(output) for output in OUTPUTS]


class _Row:
    """The weights of things in a row, and the sums of those of RISK up to each of them: that one is always asked for."""

    def __init__(self, weights: _Weights, names: Sequence[str]) -> None:
        self._rows = list(map(weights.get, names, repeat(_NOTHING)))
        self._risk = [0, *accumulate(map(_OF[RISK], self._rows))]

    def total(self, output: int, start: int, end: int) -> int:
        """Give the sum of an output's weights from start to end, which is excluded."""
        return self._risk[end] - self._risk[start] if output == RISK else sum(map(_OF[output], self._rows[start:end]))


class _Stretches:
    """The stretches of a text of some lengths."""

    def __init__(self, weights: _Weights, text: str, lengths: Sequence[int]) -> None:
        self._weights, self._text = weights, text
        self._rows = [(length, _Row(weights, stretches(text, (length,)))) for length in lengths]

    def total(self, output: int, start: int, end: int) -> Tuple[int, int]:
        """Give the sum of an output's weights of the stretches of text[start:end], its borders included, and their
        number."""
        text, size, total, number = self._text, end - start, 0, 0
        weight = _OF[output]
        for length, row in self._rows:
            if size < length - 1:
                found = stretches(BEGIN + text[start:end] + END, (length,))
                number += len(found)
                total += sum(weight(self._weights.get(one, _NOTHING)) for one in found)
                continue
            number += size + 3 - length
            if size >= length:
                total += row.total(output, start, end - length + 1)
            total += weight(self._weights.get(BEGIN + text[start : start + length - 1], _NOTHING))
            total += weight(self._weights.get(text[end - length + 1 : end] + END, _NOTHING))
        return total, number


def read_model(path: Path) -> Model:
    """Read a model file. Raises: ModelError: it is missing, broken, or of another form."""
    try:
        content: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        # Tuples of whole numbers are nothing that the garbage collector has to look through.
        tables = {
            name: {key: tuple(row) for key, row in content.pop(name).items()}
            for name in ("features", "words", "marks", "kinds")
        }
        thresholds = Thresholds(**content.pop("thresholds"))
        given: Dict[str, Any] = {**tables, **content}
        numbers = Numbers(thresholds=thresholds, **given)
    except OSError as error:
        raise ModelError(f"{path.name}: {type(error).__name__}") from None
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path.name}: {type(error).__name__}") from None
    kinds = 1 + len(CATEGORIES)
    wrong = [
        name
        for name, table in tables.items()
        for row in table.values()
        if len(row) != (kinds if name == "kinds" else len(OUTPUTS))
    ]
    if wrong or len(numbers.bias) != len(OUTPUTS) + kinds:
        raise ModelError(f"{path.name}: not {len(OUTPUTS)} and {kinds} outputs")
    return Model(numbers)
