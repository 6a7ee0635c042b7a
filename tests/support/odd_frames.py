"""Frames as no script of ours sends them: bytes of a socket, each from a number, so that it can be made again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import struct
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from tests.support.odd_requests import ODD_JSON, WORDS

#: What the pages' scripts name in their messages; nothing that says words of a chat's in the right form.
FIELDS: Final = (
    "cursor", "cards", "watch", "since", "active", "place", "say", "end", "typing", "id", "text", "x", "__proto__",
)  # fmt: skip
_TEXT, _BYTES, _CLOSE, _PING = 1, 2, 8, 9
#: Opcodes, those that mean nothing among them; what goes on without having begun; what ends it all.
_KINDS: Final = (_TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _BYTES, 0, 3, 7, _CLOSE, _PING, 10, 15)


def word(dice: random.Random, known: Sequence[str]) -> bytes:
    """What stands in a frame: mostly an object as the pages send it, with something odd in it. known: ids there are."""
    if dice.random() < 0.25:
        return dice.choice(
            (
                b"",
                b"\x00",
                b"\xff\xfe",
                b"{",
                b"[" * 50_000,
                b"null",
                b"NaN",
                b"1e999",
                b'"' + b"x" * 70_000,
                b"\xed\xa0\x80",
            )
        )
    told = {dice.choice(FIELDS): _value(dice, known, 2) for _ in range(dice.choice((0, 1, 1, 2, 4)))}
    return json.dumps(told, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def _value(dice: random.Random, known: Sequence[str], deep: int) -> Any:
    kind = dice.random()
    if deep and kind < 0.2:
        return [_value(dice, known, deep - 1) for _ in range(dice.choice((0, 1, 3, 700)))]
    if deep and kind < 0.5:
        names = (*FIELDS, *known, str(UUID(int=dice.getrandbits(128))))
        return {dice.choice(names): _value(dice, known, deep - 1) for _ in range(dice.choice((0, 1, 2)))}
    if kind < 0.7:
        return dice.choice(known)
    return dice.choice(WORDS) if kind < 0.85 else dice.choice(ODD_JSON)


def frame(data: bytes, dice: random.Random) -> bytes:
    """These bytes as one frame of a browser, or something that isn't quite one."""
    kind = dice.choice(_KINDS)
    if kind >= _CLOSE and dice.random() < 0.8:
        data = data[:125]
    mask = bytes(dice.getrandbits(8) for _ in range(4))
    first = kind | (0x80 if dice.random() < 0.95 else 0) | dice.choice((0,) * 19 + (0x40,))
    length = len(data) if dice.random() < 0.97 else dice.choice((0, 2**16, 2**40, 2**63))
    masked = 0x80 if dice.random() < 0.97 else 0
    if length < 126:
        head = struct.pack("!BB", first, masked | length)
    elif length < 2**16:
        head = struct.pack("!BBH", first, masked | 126, length)
    else:
        head = struct.pack("!BBQ", first, masked | 127, length)
    if not masked:
        return head + data
    over = (mask * (len(data) // 4 + 1))[: len(data)]
    return head + mask + (int.from_bytes(data) ^ int.from_bytes(over)).to_bytes(len(data))


def plain_frame(data: bytes, kind: int = _TEXT) -> bytes:
    """A frame in order, as a browser sends it; its mask changes nothing."""
    size = struct.pack("!BB", 0x80 | kind, 0x80 | len(data)) if len(data) < 126 else b""
    return (size or struct.pack("!BBH", 0x80 | kind, 0x80 | 126, len(data))) + bytes(4) + data


class OddSocket:
    """One connection that became a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, url: str, path: str, cookie: str) -> OddSocket:
        """Raises: ConnectionRefusedError: it became none."""
        host = url.removeprefix("http://")
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: {url}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Cookie: {cookie}\r\n\r\n".encode()
        )
        told = await reader.readuntil(b"\r\n\r\n")
        if not told.startswith(b"HTTP/1.1 101"):
            writer.close()
            raise ConnectionRefusedError(told[:20])
        return cls(reader, writer)

    async def say(self, *frames: bytes) -> None:
        """Send them, and that this was all; the service may have hung up before."""
        with contextlib.suppress(ConnectionError):
            for one in frames:
                self._writer.write(one)
                await self._writer.drain()
            self._writer.write(plain_frame(b"\x03\xe8", _CLOSE))
            self._writer.write_eof()  # the end of a frame that was told longer never comes

    async def ended(self) -> int:
        """With which code the service ended it; 0 where it only hung up. Raises: TimeoutError: it did neither."""
        code = 0
        try:
            async with asyncio.timeout(20):
                while True:
                    first, size = await self._reader.readexactly(2)
                    if size >= 126:
                        size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
                    data = await self._reader.readexactly(size)
                    if first & 0x0F == _CLOSE and size >= 2:
                        code = int.from_bytes(data[:2])
        except (ConnectionError, asyncio.IncompleteReadError):
            return code
        finally:
            self._writer.close()
