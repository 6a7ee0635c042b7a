"""What the bot remembers of a session: the answers, and where in the conversation it stands.

Rasa keeps it as slots (sealed with the tracker); this module is the only one that knows the slots' names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

from actions.buttons import Role, Topic
from actions.progress import Progress
from actions.report_run import ReportRun
from handoff.domain.profile.procedure import Kind


class Question(StrEnum):
    """The five questions, in the order in which they are asked; the value is the slot that the form requests."""

    AGE_GRADE = "grade"
    SCHOOL = "school_name"
    TOPIC = "topic"
    PERSON = "role"
    GENDER = "gender"


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
            case Question.GENDER:
                return self.gender is not None

    def known(self) -> bool:
        """Whether anything was told at all."""
        return any(getattr(self, name.name) is not None for name in fields(self))


#: So many refusals say that questions aren't welcome.
ENOUGH_DECLINED: Final = 2


@dataclass(frozen=True, slots=True)
class Memory:
    """One session's memory.

    Attributes: settled: questions that need no asking any more (answered, declined or given up); declined: those the
    student would rather not answer; unknown: those they don't know the answer to; asked: the question that waits for an answer; put: how often it was put; noticed:
    the notice was given; done: the form is over; stage: see Stage; unclear: messages not understood in a row;
    receipts: receipts given since the hand-off; offers: how often the two ways on were shown; year: a school year told
    without the school (3年), until the type of school makes a grade of it; resumed: the form goes on although the risk
    screen had ended it, because the student wanted it; again: who comes again was asked whether it is the same thing;
    pointed_on: it was said that the service is for others (HOK-8.2); pranks, stickers: pranks in all, and stickers in a
    row; suspects: who did it, as far as said (guardian, teacher); kind: which net trouble; progress: where the board's
    procedure stands, None outside of one; report: where a report stands, None where none was begun.
    """

    answers: Answers = field(default_factory=Answers)
    settled: frozenset[Question] = frozenset()
    declined: frozenset[Question] = frozenset()
    unknown: frozenset[Question] = frozenset()
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
    again: bool = False
    pointed_on: bool = False
    pranks: int = 0
    stickers: int = 0
    suspects: frozenset[str] = frozenset()
    kind: Kind | None = None
    progress: Progress | None = None
    report: ReportRun | None = None

    def after_interrupt(self) -> Memory:
        """The memory of a session that the risk screen interrupted: its form is over, unless it was begun anew."""
        return self if self.resumed else self.over()

    def over(self) -> Memory:
        """The memory after the form: whatever was asked waits no longer."""
        progress = None if self.progress is None else replace(self.progress, step=None, over=True)
        report = None if self.report is None else replace(self.report, asked=None, over=True)
        return replace(self, done=True, asked=None, put=0, again=False, progress=progress, report=report)

    @property
    def in_report(self) -> bool:
        """Whether a question of a report waits for an answer."""
        return self.report is not None and not self.report.over

    @property
    def in_procedure(self) -> bool:
        """Whether the board's procedure waits for an answer."""
        return self.progress is not None and not self.progress.over

    @property
    def has_procedure_answers(self) -> bool:
        """Whether a procedure that is still open was told anything."""
        return self.in_procedure and self.progress is not None and bool(self.progress.answers)

    def open_questions(self) -> tuple[Question, ...]:
        """The questions that may still be asked, in order; who would rather not answer twice isn't asked for the gender."""
        left_out = self.settled | ({Question.GENDER} if len(self.declined) >= ENOUGH_DECLINED else set())
        return tuple(one for one in Question if not self.answers.answer(one) and one not in left_out)

    def settle(self, question: Question, *, declined: bool = False, unknown: bool = False) -> Memory:
        """Never ask ``question`` again."""
        return replace(
            self,
            settled=self.settled | {question},
            declined=self.declined | {question} if declined else self.declined,
            unknown=self.unknown | {question} if unknown else self.unknown,
            asked=None if self.asked is question else self.asked,
            put=0 if self.asked is question else self.put,
        )


#: ``declined``, ``unknown``, ``unanswered``: questions by name. A question in none of them that has no answer was never
#: put: 無回答 (declined, unanswered), 不明 (unknown) and 未聴取 are three things.
ANSWER_KEYS: Final = (
    *("age", "grade", "school_type", "school_name", "gender", "topic", "role"),
    *("declined", "unknown", "unanswered", "procedure"),
)


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
        "declined": _without_answer(memory, memory.declined),
        "unknown": _without_answer(memory, memory.unknown),
        "unanswered": _without_answer(memory, _given_up(memory)),
        "procedure": None if memory.progress is None else memory.progress.record(),
    }


def _given_up(memory: Memory) -> frozenset[Question]:
    """Questions that were put and left without an answer; half an answer (3年, 中学校) is one."""
    half = {
        Question.AGE_GRADE: memory.year is not None,
        Question.SCHOOL: memory.answers.school_type is not None,
    }
    return frozenset(one for one in memory.settled - memory.declined - memory.unknown if not half.get(one))


def _without_answer(memory: Memory, questions: frozenset[Question]) -> str | None:
    """Their names; who declined first and told it after all didn't decline."""
    return ",".join(one for one in Question if one in questions and not memory.answers.answer(one)) or None


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
        settled=_questions(slots.get("settled")),
        declined=_questions(slots.get("declined")),
        unknown=_questions(slots.get("unknown")),
        asked=_member(Question, asked),
        put=int(slots.get("put") or 0),
        noticed=bool(slots.get("noticed")),
        done=bool(slots.get("intake_done")),
        stage=_member(Stage, slots.get("stage")) or Stage.INTAKE,
        unclear=int(slots.get("unclear") or 0),
        receipts=int(slots.get("receipts") or 0),
        offers=int(slots.get("offers") or 0),
        turns=int(slots.get("turns") or 0),
        year=slots.get("year"),
        resumed=bool(slots.get("resumed")),
        again=bool(slots.get("again")),
        pointed_on=bool(slots.get("pointed_on")),
        pranks=int(slots.get("pranks") or 0),
        stickers=int(slots.get("stickers") or 0),
        suspects=frozenset(slots.get("suspects") or ()),
        kind=_member(Kind, slots.get("kind")),
        # The risk screen's interrupt closes the procedure by this slot, with the action server down.
        progress=_progress(slots.get("progress"), still_open=bool(slots.get("procedure_open"))),
        report=_report(slots.get("report"), still_open=bool(slots.get("report_open"))),
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
        "unknown": [question.value for question in Question if question in memory.unknown],
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
        "again": memory.again,
        "pointed_on": memory.pointed_on,
        "pranks": memory.pranks,
        "stickers": memory.stickers,
        "suspects": sorted(memory.suspects),
        "kind": None if memory.kind is None else memory.kind.value,
        "progress": None if memory.progress is None else memory.progress.as_json(),
        "procedure_open": memory.in_procedure,
        "report": None if memory.report is None else memory.report.as_json(),
        "report_open": memory.in_report,
    }


def _questions(names: Any) -> frozenset[Question]:
    return frozenset(one for name in names or () if (one := _member(Question, name)) is not None)


def _progress(value: Any, *, still_open: bool) -> Progress | None:
    if value is None:
        return None
    progress = Progress.from_json(value)
    return progress if still_open else replace(progress, step=None, over=True)


def _report(value: Any, *, still_open: bool) -> ReportRun | None:
    if value is None:
        return None
    run = ReportRun.from_json(value)
    return run if still_open else replace(run, asked=None, over=True)


def _member[E: StrEnum](kind: type[E], value: Any) -> E | None:
    """A slot's text as a member, None for a value of an older model that is no member any more."""
    return kind(value) if isinstance(value, str) and value in set(kind) else None
