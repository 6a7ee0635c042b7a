"""Domain, rules and training data agree with each other and with the code."""

from __future__ import annotations

import re
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
#: Intents that are told apart from the topics by short messages.
SMALL = {
    *("greet", "thanks", "affirm", "deny", "unsure", "skip", "ask_human", "leave_message", "stop", "start_over"),
    *("inform", "about_self", "about_friend", "about_child", "about_pupil", "out_of_area", "silence", "quiet_hours"),
    *("prank", "report", "risk_wish", "risk_no_wish", "risk_unsure", "cannot_phone"),
}


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def examples(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {entry["intent"]: [] for entry in load(f"data/nlu/{name}")["nlu"]}
    for entry in load(f"data/nlu/{name}")["nlu"]:
        found[entry["intent"]] += [line.strip()[2:] for line in entry["examples"].splitlines() if line.strip()]
    return found


def families() -> Counter[str]:
    """Phrase families of each intent: a block of examples is one."""
    return Counter(
        entry["intent"]
        for path in (ROOT / "data" / "nlu").glob("*.yml")
        for entry in load(f"data/nlu/{path.name}")["nlu"]
    )


def utterances() -> dict[str, list[str]]:
    whole: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for intent, texts in examples(path.name).items():
            whole.setdefault(intent, []).extend(texts)
    return whole


def intents() -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in load("domain.yml")["intents"]}


def test_the_domain_has_the_intents_of_the_code() -> None:
    acts = {act.value for act in Act} - {"topic"}
    assert intents() == acts | set(Topic) | EVENTS


@pytest.mark.parametrize(
    ("done", "procedure", "report"),
    [(False, False, False), (True, False, False), (True, True, False), (True, False, True)],
)
def test_the_rules_answer_every_intent(done: bool, procedure: bool, report: bool) -> None:
    covered: Counter[str] = Counter(["event_interrupt"])  # answered whether the intake is over or not
    stands = {"intake_done": done, "procedure_open": procedure, "report_open": report}
    for rule in load("data/rules/conversation.yml")["rules"]:
        conditions = [one for one in rule.get("condition", []) if "slot_was_set" in one]
        wanted = {name: value for one in conditions for slot in one["slot_was_set"] for name, value in slot.items()}
        if not conditions or any(stands[name] is not value for name, value in wanted.items()):
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
    assert slots["procedure_open"]["mappings"] == [{**told, "value": False}]
    assert slots["resumed"]["mappings"] == [{**told, "value": False}]


def test_enough_utterances_of_every_intent() -> None:
    found = {intent: len(set(texts)) for intent, texts in utterances().items()}
    assert set(found) == SMALL | set(Topic) | {"service", "chitchat"}
    assert {intent: count for intent, count in found.items() if count < (60 if intent in SMALL else 400)} == {}


def test_every_topic_has_many_phrase_families_registers_and_lengths() -> None:
    number = families()
    for topic, texts in utterances().items():
        if topic in SMALL:
            continue
        assert number[topic] >= (30 if topic == "service" else 40), topic
        assert sum(len(text) <= 15 for text in texts) >= 60, topic
        if topic not in ("service", "chitchat"):
            assert sum(len(text) >= 150 for text in texts) >= 20, topic
            assert sum(len(text) >= 300 for text in texts) >= 1, topic
        assert sum(bool(re.fullmatch(r"[ぁ-んー、。！？!? 　]+", text)) for text in texts) >= 5, topic
        assert sum("です" in text or "ます" in text for text in texts) >= (40 if topic == "chitchat" else 60), topic


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
