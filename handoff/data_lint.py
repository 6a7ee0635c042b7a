"""Checks of the training data: ``python -m handoff.data_lint``, part of ``make lint``.

A line that stands twice teaches twice; a line in two intents teaches nothing; a line of the evaluation sets makes its
figures worthless; a telephone number or address is somebody's. Each finding names file and line, never more than that
of a message. What belongs to the risk screen is in ``handoff.risk_lint``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from handoff.likeness import KnownLines, fold, read_evaluation
from handoff.risk_lint import PERSONAL, check_risk

ROOT = Path(__file__).resolve().parent.parent
#: Letters up to which a line of the risk sets or of the short turns may stand here as well: 「もうやだ」 and 「わかりません」
#: are what anybody says.
COMMON_LENGTH = 6
#: Sets whose shortest lines are such words.
_COMMON = ("risk_*.jsonl", "turns_*.jsonl")
_ANNOTATION = re.compile(r"\[[^\]]+\][({]")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One training line. place: file and line; folded: letters alone, in one kana and one width."""

    intent: str
    place: str
    text: str
    folded: str


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


def read_what_may_not_be_learnt(folder: Path) -> list[str]:
    """The folded lines of the evaluation sets, but for words that anybody says."""
    common = [path for pattern in _COMMON for path in folder.glob(pattern)]
    rest = [path for path in folder.glob("*.jsonl") if path not in common]
    long = (text for path in common for text in read_evaluation(folder, path.name) if len(text) > COMMON_LENGTH)
    return [*(text for path in rest for text in read_evaluation(folder, path.name)), *long]


def check(utterances: Sequence[Utterance], evaluation: Sequence[str]) -> list[str]:
    """Every finding as one line of text."""
    found: list[str] = []
    seen: dict[str, Utterance] = {}
    known = KnownLines(evaluation)
    patterns = PERSONAL | {"an entity annotation": _ANNOTATION}
    for one in utterances:
        if not one.folded:
            continue
        first = seen.setdefault(one.folded, one)
        if first is not one:
            what = "stands twice" if first.intent == one.intent else f"is {one.intent} here and {first.intent} there"
            found.append(f"{one.place}: {what}: {first.place}")
        found += [f"{one.place}: holds {what}" for what, pattern in patterns.items() if pattern.search(one.text)]
        if known.holds(one.folded):
            found.append(f"{one.place}: is a line of data/eval")
        elif known.holds_near_copy(one.folded):
            found.append(f"{one.place}: is a near copy of a line of data/eval")
    return found


def main() -> int:
    """Print the findings; 1 where there is any."""
    data = ROOT / "data"
    found = check(list(read_utterances(data / "nlu")), read_what_may_not_be_learnt(data / "eval"))
    found += check_risk(ROOT)
    for line in found:
        print(line)
    print(f"data: {len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
