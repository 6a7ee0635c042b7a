"""What kind of file some bytes are, by what stands in them and by nothing that anybody says about them.

Pure: an allow-list of a few types with their signatures, and the foreign parts that make one file two (a picture that is
an archive as well, a page that calls itself a picture).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class EvidenceKind(StrEnum):
    """What a file shows."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class FileType:
    """One type that is taken. mime: as it is served; container: types that only their makers tell apart share one."""

    kind: EvidenceKind
    mime: str
    extension: str
    container: str


_IMAGE, _VIDEO, _AUDIO = EvidenceKind.IMAGE, EvidenceKind.VIDEO, EvidenceKind.AUDIO
JPEG: Final = FileType(_IMAGE, "image/jpeg", "jpg", "jpeg")
PNG: Final = FileType(_IMAGE, "image/png", "png", "png")
WEBP: Final = FileType(_IMAGE, "image/webp", "webp", "webp")
GIF: Final = FileType(_IMAGE, "image/gif", "gif", "gif")
MP4: Final = FileType(_VIDEO, "video/mp4", "mp4", "mp4")
QUICKTIME: Final = FileType(_VIDEO, "video/quicktime", "mov", "mp4")
VIDEO_3GP: Final = FileType(_VIDEO, "video/3gpp", "3gp", "mp4")
WEBM: Final = FileType(_VIDEO, "video/webm", "webm", "webm")
M4A: Final = FileType(_AUDIO, "audio/mp4", "m4a", "mp4")
AUDIO_WEBM: Final = FileType(_AUDIO, "audio/webm", "weba", "webm")
MP3: Final = FileType(_AUDIO, "audio/mpeg", "mp3", "mpeg")
AAC: Final = FileType(_AUDIO, "audio/aac", "aac", "mpeg")
WAV: Final = FileType(_AUDIO, "audio/wav", "wav", "wav")
OGG: Final = FileType(_AUDIO, "audio/ogg", "ogg", "ogg")
TYPES: Final = (
    JPEG, PNG, WEBP, GIF, MP4, QUICKTIME, VIDEO_3GP, WEBM, M4A, AUDIO_WEBM, MP3, AAC, WAV, OGG,
)  # fmt: skip
BY_MIME: Final = {one.mime: one for one in TYPES}
#: Other names under which browsers and phones send the same types.
_ALIASES: Final = {
    "image/jpg": JPEG, "image/pjpeg": JPEG, "image/x-png": PNG, "video/x-m4v": MP4, "video/3gpp2": VIDEO_3GP,
    "audio/x-m4a": M4A, "audio/m4a": M4A, "audio/3gpp": M4A, "audio/mp3": MP3, "audio/x-mpeg": MP3,
    "audio/aacp": AAC, "audio/x-wav": WAV, "audio/wave": WAV, "audio/vnd.wave": WAV, "audio/opus": OGG,
    "application/ogg": OGG,
}  # fmt: skip
#: Said by a sender that doesn't know.
_UNKNOWN: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
HEIC_MIMES: Final = frozenset({"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence", "image/avif"})

#: Bytes from which the type is told, and of the end in which an archive has its list.
HEAD: Final = 4096
TAIL: Final = 65536 + 64
_HEIC_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
)
_MP4_BRANDS: Final = (b"iso", b"mp4", b"avc1", b"M4V", b"MSNV", b"mmp4", b"dash", b"f4v")
#: Beginnings of pages and scripts; a picture that holds one near either end is meant to be read as one.
_MARKUP: Final = (b"<html", b"<!doctype", b"<script", b"<svg", b"<?php", b"<iframe", b"%pdf-")
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_LIST: Final = b"PK\x01\x02"
#: Archives that programs look for anywhere in a file.
_ARCHIVES: Final = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
#: Where an archive without compression says that it is one; it may begin as anything, for its first bytes are a name.
_TAPE_SIGN: Final = slice(257, 262)
#: So much of a piece has to be looked at again with the next one.
OVERLAP: Final = 8


def is_heic(head: bytes) -> bool:
    """Whether it is a picture in Apple's form (or AVIF), which nothing here opens."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def is_tape(head: bytes) -> bool:
    """Whether it is a TAR archive, whatever it begins as."""
    return head[_TAPE_SIGN] == b"ustar"


def sniff(head: bytes) -> FileType | None:
    """The type that the first bytes show; None for everything that isn't taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return PNG
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[:4] == b"RIFF":
        return WEBP if head[8:12] == b"WEBP" else WAV if head[8:12] == b"WAVE" else None
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else None
    if head.startswith(b"OggS\x00"):
        return OGG
    if head.startswith(b"ID3") and len(head) > 10:
        return MP3
    if len(head) >= 4 and head[0] == 0xFF:
        return _by_frame(head)
    return None


def _by_brand(brand: bytes) -> FileType | None:
    if brand == b"qt  ":
        return QUICKTIME
    if brand[:3] in (b"M4A", b"M4B"):
        return M4A
    if brand[:3] in (b"3gp", b"3g2"):
        return VIDEO_3GP
    return MP4 if brand.startswith(_MP4_BRANDS) else None


def _by_frame(head: bytes) -> FileType | None:
    """An MPEG audio frame's header, with all that it must not say."""
    if head[1] & 0xF6 == 0xF0:
        return AAC if (head[2] >> 2) & 0xF != 0xF else None
    layer_3 = head[1] in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)
    return MP3 if layer_3 and head[2] >> 4 not in (0, 15) and (head[2] >> 2) & 3 != 3 else None


def declared_type(told: str) -> FileType | None:
    """The type that a sender names; None where it names none of ours."""
    name = told.partition(";")[0].strip().lower()
    return BY_MIME.get(name) or _ALIASES.get(name)


def names_no_type(told: str) -> bool:
    """Whether the sender left it open."""
    return told.partition(";")[0].strip().lower() in _UNKNOWN


def agreed(told: str, found: FileType) -> FileType | None:
    """The type of a file by its content and its sender together; None where the sender said something else.

    A film and a sound are often the same container: the sender's word counts then.
    """
    if names_no_type(told):
        return found
    said = declared_type(told)
    if said is None or said.container != found.container:
        return None
    return said if said.kind is not found.kind else found


def as_kind(found: FileType, kind: EvidenceKind | None) -> FileType:
    """The type of the same container that is of this kind; ``found`` where there is none, or no kind is known.

    A sound that a phone records for LINE may begin as a film does: that it came as a sound counts then.
    """
    same = (one for one in TYPES if one.container == found.container and one.kind is kind)
    return found if found.kind is kind else next(same, found)


def holds_markup(ends: bytes) -> bool:
    """Whether something near an end of a file is a page, a script or a document."""
    lowered = ends.lower()
    return any(mark in lowered for mark in _MARKUP)


def holds_archive(part: bytes) -> bool:
    """Whether an archive begins in a part of a file that is none itself."""
    return any(mark in part for mark in _ARCHIVES)


def ends_as_zip(tail: bytes, whole: int) -> bool:
    """Whether a file of ``whole`` bytes is a ZIP, whatever it begins as: its list stands where the end says it does.

    Args: tail: the last bytes of the file, TAIL of them where it has so many.
    """
    place = len(tail)
    while (place := tail.rfind(_ZIP_END, 0, place)) >= 0:
        if len(tail) - place < 22:
            continue
        size, offset, comment = struct.unpack_from("<IIH", tail, place + 12)
        fits = place + 22 + comment <= len(tail) and size <= whole and (offset <= whole or offset == 0xFFFFFFFF)
        # A list that begins before these bytes, or an empty one, can't be looked at: it counts as one.
        listed = size == 0 or place < size or _ZIP_LIST in tail[:place]
        if fits and listed:
            return True
    return False
