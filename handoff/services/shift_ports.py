"""What the verbs of shifts need of the database. Texts are plain on this side; rows are locked before they change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from handoff.domain.shift import Confirmation, Duty, Shift
from handoff.domain.staff import StaffMember


@dataclass(frozen=True, slots=True)
class RungTest:
    """A test alarm of a shift. id: the form's key; complete_at: when all of the ladder had confirmed it."""

    id: UUID
    shift_id: UUID
    escalation_id: UUID
    by: UUID
    at: datetime
    complete_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a rung of a test alarm got it: by its link (by None), or told by telephone and written down, with the name."""

    escalation_id: UUID
    rung: int
    at: datetime
    by: UUID | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class DutyNote:
    """A line of the duty log. at: when it happened; corrects: the line before it that it puts right."""

    id: UUID
    shift_id: UUID
    at: datetime
    words: str
    by: UUID
    made_at: datetime
    corrects: UUID | None = None


class PaperKind(StrEnum):
    """What is made of a day."""

    DAILY = "daily"  # 日報
    HANDOVER = "handover"  # 引継ぎ


@dataclass(frozen=True, slots=True)
class Paper:
    """One version. found: JSON of what it says beside the words, None while it isn't finished, and is made anew."""

    id: UUID
    shift_id: UUID
    kind: PaperKind
    version: int
    finished: bool
    words: str
    found: str | None
    by: UUID
    at: datetime


class Shifts(Protocol):
    """Shifts: start check, duty log, daily report and handover."""

    async def open(self, shift: Shift) -> bool:
        """False where this day's shift is there already."""

    async def of_day(self, profile: str, day: date) -> Shift | None:
        """Not locked."""

    async def lock(self, profile: str, day: date) -> Shift:
        """Raises: NotFound."""

    async def save(self, shift: Shift) -> None:
        """Write who began and closed a locked one, and when."""

    async def before(self, profile: str, day: date) -> Shift | None:
        """The shift before this day."""

    async def newest(self, profile: str, limit: int, skip: int = 0) -> Sequence[Shift]: ...
    async def count(self, profile: str) -> int: ...

    async def confirm(self, confirmation: Confirmation) -> bool:
        """False where its id, the key of the request, is known already."""

    async def confirmations(self, shift_id: UUID) -> Sequence[Confirmation]:
        """In order; the last one of an item counts."""

    # The test alarm
    async def add_alarm(self, alarm: RungTest) -> bool:
        """False where its id is known already."""

    async def alarms(self, shift_id: UUID) -> Sequence[RungTest]:
        """In order."""

    async def last_complete(self, profile: str) -> datetime | None:
        """When the whole ladder of a test was last confirmed."""

    async def is_test(self, escalation_id: UUID) -> bool:
        """Whether this alarm was rung for a shift; its row is locked then."""

    async def add_receipt(self, receipt: Receipt) -> bool:
        """False where the rung has confirmed it already."""

    async def receipts(self, escalation_id: UUID) -> Mapping[int, Receipt]: ...
    async def complete(self, escalation_id: UUID, at: datetime) -> None: ...

    # Who was there
    async def on_duty(self, members: Sequence[StaffMember], at: datetime) -> None:
        """Note that they take sessions: who did so already goes on; who was silent for too long, or had another role, begins
        anew."""

    async def end_duty(self, member_ids: Sequence[UUID], at: datetime) -> None: ...
    async def seen(self, member: StaffMember, at: datetime) -> None:
        """Note that somebody is still there; likewise, but who isn't on duty doesn't begin."""

    async def duties(self, begins_at: datetime, ends_at: datetime) -> Sequence[Duty]:
        """All that touch these hours, by their beginning."""

    async def add_note(self, note: DutyNote) -> bool:
        """False where its id, the key of the request, is known already."""

    async def notes(self, shift_id: UUID) -> Sequence[DutyNote]:
        """By the time of which they tell."""

    # Papers
    async def add_paper(self, paper: Paper) -> bool:
        """False where its id, the key of the request, is known already."""

    async def paper(self, shift_id: UUID, kind: PaperKind, *, finished: bool = False) -> Paper | None:
        """The newest version; finished: the newest of those."""

    async def finished_papers(self, shift_ids: Sequence[UUID]) -> Collection[tuple[UUID, PaperKind]]:
        """Of which of these shifts which paper is finished."""

    async def paper_version(self, shift_id: UUID, kind: PaperKind, version: int) -> Paper | None: ...
    async def papers(self, shift_id: UUID, kind: PaperKind) -> Sequence[Paper]:
        """All finished versions, without their words."""

    async def last_handover(self, profile: str, before: date) -> tuple[Shift, Paper] | None:
        """The handover of the newest shift before a day that has a finished one."""

    async def mark_read(self, paper_id: UUID, member_id: UUID, at: datetime) -> bool:
        """False where this person has read it already."""

    async def readers(self, paper_id: UUID) -> Mapping[UUID, datetime]: ...

    async def drafts(self) -> int:
        """How many lines somebody began to write in sessions that aren't closed; of drills none is counted."""
