"""Checks of the training data: ``python -m handoff.data_lint``, part of ``make lint``.

A line that stands twice teaches twice; a line in two intents teaches nothing; a line of the evaluation sets makes its
figures worthless; a telephone number or address is somebody's. Each finding names file and line, never more than that
of a message.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.text import fold_kana, normalise

ROOT = Path(__file__).resolve().parent.parent
#: Shorter lines are words that anybody says (「つらい」); they can't be told from each other by likeness.
LEAST_LENGTH = 8
#: Dice's coefficient of character bigrams from which two lines are near copies.
NEAR = 0.85
PERSONAL = {
    "a telephone number": re.compile(r"0\d{1,4}-?\d{1,4}-?\d{3,4}(?!\d)"),
    "a mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a web address": re.compile(r"https?://"),
    "a LINE id": re.compile(r"\b[UCR][0-9a-f]{32}\b"),
    "an entity annotation": re.compile(r"\[[^\]]+\][({]"),
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """One training line. place: file and line; folded: letters alone, in one kana and one width."""

    intent: str
    place: str
    text: str
    folded: str


def fold(text: str) -> str:
    """What is left of a text when width, case, kana, spaces and punctuation don't count."""
    letters = fold_kana(normalise(text).text)
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] in "LN")


def read_utterances(folder: Path) -> Iterator[Utterance]:
    """The lines of every ``*.yml`` of a folder of Rasa's training data."""
    for path in sorted(folder.glob("*.yml")):
        intent = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            stripped = line.strip()
            if stripped.startswith("- intent:"):
                intent = stripped.removeprefix("- intent:").strip()
            elif stripped.startswith("- ") and intent:
                text = stripped[2:].strip()
                yield Utterance(intent, f"{path.name}:{number}", text, fold(text))


def read_evaluation(folder: Path) -> list[str]:
    """The folded texts of every ``*.jsonl`` of a folder; a message of several lines counts line by line as well."""
    texts: list[str] = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = str(json.loads(line)["text"])
            texts += [fold(part) for part in {text, *text.split("\n")}]
    return texts


def check(utterances: Sequence[Utterance], evaluation: Sequence[str]) -> list[str]:
    """Every finding as one line of text."""
    found: list[str] = []
    seen: dict[str, Utterance] = {}
    for one in utterances:
        if not one.folded:
            continue
        first = seen.setdefault(one.folded, one)
        if first is not one:
            what = "stands twice" if first.intent == one.intent else f"is {one.intent} here and {first.intent} there"
            found.append(f"{one.place}: {what}: {first.place}")
        found += [f"{one.place}: holds {what}" for what, pattern in PERSONAL.items() if pattern.search(one.text)]
    known = set(evaluation)
    found += [f"{one.place}: is a line of data/eval" for one in utterances if one.folded in known and one.folded]
    return found + _near_copies(utterances, evaluation)


def _near_copies(utterances: Sequence[Utterance], evaluation: Sequence[str]) -> list[str]:
    long = [(text, _bigrams(text)) for text in set(evaluation) if len(text) >= LEAST_LENGTH]
    found = []
    for one in utterances:
        if len(one.folded) < LEAST_LENGTH:
            continue
        mine = _bigrams(one.folded)
        for text, theirs in long:
            if one.folded != text and 2 * len(mine & theirs) / (len(mine) + len(theirs)) >= NEAR:
                found.append(f"{one.place}: is a near copy of a line of data/eval")
                break
    return found


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def main() -> int:
    """Print the findings; 1 where there is any."""
    found = check(list(read_utterances(ROOT / "data" / "nlu")), read_evaluation(ROOT / "data" / "eval"))
    for line in found:
        print(line)
    print(f"data: {len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
