"""Files from pages of ours: counted byte by byte, never whole in memory, and gone again when a request breaks off.

Sanic sets no limit for a route that streams, so everything that comes is counted here. A file goes into the database
piece by piece as it comes; a form's other fields are small and stay in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sanic import Request

from handoff.domain.errors import EvidenceRefused, EvidenceTooLarge
from handoff.domain.evidence import PIECE, SLICE, Evidence, Sensitive
from handoff.services.evidence.finish import FinishEvidence
from handoff.services.evidence.open import ReadEvidence
from handoff.services.evidence.receive import AddPiece, BeginEvidence, DropEvidence, next_piece

log = structlog.get_logger(__name__)

#: Seconds in which nothing has to move: a picture is opened, a phone is in a tunnel.
PATIENCE: Final = 60
#: Bytes of a body that are gone on with at once; what a connection brings at a time may be several times as much.
BLOCK: Final = 64 * 1024
#: Bytes of a refused body that are read and thrown away, so that a browser gets to see why it was refused: of somebody
#: who may send files here, and of anybody else.
LINGER: Final = 256 * 1024 * 1024
LINGER_UNKNOWN: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadVerbs:
    """What pages do with files."""

    begin: BeginEvidence
    add: AddPiece
    finish: FinishEvidence
    drop: DropEvidence
    read: ReadEvidence


def be_patient(request: Request[Any, Any]) -> None:
    """Give this one connection more time than pages get."""
    protocol: Any = request.stream.protocol if request.stream is not None else None
    if protocol is not None:
        protocol.response_timeout = PATIENCE


def let_end(request: Request[Any, Any], *, known: bool) -> None:
    """Let a browser send what it has begun to send, unread, before the connection closes: else it shows no answer.

    Args: known: whether the sender may send files here; nobody else keeps us reading.
    """
    stream: Any = request.stream
    if stream is not None:
        stream.keep_alive = False
        stream.protocol.request_max_size = LINGER if known else LINGER_UNKNOWN


def says_too_large(request: Request[Any, Any], most: int) -> bool:
    """Whether a body says itself that it is more."""
    told: str | None = request.headers.get("content-length")
    return told is not None and (not told.isascii() or not told.isdigit() or len(told) > 15 or int(told) > most)


async def body_of(request: Request[Any, Any], most: int) -> AsyncIterator[bytes]:
    """A body as it comes. Raises: EvidenceTooLarge: it is more, whatever it says of itself."""
    stream: Any = request.stream
    came = 0
    while (data := await stream.read()) is not None:
        came += len(data)
        if came > most:
            raise EvidenceTooLarge("the body is too large")
        for place in range(0, len(data), BLOCK):
            yield data[place : place + BLOCK]


async def receive_slice(request: Request[Any, Any], add: AddPiece, evidence: Evidence, offset: int) -> int:
    """Take one slice of a file that was begun with its size; give how much of it is here now.

    What comes in whole pieces stays, also where the request breaks off: the sender goes on from there.

    Raises: EvidenceOutOfPlace: it goes on elsewhere. EvidenceRefused: the file is refused and deleted.
    """
    be_patient(request)
    held = bytearray()
    try:
        if says_too_large(request, SLICE):
            raise EvidenceTooLarge("the slice says that it is too large")
        async for data in body_of(request, SLICE):
            held.extend(data)
            while len(held) >= PIECE:
                offset = await add(evidence.id, evidence.session_id, offset, next_piece(held))
        if held and (evidence.declared_bytes is None or offset + len(held) == evidence.declared_bytes):
            offset = await add(evidence.id, evidence.session_id, offset, bytes(held))
    except EvidenceRefused:
        let_end(request, known=True)
        raise
    return offset


def sensitive_of(told: str) -> Sensitive | None:
    """What the sender said about a file; None where they said nothing."""
    return Sensitive(told) if told in tuple(Sensitive) else None
