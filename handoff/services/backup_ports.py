"""What making and checking backups needs of the outside: the database, its programs, and the place of the files."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from handoff.domain.backup import BackupFault, Manifest, RunKind, Standing

#: A row of ``data_keys`` as JSON has it.
StoredKey = Mapping[str, Any]


class BackupStandings(Protocol):
    """How backups stand, as the desk and ``/readyz`` read it."""

    async def standing(self) -> Standing: ...


class BackupRuns(Protocol):
    """The runs, written down apart from everything that a run does."""

    def alone(self, kind: RunKind) -> AbstractAsyncContextManager[None]:
        """Be the only run of this kind; a run that is found unfinished then was killed, and is written down as failed.

        Raises: BackupFailed: there is another one, or the database can't be reached.
        """

    async def begin(self, run_id: UUID, kind: RunKind) -> None: ...
    async def done(self, run_id: UUID, backup_id: UUID, size: int, rows: int) -> None: ...
    async def failed(self, run_id: UUID, fault: BackupFault) -> None: ...


class Snapshot(Protocol):
    """The database at one moment, however long reading takes."""

    async def manifest(self) -> Manifest:
        """Raises: BackupFailed."""

    async def keys(self) -> Sequence[StoredKey]:
        """The wrapped data keys."""

    def dump(self) -> AsyncGenerator[bytes]:
        """Everything but the wrapped data keys, as ``pg_restore`` reads it. Raises: BackupFailed."""


class Source(Protocol):
    """The database that is backed up."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """Raises: BackupFailed."""


class Target(Protocol):
    """A database into which a backup is put back."""

    async def check_empty(self) -> None:
        """Raises: BackupFailed: it holds tables, or can't be reached."""

    async def restore(self, dump: AsyncGenerator[bytes]) -> None:
        """All of it or nothing. Raises: BackupFailed."""

    async def manifest(self) -> Manifest: ...
    async def sample(self, cells: int) -> Sequence[SampledCell]:
        """At most so many cells of each sealed column, from all over the table."""

    async def put_keys(self, keys: Sequence[StoredKey]) -> int:
        """Put the wrapped data keys back, but for those whose owner isn't there; give their number. Nobody stays signed in."""


@dataclass(frozen=True, slots=True)
class SampledCell:
    """One sealed cell, where it lies and what it was sealed for."""

    table: str
    column: str
    row_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class BackupTold:
    """What a file says of itself. key: id of the key file's key that seals it."""

    backup_id: UUID
    made: datetime
    key: str


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """A data file in the folder. told: None where it can't be read."""

    path: Path
    size: int
    told: BackupTold | None


class OpenBackup(Protocol):
    """A data file that is being read."""

    @property
    def told(self) -> BackupTold: ...
    @property
    def size(self) -> int: ...
    async def check_whole(self) -> Manifest:
        """Read it to its end. Raises: BackupFailed: something was changed, moved or cut off."""

    def dump(self) -> AsyncGenerator[bytes]:
        """What the snapshot's ``dump`` gave. Raises: BackupFailed."""


class Vault(Protocol):
    """Where the sealed files lie. Each file is there whole or not at all."""

    def expire(self, real_now: datetime, keys_days: int | None) -> int:
        """Delete data files past their days (the newest stays), keys past theirs, and what killed runs left behind.

        Args: keys_days: as long may wrapped data keys be kept. Raises: BackupFailed.
        """

    def keep_keys(self, backup_id: UUID, made: datetime, keys: Sequence[StoredKey]) -> None:
        """Write the keys over the former ones. Raises: BackupFailed: the former ones are untouched."""

    async def keep_data(self, backup_id: UUID, made: datetime, manifest: Manifest, dump: AsyncGenerator[bytes]) -> int:
        """Write a data file; give its bytes. Raises: BackupFailed: nothing of it is left."""

    def backups(self) -> Sequence[StoredBackup]:
        """The data files, the newest first."""

    def open(self, path: Path) -> AbstractAsyncContextManager[OpenBackup]:
        """Raises: BackupFailed."""

    def read_keys(self) -> tuple[BackupTold, Sequence[StoredKey]]:
        """Raises: BackupFailed: there are none, or they don't open."""


class KeyBunch(Protocol):
    """Opens cells with wrapped data keys that aren't in a database."""

    def opens(self, cell: SampledCell) -> bool:
        """Raises: KeyUnknown: its data key isn't among them."""


class KeyUnknown(Exception):
    """A cell names a data key that isn't there."""


class Scratch(Protocol):
    """An empty database for a trial, gone afterwards."""

    def __call__(self) -> AbstractAsyncContextManager[Target]:
        """Raises: BackupFailed."""
