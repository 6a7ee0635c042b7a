"""What the verbs of evidence need: its rows and pieces in the database, the sniffing and rebuilding of files, LINE's content.

Bytes are plain on this side; each piece is sealed to its place by the adapter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.evidence import Evidence, Fetch, Part, Purpose
from handoff.domain.file_types import FileType


@dataclass(frozen=True, slots=True)
class Usage:
    """What a session's files take already."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Opening:
    """An original that somebody opened."""

    id: UUID
    evidence_id: UUID
    staff_id: UUID
    purpose: Purpose
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PictureWindow:
    """A counsellor's window for one picture."""

    session_id: UUID
    staff_id: UUID
    opened_at: datetime
    until: datetime
    used_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and now < self.until


class Evidences(Protocol):
    """Files, their pieces, openings and windows."""

    async def add(self, evidence: Evidence) -> bool:
        """False where its event has a row already."""

    async def find(self, evidence_id: UUID) -> Evidence:
        """Not locked. Raises: NotFound."""

    async def lock(self, evidence_id: UUID) -> Evidence:
        """Raises: NotFound."""

    async def save(self, evidence: Evidence) -> None:
        """Write all that can change of a locked row."""

    async def of_session(self, session_id: UUID) -> Sequence[Evidence]:
        """In the order in which they came."""

    async def of_event(self, event_id: UUID) -> Evidence | None:
        """The file of a message, locked."""

    async def usage(self, session_id: UUID) -> Usage: ...
    async def hold(self, session_id: UUID) -> None:
        """Let one transaction at a time count and add the files of whoever a session is with."""

    async def last_refused(self, session_id: UUID) -> datetime | None:
        """When a file of this session was last refused unseen."""

    async def add_piece(self, evidence_id: UUID, part: Part, number: int, data: bytes) -> None: ...
    async def piece(self, evidence_id: UUID, part: Part, number: int) -> bytes | None:
        """None behind the last one. Raises: SealBroken."""

    async def drop_pieces(self, evidence_id: UUID, *parts: Part) -> None:
        """Delete these parts' pieces; all of them where none is named."""

    async def delete(self, evidence_id: UUID) -> None:
        """Delete a row and its pieces."""

    async def unfinished(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Uploads in which nothing came since then."""

    async def due(self, at: datetime, limit: int) -> Sequence[UUID]:
        """Those that LINE has and whose next attempt is due (real time)."""

    async def categories(self, session_ids: Sequence[UUID]) -> frozenset[str]:
        """What kinds of risk the screen found in the words of sessions; where they can't be opened any more, all."""

    async def mark_unseen(self, session_id: UUID) -> None:
        """Note that the screen found sexual harm in a session's words. It stays, whatever becomes of the words."""

    async def add_opening(self, opening: Opening) -> bool:
        """False where its id, the key of the request, is known already."""

    async def openings(self, evidence_id: UUID) -> Sequence[Opening]: ...
    async def window(self, session_id: UUID) -> PictureWindow | None:
        """Locked."""

    async def set_window(self, window: PictureWindow) -> None: ...


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A picture made anew from its pixels: JPEG, without anything that stood beside them.

    Attributes: copies: the shown copy, then the thumbnail, each in pieces of PIECE bytes with their numbers, once; raises
    EvidenceBroken where they end too early.
    """

    shown_bytes: int
    thumb_bytes: int
    copies: AsyncIterator[tuple[Part, int, bytes]]


class Sniffer(Protocol):
    """Tells a file's type by its bytes."""

    def __call__(self, head: bytes, declared: str) -> FileType:
        """Args: head: the first HEAD bytes, or all. Raises: EvidenceTypeRefused."""


class Rebuilder(Protocol):
    """Makes pictures anew, in a process of its own with little memory and time and nothing else.

    What is made is there within the block alone: it is taken piece by piece, and nobody has it whole in memory.
    """

    def __call__(self, pieces: AsyncIterator[bytes]) -> AbstractAsyncContextManager[Rebuilt]:
        """Raises: EvidenceBroken: it can't be opened, takes too much, or is no picture."""


#: Takes bytes as they come.
type Take = Callable[[bytes], Awaitable[None]]


class MediaSource(Protocol):
    """LINE's content; never raises for what LINE or the network does."""

    async def __call__(self, message_id: str, take: Take) -> Fetch:
        """Give what came of it; ``take`` gets the bytes in order, and what it raises goes on."""
