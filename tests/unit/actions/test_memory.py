"""The memory and Rasa's slots hold the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from actions.buttons import Role, Topic
from actions.forms import PROCEDURE_ANSWER, REPORT_ANSWER
from actions.memory import ANSWER_KEYS, Answers, Memory, Question, Stage, from_slots, recorded, to_slots
from actions.progress import Progress
from handoff.domain.profile.procedure import Kind

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
told = st.dictionaries(st.sampled_from(["site", "wish"]), st.text(max_size=10))
runs = st.builds(
    lambda answers, **more: Progress(answers=answers, labels=dict.fromkeys(answers, "名"), **more),
    told,
    procedure=st.none() | st.sampled_from(["I-1", "III-4"]),
    version=st.integers(0, 9),
    step=st.none(),
    put=counts,
    said=st.lists(st.just("save"), max_size=2).map(tuple),
    over=st.booleans(),
)
memories = st.builds(
    Memory,
    answers=answers,
    settled=questions,
    declined=questions,
    unknown=questions,
    asked=st.none() | st.sampled_from(Question),
    put=counts,
    noticed=st.booleans(),
    done=st.booleans(),
    stage=st.sampled_from(Stage),
    unclear=counts,
    receipts=counts,
    offers=counts,
    turns=counts,
    year=st.none() | st.integers(1, 9),
    resumed=st.booleans(),
    again=st.booleans(),
    pointed_on=st.booleans(),
    pranks=counts,
    stickers=counts,
    suspects=st.frozensets(st.sampled_from(["guardian", "teacher"])),
    kind=st.none() | st.sampled_from(Kind),
    progress=st.none() | runs,
)


@given(memories)
def test_slots_bring_the_memory_back(memory: Memory) -> None:
    assert from_slots(json.loads(json.dumps(to_slots(memory)))) == memory


def test_an_empty_tracker_is_a_new_memory() -> None:
    assert from_slots({}) == Memory()
    assert from_slots(dict.fromkeys(to_slots(Memory()))) == Memory()


def test_a_topic_of_another_model_is_forgotten_not_fatal() -> None:
    assert from_slots({"topic": "moon"}).answers.topic is None


@pytest.mark.parametrize(
    "slots",
    [
        {"asked": "moon", "settled": ["moon"], "stage": "live", "topic": ["a"]},
        {"progress": {"answers": None}, "procedure_open": True},
        {"progress": "x", "procedure_open": True},
        {"progress": {"answers": {"a": "b"}, "labels": {}, "said": [], "to_do": []}, "procedure_open": True},
    ],
)
def test_slots_of_another_version_are_forgotten_not_fatal(slots: dict[str, object]) -> None:
    memory = from_slots(slots)
    recorded(memory)
    assert memory.stage is Stage.INTAKE


def test_the_domain_declares_exactly_these_slots() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["slots"]) == set(to_slots(Memory())) | {PROCEDURE_ANSWER, REPORT_ANSWER}
    assert domain["forms"]["report_form"]["required_slots"] == [REPORT_ANSWER]
    assert domain["forms"]["procedure_form"]["required_slots"] == [PROCEDURE_ANSWER]
    assert domain["forms"]["intake_form"]["required_slots"] == [question.value for question in Question]


@given(memories)
def test_what_is_recorded_is_text_under_fixed_keys(memory: Memory) -> None:
    record = recorded(memory)
    assert tuple(record) == ANSWER_KEYS
    assert all(value is None or type(str(value)) is str for value in record.values())


def test_no_answer_unknown_and_not_asked_are_three_things() -> None:
    memory = Memory(
        Answers(school_type="中学校"),
        settled=frozenset({Question.AGE_GRADE, Question.SCHOOL, Question.TOPIC, Question.PERSON}),
        declined=frozenset({Question.AGE_GRADE}),
        unknown=frozenset({Question.TOPIC}),
    )
    record = recorded(memory)
    assert (record["declined"], record["unknown"], record["unanswered"]) == ("grade", "topic", "role")
    later = recorded(replace(memory, answers=Answers(grade="中1", topic=Topic.CLUB)))
    assert (later["declined"], later["unknown"]) == (None, None), "who told it after all is in neither"


def test_the_interrupt_closes_a_procedure_and_keeps_its_record() -> None:
    slots = to_slots(
        Memory(done=True, progress=Progress("I-1", 1, "掲載", "wish", 1, {"site": "掲示板"}, {"site": "サイト"}))
    )
    assert slots["procedure_open"] is True
    memory = from_slots({**slots, "procedure_open": False})
    assert not memory.in_procedure
    assert "掲示板" in (recorded(memory)["procedure"] or "")


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
