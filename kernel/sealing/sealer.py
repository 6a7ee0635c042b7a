"""Opening of sealed values, wrapping of data keys, and keyed hashes for lookups.

New values are sealed by data keys (``data_keys``). Values of the first version, sealed by the key file's key itself,
still open; they are ``1 (1 byte) · length of key id (1) · key id · nonce (12) · ciphertext and tag``.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Dict, Iterable, List, MutableMapping, Optional, Union
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.sealing import data_keys
from kernel.sealing.bound import bound_to, decrypt
from kernel.sealing.data_keys import CellSealer, WrappedKey, key_id_of
from kernel.sealing.errors import SealBroken, SealFailed
from kernel.sealing.keys import KeyFile, Keyring

FIRST_VERSION = 1
#: So many data keys of each wrapping key tell whether a key file belongs to a database.
FIT_SAMPLE = 5


class Sealer:
    """The key file's keys, and the data keys that were unwrapped lately.

    Args: keys: a keyring, or the file that is read again when it changes; cache: where unwrapped data keys are kept.
    A process that runs long gives one that forgets: a data key that another process destroyed ends with it.
    """

    def __init__(self, keys: Union[Keyring, KeyFile], cache: Optional[MutableMapping[UUID, CellSealer]] = None) -> None:
        self._keys = keys
        self._cache: MutableMapping[UUID, CellSealer] = {} if cache is None else cache
        self._lookup = self._ring().lookup

    @classmethod
    def from_key_file(cls, path: Union[str, Path], cache: Optional[MutableMapping[UUID, CellSealer]] = None) -> Sealer:
        """Raises: KeyFileError."""
        return cls(KeyFile(path), cache)

    def _ring(self, wanted: Optional[str] = None) -> Keyring:
        return self._keys if isinstance(self._keys, Keyring) else self._keys.ring(wanted)

    def check(self) -> None:
        """Look whether the key file is still there and the cipher works. Raises: KeyFileError, SealFailed."""
        stored, made = self.new_key("check")
        self.unwrap(stored).open("check", "check", "check", made.seal("check", "check", "check", "check"))

    def new_key(self, kind: str) -> tuple[WrappedKey, CellSealer]:
        """Make a data key, wrapped by the active key of the file as it is now. Raises: KeyFileError, SealFailed."""
        return data_keys.new_key(self._ring(), kind)

    def unwrap(self, stored: WrappedKey) -> CellSealer:
        """Unwrap a data key without keeping it.

        Raises: SealBroken: it was changed or moved, or its key was dropped. SealFailed: the key file lacks its key.
        KeyFileError.
        """
        return data_keys.unwrap(self._ring(stored.kek), stored)

    def rewrap(self, stored: WrappedKey) -> WrappedKey:
        """Wrap the same data key by the active key. Raises: as ``unwrap``."""
        return data_keys.rewrap(self._ring(stored.kek), stored)

    def fits(self, newest: Iterable[WrappedKey]) -> bool:
        """Whether the key file is that of a database, by the newest data keys of each wrapping key (``FIT_SAMPLE``).

        One that is damaged says nothing about the file: refused is a file that opens none of them, none of a whole
        sample, or lacks a key that was never dropped. Raises: KeyFileError.
        """
        found: Dict[str, List[bool]] = {}
        for stored in newest:
            try:
                self.unwrap(stored)
                opened = True
            except SealBroken:
                opened = False
            except SealFailed:
                return False
            found.setdefault(stored.kek, []).append(opened)
        ring = self._ring()
        shut = [kek for kek, tried in found.items() if not any(tried) and len(tried) >= FIT_SAMPLE]
        return not found or (any(map(any, found.values())) and not any(kek in ring.keys for kek in shut))

    def known(self, key_id: UUID) -> Optional[CellSealer]:
        """A data key that was learnt and isn't forgotten yet."""
        return self._cache.get(key_id)

    def learn(self, stored: WrappedKey) -> CellSealer:
        """Unwrap a data key, or take it from the cache, and keep it there. Raises: as ``unwrap``."""
        known = self._cache.get(stored.id)
        if known is None:
            known = self._cache[stored.id] = self.unwrap(stored)
        return known

    def remember(self, made: CellSealer) -> None:
        """Keep a data key that was made here, once its row is committed."""
        self._cache[made.key_id] = made

    def missing(self, cells: Iterable[bytes]) -> set[UUID]:
        """Give the ids of the data keys that have to be learnt before these cells can be opened."""
        named = {key_id for cell in cells if (key_id := key_id_of(cell)) is not None}
        return {key_id for key_id in named if key_id not in self._cache}

    def forget(self, key_ids: Iterable[UUID]) -> None:
        """Drop data keys from the cache: they were destroyed."""
        for key_id in key_ids:
            self._cache.pop(key_id, None)

    def open(self, table: str, column: str, row_id: str, sealed: bytes) -> str:
        """Give back what was sealed for this very cell.

        Raises: SealBroken: the value was changed, moved, or its key isn't known. SealFailed. KeyFileError.
        """
        return self.open_bytes(table, column, row_id, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, table: str, column: str, row_id: str, sealed: bytes) -> bytes:
        """The same for bytes: a piece of a file."""
        sealed, place = bytes(sealed), f"{table}.{column} {row_id}"
        key_id = key_id_of(sealed)
        if key_id is not None:
            known = self._cache.get(key_id)
            if known is None:
                raise SealBroken(f"{place}: sealed by a data key that is unknown or destroyed")
            return known.open_bytes(table, column, row_id, sealed)
        if len(sealed) < 2 or sealed[0] != FIRST_VERSION:
            raise SealBroken(f"{place}: not a sealed value of a known version")
        header = sealed[: 2 + sealed[1]]
        name = header[2:].decode("ascii", "replace")
        key = self._ring(name).keys.get(name)
        if key is None:
            raise SealBroken(f"{place}: sealed by a key that the key file doesn't hold")
        return decrypt(AESGCM(key), sealed[len(header) :], bound_to(header, table, column, row_id), place)

    def lookup(self, purpose: str, value: str) -> bytes:
        """Give the keyed hash (32 bytes) by which a value can be found though it's stored sealed.

        The purpose keeps hashes of different things apart: a LINE user and a LINE group never share one.
        """
        text = purpose.encode("utf-8") + b"\x00" + value.encode("utf-8", "surrogatepass")
        return hmac.new(self._lookup, text, hashlib.sha256).digest()
