"""The figures of ``make eval``: counted as they say, and written as a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handoff.domain.understanding import TOPICS, Understanding, understand
from handoff.understanding_document import document
from handoff.understanding_eval import (
    ROLE_OF,
    SLOTS,
    TOPIC_OF,
    calibration_error,
    read,
    slot_figures,
    topic_figures,
    turn_figures,
)
from kernel.intake import Intake

EVAL = Path(__file__).resolve().parents[2] / "data" / "eval"


def found(topic: str, share: float = 0.9, *, intent: str = "", **told: object) -> Understanding:
    others = [name for name in TOPICS if name != topic][:2]
    topics = ((topic, share), *((name, (1 - share) / 2) for name in others))
    return Understanding(intent or topic, intent or topic, share, topics, Intake(**told))  # type: ignore[arg-type]


def test_topics_and_roles_are_counted_as_they_say() -> None:
    items = [
        {"topic": "いじめ", "role": "友人"},
        {"topic": "部活", "role": "本人", "also": ["先生"]},
        {"topic": "家庭", "role": "保護者"},
        {"topic": "家庭", "role": "本人"},
    ]
    heard = [
        found("bullying", role="friend"),
        found("teacher"),
        found("abuse", role="guardian"),
        found("family", intent="nlu_fallback"),
    ]
    figures = topic_figures(items, heard)
    assert (figures.lines, figures.right, figures.role, figures.unsure) == (4, 0.75, 1.0, 0.25)
    assert figures.per_topic["family"] == (2, 1, pytest.approx(2 / 3))
    assert figures.per_topic["club"] == (1, 1, 1.0), "another defensible topic counts as the line's own"
    assert figures.confused == [(("family", "abuse"), 1)]
    assert figures.third == 0.75
    assert figures.calibration == pytest.approx(0.15)


def test_facts_are_right_or_wrong_one_by_one_and_altogether() -> None:
    items = [{"age": 14, "grade": None, "school_type": None}, {"age": None, "grade": "中2", "school_type": "中学校"}]
    heard = [found("club", age=14), found("club", grade="中2", school_type="中学校", declined=True)]
    figures = slot_figures(items, heard)
    assert dict(figures.right) == {"age": 1, "grade": 1, "school_type": 1, "school_name": 1, "declined": 0.5}
    assert figures.exact == 0.5


def test_turns_are_counted_by_the_best_intent() -> None:
    figures = turn_figures([{"intent": "skip"}, {"intent": "stop"}], [found("club", intent="skip"), found("club")])
    assert (figures.right, figures.confused) == (0.5, [(("stop", "club"), 1)])


def test_calibration() -> None:
    assert calibration_error([0.95, 0.95], [True, False]) == pytest.approx(0.45)
    assert calibration_error([1.0, 0.05], [True, False]) == pytest.approx(0.025)


def test_the_page_holds_every_topic_and_the_goals() -> None:
    items = [{"topic": name, "role": "本人"} for name in TOPIC_OF]
    topics = topic_figures(items, [found(topic) for topic in TOPIC_OF.values()])
    slots = slot_figures([{"age": None}], [found("club")])
    turns = turn_figures([{"intent": "club"}], [found("club")])
    page = document({"intents_people": topics}, {"slots_people": slots}, {"turns_people": turns}, 12_345)
    assert all(f"| {topic} |" in page for topic in TOPICS)
    assert "12,345 training lines" in page
    assert "100.0 %" in page


def test_what_the_model_tells_besides_the_facts_does_no_harm() -> None:
    parsed = {"intent": "service", "confidence": 0.8, "ranking": [], "told": {"question": "cost", "age": 14}}
    heard = understand(parsed)
    assert (heard.intake.age, heard.best, heard.topics) == (14, "service", ())


def test_the_sets_are_large_and_use_the_labels() -> None:
    sets = {name: read(EVAL / f"{name}.jsonl") for name in ("intents_people", "slots_people", "turns_people")}
    assert sum(map(len, sets.values())) >= 300
    assert {item["topic"] for item in sets["intents_people"]} == set(TOPIC_OF)
    assert {item["role"] for item in sets["intents_people"]} <= set(ROLE_OF)
    assert all(len({json.dumps(item["text"]) for item in items}) == len(items) for items in sets.values())
    assert all(set(SLOTS) & set(item) for item in sets["slots_people"])
