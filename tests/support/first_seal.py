"""Cells as the first version sealed them: by the key file's key itself. Nothing but tests makes them any more."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.sealing import Keyring
from kernel.sealing.bound import NONCE_BYTES, bound_to


def first_seal(ring: Keyring, table: str, column: str, row_id: str, text: str) -> bytes:
    """Seal a text for one cell under the active key."""
    name = ring.active.encode("ascii")
    header, nonce = bytes([1, len(name)]) + name, secrets.token_bytes(NONCE_BYTES)
    bound = bound_to(header, table, column, row_id)
    data = text.encode("utf-8", "surrogatepass")
    return header + nonce + AESGCM(ring.keys[ring.active]).encrypt(nonce, data, bound)
