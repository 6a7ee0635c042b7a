"""What the screen says of a message: level, categories, about whom, and the evidence in the original words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Tuple

from kernel.risk.levels import RANK


@dataclass(frozen=True)
class Evidence:
    """A stretch of the original text and the rule that it hit (`model` where the statistical model spoke).

    Attributes: start, end: code points of the original, end excluded; level: what this evidence alone gives.
    """

    start: int
    end: int
    text: str
    rule: str
    level: str


@dataclass(frozen=True)
class Assessment:
    """The screen's result for one message, or for several that were sent as one.

    Attributes:
        level: `none`, `concern`, `high` or `critical`.
        categories: the most urgent first; empty at `none`.
        about: `self`, `other` or `unknown` (no evidence).
        evidence: in the order of the text; keywords: the profile's own that were found, whatever the level.
        signs, suspects: of `kernel.risk.levels`, for the reply and the ladder.
        version: of lexicon and model.
    """

    level: str
    categories: Tuple[str, ...]
    about: str
    evidence: Tuple[Evidence, ...]
    keywords: Tuple[str, ...]
    signs: FrozenSet[str]
    suspects: FrozenSet[str]
    version: str

    @property
    def urgent(self) -> bool:
        """Whether a person has to look at once."""
        return RANK[self.level] >= RANK["high"]

    def as_json(self) -> Dict[str, Any]:
        """Give the form that is stored sealed and that `tsunagi risk` prints."""
        return {
            "level": self.level,
            "categories": list(self.categories),
            "about": self.about,
            "evidence": [
                {"start": one.start, "end": one.end, "text": one.text, "rule": one.rule, "level": one.level}
                for one in self.evidence
            ],
            "keywords": list(self.keywords),
            "signs": sorted(self.signs),
            "suspects": sorted(self.suspects),
            "version": self.version,
        }

    @classmethod
    def from_json(cls, value: Dict[str, Any]) -> Assessment:
        """Read what `as_json` gave."""
        return cls(
            value["level"],
            tuple(value["categories"]),
            value["about"],
            tuple(Evidence(**one) for one in value["evidence"]),
            tuple(value["keywords"]),
            frozenset(value["signs"]),
            frozenset(value["suspects"]),
            value["version"],
        )
