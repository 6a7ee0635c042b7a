"""A sealed stream: any number of bytes under a key of the key file, in pieces that can't be changed, moved or cut off.

One line of JSON comes first (the header: form, purpose, id of the key, salt, whatever the writer adds), then pieces of
``1 byte, 1 for the last piece · length of what follows (4) · ciphertext and tag``. The stream's own key is derived from
the named key and the salt; a piece's number and whether it is the last one are part of its nonce, and the header of what
it is bound to. So a piece that was changed, moved, doubled, taken from another stream or left out doesn't open, and a
stream that ends without its last piece is noticed.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from typing import Any, BinaryIO, Iterator, Mapping, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.sealing.errors import SealBroken
from kernel.sealing.keys import KEY_BYTES, Keyring

FORM = "tsunagi-sealed-stream-1"
PIECE_BYTES = 1024 * 1024
_TAG_BYTES = 16
_SALT_BYTES = 32
_LONGEST_HEADER = 64 * 1024


class Sink(Protocol):
    """Where sealed bytes go."""

    def write(self, data: bytes, /) -> Any:
        """Take all of them."""


@dataclass(frozen=True)
class StreamHeader:
    """What a stream says of itself before it is opened; it is believed only once a piece has opened under it.

    Attributes: purpose: what the stream is for; key: id of the key file's key; told: what the writer added, JSON.
    """

    purpose: str
    key: str
    told: Mapping[str, Any]
    salt: bytes
    line: bytes


class SealedWriter:
    """Writes a stream; without ``finish`` it has no last piece and opens nowhere.

    Args: purpose: what it is for; told: what can be read without a key (ids, times; no words).
    """

    def __init__(self, sink: Sink, ring: Keyring, purpose: str, told: Mapping[str, Any]) -> None:
        self._sink = sink
        salt = secrets.token_bytes(_SALT_BYTES)
        header = {"form": FORM, "purpose": purpose, "key": ring.active, "told": dict(told)}
        header["salt"] = base64.b64encode(salt).decode("ascii")
        self._line = json.dumps(header, sort_keys=True).encode("ascii") + b"\n"
        self._cipher = _cipher(ring, ring.active, purpose, salt)
        self._number = 0
        self._waiting = bytearray()
        sink.write(self._line)

    def write(self, data: bytes) -> None:
        """Add bytes. Raises: what the sink raises."""
        self._waiting += data
        while len(self._waiting) > PIECE_BYTES:
            self._put(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]

    def finish(self) -> None:
        """Write the last piece. Raises: what the sink raises."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), piece, self._line)
        self._sink.write(bytes([last]) + len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def read_header(source: BinaryIO) -> StreamHeader:
    """Read the first line. Raises: SealBroken: it isn't one of ours."""
    line = source.readline(_LONGEST_HEADER)
    try:
        header = json.loads(line)
        if header["form"] != FORM or not line.endswith(b"\n"):
            raise ValueError
        salt = base64.b64decode(header["salt"], validate=True)
        return StreamHeader(str(header["purpose"]), str(header["key"]), dict(header["told"]), salt, line)
    except (ValueError, KeyError, TypeError, UnicodeDecodeError, binascii.Error):
        raise SealBroken("not a sealed stream") from None


def read_pieces(source: BinaryIO, header: StreamHeader, ring: Keyring) -> Iterator[bytes]:
    """Give the opened pieces in order, the whole of them or an error.

    Raises: SealBroken: something was changed, moved or cut off, or the key file lacks the key. What came before has been
    given out by then, so nobody may act on a part.
    """
    cipher = _cipher(ring, header.key, header.purpose, header.salt)
    number, last = 0, False
    while not last:
        head = source.read(5)
        if len(head) != 5 or head[0] > 1:
            raise SealBroken(f"piece {number} of the stream is missing: it was cut off")
        last, length = bool(head[0]), int.from_bytes(head[1:], "big")
        if not _TAG_BYTES <= length <= PIECE_BYTES + _TAG_BYTES:
            raise SealBroken(f"piece {number} of the stream was changed")
        try:
            yield cipher.decrypt(_nonce(number, last), source.read(length), header.line)
        except (InvalidTag, ValueError):
            raise SealBroken(f"piece {number} of the stream was changed, moved or cut off") from None
        number += 1
    if source.read(1):
        raise SealBroken("something was added behind the stream's end")


def _cipher(ring: Keyring, name: str, purpose: str, salt: bytes) -> AESGCM:
    if name not in ring.keys:
        raise SealBroken(f"the stream is sealed by the key {name[:32]!r}, which the key file doesn't hold")
    info = f"{FORM}:{purpose}".encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(ring.keys[name]))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
