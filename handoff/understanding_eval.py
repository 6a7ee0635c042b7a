"""How well messages are understood: topics, roles, facts and the turns of a conversation, on the sets in ``data/eval``.

Those lines are never trained on. A line's ``also`` topics count as right; a role that nobody told counts as the writer.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from handoff.domain.understanding import TOPICS, Understanding

#: The sets name topics and roles in Japanese.
TOPIC_OF: Final[Mapping[str, str]] = {
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
ROLE_OF: Final = {"本人": "self", "友人": "friend", "保護者": "guardian", "教職員": "teacher"}
SLOTS: Final = ("age", "grade", "school_type", "school_name", "declined")
#: Equal bins of confidence, over which it is compared with the share of right answers.
BINS: Final = 10
#: The goals of the project for sentences that nobody here has seen.
GOALS: Final = {"topic": 0.88, "macro_f1": 0.86, "role": 0.94, "slot": 0.96, "calibration": 0.08}

Item = Mapping[str, Any]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """One set's topics and roles; shares from 0 to 1.

    Attributes: right, third: the wanted topic is first, among the first three; macro_f1: mean over topics; calibration:
    expected error of the first topic's share; role: right roles; unsure: messages that the bot would ask back; per_topic:
    lines, right ones and F1 of each topic; confused, roles: wanted and found, with how often.
    """

    lines: int
    right: float
    third: float
    macro_f1: float
    calibration: float
    role: float
    unsure: float
    per_topic: Mapping[str, tuple[int, int, float]]
    confused: Sequence[tuple[Pair, int]]
    roles: Sequence[tuple[Pair, int]]


@dataclass(frozen=True, slots=True)
class SlotFigures:
    """One set's facts: share of lines right in each, and in all of them."""

    lines: int
    right: Mapping[str, float]
    exact: float


@dataclass(frozen=True, slots=True)
class TurnFigures:
    """One set's short turns: share of right intents, and those confused most."""

    lines: int
    right: float
    confused: Sequence[tuple[Pair, int]]


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def topic_figures(items: Sequence[Item], found: Sequence[Understanding]) -> TopicFigures:
    """Compare a set of ``topic`` and ``role`` with what was understood."""
    wanted = [[TOPIC_OF[name] for name in (item["topic"], *item.get("also", ()))] for item in items]
    best = [one.topics[0] if one.topics else ("", 0.0) for one in found]
    # What counts as right by ``also`` counts as the line's own topic.
    taken = [wants[0] if name in wants else name for wants, (name, _) in zip(wanted, best, strict=True)]
    truth = [wants[0] for wants in wanted]
    rights = [took == true for took, true in zip(taken, truth, strict=True)]
    roles = [(ROLE_OF[item["role"]], _role(one)) for item, one in zip(items, found, strict=True)]
    per_topic = {topic: _one_topic(topic, truth, taken) for topic in TOPICS}
    return TopicFigures(
        lines=len(items),
        right=_share(rights),
        third=_share(
            bool(set(wants) & {name for name, _ in one.topics}) for wants, one in zip(wanted, found, strict=True)
        ),
        macro_f1=sum(f1 for _, _, f1 in per_topic.values()) / len(per_topic),
        calibration=calibration_error([share for _, share in best], rights),
        role=_share(wants == got for wants, got in roles),
        unsure=_share(one.intent == "nlu_fallback" for one in found),
        per_topic=per_topic,
        confused=_confused(zip(truth, taken, strict=True)),
        roles=_confused(roles),
    )


def slot_figures(items: Sequence[Item], found: Sequence[Understanding]) -> SlotFigures:
    """Compare a set of facts with what was read."""
    rights = {slot: [_slot_is_right(slot, item, one) for item, one in zip(items, found, strict=True)] for slot in SLOTS}
    exact = [all(line) for line in zip(*rights.values(), strict=True)]
    return SlotFigures(len(items), {slot: _share(right) for slot, right in rights.items()}, _share(exact))


def turn_figures(items: Sequence[Item], found: Sequence[Understanding]) -> TurnFigures:
    """Compare a set of ``intent`` with the best intent, whether the bot would be sure of it or not."""
    pairs = [(str(item["intent"]), one.best) for item, one in zip(items, found, strict=True)]
    return TurnFigures(len(items), _share(wants == got for wants, got in pairs), _confused(pairs))


def calibration_error(shares: Sequence[float], rights: Sequence[bool]) -> float:
    """Expected calibration error: how far confidence is from the share of right answers, over equal bins."""
    places = [min(int(share * BINS), BINS - 1) for share in shares]
    error = 0.0
    for place in set(places):
        inside = [number for number, at in enumerate(places) if at == place]
        confidence, right = (sum(of[n] for n in inside) / len(inside) for of in (shares, rights))
        error += abs(confidence - right) * len(inside) / len(shares)
    return error


def _role(one: Understanding) -> str:
    """Nobody says 「わたしのことです」 at once: unknown counts as the writer."""
    return "self" if one.intake.role == "unknown" else one.intake.role


def _slot_is_right(slot: str, item: Item, one: Understanding) -> bool:
    wanted = item.get(slot, False if slot == "declined" else None)
    return bool(getattr(one.intake, slot) == wanted)


def _one_topic(topic: str, truth: Sequence[str], taken: Sequence[str]) -> tuple[int, int, float]:
    lines, found = truth.count(topic), list(taken).count(topic)
    right = sum(true == took == topic for true, took in zip(truth, taken, strict=True))
    return lines, right, 2 * right / (lines + found) if lines + found else 0.0


def _confused(pairs: Iterable[Pair], most: int = 12) -> Sequence[tuple[Pair, int]]:
    wrong = Counter(pair for pair in pairs if pair[0] != pair[1])
    return sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:most]


def _share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / len(counted) if counted else 0.0
