"""Domain, rules and training data agree with each other and with the code."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.buttons import LEAVE, SKIP, TALK, Act, Topic

ROOT = Path(__file__).resolve().parents[3]
EVENTS = {
    *("event_follow", "event_sticker", "event_image", "event_video", "event_audio", "event_file", "event_location"),
    *("event_postback_talk", "event_postback_message", "event_unknown", "event_interrupt"),
}
MINE = {"conversation.yml": 11, "risk.yml": 4, "service.yml": 1, "chitchat.yml": 1}


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def examples(name: str) -> dict[str, list[str]]:
    return {
        entry["intent"]: [line.strip().removeprefix("- ") for line in entry["examples"].splitlines() if line.strip()]
        for entry in load(f"data/nlu/{name}")["nlu"]
    }


def intents() -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in load("domain.yml")["intents"]}


def test_the_domain_has_the_intents_of_the_code() -> None:
    acts = {act.value for act in Act} - {"topic"}
    assert intents() == acts | set(Topic) | EVENTS


@pytest.mark.parametrize("done", [False, True])
def test_the_rules_answer_every_intent(done: bool) -> None:
    covered: Counter[str] = Counter(["event_interrupt"])  # answered whether the intake is over or not
    for rule in load("data/rules/conversation.yml")["rules"]:
        conditions = [one for one in rule.get("condition", []) if "slot_was_set" in one]
        if not conditions or conditions[0]["slot_was_set"][0]["intake_done"] is not done:
            continue
        first = rule["steps"][0]
        covered.update(one["intent"] for one in first.get("or", [first]))
    assert set(covered) == intents()
    assert max(covered.values()) == 1


def test_the_interrupt_wins_over_every_form_whatever_else_holds() -> None:
    found = [rule for rule in load("data/rules/conversation.yml")["rules"] if "event_interrupt" in str(rule)]
    assert [(rule.get("condition"), rule["steps"]) for rule in found] == [
        (None, [{"intent": "event_interrupt"}, {"action": "action_deactivate_loop"}, {"active_loop": None}])
    ]
    slots = load("domain.yml")["slots"]
    told = {"type": "from_intent", "intent": "event_interrupt"}
    assert slots["intake_done"]["mappings"] == [{**told, "value": True}]
    assert slots["resumed"]["mappings"] == [{**told, "value": False}]


@pytest.mark.parametrize(("name", "count"), MINE.items())
def test_enough_utterances_of_every_intent(name: str, count: int) -> None:
    found = examples(name)
    assert len(found) == count
    assert {intent: len(texts) for intent, texts in found.items() if len(set(texts)) < 60} == {}


def test_no_utterance_stands_under_two_intents() -> None:
    owner: dict[str, str] = {}
    doubled = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for intent, texts in examples(path.name).items():
            for text in texts:
                folded = unicodedata.normalize("NFKC", text).casefold()
                if owner.setdefault(folded, intent) != intent:
                    doubled.append((text, owner[folded], intent))
    assert doubled == []


@pytest.mark.parametrize(("title", "intent"), [(SKIP, "skip"), (TALK, "ask_human"), (LEAVE, "leave_message")])
def test_the_models_learn_the_buttons_that_steer(title: str, intent: str) -> None:
    assert title in examples("conversation.yml")[intent]
