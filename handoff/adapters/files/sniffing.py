"""Tell a file's type: our own short list of signatures, and puremagic as a second pair of eyes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from puremagic import PureError, magic_string

from handoff.domain.errors import EvidenceHeic, EvidenceTypeRefused
from handoff.domain.file_types import HEIC_MIMES, FileType, agreed, holds_markup, is_heic, is_tape, sniff

#: What puremagic calls the same containers, by its types and its endings.
_ALSO: Final[Mapping[str, frozenset[str]]] = {
    "jpeg": frozenset({"image/jpeg"}),
    "png": frozenset({"image/png"}),
    "gif": frozenset({"image/gif"}),
    "webp": frozenset({"image/webp"}),
    "mp4": frozenset({"video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "video/x-m4v", ".m4a", ".mov"}),
    "webm": frozenset({"video/webm", "audio/webm", "application/x-matroska"}),
    "mpeg": frozenset({"audio/mpeg", "audio/aac"}),
    "wav": frozenset({"audio/wav", "audio/x-wav"}),
    "ogg": frozenset({"audio/ogg", "application/ogg", "video/ogg", ".ogg"}),
}


def tell_type(head: bytes, declared: str) -> FileType:
    """Implements ``services.evidence_ports.Sniffer``."""
    if is_heic(head) or declared.partition(";")[0].strip().lower() in HEIC_MIMES:
        raise EvidenceHeic("a picture in Apple's form")
    found = sniff(head)
    if found is None or is_tape(head):
        raise EvidenceTypeRefused("a type that isn't taken")
    try:
        seen = {name for one in magic_string(head) for name in (one.mime_type, one.extension)}
    except (PureError, ValueError):
        seen = set()
    if not seen & _ALSO[found.container]:
        raise EvidenceTypeRefused("its beginning is not that of a whole file")
    if holds_markup(head):
        raise EvidenceTypeRefused("a page or a script stands in it")
    told = agreed(declared, found)
    if told is None:
        raise EvidenceTypeRefused("its sender says it is something else")
    return told
