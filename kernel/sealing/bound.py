"""AES-256-GCM bound to a place: what both kinds of sealed values and the wrapping of data keys share."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.sealing.errors import SealBroken, SealFailed

NONCE_BYTES = 12
TAG_BYTES = 16


def bound_to(header: bytes, *parts: str) -> bytes:
    """Give the associated data that names a place: the header, and each part behind its length.

    Lengths first: ("a", "bc") and ("ab", "c") must not be the same place.
    """
    named = [part.encode("utf-8") for part in parts]
    return header + b"".join(len(part).to_bytes(2, "big") + part for part in named)


def encrypt(cipher: AESGCM, data: bytes, bound: bytes) -> bytes:
    """Give nonce, ciphertext and tag. Raises: SealFailed: whatever the cipher raised, without its words."""
    try:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + cipher.encrypt(nonce, data, bound)
    except Exception as error:  # noqa: BLE001 - a library or a device may raise anything, with what it was given in it
        raise SealFailed(f"the cipher doesn't seal ({type(error).__name__})") from None


def decrypt(cipher: AESGCM, sealed: bytes, bound: bytes, place: str) -> bytes:
    """Open what ``encrypt`` gave. Raises: SealBroken: it names the place. SealFailed: the cipher itself fails."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise SealBroken(f"{place}: changed, or sealed for another row") from None
    except Exception as error:  # noqa: BLE001 - as above
        raise SealFailed(f"the cipher doesn't open ({type(error).__name__})") from None
