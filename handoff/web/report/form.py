"""The steps of the report's form: what each reads into the answers, and what is wrong with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from handoff.domain.report import WORDS, Answers, Danger, Place, Since, TellSchool, Witness, with_words
from handoff.domain.school import School
from handoff.web.report.guard import Form


class Step(StrEnum):
    """The pages of the form, in order."""

    DANGER = "danger"  # is anyone in danger, and who tells
    WHAT = "what"  # what, where, since when, who
    SCHOOL = "school"  # which school, and may it be told
    EVIDENCE = "evidence"
    SEND = "send"  # read through and send


#: What each step is about, for its heading.
TITLES: Final[Mapping[Step, str]] = {
    Step.DANGER: "はじめに",
    Step.WHAT: "何が起きているか",
    Step.SCHOOL: "学校のこと",
    Step.EVIDENCE: "写真や画面",
    Step.SEND: "読み直して、送る",
}
#: The fields of words, as the person knows them.
LABELS: Final[Mapping[str, str]] = {
    "what": "何が起きているか",
    "where_words": "場所をくわしく",
    "since_words": "いつからかを、くわしく",
    "people": "だれが、だれに",
    "school_name": "学校の名前",
    "grade": "学年やクラス",
    "tell_how": "知られたくないこと",
}
_FIELDS: Final[Mapping[Step, tuple[str, ...]]] = {
    Step.DANGER: (),
    Step.WHAT: ("what", "where_words", "since_words", "people"),
    Step.SCHOOL: ("school_name", "grade", "tell_how"),
    Step.EVIDENCE: (),
    Step.SEND: (),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to be mended before going on."""

    field: str
    text: str


def step_of(name: str, steps: tuple[Step, ...]) -> Step:
    """A step by its name; the first one for any other."""
    return next((step for step in steps if step == name), steps[0])


def faults(step: Step, form: Form) -> list[Fault]:
    """What is wrong with a step's fields; nothing is ever demanded."""
    found = []
    for name in _FIELDS[step]:
        over = len(form.get(name)) - WORDS[name]
        if over > 0:
            text = f"「{LABELS[name]}」が長すぎます。{WORDS[name]}文字までにしてください（いま{over}文字多いです）。"
            found.append(Fault(name, text))
    return found


def change_of(step: Step, form: Form, schools: Mapping[str, School]) -> Callable[[Answers], Answers]:
    """What a step's fields do to the answers. Words past a field's length aren't kept here; the page still shows them."""
    told = {name: form.get(name)[: WORDS[name]] for name in _FIELDS[step] if form.all(name)}

    def change(before: Answers) -> Answers:
        match step:
            case Step.DANGER:
                after = replace(before, danger=_one(Danger, form, "danger"), witness=_one(Witness, form, "witness"))
                return _from_card(after, school_of(form.get("school"), schools))
            case Step.WHAT:
                places = tuple(place for place in Place if place in form.all("places"))
                return replace(with_words(before, told), places=places, since=_one(Since, form, "since"))
            case Step.SCHOOL:
                after = replace(with_words(before, told), tell_school=_one(TellSchool, form, "tell_school"))
                return _still_the_card(after, schools)
            case _:
                return before

    return change


def school_of(code: str, schools: Mapping[str, School]) -> School | None:
    """The school of a card's link; None for any other word, which is no fault."""
    return schools.get(unicodedata.normalize("NFKC", code).strip().lower()) if len(code) <= 64 else None


def _from_card(answers: Answers, school: School | None) -> Answers:
    if school is None or answers.school_code is not None or answers.school_name.strip():
        return answers
    return replace(answers, school_code=school.code, school_name=school.name)


def _still_the_card(answers: Answers, schools: Mapping[str, School]) -> Answers:
    """Who writes another name than the card's means another school."""
    known = schools.get(answers.school_code or "")
    if known is None or answers.school_name.strip() == known.name:
        return answers
    return replace(answers, school_code=None)


def _one[T: StrEnum](words: type[T], form: Form, name: str) -> T | None:
    told = form.get(name)
    return next((word for word in words if word == told), None)
