"""Data keys: each seals the cells of one session (or contact, or of the house) and one kind of record.

A data key is kept wrapped by a key of the key file. Destroying the wrapped key disposes of every cell that it sealed,
wherever a copy of the cell lies. A value that it sealed is
``2 (1 byte) · id of the data key (16) · nonce (12) · ciphertext and tag``; the associated data is this header, then
table, column and row.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Optional
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.sealing.bound import NONCE_BYTES, TAG_BYTES, bound_to, decrypt, encrypt
from kernel.sealing.errors import SealBroken, SealFailed
from kernel.sealing.keys import KEY_BYTES, Keyring

VERSION = 2
_ID_BYTES = 16
_HEADER_BYTES = 1 + _ID_BYTES
_LEAST_BYTES = _HEADER_BYTES + NONCE_BYTES + TAG_BYTES
_WRAPPING = b"tsunagi data key"


@dataclass(frozen=True)
class WrappedKey:
    """A data key as it is stored. Attributes: kek: id of the key file's key that wraps it; wrapped: 60 bytes."""

    id: UUID
    kind: str
    kek: str
    wrapped: bytes = field(repr=False)


def key_id_of(sealed: bytes) -> Optional[UUID]:
    """Give the id of the data key that a value names, None where it names none."""
    if len(sealed) < _LEAST_BYTES or sealed[0] != VERSION:
        return None
    return UUID(bytes=bytes(sealed[1:_HEADER_BYTES]))


class CellSealer:
    """One unwrapped data key: seals single cells and opens what it sealed."""

    def __init__(self, key_id: UUID, key: bytes) -> None:
        self.key_id = key_id
        self._header = bytes([VERSION]) + key_id.bytes
        self._cipher = AESGCM(key)

    def seal(self, table: str, column: str, row_id: str, text: str) -> bytes:
        """Seal a text for one cell of the database. A lone surrogate is kept as it is. Raises: SealFailed."""
        return self.seal_bytes(table, column, row_id, text.encode("utf-8", "surrogatepass"))

    def seal_bytes(self, table: str, column: str, row_id: str, data: bytes) -> bytes:
        """The same for bytes: a piece of a file."""
        return self._header + encrypt(self._cipher, data, bound_to(self._header, table, column, row_id))

    def open(self, table: str, column: str, row_id: str, sealed: bytes) -> str:
        """Give back what this key sealed for this very cell. Raises: SealBroken, SealFailed."""
        return self.open_bytes(table, column, row_id, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, table: str, column: str, row_id: str, sealed: bytes) -> bytes:
        """The same for what ``seal_bytes`` made."""
        place, sealed = f"{table}.{column} {row_id}", bytes(sealed)
        if sealed[:_HEADER_BYTES] != self._header:
            raise SealBroken(f"{place}: sealed by another key")
        return decrypt(self._cipher, sealed[_HEADER_BYTES:], bound_to(self._header, table, column, row_id), place)


def new_key(ring: Keyring, kind: str) -> tuple[WrappedKey, CellSealer]:
    """Make a data key of chance. Raises: SealFailed."""
    key, key_id = secrets.token_bytes(KEY_BYTES), uuid4()
    return _wrap(ring, key_id, kind, key), CellSealer(key_id, key)


def unwrap(ring: Keyring, stored: WrappedKey) -> CellSealer:
    """Raises: SealBroken: the row was changed, belongs to another id or kind, or its wrapping key was dropped. SealFailed: no
    such wrapping key.
    """
    return CellSealer(stored.id, _unwrapped(ring, stored))


def rewrap(ring: Keyring, stored: WrappedKey) -> WrappedKey:
    """Wrap the same data key by the key that is active now. Raises: SealBroken, SealFailed as ``unwrap``."""
    return _wrap(ring, stored.id, stored.kind, _unwrapped(ring, stored))


def _wrap(ring: Keyring, key_id: UUID, kind: str, key: bytes) -> WrappedKey:
    bound = bound_to(_WRAPPING, key_id.hex, kind, ring.active)
    return WrappedKey(key_id, kind, ring.active, encrypt(AESGCM(ring.keys[ring.active]), key, bound))


def _unwrapped(ring: Keyring, stored: WrappedKey) -> bytes:
    if stored.kek in ring.dropped and stored.kek not in ring.keys:
        # Gone for good, by somebody's will: this key's cells are lost, those of others are none the worse for it.
        raise SealBroken(f"data key {stored.id}: wrapped by a key that was dropped")
    if stored.kek not in ring.keys:
        raise SealFailed("a data key is wrapped by a key that the key file doesn't hold")
    bound = bound_to(_WRAPPING, stored.id.hex, stored.kind, stored.kek)
    key = decrypt(AESGCM(ring.keys[stored.kek]), bytes(stored.wrapped), bound, f"data key {stored.id}")
    if len(key) != KEY_BYTES:
        raise SealBroken(f"data key {stored.id}: not {KEY_BYTES} bytes long")
    return key
