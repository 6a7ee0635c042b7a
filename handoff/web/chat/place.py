"""How far a page has seen, in a form that tells it nothing: the log and the transcript count for the whole service, and
whoever could read such a number would know how much is written there, and when.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: What the key of places is made from, for the keyed hash of the key file.
PURPOSE: Final = "chat_place"
_NONCE: Final = 12
_NUMBERS: Final = struct.Struct(">QQ")
#: Signs of a place: nonce, two numbers, tag.
_LENGTH: Final = (_NONCE + _NUMBERS.size + 16) * 4 // 3 + 1


@dataclass(frozen=True, slots=True)
class Place:
    """How far the log had grown, and up to where the view is empty; nothing of either for a page that has seen nothing."""

    number: int = 0
    cleared: int = 0


class Places:
    """Seals the places of chats, each for its own chat."""

    def __init__(self, key: bytes) -> None:
        """Args: key: 32 bytes, the same in all processes."""
        self._cipher = AESGCM(key)

    def seal(self, contact_id: UUID, place: Place) -> str:
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, _NUMBERS.pack(place.number, place.cleared), contact_id.bytes)
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, contact_id: UUID, told: object) -> Place:
        """What a page says of itself; the beginning where it says nothing that we gave to this chat."""
        if not isinstance(told, str) or len(told) != _LENGTH or not told.isascii():
            return Place()
        try:
            raw = base64.b64decode(told + "=" * (-len(told) % 4), b"-_", validate=True)
            return Place(*_NUMBERS.unpack(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], contact_id.bytes)))
        except (binascii.Error, InvalidTag):
            return Place()
