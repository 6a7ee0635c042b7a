"""docs/understanding.md: what ``make eval`` measured of the understanding of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from handoff.understanding_eval import GOALS, TOPIC_OF, Pair, SlotFigures, TopicFigures, TurnFigures

_LABEL: Final = {code: label for label, code in TOPIC_OF.items()}
_HEAD: Final = """\
# わかる力 / How well messages are understood

This page is written by `make eval`. Which model answers and why: [ADR 6](adr/0006-classifier.md); how to make it better:
[trainers.md](trainers.md).
"""
_TAIL: Final = """\
## 読みかた / How to read this

- No line of these sets is trained on: `make lint` refuses one, or a near copy of one, in `data/nlu` and `data/risk`; only
  words of up to six letters that anybody says (はい, わかりません) may stand in both.
- `intents_dev` and `slots_dev` have been read by those who write rules and data; the sets called *people* have not, they were
  written by somebody who saw neither.
- A line's other defensible topics (`also`) count as right. A role that no word tells counts as the writer's own.
- *Calibration*: how far the share that the first topic gets is from how often it is right, over ten bins.
- These are written sentences, not a sample of what students send; a few hundred lines tell a difference of several points.
"""


def document(
    topics: Mapping[str, TopicFigures], slots: Mapping[str, SlotFigures], turns: Mapping[str, TurnFigures], lines: int
) -> str:
    """The page, from figures by the name of their set; ``lines``: of training data."""
    parts = [_HEAD, f"{lines:,} training lines.\n", *_topics(topics), *_slots(slots), *_turns(turns), _TAIL]
    return "\n".join(parts)


def _topics(sets: Mapping[str, TopicFigures]) -> Iterable[str]:
    yield "## 話題とだれが書いたか / Topics and roles\n"
    rows = [
        ("lines", *(f"{one.lines}" for one in sets.values())),
        (f"topic right, of 14 (goal ≥ {_percent(GOALS['topic'])})", *(_percent(one.right) for one in sets.values())),
        ("among the first three", *(_percent(one.third) for one in sets.values())),
        (f"macro-F1 (goal ≥ {GOALS['macro_f1']:.2f})", *(f"{one.macro_f1:.3f}" for one in sets.values())),
        (
            f"calibration error (goal ≤ {GOALS['calibration']:.2f})",
            *(f"{one.calibration:.3f}" for one in sets.values()),
        ),
        (f"role right, of 4 (goal ≥ {_percent(GOALS['role'])})", *(_percent(one.role) for one in sets.values())),
        ("the bot would ask back", *(_percent(one.unsure) for one in sets.values())),
    ]
    yield _table(("", *(f"`{name}`" for name in sets)), rows)
    name, last = list(sets.items())[-1]
    yield f"Each topic on `{name}`:\n"
    yield _table(
        ("topic", "", "lines", "right", "F1"),
        [
            (topic, _LABEL[topic], str(lines), _percent(right / lines if lines else 0), f"{f1:.2f}")
            for topic, (lines, right, f1) in last.per_topic.items()
        ],
    )
    yield f"The worst confusions on `{name}`: {_pairs(last.confused)}.\n"
    yield f"Roles: {_pairs(last.roles)}.\n"


def _slots(sets: Mapping[str, SlotFigures]) -> Iterable[str]:
    yield "## 学年・年齢・学校 / Facts told in passing\n"
    rows = [("lines", *(str(one.lines) for one in sets.values()))]
    rows += [(slot, *(_percent(one.right[slot]) for one in sets.values())) for slot in next(iter(sets.values())).right]
    rows.append(("all of them", *(_percent(one.exact) for one in sets.values())))
    yield _table((f"right (goal ≥ {_percent(GOALS['slot'])} each)", *(f"`{name}`" for name in sets)), rows)


def _turns(sets: Mapping[str, TurnFigures]) -> Iterable[str]:
    yield "## 会話のやりとり / The turns of a conversation\n"
    for name, one in sets.items():
        yield f"`{name}`: {_percent(one.right)} of {one.lines} have the wanted intent of {_INTENTS}."
        yield f"The worst confusions: {_pairs(one.confused)}.\n"


_INTENTS: Final = "all that are trained"


def _pairs(pairs: Sequence[tuple[Pair, int]]) -> str:
    return ", ".join(f"{number} × {wanted} taken for {found}" for (wanted, found), number in pairs) or "none"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
