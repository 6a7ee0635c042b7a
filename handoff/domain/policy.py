"""The operating policy and terms (運用ポリシー) by version: what is published, what the board adds, who saw which.

Pure. A version is a frozen copy of all its texts: what somebody was shown can be looked up years later, whatever the
profile has become since (HOK-8.1, WG-10, TAJ-6(8)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.profile.wording import PLACEHOLDER_MARK
from handoff.domain.wording_rules import must_nots

#: Letters of the short page: a twelve-year-old reads about 400 a minute (WG-10).
LONGEST_SHORT: Final = 400
#: Letters of what the board adds to each page, of the note on what changed, and of whom the approval came from.
LONGEST_WORDS: Final[Mapping[str, int]] = {"short": 120, "full": 4000, "privacy": 2000}
LONGEST_NOTE: Final = 300
LONGEST_APPROVER: Final = 100
#: So far ahead a version may be announced.
FURTHEST: Final = timedelta(days=180)


class Page(StrEnum):
    """The three texts of a version."""

    SHORT = "short"
    FULL = "full"
    PRIVACY = "privacy"


PAGE_NAMES: Final[Mapping[Page, str]] = {
    Page.SHORT: "短い版",
    Page.FULL: "くわしい版",
    Page.PRIVACY: "個人情報の使い方",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (empty on the short page) and its sentences, each a row of its own."""

    heading: str
    points: tuple[str, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.heading, *self.points)))


type Sections = tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class PolicyText:
    """Both lengths and the notice of purposes."""

    short: Sections
    full: Sections
    privacy: Sections

    def page(self, page: Page) -> Sections:
        sections: Sections = getattr(self, page)
        return sections

    def rows(self, page: Page) -> tuple[str, ...]:
        """A page row by row."""
        return tuple(row for section in self.page(page) for row in section.rows)

    @property
    def fingerprint(self) -> str:
        """Tells whether two texts are the same."""
        rows = "\n\n".join("\n".join(self.rows(page)) for page in Page)
        return sha256(rows.encode()).hexdigest()[:16]

    def length(self, page: Page) -> int:
        """Letters that a reader of it reads."""
        return sum(map(len, self.rows(page)))


@dataclass(frozen=True, slots=True)
class BoardWords:
    """What the board adds in its own words, a row of each page per line; empty where it adds nothing."""

    short: str = ""
    full: str = ""
    privacy: str = ""

    def rows(self, page: Page) -> tuple[str, ...]:
        words: str = getattr(self, page)
        return tuple(line.strip() for line in words.splitlines() if line.strip())

    def checked(self) -> BoardWords:
        """The same, trimmed. Raises: InputRefused: too long, or a promise that nobody can keep."""
        trimmed = BoardWords(**{page.value: "\n".join(self.rows(page)) for page in Page})
        for page in Page:
            words, longest = getattr(trimmed, page), LONGEST_WORDS[page]
            if len(words) > longest:
                raise InputRefused(
                    page, f"{PAGE_NAMES[page]}に足す文は{longest}文字までで書いてください（いま{len(words)}文字）。"
                )
            faults = must_nots(words)
            if faults:
                raise InputRefused(page, f"{PAGE_NAMES[page]}に足す文を直してください。{'。'.join(faults)}。")
        return trimmed


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written for the next version. revision: grows with each change; 0: nothing was ever written."""

    words: BoardWords = field(default_factory=BoardWords)
    revision: int = 0
    changed_by: UUID | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version as it was published; nothing of it ever changes.

    Attributes: number: counted per profile from 1; holds_from: from when on it holds; note: what changed, for readers;
    approved_by: who of the board approved it (words), on which day; published_by: whose hand it was.
    """

    id: UUID
    profile: str
    number: int
    text: PolicyText
    holds_from: datetime
    note: str
    approved_by: str
    approved_on: date
    published_by: UUID
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PolicyHead:
    """A version without its texts: number, and from when on it holds."""

    id: UUID
    number: int
    holds_from: datetime


class SeenBy(StrEnum):
    """How a contact was shown a version."""

    LINE = "line"  # its address was sent with the notice
    CHAT = "chat"  # it stood on the page from which the chat was begun
    REPORT = "report"  # it stood on the pages of the report


SEEN_NAMES: Final[Mapping[SeenBy, str]] = {
    SeenBy.LINE: "LINEで案内",
    SeenBy.CHAT: "チャットの画面に表示",
    SeenBy.REPORT: "通報の画面に表示",
}


@dataclass(frozen=True, slots=True)
class PolicySeen:
    """That a contact was shown a version. arrived: None while the line with its address is on its way (or of an unknown
    fate), False where LINE never took it.
    """

    policy_id: UUID
    number: int
    at: datetime
    way: SeenBy
    arrived: bool | None = True


def in_force[One: (PolicyVersion, PolicyHead)](versions: Iterable[One], at: datetime) -> One | None:
    """The version that holds at a moment: the one that began last, of several from the same moment the newest."""
    held = [one for one in versions if one.holds_from <= at]
    return max(held, key=lambda one: (one.holds_from, one.number), default=None)


def check_publication(
    text: PolicyText,
    note: str,
    approved_by: str,
    approved_on: date,
    holds_from: datetime,
    now: datetime,
    *,
    first: bool,
) -> None:
    """Raises: InputRefused: the short page is too long, something in it isn't decided, or what is noted of the approval
    is missing.
    """
    if text.length(Page.SHORT) > LONGEST_SHORT:
        raise InputRefused(
            "short",
            f"短い版が{LONGEST_SHORT}文字をこえています（いま{text.length(Page.SHORT)}文字）。足した文を短くしてください。",
        )
    if any(PLACEHOLDER_MARK in row for page in Page for row in text.rows(page)):
        raise InputRefused(
            "text", "秘密の決まりが、事業設定でまだ決まっていません。disclosure を決めてから公開してください。"
        )
    if not approved_by:
        raise InputRefused("approved_by", "教育委員会のだれが承認したかを書いてください。")
    if len(approved_by) > LONGEST_APPROVER:
        raise InputRefused("approved_by", f"承認した人は{LONGEST_APPROVER}文字までで書いてください。")
    if approved_on > now.date():
        raise InputRefused("approved_on", "承認した日が、まだ来ていません。日にちを確かめてください。")
    if not note and not first:
        raise InputRefused("note", "前の版から何が変わったかを、読む人にわかるように書いてください。")
    if len(note) > LONGEST_NOTE:
        raise InputRefused("note", f"変わったところは{LONGEST_NOTE}文字までで書いてください（いま{len(note)}文字）。")
    if must_nots(note):
        raise InputRefused("note", f"変わったところの文を直してください。{'。'.join(must_nots(note))}。")
    if holds_from < now:
        raise InputRefused("holds_from", "始まりの時刻が、もう過ぎています。空のままにすると、いまから始まります。")
    if holds_from - now > FURTHEST:
        raise InputRefused("holds_from", "始まりが先すぎます。半年より先の版は、近くなってから公開してください。")


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands in one text and not in the other, of one page."""

    page: Page
    gone: tuple[str, ...]
    added: tuple[str, ...]


def differences(before: PolicyText, after: PolicyText) -> tuple[Difference, ...]:
    """Row by row, stretch by stretch, in the order in which they are read; empty where nothing differs."""
    return tuple(one for page in Page for one in _of_page(page, before.rows(page), after.rows(page)))


def _of_page(page: Page, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Difference]:
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            yield Difference(page, before[a:b], after[c:d])
