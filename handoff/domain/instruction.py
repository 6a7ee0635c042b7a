"""The board's instructions (指示): a question that was put to it (HYO-0 「指示を仰ぐ」), or an order of its own. Pure.

Neither holds anything that tells who a child is; whoever writes says so, and what gives itself away is refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused, MoveRefused

#: Letters of a question, an answer, and of what was done.
SHORTEST: Final = 5
LONGEST: Final = 2000
_TELLING: Final = (
    (re.compile(r"(?<![0-9])0[0-9]{1,4}[-‐‑−–ー(). ]{0,2}[0-9]{1,4}[-‐‑−–ー(). ]{0,2}[0-9]{3,4}(?![0-9])"), "電話番号"),
    (re.compile(r"\bU[0-9a-f]{32}\b", re.ASCII), "LINEのID"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "メールアドレス"),
)


class InstructionKind(StrEnum):
    """Who began."""

    QUESTION = "question"  # the service asks
    ORDER = "order"  # the board instructs of its own


class InstructionState(StrEnum):
    """Where it stands. An order begins as answered: what to do is known."""

    ASKED = "asked"
    ANSWERED = "answered"
    DONE = "done"
    WITHDRAWN = "withdrawn"  # the question needs no answer any more


MOVES: Final[dict[InstructionState, frozenset[InstructionState]]] = {
    InstructionState.ASKED: frozenset({InstructionState.ANSWERED, InstructionState.WITHDRAWN}),
    InstructionState.ANSWERED: frozenset({InstructionState.DONE}),
    InstructionState.DONE: frozenset(),
    InstructionState.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of them. question: empty for an order; answer: the instruction itself; due_on: by when an answer is needed, or
    an order has to be carried out; result: what was done."""

    id: UUID
    profile: str
    kind: InstructionKind
    state: InstructionState
    due_on: date | None
    made_by: UUID
    made_at: datetime
    question: str = ""
    answer: str = ""
    answered_by: UUID | None = None
    answered_at: datetime | None = None
    result: str = ""
    closed_by: UUID | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in (InstructionState.ASKED, InstructionState.ANSWERED)

    def is_late(self, today: date) -> bool:
        """Whether its day is over: a question's without an answer, an order's without its being carried out."""
        waiting = InstructionState.ASKED if self.kind is InstructionKind.QUESTION else InstructionState.ANSWERED
        return self.state is waiting and self.due_on is not None and today > self.due_on


def checked_words(field: str, words: str) -> str:
    """Words of an instruction as they are kept. Raises: InputRefused: too few, too many, or such as tell who somebody is."""
    words = words.strip()
    if not SHORTEST <= len(words) <= LONGEST:
        raise InputRefused(field, f"{SHORTEST}文字から{LONGEST}文字までで書いてください（いま{len(words)}文字）。")
    plain = unicodedata.normalize("NFKC", words)
    for pattern, name in _TELLING:
        if pattern.search(plain):
            raise InputRefused(field, f"{name}のようなものが入っています。だれのことかがわかるものは、消してください。")
    return words


def answer(instruction: Instruction, words: str, by: UUID, at: datetime, actor: str) -> Instruction:
    """Raises: MoveRefused: it is answered already, or taken back."""
    return replace(_moved(instruction, InstructionState.ANSWERED, actor), answer=words, answered_by=by, answered_at=at)


def finish(instruction: Instruction, words: str, by: UUID, at: datetime, actor: str) -> Instruction:
    """Note what was done because of it. Raises: MoveRefused."""
    return replace(_moved(instruction, InstructionState.DONE, actor), result=words, closed_by=by, closed_at=at)


def withdraw(instruction: Instruction, by: UUID, at: datetime, actor: str) -> Instruction:
    """Raises: MoveRefused: the board has answered."""
    return replace(_moved(instruction, InstructionState.WITHDRAWN, actor), closed_by=by, closed_at=at)


def _moved(instruction: Instruction, target: InstructionState, actor: str) -> Instruction:
    if target not in MOVES[instruction.state]:
        raise MoveRefused(instruction.state, target, actor)
    return replace(instruction, state=target)
