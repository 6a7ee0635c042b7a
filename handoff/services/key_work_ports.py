"""What changing keys needs: the key file, and what in the database hangs on each of its keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """One sealed column, and how far it was gone through. after: the primary key of the last row that was looked at."""

    table: str
    column: str
    after: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class ResealedBatch:
    """resealed: cells that lie under a data key now; changed: that somebody else wrote meanwhile; broken: that don't open.

    then: where the next batch begins, None where the column is through.
    """

    resealed: int
    changed: int
    broken: int
    then: SealedPlace | None


@dataclass(frozen=True, slots=True)
class RewrappedBatch:
    """done: data keys that lie under the active key now; broken: those that don't open, which stay as they are."""

    done: int
    broken: frozenset[UUID]


class KeyWork(Protocol):
    """Works through what is wrapped or sealed by a key of the key file."""

    async def wrapped_by(self) -> Mapping[str, int]:
        """How many data keys each key wraps."""

    async def sealed_by(self) -> Mapping[str, int]:
        """How many cells each key seals itself, as the first version did. Every sealed cell is looked at."""

    async def rewrap(self, active: str, most: int, skip: Collection[UUID] = ()) -> RewrappedBatch:
        """Wrap at most so many data keys of other keys by the active one, but for those that somebody works on now.

        Args: skip: keys that were found broken. Raises: SealFailed: the key file lacks a key. KeyFileError.
        """

    async def opens_any(self, name: str) -> bool:
        """Whether a key opens any of the data keys that it wraps. Raises: SealFailed, KeyFileError."""

    async def begun(self) -> int:
        """A number above those of all transactions that write now."""

    async def running(self) -> int:
        """The number of the oldest transaction that writes now; where none does, the next one's."""

    def places(self) -> Sequence[SealedPlace]:
        """The beginning of every sealed column."""

    async def reseal(self, place: SealedPlace) -> ResealedBatch:
        """Seal one batch under the data keys of its owners. A cell that was written meanwhile is left as it is."""


class KeyFileChanges(Protocol):
    """The key file, replaced whole by each change. All raise KeyFileError and leave it as it was."""

    def active(self) -> str: ...
    def activated(self) -> datetime:
        """When the active key was chosen, in real time."""

    def names(self) -> Sequence[str]: ...
    def add(self, name: str | None) -> str:
        """Add a fresh key; give its id."""

    def activate(self, name: str) -> None: ...
    def drop(self, name: str) -> None: ...


class KeptBackups(Protocol):
    """What of the backups hangs on a key."""

    def backups_under(self, name: str) -> int:
        """How many files of the backup's folders are sealed by a key."""
