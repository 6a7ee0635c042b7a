"""What the surveys of a period came to, in numbers alone (KAG-6.1キ)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handoff.domain.survey import COUNTED, QUESTIONS, Survey


@dataclass(frozen=True, slots=True)
class Counts:
    """Answers to one question. by_title: in the order of the buttons, also those that nobody gave."""

    heading: str
    by_title: Mapping[str, int]

    @property
    def answered(self) -> int:
        return sum(self.by_title.values())


@dataclass(frozen=True, slots=True)
class Results:
    """What the surveys of a period came to; no words and no sessions stand in it.

    Attributes: asked: how many were; answered: with one answer at least; wrote: with words.
    """

    asked: int
    answered: int
    wrote: int
    questions: Sequence[Counts]

    @property
    def rate(self) -> float | None:
        """The share of those asked who answered; None where nobody was asked."""
        return self.answered / self.asked if self.asked else None


def results(surveys: Iterable[Survey]) -> Results:
    """Count surveys."""
    found = list(surveys)
    questions = [
        Counts(
            heading,
            {
                title: sum(code == given.value for one in found if (given := one.answers.get(step.code)) is not None)
                for title, code in QUESTIONS[step].answers.items()
            },
        )
        for step, heading in COUNTED.items()
    ]
    return Results(
        asked=len(found),
        answered=sum(any(step.code in one.answers for step in COUNTED) for one in found),
        wrote=sum(one.words is not None for one in found),
        questions=questions,
    )
