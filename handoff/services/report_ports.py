"""What the verbs of reports need of the database. Texts are plain on this side; rows are locked before they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
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
    """What the service said to a reporter, and what has arrived. by_person: a person wrote it, not the service's own texts."""

    at: datetime
    text: str
    by_person: bool


class Reports(Protocol):
    """Reports, their steps, and the visits of their reporters."""

    async def add(self, report: Report) -> None: ...
    async def find(self, report_id: UUID) -> Report:
        """Not locked. Raises: NotFound."""

    async def lock(self, report_id: UUID) -> Report:
        """Raises: NotFound."""

    async def save(self, report: Report) -> None:
        """Write all that can change of a locked report."""

    async def of_session(self, session_id: UUID) -> Report | None:
        """The report that a session is, also one that the same contact's later words opened."""

    async def of_contact(self, contact_id: UUID) -> Report | None:
        """The contact's last report, locked."""

    async def inbox(self, over: bool, limit: int) -> Sequence[Report]:
        """Those that are to be worked on, or those that are over, the last touched first; drafts are neither."""

    async def latest(self, contact_id: UUID) -> Report | None:
        """The contact's last report, not locked."""

    async def stamp(self, report_id: UUID | None) -> str:
        """A word that is another one after anything was said in, or done about, a report; None: any report."""

    async def waiting(self) -> int:
        """How many wait for somebody to take them up."""

    async def sessions_of(self, report: Report) -> Sequence[UUID]:
        """The sessions that hold its reporter's words, in order: its own, and on a report's page all that came later."""

    async def of_matter(self, matter_id: UUID) -> Sequence[Report]: ...
    async def silent_drafts(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Drafts in which nothing was written since then, but for those that were closed as empty."""

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

    async def open_visit(self, report_id: UUID, token: str, until: datetime) -> None:
        """Let whoever holds the token see and change this report until then (real time)."""

    async def hold_visit(self, token: str, until: datetime) -> None:
        """Let a visit last until then at the least."""

    async def visit(self, token: str, at: datetime) -> UUID | None:
        """The report of a token that still holds; None otherwise."""

    async def end_visits(self, before: datetime) -> int:
        """Drop the visits that were over by then; their number."""
