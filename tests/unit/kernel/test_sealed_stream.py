"""A sealed stream opens whole or says that it doesn't."""

from __future__ import annotations

import io
import os
from dataclasses import replace

import pytest

from kernel.sealing import Keyring, SealBroken
from kernel.sealing.stream import PIECE_BYTES, SealedWriter, read_header, read_pieces

RING = Keyring(active="k1", keys={"k1": os.urandom(32)}, lookup=os.urandom(32))
CANARY = "ひみつのことば".encode()


def sealed(data: bytes, ring: Keyring = RING, purpose: str = "data", step: int = 300_000) -> bytes:
    sink = io.BytesIO()
    writer = SealedWriter(sink, ring, purpose, {"id": "1"})
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
    writer.finish()
    return sink.getvalue()


def opened(stream: bytes, ring: Keyring = RING) -> bytes:
    source = io.BytesIO(stream)
    return b"".join(read_pieces(source, read_header(source), ring))


def pieces(stream: bytes) -> tuple[bytes, list[bytes]]:
    head, _, rest = stream.partition(b"\n")
    found = []
    while rest:
        length = 5 + int.from_bytes(rest[1:5], "big")
        found.append(rest[:length])
        rest = rest[length:]
    return head + b"\n", found


@pytest.mark.parametrize("length", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_what_was_sealed_comes_back(length: int) -> None:
    data = (CANARY * (length // len(CANARY) + 1))[:length]
    stream = sealed(data)
    assert opened(stream) == data
    assert CANARY not in stream
    assert read_header(io.BytesIO(stream)).told == {"id": "1"}


def test_row_26_what_was_changed_moved_cut_or_added_to_is_refused() -> None:
    data = os.urandom(3 * PIECE_BYTES + 5)
    stream, other = sealed(data), sealed(data)
    head, parts = pieces(stream)
    other_head, others = pieces(other)
    assert len(parts) == 4
    wrong = {
        "two swapped": head + b"".join([parts[1], parts[0], *parts[2:]]),
        "one left out": head + b"".join([parts[0], *parts[2:]]),
        "the end cut off": head + b"".join(parts[:-1]),
        "half a piece": stream[:-7],
        "the header alone": head,
        "a middle piece called the last": head + parts[0] + b"\x01" + parts[1][1:],
        "one doubled": head + parts[0] + b"".join(parts),
        "one of another stream": head + others[0] + b"".join(parts[1:]),
        "another's header": other_head + b"".join(parts),
        "something added": stream + b"\x00",
        "another stream behind it": stream + other,
        "another purpose": stream.replace(b'"purpose": "data"', b'"purpose": "keys"'),
        "another id": stream.replace(b'"id": "1"', b'"id": "2"'),
        "nothing": b"",
        "something else": b"PGDMP\x01\x0e",
        "an odd length": head + b"\x00\xff\xff\xff\xff" + parts[0][5:],
    }
    for name, changed in wrong.items():
        with pytest.raises(SealBroken):
            opened(changed)
        assert changed != stream, name
    for place in [*range(len(head) - 1, len(head) + 30), len(stream) // 2, len(stream) - 1]:
        flipped = bytearray(stream)
        flipped[place] ^= 1
        with pytest.raises(SealBroken):
            opened(bytes(flipped))


def test_without_its_key_it_stays_shut() -> None:
    stream = sealed(CANARY)
    with pytest.raises(SealBroken, match="doesn't hold"):
        opened(stream, replace(RING, active="k2", keys={"k2": os.urandom(32)}))
    with pytest.raises(SealBroken, match="changed"):
        opened(stream, replace(RING, keys={"k1": os.urandom(32)}))
    renamed = replace(RING, keys={**RING.keys, "k2": os.urandom(32)}, active="k2")
    assert opened(stream, renamed) == CANARY, "a key that isn't active any more still opens"


def test_a_stream_that_was_not_finished_opens_nowhere() -> None:
    sink = io.BytesIO()
    writer = SealedWriter(sink, RING, "data", {})
    writer.write(CANARY)
    with pytest.raises(SealBroken):
        opened(sink.getvalue())
