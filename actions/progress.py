"""Where a board's procedure stands in one session, and the record that it leaves for the counsellor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from handoff.domain.profile.procedure import Procedure

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
#: What stands in the record where a question has no answer.
DECLINED: Final = "無回答"
UNKNOWN: Final = "不明"
#: Answers are kept whole in the transcript; the record holds as much as fits on a sheet.
LONGEST_ANSWER: Final = 300


@dataclass(frozen=True, slots=True)
class Progress:
    """One run of a procedure.

    Attributes: procedure: id, None while it is not known which kind of trouble it is;
    version, title: of the procedure as it was begun; step: id of the step whose question waits; put: how often it was
    put; answers: by step id; labels: what each answer is called; said, to_do: steps that were said, and what the
    counsellor does, in order; consent: the answer to whether the school may be told, None where it wasn't asked; over: nothing is
    asked any more, the record stays.
    """

    procedure: str | None = None
    version: int = 0
    title: str = ""
    step: str | None = None
    put: int = 0
    answers: Mapping[str, str] = NOTHING
    labels: Mapping[str, str] = NOTHING
    said: tuple[str, ...] = ()
    to_do: tuple[str, ...] = ()
    consent: str | None = None
    over: bool = False

    def begun(self, procedure: Procedure) -> Progress:
        """The run at the start of ``procedure``."""
        return replace(self, procedure=procedure.id, version=procedure.version, title=procedure.title)

    def answered(self, step: str, label: str, answer: str) -> Progress:
        """With the answer to one step's question."""
        answers = {**self.answers, step: answer[:LONGEST_ANSWER]}
        return replace(self, answers=answers, labels={**self.labels, step: label}, step=None, put=0)

    def record(self) -> str:
        """What the counsellor reads, as JSON: which procedure in which version, the answers, what was said, what is to do."""
        whole = {
            "procedure": self.procedure,
            "version": self.version,
            "title": self.title,
            "answers": [
                {"label": self.labels.get(step, step), "answer": answer} for step, answer in self.answers.items()
            ],
            "consent": self.consent,
            "said": list(self.said),
            "to_do": list(self.to_do),
        }
        return json.dumps(whole, ensure_ascii=False)

    def as_json(self) -> dict[str, Any]:
        """The slot's value."""
        return {
            "procedure": self.procedure,
            "version": self.version,
            "title": self.title,
            "step": self.step,
            "put": self.put,
            "answers": dict(self.answers),
            "labels": dict(self.labels),
            "said": list(self.said),
            "to_do": list(self.to_do),
            "consent": self.consent,
            "over": self.over,
        }

    @classmethod
    def from_json(cls, value: Any) -> Progress:
        """The run that a slot holds; a slot that can't be read is a run that hasn't begun."""
        try:
            answers, labels = dict(value["answers"]), dict(value["labels"])
            several = {"said": tuple(value["said"]), "to_do": tuple(value["to_do"])}
            return cls(**{**value, **several, "answers": answers, "labels": labels})
        except (TypeError, KeyError, ValueError):
            return cls()
