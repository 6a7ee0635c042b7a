"""A closure of the whole window that a supervisor made: announced ahead, or from now on (WG-9b); with words for students.

Pure. It lies over the profile's hours (``OpeningHours.closed_in``) and touches nothing else: the on-call person and the
other lines keep theirs. Half-open like all times here: closed from the beginning on, open again from the end on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.wording_rules import LONGEST_BUBBLE, faults_of_wording

#: How far ahead a closure may be planned, and how long one may last.
FURTHEST: Final = timedelta(days=400)
#: An end later than this is a slip of the hand.
LONGEST: Final = timedelta(days=120)
#: So long before its beginning students hear of an announced one.
TOLD_AHEAD: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class WindowClosure:
    """One closure.

    Attributes: text: what students are told; announced: planned before it began, so that a talk gets its last call and ends
    with it; one that wasn't lets what is live be finished; ends_at: of one that was lifted while it ran, that moment;
    lifted_at: when somebody lifted it; a lifted one that hadn't begun is none any more.
    """

    id: UUID
    begins_at: datetime
    ends_at: datetime
    text: str
    announced: bool
    made_by: UUID
    made_at: datetime
    lifted_by: UUID | None = None
    lifted_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the window is closed by it at this moment."""
        return self.begins_at <= at < self.ends_at

    def is_near(self, at: datetime) -> bool:
        """Whether students are told at this moment that it will come."""
        return self.announced and at < self.begins_at <= at + TOLD_AHEAD

    @property
    def holds(self) -> bool:
        """Whether it closes anything at all: not when it was lifted before it began."""
        return self.begins_at < self.ends_at


def checked_text(text: str) -> str:
    """A closure's words as they are kept. Raises: InputRefused: none, too many, or some that no student may read."""
    text = "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
    if not text:
        raise InputRefused("text", "子どもに伝える文を書いてください。")
    if len(text) > LONGEST_BUBBLE:
        raise InputRefused("text", f"文は{LONGEST_BUBBLE}文字までで書いてください（いま{len(text)}文字）。")
    faults = faults_of_wording(text)
    if faults:
        raise InputRefused("text", f"この文は使えません。{'。'.join(faults)}。")
    return text


def check_span(begins_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raises: InputRefused: it is over already, ends before it begins, or lies too far away."""
    if ends_at <= now:
        raise InputRefused("ends_at", "終わりの時刻が、もう過ぎています。")
    if ends_at <= begins_at:
        raise InputRefused("ends_at", "終わりは、始まりより後にしてください。")
    if begins_at - now > FURTHEST:
        raise InputRefused("begins_at", "始まりが先すぎます。1年より先の休みは、近くなってから入れてください。")
    if ends_at - begins_at > LONGEST:
        raise InputRefused("ends_at", "長すぎます。4か月までで書いてください。")


def stretches(closures: Iterable[WindowClosure]) -> tuple[tuple[datetime, datetime], ...]:
    """What closures cover together: stretches in order that neither overlap nor touch."""
    joined: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted((one.begins_at, one.ends_at) for one in closures if one.holds):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return tuple(joined)
