"""``make eval``: how well risk is seen and messages are understood, on the sets in ``data/eval/``.

Those lines are never trained on. The figures are for comparing two versions, not for promising anything. The risk
screen's part (``handoff.risk_quality``) needs no Rasa, and comes first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from handoff import risk_quality
from handoff.domain.understanding import Understanding
from handoff.parse_command import understand_all
from handoff.settings import ROOT, Settings

EVAL = ROOT / "data" / "eval"
#: The sets name topics and roles in Japanese.
TOPICS = {
    "いじめ": "bullying",
    "不登校": "truancy",
    "友人関係": "friends",
    "学習・進路": "study",
    "家庭": "family",
    "虐待": "abuse",
    "性・からだ": "body",
    "恋愛": "romance",
    "ネットトラブル": "net_trouble",
    "部活": "club",
    "先生": "teacher",
    "心身の不調": "health",
    "雑談・いたずら": "chitchat",
    "サービスへの質問": "service",
}
ROLES = {"本人": "self", "友人": "friend", "保護者": "guardian", "教職員": "teacher"}
SLOTS = ("age", "grade", "school_type", "school_name", "declined")


#: Characters that the risk screen's table needs.
_WIDTH = 125


async def evaluate(settings: Settings, risk_only: bool = False) -> int:
    """Print the figures and write docs/quality.md; the exit code is 0 (a figure is no test)."""
    terminal = Console(highlight=False)
    risk_quality.run(terminal if terminal.width >= _WIDTH else Console(highlight=False, width=_WIDTH))
    if risk_only:
        return 0
    intents, slots = _read(EVAL / "intents_dev.jsonl"), _read(EVAL / "slots_dev.jsonl")
    found = await understand_all(settings, [item["text"] for item in (*intents, *slots)])
    _topics_and_roles(intents, found[: len(intents)])
    _slots(slots, found[len(intents) :])
    return 0


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _topics_and_roles(items: Sequence[dict[str, Any]], found: Sequence[Understanding]) -> None:
    rights, firsts, wrong = [], [], Counter[tuple[str, str]]()
    for item, one in zip(items, found, strict=True):
        wanted = {TOPICS[name] for name in [item["topic"], *item.get("also", [])]}
        best, share = one.topics[0]
        firsts.append(best in wanted)
        rights.append((share, best in wanted))
        if best not in wanted:
            wrong[TOPICS[item["topic"]], best] += 1
    thirds = [
        bool({TOPICS[item["topic"]], *(TOPICS[name] for name in item.get("also", []))} & {n for n, _ in one.topics})
        for item, one in zip(items, found, strict=True)
    ]
    # Nobody says 「わたしのことです」 at once: unknown counts as the writer.
    roles = [
        ("self" if one.intake.role == "unknown" else one.intake.role) == ROLES[item["role"]]
        for item, one in zip(items, found, strict=True)
    ]
    print(f"topics   {_share(firsts)}   top 3 {_share(thirds)}   calibration error {_calibration(rights):.3f}")
    print(f"roles    {_share(roles)}")
    for (wanted_topic, best), number in wrong.most_common(8):
        print(f"         {number} × {wanted_topic} taken for {best}")


def _slots(items: Sequence[dict[str, Any]], found: Sequence[Understanding]) -> None:
    for slot in SLOTS:
        right = [
            getattr(one.intake, slot) == item.get(slot, False if slot == "declined" else None)
            for item, one in zip(items, found, strict=True)
        ]
        print(f"{slot:12} {_share(right)}")


def _share(right: Iterable[bool]) -> str:
    counted = list(right)
    return f"{sum(counted) / len(counted):.3f} ({sum(counted)}/{len(counted)})"


def _calibration(rights: Sequence[tuple[float, bool]], bins: int = 5) -> float:
    """Expected calibration error: how far confidence is from the share of right answers, over equal bins."""
    error = 0.0
    for number in range(bins):
        inside = [(c, r) for c, r in rights if number / bins < c <= (number + 1) / bins]
        if inside:
            confidence = sum(c for c, _ in inside) / len(inside)
            error += abs(confidence - sum(r for _, r in inside) / len(inside)) * len(inside) / len(rights)
    return error
