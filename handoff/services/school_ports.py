"""The school register (KAG-5, KAG-6.1キ)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.school import School, SchoolEntry


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry as it is kept. version: of what somebody sees, so that nobody writes over what they didn't see."""

    entry: SchoolEntry
    version: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits to be taken in. file: None once it was, or when too much time has passed."""

    id: UUID
    profile: str
    made_by: UUID
    at: datetime
    file: bytes | None
    imported_at: datetime | None = None


class Schools(Protocol):
    """The school register (KAG-5, KAG-6.1キ)."""

    async def find(self, profile: str, code: str) -> School | None:
        """A school or other body of this profile by its code."""

    async def names(self, profile: str) -> Sequence[School]:
        """All of them, closed ones as well, by municipality and name; without numbers and contacts."""

    async def entries(self, profile: str) -> Mapping[str, SchoolEntry]:
        """All that the register holds, by code."""

    async def entry(self, profile: str, code: str) -> KnownEntry | None:
        """All of one."""

    async def is_empty(self, profile: str) -> bool: ...

    async def lock(self, profile: str) -> None:
        """Let nobody else change this profile's register until the transaction ends."""

    async def save(self, profile: str, entries: Sequence[SchoolEntry], at: datetime) -> None:
        """Write entries whole, known or new."""

    async def keep_upload(self, upload: Upload) -> None:
        """Keep a file to be looked through."""

    async def upload(self, upload_id: UUID) -> Upload | None:
        """One of them, locked."""

    async def finish_upload(self, upload_id: UUID, at: datetime) -> None:
        """Note that a file was taken in, and drop it."""

    async def drop_uploads(self, before: datetime) -> None:
        """Forget the files that nobody took in."""
