"""Checks of what the risk screen is made of: its training lines, the lexicon's examples, and the age of its model.

No line of ``data/eval`` may be learnt or be an example of a rule, or the figures in ``docs/quality.md`` would praise a
good memory. Findings name file and line, or a rule, never a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from handoff.likeness import KnownLines, fold, read_evaluation
from kernel.risk.fingerprint import LINES, is_stale
from kernel.risk.levels import CATEGORIES, LEVELS
from kernel.risk.lexicon import Rule
from kernel.risk.lexicon_file import LexiconError, read_lexicon
from kernel.text import fold_kana, normalise

PERSONAL = {
    "a telephone number": re.compile(r"0\d{1,4}-?\d{1,4}-?\d{3,4}(?!\d)"),
    "a mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a web address": re.compile(r"https?://"),
    "a LINE id": re.compile(r"\b[UCR][0-9a-f]{32}\b"),
}
#: Letters up to which a rule's example may be a line of an evaluation set: no lexicon can do without しにたい.
EXAMPLE_LENGTH = 6
FIELDS = frozenset({"text", "level", "category", "about", "family"})
ABOUT = ("self", "other", "unknown")


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One training line. place: file and line; spoken: as the screen reads it; folded: letters alone."""

    place: str
    text: str
    level: str
    category: str
    about: str
    spoken: str
    folded: str

    @property
    def label(self) -> str:
        """What is learnt from it."""
        return f"{self.level} {self.category}"


def check_risk(root: Path) -> list[str]:
    """Every finding in a project's data for the risk screen."""
    found: list[str] = []
    lines = list(read_lines(root / LINES, found))
    known = KnownLines(read_evaluation(root / "data" / "eval"))
    found += check_lines(lines, known)
    try:
        found += check_examples(read_lexicon(root / "data" / "lexicon").rules, known)
    except LexiconError as error:
        found.append(f"data/lexicon: {error}")
    if is_stale(root):
        found.append(f"{LINES}/model.json: not of these lines and this code: make train を実行してください")
    return found


def read_lines(folder: Path, found: list[str]) -> Iterator[RiskLine]:
    """Give the lines of every ``*.jsonl`` of a folder that are of the right form; add the faults of others to found."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            place = f"{path.name}:{number}"
            fault, item = _item(line)
            if fault:
                found.append(f"{place}: {fault}")
            else:
                text = item["text"]
                spoken = fold_kana(normalise(text).text).strip()
                yield RiskLine(place, text, item["level"], item["category"], item["about"], spoken, fold(text))


def _item(line: str) -> tuple[str, dict[str, str]]:
    """Give a fault, or the fields of a line."""
    try:
        item = json.loads(line)
    except ValueError:
        return "is no JSON", {}
    if not isinstance(item, dict) or set(item) != FIELDS:
        return f"the fields must be {', '.join(sorted(FIELDS))}", {}
    for name, allowed in (("level", LEVELS), ("category", ("none", *CATEGORIES)), ("about", ABOUT)):
        if item[name] not in allowed:
            return f"{name} must be one of {', '.join(allowed)}", {}
    if any(not isinstance(item[name], str) or not item[name].strip() for name in ("text", "family")):
        return "text or family is empty", {}
    if (item["level"] == "none") != (item["category"] == "none"):
        return "level and category must both be none, or neither", {}
    if item["category"] == "third_party" and item["about"] != "other":
        return "third_party speaks of another person: about must be other", {}
    return "", item


def check_lines(lines: Sequence[RiskLine], evaluation: KnownLines) -> list[str]:
    """Doubles, contradictions, personal data and lines of the evaluation sets among the training lines."""
    found: list[str] = []
    same: dict[str, RiskLine] = {}
    alike: dict[str, RiskLine] = {}
    for one in lines:
        first, other = same.setdefault(one.spoken, one), alike.setdefault(one.folded or one.spoken, one)
        if first is not one:
            what = "stands twice" if first.label == one.label else f"is {one.label} here and {first.label} there"
            found.append(f"{one.place}: {what}: {first.place}")
        elif other.label != one.label:
            found.append(f"{one.place}: is {one.label} here and {other.label} there: {other.place}")
        found += [f"{one.place}: holds {what}" for what, pattern in PERSONAL.items() if pattern.search(one.text)]
        if evaluation.holds(one.folded):
            found.append(f"{one.place}: is a line of data/eval")
        elif evaluation.holds_near_copy(one.folded):
            found.append(f"{one.place}: is a near copy of a line of data/eval")
    return found


def check_examples(rules: Sequence[Rule], evaluation: KnownLines) -> list[str]:
    """Examples of rules that are lines of the evaluation sets, or nearly so."""
    found: list[str] = []
    for rule in rules:
        for name, examples in (("hits", rule.hits), ("misses", rule.misses)):
            for number, example in enumerate(examples, start=1):
                folded = fold(example)
                if len(folded) > EXAMPLE_LENGTH and evaluation.holds(folded):
                    found.append(f"data/lexicon: {rule.id}: {name} {number} is a line of data/eval")
                elif evaluation.holds_near_copy(folded):
                    found.append(f"data/lexicon: {rule.id}: {name} {number} is a near copy of a line of data/eval")
    return found
