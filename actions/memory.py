"""What the bot remembers of a session: the answers, and where in the conversation it stands.

Rasa keeps it as slots (sealed with the tracker); this module is the only one that knows the slots' names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

from actions.buttons import Role, Topic


class Question(StrEnum):
    """The four questions, in the order in which they are asked; the value is the slot that the form requests."""

    AGE_GRADE = "grade"
    SCHOOL = "school_name"
    TOPIC = "topic"
    PERSON = "role"


class Stage(StrEnum):
    """The session's state as far as the bot has heard of it."""

    INTAKE = "intake"
    WAITING = "waiting"
    LEFT_MESSAGE = "left_message"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a student told, in canonical forms (中2, 高校, ...); None where nothing was told."""

    age: int | None = None
    grade: str | None = None
    school_type: str | None = None
    school_name: str | None = None
    gender: str | None = None
    topic: Topic | None = None
    role: Role | None = None

    def answer(self, question: Question) -> bool:
        """Whether a question needs no asking, because this was told."""
        match question:
            case Question.AGE_GRADE:
                return self.age is not None or self.grade is not None
            case Question.SCHOOL:
                return self.school_name is not None
            case Question.TOPIC:
                return self.topic is not None
            case Question.PERSON:
                return self.role is not None

    def known(self) -> bool:
        """Whether anything was told at all."""
        return any(getattr(self, name.name) is not None for name in fields(self))


@dataclass(frozen=True, slots=True)
class Memory:
    """One session's memory.

    Attributes: settled: questions that need no asking any more (answered, declined or given up); declined: those the
    student would rather not answer; asked: the question that waits for an answer; put: how often it was put; noticed:
    the notice was given; done: the form is over; stage: see Stage; unclear: messages not understood in a row;
    receipts: receipts given since the hand-off; offers: how often the two ways on were shown; year: a school year told
    without the school (3年), until the type of school makes a grade of it; resumed: the form goes on although the risk
    screen had ended it, because the student wanted it.
    """

    answers: Answers = field(default_factory=Answers)
    settled: frozenset[Question] = frozenset()
    declined: frozenset[Question] = frozenset()
    asked: Question | None = None
    put: int = 0
    noticed: bool = False
    done: bool = False
    stage: Stage = Stage.INTAKE
    unclear: int = 0
    receipts: int = 0
    offers: int = 0
    turns: int = 0
    year: int | None = None
    resumed: bool = False

    def after_interrupt(self) -> Memory:
        """The memory of a session that the risk screen interrupted: its form is over, unless it was begun anew."""
        return self if self.resumed else replace(self, done=True, asked=None, put=0)

    def open_questions(self) -> tuple[Question, ...]:
        """The questions that may still be asked, in order."""
        return tuple(one for one in Question if not self.answers.answer(one) and one not in self.settled)

    def settle(self, question: Question, *, declined: bool = False) -> Memory:
        """Never ask ``question`` again."""
        return replace(
            self,
            settled=self.settled | {question},
            declined=self.declined | {question} if declined else self.declined,
            asked=None if self.asked is question else self.asked,
            put=0 if self.asked is question else self.put,
        )


ANSWER_KEYS: Final = ("age", "grade", "school_type", "school_name", "gender", "topic", "role", "declined")


def recorded(memory: Memory) -> dict[str, str | None]:
    """The answers as the service keeps them: every key of ANSWER_KEYS, values as text."""
    answers = memory.answers
    return {
        "age": None if answers.age is None else str(answers.age),
        "grade": answers.grade,
        "school_type": answers.school_type,
        "school_name": answers.school_name,
        "gender": answers.gender,
        "topic": answers.topic,
        "role": answers.role,
        # Who declined first and told it after all didn't decline.
        "declined": ",".join(one for one in Question if one in memory.declined and not answers.answer(one)) or None,
    }


def from_slots(slots: Mapping[str, Any]) -> Memory:
    """The memory that Rasa's slots hold; missing slots are as at the start of a session."""
    age = slots.get("age")
    asked = slots.get("asked")
    return Memory(
        answers=Answers(
            age=None if age is None else int(age),
            grade=slots.get("grade"),
            school_type=slots.get("school_type"),
            school_name=slots.get("school_name"),
            gender=slots.get("gender"),
            topic=_member(Topic, slots.get("topic")),
            role=_member(Role, slots.get("role")),
        ),
        settled=frozenset(Question(name) for name in slots.get("settled") or ()),
        declined=frozenset(Question(name) for name in slots.get("declined") or ()),
        asked=None if asked is None else Question(asked),
        put=int(slots.get("put") or 0),
        noticed=bool(slots.get("noticed")),
        done=bool(slots.get("intake_done")),
        stage=Stage(slots.get("stage") or Stage.INTAKE),
        unclear=int(slots.get("unclear") or 0),
        receipts=int(slots.get("receipts") or 0),
        offers=int(slots.get("offers") or 0),
        turns=int(slots.get("turns") or 0),
        year=slots.get("year"),
        resumed=bool(slots.get("resumed")),
    )


def to_slots(memory: Memory) -> dict[str, Any]:
    """The slots that hold ``memory``, as JSON values; the inverse of ``from_slots``."""
    answers = memory.answers
    return {
        "age": answers.age,
        "grade": answers.grade,
        "school_type": answers.school_type,
        "school_name": answers.school_name,
        "gender": answers.gender,
        "topic": None if answers.topic is None else answers.topic.value,
        "role": None if answers.role is None else answers.role.value,
        "settled": [question.value for question in Question if question in memory.settled],
        "declined": [question.value for question in Question if question in memory.declined],
        "asked": None if memory.asked is None else memory.asked.value,
        "put": memory.put,
        "noticed": memory.noticed,
        "intake_done": memory.done,
        "stage": memory.stage.value,
        "unclear": memory.unclear,
        "receipts": memory.receipts,
        "offers": memory.offers,
        "turns": memory.turns,
        "year": memory.year,
        "resumed": memory.resumed,
    }


def _member[E: StrEnum](kind: type[E], value: Any) -> E | None:
    """A slot's text as a member, None for a value of an older model that is no member any more."""
    return kind(value) if value in set(kind) else None
