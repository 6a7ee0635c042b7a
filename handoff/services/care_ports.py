"""What the verbs around a talk need of the database: what is agreed about a contact, and what stays to be done.

As everywhere: plain texts on this side, rows locked before they change, one transaction a verb.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from handoff.domain.escalation import Suspect
from handoff.domain.phrase import Phrase, PhraseState
from handoff.domain.quota import Quota
from handoff.domain.wrap_up import Sheet
from handoff.services.desk_view_ports import Care


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A task that outlives its session. due_on: a day in Japan; result: None while it is open; drill: of one that is played."""

    id: UUID
    session_id: UUID
    contact_id: UUID
    owner_id: UUID
    due_on: date
    what: str
    made_by: UUID
    made_at: datetime
    done_by: UUID | None = None
    done_at: datetime | None = None
    result: str | None = None
    drill: bool = False


class FollowUps(Protocol):
    """Tasks: who does what until when, and what came of it."""

    async def add(self, task: FollowUp) -> bool:
        """False where its id, the key of the request, is known already."""

    async def find(self, task_id: UUID) -> FollowUp:
        """Not locked. Raises: NotFound."""

    async def lock(self, task_id: UUID) -> FollowUp:
        """Raises: NotFound."""

    async def save(self, task: FollowUp) -> None:
        """Write owner, day, and what came of it."""

    async def open(self, limit: int) -> Sequence[FollowUp]:
        """What is to be done, by day."""

    async def done_since(self, at: datetime, limit: int) -> Sequence[FollowUp]:
        """What was done since then, the newest first."""

    async def of_contact(self, contact_id: UUID, limit: int) -> Sequence[FollowUp]:
        """All of one contact: the open ones by day, then the done ones, the newest first."""


class ContactCares(Protocol):
    """What the team agreed about a contact; it is read through ``DeskViews.care``."""

    async def keep(self, contact_id: UUID, care: Care, seen: datetime | None) -> bool:
        """Write it whole; False where it isn't what it was at ``seen`` (None: where there was nothing)."""

    async def forget(self, contact_id: UUID, seen: datetime) -> bool:
        """Drop it, as nothing is agreed any more; False as above."""


@dataclass(frozen=True, slots=True)
class KnowledgeNote:
    """A short note for all counsellors (WG-20). expires_on: its last day, None for one that stays."""

    id: UUID
    author_id: UUID
    title: str
    text: str
    at: datetime
    updated_at: datetime
    expires_on: date | None


class KnowledgeNotes(Protocol):
    """The board of notes."""

    async def add(self, note: KnowledgeNote) -> bool:
        """False where its id, the key of the request, is known already."""

    async def lock(self, note_id: UUID) -> KnowledgeNote:
        """Raises: NotFound: there is none, or it was removed."""

    async def save(self, note: KnowledgeNote) -> None: ...
    async def remove(self, note_id: UUID, at: datetime) -> None:
        """Take a note away; its words are gone, that there was one stays."""

    async def not_over_before(self, day: date, limit: int) -> Sequence[KnowledgeNote]:
        """The notes whose last day isn't before this one, the newest first."""


@dataclass(frozen=True, slots=True)
class OwnPhrase:
    """A phrase that a counsellor made. remark: why a supervisor didn't share it, empty otherwise."""

    id: UUID
    phrase: Phrase
    owner_id: UUID
    state: PhraseState
    updated_at: datetime
    reviewed_by: UUID | None = None
    reviewed_at: datetime | None = None
    remark: str = ""


class PhraseRows(Protocol):
    """Counsellors' own phrases, and those of them that all share."""

    async def add(self, own: OwnPhrase) -> bool:
        """False where its id, the key of the request, is known already."""

    async def lock(self, phrase_id: UUID) -> OwnPhrase:
        """Raises: NotFound."""

    async def save(self, own: OwnPhrase) -> None: ...
    async def remove(self, phrase_id: UUID) -> None: ...
    async def of(self, owner_id: UUID) -> Sequence[OwnPhrase]: ...
    async def in_state(self, state: PhraseState) -> Sequence[OwnPhrase]: ...


class QuotaRow(Protocol):
    """What LINE said last of the month's pushes."""

    async def begin(self, at: datetime, every: timedelta) -> bool:
        """Note that LINE is asked now (real time); False where somebody asked within this span."""

    async def keep(self, quota: Quota, at: datetime) -> None: ...
    async def read(self) -> Quota | None:
        """None while nobody knows."""

    async def tell_once(self, day: date) -> bool:
        """Note that supervisors hear of it on this day; False where they did already."""


@dataclass(frozen=True, slots=True)
class WrapUp:
    """The wrap-up sheet of a session as it stands.

    Attributes: sheet: None where it can't be opened; version: grows with each saving; filled_by, filled_at: None while it
    is half-filled, and again once the talk went on after it; remark: of who sent it back, empty otherwise.
    """

    session_id: UUID
    sheet: Sheet | None
    version: int
    saved_by: UUID
    saved_at: datetime
    filled_by: UUID | None = None
    filled_at: datetime | None = None
    signed_by: UUID | None = None
    signed_at: datetime | None = None
    returned_by: UUID | None = None
    returned_at: datetime | None = None
    remark: str = ""


class WrapUps(Protocol):
    """Wrap-up sheets, and what they need to know of their sessions."""

    async def find(self, session_id: UUID) -> WrapUp | None:
        """Not locked, for reading."""

    async def lock(self, session_id: UUID) -> WrapUp | None:
        """The caller holds the session's row."""

    async def of(self, session_ids: Sequence[UUID]) -> Mapping[UUID, WrapUp]: ...
    async def save(self, record: WrapUp, sheet: Sheet) -> None:
        """Write a record whole, with these contents."""

    async def suspects(self, session_id: UUID) -> frozenset[Suspect]:
        """Who may be the one that harms, by whatever was ever found in a session."""

    async def linked(self, session_id: UUID) -> tuple[UUID | None, UUID | None]:
        """The contact's session before this one, and the one that their next word opened."""
