"""What was told: taken into the memory, and told back in the summary."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from actions.buttons import ROLE_LABELS, TOPIC_LABELS, Act, Role, Topic
from actions.memory import Answers, Memory, Question
from actions.reading import Reading


def absorb(reading: Reading, memory: Memory) -> tuple[Memory, bool, str | None]:
    """Take the facts of a message into the memory.

    Returns: the memory; whether any answer changed; what a correction replaced an earlier answer with, for people.
    """
    told, known = reading.told, memory.answers
    if memory.asked is Question.TOPIC and reading.act is Act.UNCLEAR and not reading.declined and told.topic is None:
        told = replace(told, topic=reading.likely_topic)
    if memory.asked is Question.PERSON and reading.act is Act.AFFIRM:
        told = replace(told, role=Role.SELF)
    may_replace = reading.button or reading.correcting and reading.statement
    taken: dict[str, Any] = {}
    corrected: str | None = None
    for name in (slot.name for slot in fields(Answers)):
        new, old = getattr(told, name), getattr(known, name)
        if new is None or new == old:
            continue
        statement = reading.statement and name not in ("topic", "role")
        if old is not None and not (may_replace or statement):
            continue
        taken[name] = new
        if old is not None:
            corrected = corrected or _label(name, new)
    if "grade" in taken and known.grade is None and known.school_type is not None:
        corrected = None  # a type told first and a grade now is no correction, even if the grade says more
    if "school_type" in taken and known.school_type is not None and told.grade is None and known.grade is not None:
        taken["grade"] = None  # another type of school takes the grade with it
    if reading.year is not None and "grade" not in taken:
        memory = replace(memory, year=reading.year)
    if not taken:
        return memory, False, None
    answers = replace(known, **taken)
    return replace(memory, answers=answers), True, corrected


def _label(name: str, value: object) -> str:
    if isinstance(value, Topic):
        return TOPIC_LABELS[value]
    if isinstance(value, Role):
        return f"{ROLE_LABELS[value]}のこと"
    return f"{value}歳" if name == "age" else str(value)


def summary_lines(answers: Answers) -> tuple[str, ...]:
    """What was told, a line each; only what was told."""
    school = answers.school_name or answers.school_type
    if answers.school_name and answers.school_type and answers.school_type not in answers.school_name:
        school = f"{answers.school_name}（{answers.school_type}）"
    told = (
        ("学年", answers.grade),
        ("年齢", None if answers.age is None else f"{answers.age}歳"),
        ("学校", school),
        ("性別", answers.gender),
        ("内容", None if answers.topic is None else TOPIC_LABELS[answers.topic]),
        ("だれのこと", None if answers.role is None else ROLE_LABELS[answers.role]),
    )
    return tuple(f"・{label}: {value}" for label, value in told if value is not None)
