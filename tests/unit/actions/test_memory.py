"""The memory and Rasa's slots hold the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from actions.buttons import Role, Topic
from actions.memory import ANSWER_KEYS, Answers, Memory, Question, Stage, from_slots, recorded, to_slots

ROOT = Path(__file__).resolve().parents[3]
words = st.none() | st.text(max_size=10)
answers = st.builds(
    Answers,
    st.none() | st.integers(0, 99),
    words,
    words,
    words,
    words,
    st.none() | st.sampled_from(Topic),
    st.none() | st.sampled_from(Role),
)
questions = st.frozensets(st.sampled_from(Question))
counts = st.integers(0, 50)
memories = st.builds(
    Memory,
    answers,
    questions,
    questions,
    st.none() | st.sampled_from(Question),
    counts,
    st.booleans(),
    st.booleans(),
    st.sampled_from(Stage),
    counts,
    counts,
    counts,
    counts,
    st.none() | st.integers(1, 9),
    st.booleans(),
)


@given(memories)
def test_slots_bring_the_memory_back(memory: Memory) -> None:
    assert from_slots(json.loads(json.dumps(to_slots(memory)))) == memory


def test_an_empty_tracker_is_a_new_memory() -> None:
    assert from_slots({}) == Memory()
    assert from_slots(dict.fromkeys(to_slots(Memory()))) == Memory()


def test_a_topic_of_another_model_is_forgotten_not_fatal() -> None:
    assert from_slots({"topic": "moon"}).answers.topic is None


def test_the_domain_declares_exactly_these_slots() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["slots"]) == set(to_slots(Memory()))
    assert domain["forms"]["intake_form"]["required_slots"] == [question.value for question in Question]


@given(memories)
def test_what_is_recorded_is_text_under_fixed_keys(memory: Memory) -> None:
    record = recorded(memory)
    assert tuple(record) == ANSWER_KEYS
    assert all(value is None or type(str(value)) is str for value in record.values())


def test_a_settled_question_is_closed() -> None:
    memory = replace(Memory(), asked=Question.TOPIC, put=2).settle(Question.TOPIC, declined=True)
    assert Question.TOPIC not in memory.open_questions()
    assert (memory.asked, memory.put, memory.declined) == (None, 0, frozenset({Question.TOPIC}))


@given(memories)
def test_after_an_interrupt_nothing_is_asked_unless_the_student_began_anew(memory: Memory) -> None:
    after = memory.after_interrupt()
    assert after == after.after_interrupt()
    assert (after.answers, after.noticed, after.stage) == (memory.answers, memory.noticed, memory.stage)
    assert after == memory if memory.resumed else (after.done, after.asked, after.put) == (True, None, 0)
