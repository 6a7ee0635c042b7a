"""The sealed files: data files with their days, and one file of wrapped data keys that each run writes over.

A data file's stream begins with the manifest (its length in 8 bytes, then JSON); the rest is what ``pg_dump`` wrote. The
file of keys is a JSON list. Both are drafts, readable by their owner alone, until they are whole and on the disk.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

from handoff.domain.backup import BackupFailed, BackupFault, Manifest
from handoff.services.backup_ports import BackupTold, StoredBackup, StoredKey
from kernel.sealing import KeyFileError, Keyring, SealBroken
from kernel.sealing.stream import SealedWriter, StreamHeader, read_header, read_pieces

SUFFIX: Final = ".backup"
_DATA, _KEYS = "backup data", "backup keys"
_DRAFT: Final = ".draft-"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LENGTH: Final = 8


class FileVault:
    """Implements ``services.backup_ports.Vault`` and ``services.key_work_ports.KeptBackups``.

    Args: folder: of the data files; keys: the file of the wrapped data keys; ring: reads the key file; keep: as long stay
    data files; to: where the next data file goes instead, a path or a stream.
    """

    def __init__(
        self,
        folder: Path,
        keys: Path,
        ring: Callable[[], Keyring],
        keep: timedelta,
        to: Path | BinaryIO | None = None,
    ) -> None:
        self._folder, self._keys, self._ring, self._keep, self._to = folder, keys, ring, keep, to

    # Writing ----------------------------------------------------------------------------------------------------

    def expire(self, real_now: datetime, keys_days: int | None) -> int:
        with _named_errors(self._folder):
            gone = 0
            for place in (self._folder, self._keys.parent):
                for draft in place.glob(f"{_DRAFT}*"):
                    # Nobody writes for as long as a day.
                    if real_now.timestamp() - draft.stat().st_mtime > timedelta(days=1).total_seconds():
                        draft.unlink(missing_ok=True)
            for stored in self.backups()[1:]:
                if stored.told is not None and real_now - stored.told.made > self._keep:
                    stored.path.unlink(missing_ok=True)
                    gone += 1
            days = None if keys_days is None or not self._keys.exists() else timedelta(days=keys_days)
            if days is not None and real_now - self._keys_made(real_now) > days:
                self._keys.unlink()
            return gone

    def _keys_made(self, real_now: datetime) -> datetime:
        """Whatever they say of themselves, or don't: nothing keeps what was destroyed longer than its days."""
        with self._keys.open("rb") as source:
            written = datetime.fromtimestamp(os.fstat(source.fileno()).st_mtime, UTC)
            try:
                made = _told(_header(source, _KEYS)).made
            except BackupFailed:
                return written
        return written if made > real_now else made

    def keep_keys(self, backup_id: UUID, made: datetime, keys: Sequence[StoredKey]) -> None:
        with _named_errors(self._keys), _draft(self._keys) as file:
            writer = SealedWriter(file, self._open_ring(), _KEYS, _tell(backup_id, made))
            writer.write(json.dumps(list(keys)).encode())
            writer.finish()

    async def keep_data(self, backup_id: UUID, made: datetime, manifest: Manifest, dump: AsyncGenerator[bytes]) -> int:
        name = f"tsunagi-{made:%Y%m%dT%H%M%SZ}-{backup_id.hex[:8]}{SUFFIX}"
        to = self._to if self._to is not None else self._folder / name
        async with aclosing(dump):
            if not isinstance(to, Path):
                with _named_errors(Path("-")):
                    return await self._write(to, backup_id, made, manifest, dump)
            with _named_errors(to), _draft(to) as file:
                return await self._write(file, backup_id, made, manifest, dump)

    async def _write(
        self, sink: BinaryIO, backup_id: UUID, made: datetime, manifest: Manifest, dump: AsyncGenerator[bytes]
    ) -> int:
        counted = _Counted(sink)
        writer = SealedWriter(counted, self._open_ring(), _DATA, _tell(backup_id, made))
        head = json.dumps(manifest.to_json()).encode()
        writer.write(len(head).to_bytes(_LENGTH, "big") + head)
        async for piece in dump:
            writer.write(piece)
        writer.finish()
        sink.flush()
        return counted.bytes

    # Reading ----------------------------------------------------------------------------------------------------

    def backups(self) -> Sequence[StoredBackup]:
        found = []
        for path in self._folder.glob(f"*{SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                size, told = path.stat().st_size, None
                with path.open("rb") as source, contextlib.suppress(BackupFailed):
                    told = _told(_header(source, _DATA))
                found.append(StoredBackup(path, size, told))
        return sorted(found, key=lambda one: (one.told is not None and one.told.made.timestamp(), one.path.name))[::-1]

    def backups_under(self, name: str) -> int:
        found = [one for one in self.backups() if one.told is not None and one.told.key == name]
        with contextlib.suppress(BackupFailed, OSError), self._keys.open("rb") as source:
            return len(found) + (_told(_header(source, _KEYS)).key == name)
        return len(found)

    @asynccontextmanager
    async def open(self, path: Path) -> AsyncIterator[_OpenFile]:
        try:
            source = path.open("rb")
        except OSError as error:
            raise BackupFailed(BackupFault.BROKEN, f"{path.name}: {error.strerror}") from None
        with source:
            yield _OpenFile(source, self._open_ring())

    def read_keys(self) -> tuple[BackupTold, Sequence[StoredKey]]:
        try:
            source = self._keys.open("rb")
        except FileNotFoundError as error:
            raise BackupFailed(BackupFault.KEYS_MISSING, f"{self._keys.name}: {error.strerror}") from None
        except OSError as error:
            raise BackupFailed(BackupFault.BROKEN, f"{self._keys.name}: {error.strerror}") from None
        with source:
            header = _header(source, _KEYS)
            body = b"".join(_pieces(source, header, self._open_ring()))
            return _told(header), json.loads(body)

    def _open_ring(self) -> Keyring:
        try:
            return self._ring()
        except KeyFileError as error:
            raise BackupFailed(BackupFault.KEY_FILE, str(error)) from None


class _OpenFile:
    """Implements ``services.backup_ports.OpenBackup``."""

    def __init__(self, source: BinaryIO, ring: Keyring) -> None:
        self._source, self._ring = source, ring
        self.told = _told(_header(source, _DATA))
        self.size = os.fstat(source.fileno()).st_size

    async def check_whole(self) -> Manifest:
        pieces = self._read()
        manifest = next(pieces)
        for _piece in pieces:
            pass
        try:
            return Manifest.from_json(json.loads(manifest))
        except (ValueError, KeyError, TypeError):
            raise BackupFailed(BackupFault.BROKEN) from None

    async def dump(self) -> AsyncGenerator[bytes]:
        pieces = self._read()
        next(pieces)
        for piece in pieces:
            yield piece

    def _read(self) -> Iterator[bytes]:
        """The manifest, then the dump in pieces."""
        self._source.seek(0)
        pieces = _pieces(self._source, _header(self._source, _DATA), self._ring)
        begun = b""
        for piece in pieces:
            begun += piece
            end = _LENGTH + int.from_bytes(begun[:_LENGTH], "big")
            if len(begun) >= max(end, _LENGTH):
                yield begun[_LENGTH:end]
                yield begun[end:]
                yield from pieces
                return
        raise BackupFailed(BackupFault.BROKEN)


class _Counted:
    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self.bytes = 0

    def write(self, data: bytes, /) -> None:
        self._sink.write(data)
        self.bytes += len(data)


def _tell(backup_id: UUID, made: datetime) -> dict[str, Any]:
    return {"backup": str(backup_id), "made": made.isoformat()}


def _told(header: StreamHeader) -> BackupTold:
    try:
        made = datetime.fromisoformat(header.told["made"])
        return BackupTold(UUID(header.told["backup"]), made, header.key)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupFailed(BackupFault.BROKEN) from None


def _header(source: BinaryIO, purpose: str) -> StreamHeader:
    try:
        header = read_header(source)
    except SealBroken:
        raise BackupFailed(BackupFault.BROKEN) from None
    if header.purpose != purpose:
        raise BackupFailed(BackupFault.BROKEN)
    return header


def _pieces(source: BinaryIO, header: StreamHeader, ring: Keyring) -> Iterator[bytes]:
    try:
        yield from read_pieces(source, header, ring)
    except SealBroken as error:
        raise BackupFailed(BackupFault.BROKEN, str(error)) from None


@contextmanager
def _named_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fault = BackupFault.NO_SPACE if error.errno in _FULL else BackupFault.WRITE
        raise BackupFailed(fault, f"{place}: {error.strerror}") from None


@contextmanager
def _draft(target: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when it is whole and on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)
