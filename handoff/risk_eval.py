"""How well the risk screen finds what it is for, on the sets ``data/eval/risk_*.jsonl``.

Every line has the level that its author gave it, and in ``also`` the levels that a careful reader could defend. A figure
counts those as right; beside it stands the strict one, which doesn't, and what a plain match of Hokkaido's 14 keywords
(HOK-5.4) finds when every match counts as high. Lines themselves are never told, only counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handoff.adapters.profiles import load_profile
from handoff.settings import ROOT
from kernel.risk.levels import CATEGORIES, RANK
from kernel.risk.screen import RiskScreen

EVAL = ROOT / "data" / "eval"
#: The profile whose keywords are the peer.
PEER = ROOT / "data" / "profiles" / "hokkaido.yml"
#: The set that the rules' writers have read; every other one is held out.
SEEN = "risk_dev"
NONE, CONCERN, HIGH, CRITICAL = range(4)


@dataclass(frozen=True, slots=True)
class Judged:
    """One line, its author's opinion and what was found. Levels are ranks (``kernel.risk.levels``).

    Attributes: allowed: the author's level and those of ``also``; categories: what the screen named; by_words: what
    the peer says, HIGH or NONE.
    """

    level: int
    allowed: frozenset[int]
    category: str
    found: int
    categories: tuple[str, ...]
    by_words: int

    @property
    def urgent(self) -> bool:
        """Whether its author calls it high or critical."""
        return self.level >= HIGH

    @property
    def has_word(self) -> bool:
        """Whether it holds one of the peer's keywords, and so looks dangerous."""
        return self.by_words > NONE


Asked = Callable[[Judged], bool]


@dataclass(frozen=True, slots=True)
class Share:
    """right of total."""

    right: int
    total: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None where there is nothing to count."""
        return self.right / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One question to a set, answered three times. goal: at least this (``wanted``), or at most; None: no goal."""

    name: str
    screen: Share
    strict: Share
    words: Share
    goal: float | None
    wanted: bool

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none, or nothing to count."""
        value = self.screen.value
        if self.goal is None or value is None:
            return None
        return value >= self.goal if self.wanted else value <= self.goal


@dataclass(frozen=True, slots=True)
class _Question:
    """Of the lines asked for, how many are ranked at this level or above. wanted: they should be."""

    name: str
    of: Asked
    rank: int
    wanted: bool
    goal: float | None = None


def _calm(one: Judged) -> bool:
    return one.level == NONE


def _calm_with_word(one: Judged) -> bool:
    return one.level == NONE and one.has_word


def _calm_without_word(one: Judged) -> bool:
    return one.level == NONE and not one.has_word


def _of_level(level: int) -> Asked:
    return lambda one: one.level == level


#: The questions with goals first; the names are those of docs/quality.md.
QUESTIONS = {
    "seen": _Question("urgent lines seen at all", lambda one: one.urgent, CONCERN, True, 0.98),
    "ranked": _Question("urgent lines ranked high or critical", lambda one: one.urgent, HIGH, True, 0.93),
    "critical": _Question("critical lines ranked critical", _of_level(CRITICAL), CRITICAL, True, 0.88),
    "calm_high": _Question("calm lines raised to high or critical", _calm, HIGH, False, 0.02),
    "calm_raised": _Question("calm lines raised at all", _calm, CONCERN, False, 0.08),
    "concern": _Question("lines of concern seen at all", _of_level(CONCERN), CONCERN, True),
    "concern_high": _Question("lines of concern raised to high or critical", _of_level(CONCERN), HIGH, False),
    "high_critical": _Question("high lines raised to critical", _of_level(HIGH), CRITICAL, False),
    "word_high": _Question("calm, with a keyword: raised to high or critical", _calm_with_word, HIGH, False),
    "word_raised": _Question("calm, with a keyword: raised at all", _calm_with_word, CONCERN, False),
    "plain_high": _Question("calm, without a keyword: raised to high or critical", _calm_without_word, HIGH, False),
    "plain_raised": _Question("calm, without a keyword: raised at all", _calm_without_word, CONCERN, False),
}


def read_sets(folder: Path = EVAL) -> dict[str, list[dict[str, Any]]]:
    """The sets by name, the seen one first."""
    paths = sorted(folder.glob("risk_*.jsonl"), key=lambda path: (path.stem != SEEN, path.stem))
    return {
        path.stem: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for path in paths
    }


def peer_keywords() -> tuple[str, ...]:
    """Hokkaido's 14 keywords."""
    return load_profile(PEER).keywords or ()


def judge(screen: RiskScreen, lines: Sequence[dict[str, Any]], keywords: Sequence[str]) -> list[Judged]:
    """Screen every line of a set; a message of several lines is read as sent at once."""
    judged = []
    for line in lines:
        text: str = line["text"]
        found = screen.assess(text)
        level = RANK[line["level"]]
        allowed = frozenset({level, *(RANK[name] for name in line.get("also") or ())})
        by_words = HIGH if any(word in text for word in keywords) else NONE
        judged.append(Judged(level, allowed, line["category"], RANK[found.level], found.categories, by_words))
    return judged


def figures(judged: Sequence[Judged]) -> dict[str, Figure]:
    """The answers to all questions, by their short names."""
    return {key: _answered(question, judged) for key, question in QUESTIONS.items()}


def _answered(question: _Question, judged: Sequence[Judged]) -> Figure:
    asked = [one for one in judged if question.of(one)]

    def share(found: Callable[[Judged], int], lenient: bool) -> Share:
        right = 0
        for one in asked:
            reached = found(one) >= question.rank
            if lenient and found(one) in one.allowed:
                reached = question.wanted
            right += reached
        return Share(right, len(asked))

    return Figure(
        question.name,
        share(lambda one: one.found, True),
        share(lambda one: one.found, False),
        share(lambda one: one.by_words, True),
        question.goal,
        question.wanted,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One category's urgent lines. named: the category is among those that the screen gives; words: the peer's share."""

    category: str
    seen: Share
    ranked: Share
    critical: Share
    named: Share
    words: Share


def by_category(judged: Sequence[Judged]) -> list[Row]:
    """The rows of the categories that have urgent lines."""
    rows = []
    for category in CATEGORIES:
        own = [one for one in judged if one.category == category and one.urgent]
        if own:
            found = figures(own)
            named = Share(sum(category in one.categories for one in own), len(own))
            seen = found["seen"]
            rows.append(Row(category, seen.screen, found["ranked"].screen, found["critical"].screen, named, seen.words))
    return rows
