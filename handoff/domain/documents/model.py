"""What a document for the board is made of (HOK-3.4): parts with sentences, rows, tables and steps; no HTML here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from handoff.domain.profile import Profile


class Kind(StrEnum):
    """The four documents that HOK-3.4 wants."""

    FLOW = "flow"
    BASICS = "basics"
    URGENT = "urgent"
    SECRECY = "secrecy"


TITLES: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.FLOW: ("ア", "登録から相談・回答までの流れ"),
    Kind.BASICS: ("イ", "相談員の基本的事項"),
    Kind.URGENT: ("ウ", "緊急性の高い相談への対応"),
    Kind.SECRECY: ("エ", "守秘義務と記録の扱い"),
}


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The screen's rules as they run. version: of the lexicon; by_level: how many rules there are of each level."""

    version: str
    by_level: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_level.values())


@dataclass(frozen=True, slots=True)
class Source:
    """What the documents are made from: the profile and the rules as they really are, on a day (Japan's)."""

    profile: Profile
    rules: RulesInForce
    day: date
    #: Telephone numbers and addresses of people on call stand in a supervisor's own copy alone.
    with_contacts: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One box of a flow: who acts, what happens, and where it goes on from there (empty: to the next box)."""

    who: str
    title: str
    points: tuple[str, ...] = ()
    onward: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """caption: what it tells; head: of the columns; rows: the first cell heads its row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a document. requirement: the numbers that it answers."""

    heading: str
    requirement: str
    points: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One document. about: the profile's id and days; day: on which it was made."""

    kind: Kind
    requirement: str
    service_name: str
    owner: str
    about: str
    day: date
    parts: tuple[Part, ...]

    @property
    def mark(self) -> str:
        return TITLES[self.kind][0]

    @property
    def title(self) -> str:
        return TITLES[self.kind][1]

    @property
    def text(self) -> str:
        """All of it as plain text, row by row."""
        rows = [self.title, self.service_name, self.owner, self.about]
        for part in self.parts:
            rows += [part.heading, part.requirement, *part.points, *(" ".join(fact) for fact in part.facts)]
            if part.table is not None:
                rows += [part.table.caption, " ".join(part.table.head), *(" ".join(row) for row in part.table.rows)]
            rows += [" ".join((step.who, step.title, *step.points, *step.onward)) for step in part.steps]
        return "\n".join(rows)


def document(kind: Kind, requirement: str, source: Source, *parts: Part) -> Document:
    """Put parts together under the profile's name and days."""
    profile = source.profile
    begins = "始まりの日は未定" if profile.valid_from is None else f"{profile.valid_from:%Y-%m-%d} から"
    ends = "当分のあいだ" if profile.valid_to is None else f"{profile.valid_to:%Y-%m-%d} まで"
    about = f"事業設定 {profile.id}（{begins} {ends}）"
    return Document(kind, requirement, profile.service_name, profile.owner, about, source.day, parts)
