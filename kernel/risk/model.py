"""The statistical model: a logistic regression stored as plain numbers, for indirect words that no rule has.

It is evaluated by adding up numbers, one for each feature of a sentence. Three of its outputs say how likely the
sentence is at least *concern*, *high*, *critical*; one for each category says what it is about.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Sequence

from kernel.risk.levels import CATEGORIES, RANK


class ModelError(ValueError):
    """A model file that can't be used."""


@dataclass(frozen=True)
class Kind:
    """What a window is about. other: it speaks of another person."""

    category: str
    other: bool


#: The outputs, in the order of a row's numbers; the categories follow.
RISK, HIGH, CRITICAL, OTHER = range(4)


@dataclass(frozen=True)
class Numbers:
    """The model as it is stored; every row has one whole number an output.

    Outputs: RISK, that the words are more than calm; HIGH and CRITICAL, that they are at least that, if they are at
    risk at all; OTHER, that they speak of another person; then one for each category.

    Attributes:
        features: weight of a feature, times `scale`; the sum is divided by the root of the number of known features.
        words: score of a word by its meaning (its vector's share in the regression), times `scale`; the mean over all
            words of a window counts.
        bias: one number an output.
        thresholds: log odds: of RISK from which a window is raised, and from which it is surely at risk; of HIGH; of
            CRITICAL.
    """

    features: Mapping[str, Sequence[int]]
    words: Mapping[str, Sequence[int]]
    bias: Sequence[float]
    thresholds: Sequence[float]
    scale: float
    version: str


class Model:
    """Adds up numbers."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        # Most windows are calm, and are known to be by this one output.
        self._risk = {name: row[RISK] for name, row in numbers.features.items()}
        self._risk_of_words = {form: row[RISK] for form, row in numbers.words.items()}
        self.version = numbers.version

    def level(self, found: Sequence[str], forms: Sequence[str], known: str = "none") -> str:
        """Give a window's level.

        Args: found, forms: its features and the forms of its words; known: the level that rules gave in it; where they
        are sure of the risk, only its height is left to the model. A known level never makes the result lower.
        """
        raised, sure, high, critical = self._numbers.thresholds
        weights = [weight for weight in map(self._risk.get, found) if weight is not None]
        by_words = sum(self._risk_of_words[form] for form in forms if form in self._risk_of_words)
        by_features = sum(weights) / math.sqrt(len(weights) or 1)
        risk = self._numbers.bias[RISK] + (by_features + by_words / (len(forms) or 1)) / self._numbers.scale
        by_rule = RANK[known]
        if risk < raised and not by_rule:
            return "none"
        level = "concern" if risk >= raised else "none"
        at_risk = by_rule >= RANK["high"] or risk >= (raised if by_rule else sure)
        if not at_risk:
            return level
        rows = [self._numbers.features[one] for one in found if one in self._numbers.features]
        meanings = [self._numbers.words[form] for form in forms if form in self._numbers.words]
        if by_rule >= RANK["high"] or self._score(HIGH, rows, meanings, len(forms)) >= high:
            level = "high" if risk >= raised else level
            if self._score(CRITICAL, rows, meanings, len(forms)) >= critical:
                level = "critical"
        return level

    def kind(self, found: Sequence[str], forms: Sequence[str]) -> Kind:
        """Say what a window at risk is about."""
        rows = [self._numbers.features[one] for one in found if one in self._numbers.features]
        meanings = [self._numbers.words[form] for form in forms if form in self._numbers.words]
        scores = {name: self._score(OTHER + 1 + at, rows, meanings, len(forms)) for at, name in enumerate(CATEGORIES)}
        other = self._score(OTHER, rows, meanings, len(forms)) > 0
        return Kind(max(scores, key=scores.__getitem__), other)

    def _score(self, output: int, rows: Sequence[Sequence[int]], meanings: Sequence[Sequence[int]], size: int) -> float:
        """Give the log odds of an output. Args: size: number of the window's words."""
        numbers = self._numbers
        by_features = sum(row[output] for row in rows) / math.sqrt(len(rows) or 1)
        by_words = sum(row[output] for row in meanings) / (size or 1)
        return numbers.bias[output] + (by_features + by_words) / numbers.scale


OUTPUTS = OTHER + 1 + len(CATEGORIES)
THRESHOLDS = 4


def read_model(path: Path) -> Model:
    """Read a model file. Raises: ModelError: it is missing, broken, or of another form."""
    try:
        content: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        numbers = Numbers(**content)
        rows = (*numbers.features.values(), *numbers.words.values())
        whole = len(numbers.bias) == OUTPUTS and len(numbers.thresholds) == THRESHOLDS
        if not whole or any(len(row) != OUTPUTS for row in rows):
            raise ModelError(f"{path.name}: not {OUTPUTS} outputs")
    except OSError as error:
        raise ModelError(f"{path.name}: {type(error).__name__}") from None
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path.name}: {type(error).__name__}") from None
    return Model(numbers)
