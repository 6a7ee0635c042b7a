"""What the verbs of reports need of the database. Texts are plain on this side; rows are locked before they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from handoff.domain.report import Report


class StepKind(StrEnum):
    """What people did about a report; each is a row that stays."""

    TAKE = "take"  # somebody took it up
    CHECK = "check"  # compared with other information (WG-15)
    HAND_OVER = "hand_over"  # to the board or the school
    ANSWER = "answer"  # what the reporter was told; subject: the outbox's call
    NOTE = "note"
    TRIAGE = "triage"
    LINK = "link"
    PRANK = "prank"
    CLOSE = "close"
    REOPEN = "reopen"
    DECIDE = "decide"  # two decided to tell the school although the reporter hadn't agreed (WG-17)
    LATE = "late"  # supervisors were told that something wasn't done in time
    READ = "read"  # the reporter asked on LINE for what was answered, and was given it
    SCHOOL = "school"  # which of the register it's about; words: its code, empty for none
    REPLY = "reply"  # the reporter's words after that lie in another session; subject: that session


#: The code of an answer that was said at once, on a page of ours or in a talk; every other waits until it is asked for.
SAID: Final = "said"


@dataclass(frozen=True, slots=True)
class ReportStep:
    """One row. by: None for the reporter or the service; code: of a closed list of its kind (an agency, a class); words: sealed."""

    id: UUID
    report_id: UUID
    kind: StepKind
    at: datetime
    by: UUID | None = None
    code: str | None = None
    words: str = ""
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class HeardLine:
    """What the service said to a reporter, and what has arrived. by_person: a person wrote it, not the service's own texts;
    sender: that person's alias, as students know them.
    """

    at: datetime
    text: str
    by_person: bool
    sender: str | None = None


class Reports(Protocol):
    """Reports and their steps."""

    async def add(self, report: Report) -> None: ...
    async def find(self, report_id: UUID) -> Report:
        """Not locked. Raises: NotFound."""

    async def lock(self, report_id: UUID) -> Report:
        """Raises: NotFound."""

    async def save(self, report: Report) -> None:
        """Write all that can change of a locked report."""

    async def of_session(self, session_id: UUID) -> Report | None:
        """The report that a session is, also one that the same contact's later words opened; its own before all others."""

    async def of_contact(self, contact_id: UUID) -> Report | None:
        """The contact's last report, locked."""

    async def to_do(self, after: UUID | None, limit: int) -> Sequence[Report]:
        """Some of those that are to be worked on, by their ids: those after this one. ``every_to_do`` gives all."""

    async def touched(self, over: bool, limit: int, skip: int = 0, owner: UUID | None = None) -> Sequence[Report]:
        """Those that are to be worked on, or that are over, the last touched first; drafts are neither. owner: theirs alone."""

    async def answered(self, contact_id: UUID) -> Sequence[Report]:
        """The contact's reports that were answered, drafts left out, in order; not locked."""

    async def replied_to(self, contact_id: UUID) -> Report | None:
        """The report to which the contact's next words belong: the one of which an answer was read last, while it is to be
        worked on, or as long as it was read after the end; not locked.
        """

    async def stamp(self, report_id: UUID | None) -> str:
        """A word that is another one after anything was said in, or done about, a report; None: any report."""

    async def waiting(self) -> int:
        """How many wait for somebody to take them up."""

    async def sessions_of(self, report: Report) -> Sequence[UUID]:
        """The sessions that hold its reporter's words, in order: its own, what was written after an answer, and on a
        report's page all that came later.
        """

    async def of_matter(self, matter_id: UUID) -> Sequence[Report]: ...
    async def silent_drafts(self, before: datetime, empty_before: datetime, limit: int) -> Sequence[UUID]:
        """Drafts that are to be tended: something was told and nothing since ``before``; from our page, and empty, nothing
        since ``empty_before``. Those in danger first, then what was told, then the oldest.
        """

    async def withdrawn_open(self, limit: int) -> Sequence[UUID]:
        """Open sessions, of reports from our page that were withdrawn, that nobody has taken and nothing is urgent about."""

    async def heard(self, contact_id: UUID) -> Sequence[HeardLine]:
        """All that was said to a reporter and has arrived, in order."""

    async def add_step(self, step: ReportStep) -> bool:
        """False where its id, the key of the request, is known already."""

    async def steps(self, report_id: UUID) -> Sequence[ReportStep]:
        """In order."""

    async def steps_among(self, report_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[ReportStep]]:
        """The steps of several reports, in order, without their words; reports without any are left out."""

    async def set_receipt(self, report_id: UUID, code: str) -> None:
        """Keep the receipt's keyed hash; the code itself is kept nowhere."""

    async def by_receipt(self, code: str) -> UUID | None:
        """The report of a canonical code."""

    def receipt_for(self, token: str) -> str:
        """The receipt code of the visit in which a report is sent: of its token and a key of the installation's."""


class ReportVisits(Protocol):
    """Who may see and change a report on its page now, by what their browser holds. All times are real."""

    async def open(self, report_id: UUID, token: str, until: datetime) -> None:
        """Let whoever holds the token see and change this report until then (real time)."""

    async def hold(self, token: str, until: datetime) -> None:
        """Let a visit last until then at the least."""

    async def turn(self, token: str) -> int:
        """The turn of the last words that a visit's page brought; 0 where none came."""

    async def set_turn(self, token: str, turn: int) -> None: ...
    async def report_of(self, token: str, at: datetime) -> UUID | None:
        """The report of a token that still holds; None otherwise."""

    async def end_all(self, before: datetime) -> int:
        """Drop the visits that were over by then; their number."""

    async def end(self, token: str) -> None:
        """Its token opens nothing any more."""


class Sittings(Protocol):
    """Pages of the report that somebody left at once, by the signs that they held. All times are real."""

    async def leave(self, sitting: str, at: datetime) -> None:
        """Remember it; the first time counts."""

    async def left_at(self, sitting: str) -> datetime | None:
        """None: nobody left them."""

    async def forget(self, before: datetime) -> int:
        """Drop what was left before then; its number."""
