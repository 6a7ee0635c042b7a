"""The roster of those who work there (名簿): entries, pledges of secrecy, trainings (KAG-6.1ア, ウ, オ).

Pure. Days are days in Japan, spans include both ends. A version of somebody's entry holds from its day until the next
one's, at the longest until its last day, and never before the board was told: what isn't announced doesn't hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.staff import Lack, StaffRole

LONGEST_REAL_NAME: Final = 80
LONGEST_WORDS: Final = 1000
MOST_YEARS: Final = 70
#: A day further away than this is a slip of the hand.
FURTHEST: Final = timedelta(days=366 * 10)
#: A training holds so long where nobody names its last day. The documents name no span; a year is the contract's.
TRAINING_HOLDS_YEARS: Final = 1
#: So long before something runs out it is shown.
TOLD_AHEAD: Final = timedelta(days=30)
SHORTEST_TRAINING: Final = 5
LONGEST_TRAINING: Final = 24 * 60
#: Who can be on the contractor's roster; the board's people have accounts alone.
ROSTER_ROLES: Final = tuple(role for role in StaffRole if role is not StaffRole.BOARD)


class Way(StrEnum):
    """How the board was told of an entry or a change."""

    PAPER = "paper"
    MAIL = "mail"
    PHONE = "phone"
    MEETING = "meeting"


WAY_NAMES: Final[dict[Way, str]] = {
    Way.PAPER: "書面",
    Way.MAIL: "メール",
    Way.PHONE: "電話",
    Way.MEETING: "会議・面談",
}


class Subject(StrEnum):
    """What a training was about; the first two are required (KAG-6.1オ(ア), (イ))."""

    SNS_COUNSELLING = Lack.SNS_COUNSELLING.value
    EMERGENCY = Lack.EMERGENCY.value
    OTHER = "other"


REQUIRED: Final = (Subject.SNS_COUNSELLING, Subject.EMERGENCY)
SUBJECT_NAMES: Final[dict[Subject, str]] = {
    Subject.SNS_COUNSELLING: "SNS相談の特性をふまえた心理カウンセリング",
    Subject.EMERGENCY: "緊急のときの対応",
    Subject.OTHER: "そのほか",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of somebody's entry.

    Attributes: real_name, qualification, experience: words, None where they couldn't be opened; years: of experience;
    announced_on: the day on which the board was told, and how; holds_from, valid_to: first and last day; withdrawn_at:
    called off before it held.
    """

    id: UUID
    staff_id: UUID
    role: StaffRole
    trainee: bool
    real_name: str | None
    qualification: str | None
    experience: str | None
    years: int | None
    holds_from: date
    valid_to: date
    announced_on: date | None
    announced_way: Way | None
    made_by: UUID
    made_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def is_announced(self) -> bool:
        return self.announced_on is not None


@dataclass(frozen=True, slots=True)
class Pledge:
    """A pledge of secrecy. version: of its text; on: the day of signing; place: where its paper lies, None for the screen's."""

    id: UUID
    staff_id: UUID
    version: int
    on: date
    place: str | None
    recorded_by: UUID
    recorded_at: datetime

    @property
    def on_screen(self) -> bool:
        return self.recorded_by == self.staff_id


@dataclass(frozen=True, slots=True)
class Training:
    """A training that somebody had. minutes: its length; title, by, evidence: words."""

    id: UUID
    staff_id: UUID
    subject: Subject
    title: str
    by: str
    evidence: str
    minutes: int
    held_on: date
    valid_until: date
    made_by: UUID
    made_at: datetime

    def holds(self, day: date) -> bool:
        return self.held_on <= day <= self.valid_until


def in_force(entries: Iterable[Entry], day: date) -> Entry | None:
    """The version that counts on this day, of one person's entries in the order they were made; None where none holds.

    The same rule stands in ``adapters.database.standing`` as a statement; a test compares the two.
    """
    begun = [one for one in entries if one.is_announced and one.withdrawn_at is None and one.holds_from <= day]
    # Of two from the same day the later one corrects the earlier one.
    last = max(enumerate(begun), key=lambda pair: (pair[1].holds_from, pair[0]), default=None)
    return None if last is None or last[1].valid_to < day else last[1]


def coming(entries: Iterable[Entry], day: date) -> Sequence[Entry]:
    """Versions that don't hold yet, in the order of their days: those that wait for their day, or for being announced."""
    return sorted(
        (one for one in entries if one.withdrawn_at is None and (one.holds_from > day or not one.is_announced)),
        key=lambda one: one.holds_from,
    )


def first_day(holds_from: date, announced_on: date) -> date:
    """When an entry holds that was announced on this day: never before it."""
    return max(holds_from, announced_on)


def year_after(day: date) -> date:
    """The last day of a training that was held on this one."""
    try:
        there = day.replace(year=day.year + TRAINING_HOLDS_YEARS)
    except ValueError:  # the 29th of February
        there = day.replace(year=day.year + TRAINING_HOLDS_YEARS, month=3, day=1)
    return there - timedelta(days=1)


def checked_words(field: str, label: str, text: str, longest: int = LONGEST_WORDS, *, needed: bool = True) -> str:
    """Words as they are kept. Raises: InputRefused."""
    text = text.strip()
    if needed and not text:
        raise InputRefused(field, f"{label}を入れてください。")
    if len(text) > longest:
        raise InputRefused(field, f"{label}は{longest}文字までで書いてください（いま{len(text)}文字）。")
    return text


def check_span(holds_from: date, valid_to: date, today: date) -> None:
    """Raises: InputRefused: it ends before it begins, or lies too far away."""
    if abs(holds_from - today) > FURTHEST:
        raise InputRefused("holds_from", "日にちが遠すぎます。年を確かめてください。")
    if valid_to < holds_from:
        raise InputRefused("valid_to", "終わりの日は、始まりの日と同じか、後にしてください。")
    if valid_to - today > FURTHEST:
        raise InputRefused("valid_to", "終わりの日が遠すぎます。契約の終わりの日などを入れてください。")


def check_announced(announced_on: date | None, way: Way | None, today: date) -> None:
    """Raises: InputRefused: half of it is missing, or the day hasn't come."""
    if announced_on is not None and announced_on > today:
        raise InputRefused(
            "announced_on", "届け出た日は、きょうまでの日にしてください。これからのときは、空けておきます。"
        )
    if announced_on is not None and way is None:
        raise InputRefused("announced_way", "教育委員会に、どうやって届け出たかを選んでください。")
    if announced_on is None and way is not None:
        raise InputRefused("announced_on", "いつ届け出たかを入れてください。まだのときは、方法も空けておきます。")
