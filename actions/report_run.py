"""A report that is being told to the bot: what was said to which question, and which one waits (KAG-2, WG-1, WG-17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from handoff.domain.report import (
    DANGER_NAMES,
    PLACE_NAMES,
    SHORT,
    SINCE_NAMES,
    WITNESS_NAMES,
    WORDS,
    Answers,
    Danger,
    Place,
    Since,
    TellSchool,
    Witness,
)


class Ask(StrEnum):
    """The questions in their order, danger first; each of them may stay without an answer."""

    DANGER = "danger"
    WITNESS = "witness"
    WHAT = "what"
    WHERE = "where"
    SINCE = "since"
    PEOPLE = "people"
    TELL = "tell"
    EVIDENCE = "evidence"
    CONFIRM = "confirm"


#: As a quick reply takes them: twenty letters at most. What is tapped comes back as a message of the student's, so every
#: title is one in which the risk screen hears nothing, alone or after what was told.
_SHORT_SINCE: Final[Mapping[Since, str]] = {Since.LONGER: "1か月より前"}
_SHORT_TELL: Final[Mapping[TellSchool, str]] = {
    TellSchool.YES: "学校に伝えてよい",
    TellSchool.HIDDEN: "だれが知らせたかわからない形なら",
    TellSchool.BOARD_ONLY: "教育委員会だけに",
    TellSchool.ASK_FIRST: "先に聞いてほしい",
    TellSchool.NO: "どこにも伝えないで",
}
SEND: Final = "この内容で知らせる"
NO_MORE: Final = "画像はありません"
#: Titles by question, and what each of them answers.
CHOICES: Final[Mapping[Ask, Mapping[str, StrEnum]]] = {
    Ask.DANGER: {name: one for one, name in DANGER_NAMES.items()},
    Ask.WITNESS: {name: one for one, name in WITNESS_NAMES.items()},
    Ask.WHERE: {name: one for one, name in PLACE_NAMES.items()},
    Ask.SINCE: {_SHORT_SINCE.get(one, name): one for one, name in SINCE_NAMES.items()},
    Ask.TELL: {name: one for one, name in _SHORT_TELL.items()},
}
#: Below the summary: which answer is to be told anew.
FIXES: Final[Mapping[str, Ask]] = {
    "あぶない人": Ask.DANGER,
    "わたしの立場": Ask.WITNESS,
    "起きていること": Ask.WHAT,
    "場所": Ask.WHERE,
    "始まった時期": Ask.SINCE,
    "関わっている人": Ask.PEOPLE,
    "学校に伝えること": Ask.TELL,
}
NOTHING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ReportRun:
    """One report on its way.

    Attributes: asked: the question that waits, None when it is over; put: how often it was put; told: by question, what
    was said to it, message by message (so that one that is taken back can be taken out); chosen: by question, the code
    of what was chosen or understood; school: named on the way; settled: questions that aren't put any more; mending: one
    answer is told anew from the summary; pictures: some came; over: nothing is asked any more.
    """

    asked: Ask | None = Ask.DANGER
    put: int = 1
    told: Mapping[str, tuple[str, ...]] = NOTHING
    chosen: Mapping[str, str] = MappingProxyType({})
    school: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    mending: bool = False
    pictures: bool = False
    over: bool = False

    def with_words(self, ask: Ask, words: str, *, anew: bool = False) -> ReportRun:
        """With something said to a question. anew: what was said before is replaced."""
        before = () if anew else self.told.get(ask, ())
        return replace(self, told={**self.told, ask: (*before, words)}) if words else self

    def with_choice(self, ask: Ask, choice: StrEnum | None) -> ReportRun:
        """With what was chosen, or chosen no more."""
        others = {name: value for name, value in self.chosen.items() if name != ask}
        return replace(self, chosen=others if choice is None else {**others, ask: str(choice)})

    def without(self, ask: Ask) -> ReportRun:
        """Without any answer to a question."""
        told = {name: words for name, words in self.told.items() if name != ask}
        return replace(self.with_choice(ask, None), told=told)

    def settle(self, ask: Ask) -> ReportRun:
        """Never put a question again by itself."""
        return replace(self, settled=tuple(dict.fromkeys((*self.settled, ask.value))))

    @property
    def says_something(self) -> bool:
        """Whether anything was told that somebody should read."""
        return self.pictures or self.answers().says_something

    def answers(self) -> Answers:
        """What was told, as the service keeps it."""

        def chosen[Code: StrEnum](kind: type[Code], ask: Ask) -> Code | None:
            value = self.chosen.get(ask)
            return kind(value) if value in set(kind) else None

        where = chosen(Place, Ask.WHERE)
        return Answers(
            danger=chosen(Danger, Ask.DANGER),
            witness=chosen(Witness, Ask.WITNESS),
            what=self._words(Ask.WHAT, "what"),
            places=() if where is None else (where,),
            where_words=self._words(Ask.WHERE, "where_words"),
            since=chosen(Since, Ask.SINCE),
            since_words=self._words(Ask.SINCE, "since_words"),
            people=self._words(Ask.PEOPLE, "people"),
            school_name=(self.school[-1] if self.school else "")[:SHORT],
            tell_school=chosen(TellSchool, Ask.TELL),
            tell_how=self._words(Ask.TELL, "tell_how"),
        )

    def _words(self, ask: Ask, field: str) -> str:
        return "\n".join(self.told.get(ask, ()))[: WORDS[field]]

    def as_json(self) -> dict[str, Any]:
        """The slot's value; what was said lies in lists, one string a message."""
        return {
            "asked": None if self.asked is None else self.asked.value,
            "put": self.put,
            "told": {ask: list(words) for ask, words in self.told.items()},
            "chosen": dict(self.chosen),
            "school": list(self.school),
            "settled": list(self.settled),
            "mending": self.mending,
            "pictures": self.pictures,
            "over": self.over,
        }

    @classmethod
    def from_json(cls, value: Any) -> ReportRun:
        """The run that a slot holds; one that can't be read is over."""
        try:
            return cls(
                asked=None if value["asked"] is None else Ask(value["asked"]),
                put=int(value["put"]),
                told={str(ask): tuple(map(str, words)) for ask, words in value["told"].items()},
                chosen={str(ask): str(code) for ask, code in value["chosen"].items()},
                school=tuple(map(str, value["school"])),
                settled=tuple(map(str, value["settled"])),
                mending=bool(value["mending"]),
                pictures=bool(value["pictures"]),
                over=bool(value["over"]),
            )
        except (TypeError, KeyError, ValueError, AttributeError):
            return cls(asked=None, over=True)


def summary_rows(run: ReportRun) -> tuple[str, ...]:
    """What was told, a line each, for the reporter to look over."""
    answers = run.answers()
    where = answers.where_words or "、".join(PLACE_NAMES[place] for place in answers.places)
    since = answers.since_words or (SINCE_NAMES[answers.since] if answers.since is not None else "")
    rows = (
        ("あぶない人", DANGER_NAMES[answers.danger] if answers.danger is not None else ""),
        ("わたしの立場", WITNESS_NAMES[answers.witness] if answers.witness is not None else ""),
        ("起きていること", answers.what),
        ("場所", where),
        ("始まった時期", since),
        ("関わっている人", answers.people),
        ("学校に伝えること", _SHORT_TELL[answers.tell_school] if answers.tell_school is not None else ""),
    )
    return tuple(f"・{label}: {_shown(text)}" for label, text in rows if text.strip())


#: Letters of an answer that the summary repeats. What is longer, or was cut, couldn't be taken out of it when its message
#: is withdrawn; whole it stands in the talk above.
_SHOWN: Final = 60


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN and "\n" not in text else "書いてくれたとおりです"
