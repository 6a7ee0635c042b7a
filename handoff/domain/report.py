"""A report (通報, KAG-2): what somebody tells one-way, mostly without a name, and where it stands.

Pure. A report is a session whose words were screened like any other; what it says in answer to the form's questions is
kept beside it. Who told is protected in everything that is made of it (WG-17).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from handoff.domain.coding import TopicCode
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import ReportingClass
from handoff.domain.session import Level

#: Letters of one field; the words of a whole evening have room in it.
LONGEST: Final = 4000
#: Letters of the short fields (a school, a place).
SHORT: Final = 200


class Danger(StrEnum):
    """Whether anyone is in danger now; asked before everything else."""

    NOW = "now"
    MAYBE = "maybe"
    NO = "no"


class Witness(StrEnum):
    """Who tells (WG-3: 第三者なのか、本人なのか)."""

    VICTIM = "victim"
    SAW = "saw"
    HEARD = "heard"
    FRIEND = "friend"
    PARENT = "parent"
    OTHER = "other"


class Place(StrEnum):
    """Where it happens."""

    CLASS = "class"
    CLUB = "club"
    SNS = "sns"
    GAME = "game"
    OUTSIDE = "outside"
    OTHER = "other"


class Since(StrEnum):
    """Since when."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LONGER = "longer"
    UNKNOWN = "unknown"


class TellSchool(StrEnum):
    """Whether the school may be told, and how, so that nobody can guess who told (WG-17)."""

    YES = "yes"
    HIDDEN = "hidden"  # in a way that nobody can tell who it was
    BOARD_ONLY = "board_only"  # the board, not the school
    ASK_FIRST = "ask_first"  # after asking me on the answer's page
    NO = "no"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the form was told; every one of them may stay without an answer.

    Attributes: what: what happens; where_words, since_words: in their own words; people: who does it, and to whom;
    school_name: as written, school_code: of the card or link (never guessed from words); grade: of those concerned;
    tell_how: what the school must not learn.
    """

    danger: Danger | None = None
    witness: Witness | None = None
    what: str = ""
    places: tuple[Place, ...] = ()
    where_words: str = ""
    since: Since | None = None
    since_words: str = ""
    people: str = ""
    school_name: str = ""
    school_code: str | None = None
    grade: str = ""
    tell_school: TellSchool | None = None
    tell_how: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there is anything that somebody should read: words in any field, or a danger.

        A school's name that its card brought is nobody's word.
        """
        brought = {"school_name"} if self.school_code is not None else set()
        told = any(text.strip() for name, text in words_of(self).items() if name not in brought)
        return told or self.danger in (Danger.NOW, Danger.MAYBE)


#: The fields that hold words, with the most letters of each; they are screened one by one.
WORDS: Final[Mapping[str, int]] = {
    "what": LONGEST,
    "where_words": SHORT,
    "since_words": SHORT,
    "people": LONGEST,
    "school_name": SHORT,
    "grade": SHORT,
    "tell_how": LONGEST,
}

DANGER_NAMES: Final[Mapping[Danger, str]] = {
    Danger.NOW: "いま、あぶない人がいる",
    Danger.MAYBE: "あぶないかもしれない",
    Danger.NO: "いますぐの危険はない",
}
WITNESS_NAMES: Final[Mapping[Witness, str]] = {
    Witness.VICTIM: "されている本人",
    Witness.SAW: "見た",
    Witness.HEARD: "聞いた",
    Witness.FRIEND: "されている人の友だち",
    Witness.PARENT: "保護者・家族",
    Witness.OTHER: "そのほか",
}
PLACE_NAMES: Final[Mapping[Place, str]] = {
    Place.CLASS: "教室や学校の中",
    Place.CLUB: "部活やクラブ",
    Place.SNS: "SNSやチャット",
    Place.GAME: "ゲームの中",
    Place.OUTSIDE: "学校の外や行き帰り",
    Place.OTHER: "そのほか",
}
SINCE_NAMES: Final[Mapping[Since, str]] = {
    Since.TODAY: "今日",
    Since.WEEK: "この1週間くらい",
    Since.MONTH: "この1か月くらい",
    Since.LONGER: "もっと前から",
    Since.UNKNOWN: "わからない",
}
TELL_SCHOOL_NAMES: Final[Mapping[TellSchool, str]] = {
    TellSchool.YES: "学校に伝えてよい",
    TellSchool.HIDDEN: "だれが知らせたかわからない形なら、学校に伝えてよい",
    TellSchool.BOARD_ONLY: "教育委員会だけに伝えてほしい",
    TellSchool.ASK_FIRST: "伝える前に、返事のページで聞いてほしい",
    TellSchool.NO: "どこにも伝えないでほしい",
}


def words_of(answers: Answers) -> dict[str, str]:
    """What stands in the fields that hold words, by their names."""
    return {name: getattr(answers, name) for name in WORDS}


def with_words(answers: Answers, told: Mapping[str, str]) -> Answers:
    """The answers with other words in these fields; the rest stays."""
    whole = words_of(answers) | dict(told)
    return replace(
        answers,
        what=whole["what"],
        where_words=whole["where_words"],
        since_words=whole["since_words"],
        people=whole["people"],
        school_name=whole["school_name"],
        grade=whole["grade"],
        tell_how=whole["tell_how"],
    )


def choices_text(answers: Answers) -> str:
    """What was chosen rather than written, as one line for the transcript; empty where nothing was."""
    places = "、".join(PLACE_NAMES[place] for place in answers.places)
    told = {
        "危険": answers.danger and DANGER_NAMES[answers.danger],
        "知らせる人": answers.witness and WITNESS_NAMES[answers.witness],
        "場所": places,
        "いつから": answers.since and SINCE_NAMES[answers.since],
        "学校に伝えること": answers.tell_school and TELL_SCHOOL_NAMES[answers.tell_school],
    }
    chosen = "／".join(f"{heading}：{name}" for heading, name in told.items() if name)
    return f"（選んだ答え）{chosen}" if chosen else ""


class ReportStatus(StrEnum):
    """Where a report stands."""

    DRAFT = "draft"  # being written
    NEW = "new"  # sent, or left half-way; nobody has taken it up
    IN_HAND = "in_hand"  # somebody works on it
    DONE = "done"
    WITHDRAWN = "withdrawn"
    PRANK = "prank"


#: A report in these is over; a new word of the reporter's makes it new again.
OVER: Final = frozenset({ReportStatus.DONE, ReportStatus.WITHDRAWN, ReportStatus.PRANK})

STATUS_NAMES: Final[Mapping[ReportStatus, str]] = {
    ReportStatus.DRAFT: "書いているところ",
    ReportStatus.NEW: "未着手",
    ReportStatus.IN_HAND: "対応中",
    ReportStatus.DONE: "終了",
    ReportStatus.WITHDRAWN: "取り下げ",
    ReportStatus.PRANK: "いたずら",
}


@dataclass(frozen=True, slots=True)
class Report:
    """One report.

    Attributes: session_id: the session in which it was begun; level, unscreened: of that session; unfinished: left
    half-way; sent_at: when it was sent or left; touched_at: the reporter's last word; version: grows with each change of
    the answers; reporting_class, topic, deadline, decided_by, decided_at: the triage, None until a person decided
    (KAG-7.1); reopened_at: when it was last taken up again after it was over; owner_id: who works on it; matter_id: shared by the reports on the same matter, None for one alone;
    receipt_kept: the reporter has noted down the receipt (web alone).
    """

    id: UUID
    session_id: UUID
    contact_id: UUID
    channel: Channel
    status: ReportStatus
    answers: Answers
    version: int
    started_at: datetime
    touched_at: datetime
    sent_at: datetime | None = None
    unfinished: bool = False
    level: Level | None = None
    unscreened: bool = False
    reporting_class: ReportingClass | None = None
    topic: TopicCode | None = None
    deadline: datetime | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    owner_id: UUID | None = None
    matter_id: UUID | None = None
    closed_at: datetime | None = None
    receipt_kept: bool = False
    reopened_at: datetime | None = None


_ANSWERS: Final = TypeAdapter(Answers)


def answers_json(answers: Answers) -> str:
    """The stored form of the answers."""
    return _ANSWERS.dump_json(answers).decode()


def answers_of(text: str) -> Answers:
    """Read what ``answers_json`` gave. Raises: ValueError, which names fields and never their words."""
    try:
        return _ANSWERS.validate_json(text)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) or "answers" for one in error.errors(include_input=False))
        raise ValueError(f"a report can't be read: {places}") from None
