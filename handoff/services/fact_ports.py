"""What the verbs of facts and of corrections of sheets need of the database (KAG-6.1キ)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from handoff.domain.fact import Fact, Place
from handoff.domain.fact_count import Counts, FactQuery
from handoff.domain.fact_source import FactSource
from handoff.domain.wrap_up import Sheet


@dataclass(frozen=True, slots=True)
class FactDue:
    """A session whose fact is to be written."""

    id: UUID
    session_id: UUID
    at: datetime


class CorrectionState(StrEnum):
    """Where a correction stands."""

    WAITING = "waiting"  # for a second person
    MADE = "made"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction of a closed session's sheet.

    Attributes: id: the key of the request; seen: version of the sheet that it corrects; before, after: None where they
    can't be opened; remark: of who refused it, empty otherwise.
    """

    id: UUID
    session_id: UUID
    seen: int
    state: CorrectionState
    before: Sheet | None
    after: Sheet | None
    reason: str
    made_by: UUID
    made_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    remark: str = ""


class Facts(Protocol):
    """The de-identified rows of sessions that outlive their words, and the sessions that wait for theirs."""

    async def of_day(self, profile: str, day: date, *, test: bool = False) -> Sequence[Fact]:
        """The newest versions of the facts whose first message came on this day in Japan. test: those of drills alone."""

    async def wake(self, session_id: UUID, at: datetime) -> None:
        """Have a session's fact written, or written anew where something changed; part of the change's transaction."""

    async def dues(self, limit: int) -> Sequence[FactDue]:
        """What waits, the oldest first."""

    async def settle(self, due_ids: Sequence[UUID]) -> None:
        """Forget that these waited."""

    async def hold(self) -> bool:
        """Keep other writers out until the transaction's end; False where one is at it."""

    async def source(self, session_id: UUID) -> FactSource | None:
        """What the record knows of a closed session, without sheet, report and survey; None where it isn't closed."""

    async def user_key(self, contact_id: UUID, year: int) -> bytes:
        """The key of a contact in one fiscal year; nobody without the key file can tell two years' keys to be one's."""

    async def pupils(self, profile: str, place: Place, grade: str | None, day: date) -> tuple[int | None, int | None]:
        """Pupils of a grade, or of all, in a place's school, and in all schools of its type and founder in its area, by the
        newest numbers of that day. None where nobody counted them.
        """

    async def newest(self, session_id: UUID) -> Fact | None: ...
    async def add(self, session_id: UUID, fact: Fact) -> None:
        """Add a version; the one before it isn't the newest any more."""

    async def cut_off(self, session_id: UUID) -> None:
        """Let nobody find this session's facts any more, with the key file neither; they go on being counted.

        Part of the transaction that deletes the session's row, once nothing of it is due: a session that is woken after this
        is counted a second time (``docs/facts.md``).
        """

    async def count(self, query: FactQuery) -> Counts: ...
    async def keep_correction(self, correction: Correction, after: Sheet, before: Sheet) -> bool:
        """Add one; False where its id is known, or another one of the session waits."""

    async def decide_correction(self, correction: Correction) -> None:
        """Write what the second person said."""

    async def corrections(self, session_id: UUID) -> Sequence[Correction]:
        """All of a session, in order."""

    async def waiting_corrections(self, limit: int) -> Sequence[Correction]:
        """Those that wait for a second person, the oldest first."""

    async def school_names(self, profile: str, codes: Sequence[str]) -> Mapping[str, str]:
        """Names of schools by their codes, closed ones too."""
