"""A leak of personal data (漏えい等), its two reports and their days (個人情報保護法26条・68条; boards verify). Pure.

A first report (速報) within three to five days, the final one (確報) within thirty, or sixty where somebody meant harm. The
day on which it was noticed counts as the first, and no day moves for a holiday: of two readings the stricter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused, MoveRefused

FIRST_WITHIN: Final = (timedelta(days=2), timedelta(days=4))
FINAL_WITHIN: Final = timedelta(days=29)
FINAL_WITHIN_WRONGFUL: Final = timedelta(days=59)
#: More people than these make any leak of a public body's one that is reported.
MANY: Final = 100
MOST_PERSONS: Final = 10_000_000
LONGEST: Final = 2000


class DataKind(StrEnum):
    """What leaked, or may have."""

    WORDS = "words"  # what was said in a talk: sensitive as a rule (要配慮)
    RISK = "risk"  # levels, escalations, sheets
    LINE_ID = "line_id"
    NAME = "name"
    ADDRESS = "address"  # telephone, mail, where somebody lives
    SCHOOL = "school"
    STAFF = "staff"
    OTHER = "other"


class LeakCause(StrEnum):
    """How it came about."""

    MISSENT = "missent"
    LOST = "lost"
    STOLEN = "stolen"
    INTRUSION = "intrusion"
    INSIDER = "insider"
    FAULT = "fault"  # of the program or its settings
    OTHER = "other"


class Told(StrEnum):
    """Whether those concerned, or everybody, have been told."""

    YES = "yes"
    PARTLY = "partly"
    NOT_YET = "not_yet"
    NOT_NEEDED = "not_needed"


class LeakState(StrEnum):
    """Where it stands."""

    NOTED = "noted"
    FIRST_SENT = "first_sent"
    FINAL_SENT = "final_sent"
    NOT_REPORTED = "not_reported"  # it needn't be, and why stands there


class VersionKind(StrEnum):
    """Which of the two reports."""

    FIRST = "first"  # 速報
    FINAL = "final"  # 確報


#: A report may be mended by another one of its kind; nothing goes back.
MOVES: Final[dict[LeakState, frozenset[LeakState]]] = {
    LeakState.NOTED: frozenset({LeakState.FIRST_SENT, LeakState.FINAL_SENT, LeakState.NOT_REPORTED}),
    LeakState.FIRST_SENT: frozenset({LeakState.FIRST_SENT, LeakState.FINAL_SENT}),
    LeakState.FINAL_SENT: frozenset({LeakState.FINAL_SENT}),
    # What is known by now says that it has to be.
    LeakState.NOT_REPORTED: frozenset({LeakState.NOTED}),
}
_SENT: Final = {VersionKind.FIRST: LeakState.FIRST_SENT, VersionKind.FINAL: LeakState.FINAL_SENT}
_SENSITIVE: Final = frozenset({DataKind.WORDS, DataKind.RISK})
_WRONGFUL: Final = frozenset({LeakCause.STOLEN, LeakCause.INTRUSION, LeakCause.INSIDER})
#: Words that each report can't do without, and what a person is told.
_WANTED: Final[dict[VersionKind, dict[str, str]]] = {
    VersionKind.FIRST: {"what": "何が起きたか"},
    VersionKind.FINAL: {
        "what": "何が起きたか",
        "why": "原因",
        "harm": "二次被害",
        "measures": "本人への対応",
        "public": "公表",
        "prevention": "再発防止",
    },
}


@dataclass(frozen=True, slots=True)
class LeakContent:
    """What the sheet says; all of it lies sealed. persons: None while nobody knows; wrongful: somebody meant harm; the
    rest are words: noticed_by is a role or an office, never a child."""

    noticed_by: str = ""
    what: str = ""
    kinds: frozenset[DataKind] = frozenset()
    persons: int | None = None
    cause: LeakCause | None = None
    why: str = ""
    wrongful: bool = False
    harm: str = ""
    told: Told = Told.NOT_YET
    measures: str = ""
    announced: Told = Told.NOT_YET
    public: str = ""
    prevention: str = ""

    @property
    def meant(self) -> bool:
        """Whether it may have been done on purpose, by what is ticked or by its cause."""
        return self.wrongful or self.cause in _WRONGFUL

    @property
    def reportable(self) -> bool:
        """Whether the law wants it reported; what nobody knows yet counts as if it did."""
        many = self.persons is None or self.persons > MANY
        return many or self.meant or not self.kinds or bool(self.kinds & _SENSITIVE)


@dataclass(frozen=True, slots=True)
class Leak:
    """One leak. noticed_on: a day in Japan; version: grows with each saving; reason: why it isn't reported."""

    id: UUID
    profile: str
    noticed_on: date
    content: LeakContent
    made_by: UUID
    made_at: datetime
    saved_by: UUID
    saved_at: datetime
    version: int = 1
    state: LeakState = LeakState.NOTED
    reason: str = ""

    @property
    def first_due(self) -> tuple[date, date]:
        """The days by which the first report should, and has to, be made."""
        return self.noticed_on + FIRST_WITHIN[0], self.noticed_on + FIRST_WITHIN[1]

    @property
    def final_due(self) -> date:
        return self.noticed_on + (FINAL_WITHIN_WRONGFUL if self.content.meant else FINAL_WITHIN)

    @property
    def due_on(self) -> date | None:
        """The last day of what has to be done next; None where nothing has."""
        return {LeakState.NOTED: self.first_due[1], LeakState.FIRST_SENT: self.final_due}.get(self.state)

    @property
    def is_open(self) -> bool:
        return self.due_on is not None

    def is_late(self, today: date) -> bool:
        return self.due_on is not None and today > self.due_on


def check_noticed(noticed_on: date, today: date) -> None:
    """Raises: InputRefused."""
    if noticed_on > today:
        raise InputRefused("noticed_on", "気づいた日に、先の日が入っています。")


def checked_content(content: LeakContent) -> LeakContent:
    """Raises: InputRefused: words that are too long, a number that can't be."""
    for name in ("noticed_by", "what", "why", "harm", "measures", "public", "prevention"):
        if len(getattr(content, name)) > LONGEST:
            raise InputRefused(name, f"{LONGEST}文字までで書いてください。")
    if content.persons is not None and not 0 <= content.persons <= MOST_PERSONS:
        raise InputRefused("persons", "人数を、0からの数字で入れてください。わからないときは空のままにします。")
    return content


def saved(leak: Leak, noticed_on: date, content: LeakContent, by: UUID, at: datetime) -> Leak:
    """What is known now; one that needn't be reported is open again where it has to be after all."""
    reopened = leak.state is LeakState.NOT_REPORTED and content.reportable
    return replace(
        leak,
        noticed_on=noticed_on,
        content=content,
        state=LeakState.NOTED if reopened else leak.state,
        version=leak.version + 1,
        saved_by=by,
        saved_at=at,
    )


def sent(leak: Leak, kind: VersionKind, actor: str) -> LeakState:
    """The state after a report was made of what stands there. Raises: MoveRefused. InputRefused: something is missing."""
    target = _SENT[kind]
    if target not in MOVES[leak.state]:
        raise MoveRefused(leak.state, target, actor)
    content = leak.content
    if not content.kinds:
        raise InputRefused("kinds", "漏れた（かもしれない）情報の種類を、一つ以上えらんでください。")
    for name, told in _WANTED[kind].items():
        if not getattr(content, name).strip():
            raise InputRefused(name, f"「{told}」を書いて保存してから、もう一度押してください。")
    if kind is VersionKind.FINAL and content.cause is None:
        raise InputRefused("cause", "原因の種類をえらんで保存してから、もう一度押してください。")
    if kind is VersionKind.FINAL and content.persons is None:
        raise InputRefused("persons", "人数を入れて保存してから、もう一度押してください。")
    return target


def not_reported(leak: Leak, reason: str, actor: str) -> LeakState:
    """The state of one that needn't be reported. Raises: MoveRefused, InputRefused: it has to be, or no reason is given."""
    if LeakState.NOT_REPORTED not in MOVES[leak.state]:
        raise MoveRefused(leak.state, LeakState.NOT_REPORTED, actor)
    if leak.content.reportable:
        raise InputRefused(
            "reason",
            "いまの内容では、報告が要ります（相談の内容、100人をこえるもの、わざと行われたもの、まだわからないもの）。",
        )
    if not 5 <= len(reason) <= LONGEST:
        raise InputRefused("reason", f"報告しない理由を、5文字から{LONGEST}文字までで書いてください。")
    return LeakState.NOT_REPORTED
