"""AES-256-GCM sealing bound to the row, and keyed hashes for lookups.

A sealed value is ``version (1 byte) · length of key id (1) · key id · nonce (12) · ciphertext and tag``.
The associated data names table, column and row, so that a value moved to another row doesn't open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Union

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.sealing.errors import SealBroken
from kernel.sealing.keys import Keyring

VERSION = 1
NONCE_BYTES = 12


def _bound_to(header: bytes, table: str, column: str, row_id: str) -> bytes:
    # Lengths first: ("a", "bc") and ("ab", "c") must not be the same row.
    parts = [part.encode("utf-8") for part in (table, column, row_id)]
    return header + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


class Sealer:
    """Seals and opens single values under a keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._active = keyring.active
        self._ciphers = {name: AESGCM(key) for name, key in keyring.keys.items()}
        self._lookup = keyring.lookup

    @classmethod
    def from_key_file(cls, path: Union[str, Path]) -> Sealer:
        """Raises: KeyFileError."""
        return cls(Keyring.from_file(path))

    def seal(self, table: str, column: str, row_id: str, text: str) -> bytes:
        """Seal a text for one cell of the database. A lone surrogate is kept as it is."""
        return self.seal_bytes(table, column, row_id, text.encode("utf-8", "surrogatepass"))

    def seal_bytes(self, table: str, column: str, row_id: str, data: bytes) -> bytes:
        """The same for bytes: a piece of a file."""
        name = self._active.encode("ascii")
        header = bytes([VERSION, len(name)]) + name
        nonce = secrets.token_bytes(NONCE_BYTES)
        bound = _bound_to(header, table, column, row_id)
        return header + nonce + self._ciphers[self._active].encrypt(nonce, data, bound)

    def open(self, table: str, column: str, row_id: str, sealed: bytes) -> str:
        """Give back what was sealed for this very cell.

        Raises: SealBroken: the value was changed, moved, or sealed by a key that the key file doesn't hold.
        """
        return self.open_bytes(table, column, row_id, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, table: str, column: str, row_id: str, sealed: bytes) -> bytes:
        """The same for what ``seal_bytes`` made. Raises: SealBroken."""
        sealed = bytes(sealed)
        if len(sealed) < 2 or sealed[0] != VERSION:
            raise SealBroken(f"{table}.{column} {row_id}: not a sealed value of version {VERSION}")
        end = 2 + sealed[1]
        header, nonce, body = sealed[:end], sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
        cipher = self._ciphers.get(header[2:].decode("ascii", "replace"))
        if cipher is None:
            raise SealBroken(f"{table}.{column} {row_id}: sealed by a key that the key file doesn't hold")
        try:
            return cipher.decrypt(nonce, body, _bound_to(header, table, column, row_id))
        except (InvalidTag, ValueError):
            raise SealBroken(f"{table}.{column} {row_id}: changed, or sealed for another row") from None

    def lookup(self, purpose: str, value: str) -> bytes:
        """Give the keyed hash (32 bytes) by which a value can be found though it's stored sealed.

        The purpose keeps hashes of different things apart: a LINE user and a LINE group never share one.
        """
        text = purpose.encode("utf-8") + b"\x00" + value.encode("utf-8", "surrogatepass")
        return hmac.new(self._lookup, text, hashlib.sha256).digest()
