"""Evidence: a picture, film or sound that somebody sent, from its first byte to who may see it.

Pure. What is taken is the profile's word by flow (KAG-2, HOK-5.1, HYO-I-1); at risk nothing is refused by a machine; and
what may show a child sexually is seen by nobody (quarantine): a supervisor may hand it to the police, and that is all.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.file_types import BY_MIME, EvidenceKind, FileType
from handoff.domain.incoming import MessageKind
from handoff.domain.profile import Flow, MediaRule
from handoff.domain.profile.access import Media, MediaLimits

#: Bytes of one sealed piece in the database.
PIECE: Final = 256 * 1024
#: Bytes of a slice that a page sends in one request.
SLICE: Final = 4 * PIECE
#: An upload in which nothing came for so long is given up.
UNFINISHED_AFTER: Final = timedelta(days=1)
#: So long a counsellor's window for one picture stays open.
WINDOW_OPEN: Final = timedelta(minutes=15)
#: A student whose pictures aren't taken hears that once, and not for each.
TELL_AGAIN_AFTER: Final = timedelta(minutes=3)
#: The category of the risk screen after which files are quarantined.
SEXUAL: Final = "sexual_harm"
#: Letters of a file's name that are kept.
LONGEST_NAME: Final = 200
#: Letters of the reason for which somebody opens an original.
LONGEST_REASON: Final = 1000

MB: Final = 1_000_000
_DEFAULT_MB: Final = {EvidenceKind.IMAGE: 15, EvidenceKind.VIDEO: 80, EvidenceKind.AUDIO: 20}
_DEFAULT_FILES: Final = 5
_DEFAULT_TOTAL_MB: Final = 100
#: Kinds of LINE's messages that may be evidence.
KINDS: Final = {
    MessageKind.IMAGE: EvidenceKind.IMAGE,
    MessageKind.VIDEO: EvidenceKind.VIDEO,
    MessageKind.AUDIO: EvidenceKind.AUDIO,
}


class EvidenceState(StrEnum):
    """Where a file stands."""

    RECEIVING = "receiving"  # a page sends it
    WAITING = "waiting"  # LINE has it; it will be fetched
    STORED = "stored"
    QUARANTINED = "quarantined"  # kept, unseen by everybody
    REFUSED = "refused"  # not taken, or of a kind that isn't
    GONE = "gone"  # the student took it back before it was fetched
    FAILED = "failed"  # LINE didn't give it
    DROPPED = "dropped"  # taken back after it was here, or the upload was given up


#: The states in which its bytes are here.
KEPT: Final = frozenset({EvidenceState.STORED, EvidenceState.QUARANTINED})
#: The states in which it counts against the limits.
COUNTED: Final = KEPT | {EvidenceState.RECEIVING, EvidenceState.WAITING}


class Ground(StrEnum):
    """Why a file was taken."""

    PAGE = "page"  # sent by a page of ours
    FLOW = "flow"  # the profile takes it in this flow
    RISK = "risk"  # at high or critical nothing is refused; it is opened by hand
    WINDOW = "window"  # a counsellor asked for one picture


class Refusal(StrEnum):
    """Why a file isn't here."""

    NOT_ACCEPTED = "not_accepted"
    COUNT = "count"
    TOO_LARGE = "too_large"
    TYPE = "type"
    HEIC = "heic"
    BROKEN = "broken"
    EXTERNAL = "external"  # it lies with another provider, who would learn of us
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    UNSENT = "unsent"


class Sensitive(StrEnum):
    """What the sender says about whether a file may show somebody sexually."""

    YES = "yes"
    UNSURE = "unsure"
    NO = "no"


class QuarantineCause(StrEnum):
    """Why a file is quarantined."""

    SENDER = "sender"
    RISK = "risk"
    PERSON = "person"


class Part(StrEnum):
    """What is stored of a file."""

    ORIGINAL = "original"
    SHOWN = "shown"  # an image, made anew from its pixels
    THUMB = "thumb"


class Purpose(StrEnum):
    """Why an original is opened; a quarantined one for the police alone."""

    POLICE = "police"
    BOARD = "board"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One file.

    Attributes: event_id: of the message it came with on LINE; kind, mime: None until its first bytes told; bytes: of the
    original, received so far; name: as the sender has it; declared: the type as the sender named it; source: LINE's
    message id while it is to be fetched, or may be should its session come to be at risk; shown_bytes, thumb_bytes: 0 where there is no such copy; digest: SHA-256
    of the original, hex; hidden: taken back at high or critical, kept for a supervisor's decision; due_at: real time of
    the next attempt to fetch it.
    """

    id: UUID
    session_id: UUID
    state: EvidenceState
    ground: Ground
    made_at: datetime
    touched_at: datetime
    event_id: UUID | None = None
    kind: EvidenceKind | None = None
    mime: str | None = None
    bytes: int = 0
    declared_bytes: int | None = None
    name: str = ""
    declared: str = ""
    source: str | None = None
    sensitive: Sensitive | None = None
    quarantined: QuarantineCause | None = None
    reason: Refusal | None = None
    shown_bytes: int = 0
    thumb_bytes: int = 0
    digest: str | None = None
    hidden: bool = False
    attempts: int = 0
    due_at: datetime | None = None
    stored_at: datetime | None = None

    @property
    def type(self) -> FileType | None:
        return None if self.mime is None else BY_MIME.get(self.mime)

    @property
    def is_open(self) -> bool:
        """Whether those who read the session may open it."""
        if self.state is not EvidenceState.STORED or self.hidden or self.type is None:
            return False
        return self.shown_bytes > 0 or self.kind is not EvidenceKind.IMAGE

    @property
    def shows_thumb(self) -> bool:
        """Whether a small copy stands beside the words; what came at risk is opened by hand first."""
        return self.is_open and self.thumb_bytes > 0 and self.ground is not Ground.RISK

    @property
    def has_original(self) -> bool:
        """Whether a supervisor may open the original, with a reason."""
        return self.state in KEPT

    def shows_name(self, *, supervisor: bool) -> bool:
        """Whether its name stands beside it: that of a file which people may not see tells what is in it."""
        return self.state is EvidenceState.STORED and not self.hidden or (supervisor and self.has_original)


def accepts(media: Media, flow: Flow, kind: EvidenceKind) -> bool:
    """Whether the profile takes files of this kind in this flow; what a document doesn't say is refused."""
    if flow is Flow.REPORT and media.evidence_report is not True:
        return False
    return media.rule(flow, kind) is not MediaRule.REJECT


def taken_kinds(media: Media, flow: Flow) -> tuple[EvidenceKind, ...]:
    """What a form for this flow may offer; empty where it offers nothing."""
    return tuple(kind for kind in EvidenceKind if accepts(media, flow, kind))


def ground_of(media: Media, flow: Flow, kind: EvidenceKind, *, urgent: bool) -> Ground | None:
    """Why a file that came on LINE is fetched; None where it isn't, unless a window is open.

    Args: urgent: the session is at high or critical, or unread by the screen.
    """
    if accepts(media, flow, kind):
        return Ground.FLOW
    return Ground.RISK if urgent else None


def quarantine_cause(
    sensitive: Sensitive | None, categories: Collection[str], *, marked: bool = False
) -> QuarantineCause | None:
    """Why a file is quarantined; None where it isn't.

    Args: categories: those that the screen found in the session; marked: somebody at the desk says so.
    """
    if marked:
        return QuarantineCause.PERSON
    if sensitive in (Sensitive.YES, Sensitive.UNSURE):
        return QuarantineCause.SENDER
    return QuarantineCause.RISK if SEXUAL in categories else None


def most_bytes(limits: MediaLimits, kind: EvidenceKind | None) -> int:
    """How large a file may be; one of unknown kind as large as the largest."""
    if kind is None:
        return max(most_bytes(limits, one) for one in EvidenceKind)
    told: int | None = getattr(limits, f"{kind}_mb")
    return (told or _DEFAULT_MB[kind]) * MB


def most_files(limits: MediaLimits) -> int:
    """How many files one session takes."""
    return limits.files_per_report or _DEFAULT_FILES


def most_total(limits: MediaLimits) -> int:
    """Bytes that one session's files may have together."""
    return (limits.total_mb or _DEFAULT_TOTAL_MB) * MB


#: What devices put into a name; what is left over is of a person.
_OF_DEVICES: Final = re.compile(
    r"(?i)img|image|dsc[fn]?|pxl|vid(eo)?|mov(ie)?|rec(ording)?|audio|voice|photo|picture|screen|shot|capture|download"
    r"|received|line_album|\d+[年月日時分秒]|スクリーンショット|スクリーンレコード|画面収録|画面録画|写真|画像|動画|録音|録画"
)
_WORD: Final = re.compile(r"[a-z]{3}|[^\W\d_a-z]", re.IGNORECASE)
_ENDING: Final = re.compile(r"\.\w{1,5}$", re.ASCII)


def words_in_name(name: str) -> str:
    """The name of a file without its ending, on one line, where a person wrote words into it; empty where a device named it."""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    words = _ENDING.sub("", shown).rstrip()
    return words if _WORD.search(_OF_DEVICES.sub(" ", words)) else ""


class Fetch(StrEnum):
    """What one attempt to fetch a file from LINE came to."""

    DONE = "done"
    PREPARING = "preparing"  # 202
    GONE = "gone"  # 410: taken back
    MISSING = "missing"  # 404
    UNREACHABLE = "unreachable"  # 429, 5xx, no answer in time, broken midway
    DENIED = "denied"  # any other 4xx


_SLOWEST: Final = timedelta(minutes=10)
_MOST_ATTEMPTS: Final = {Fetch.PREPARING: 20, Fetch.MISSING: 3, Fetch.UNREACHABLE: 12, Fetch.DENIED: 3}


def next_fetch(outcome: Fetch, attempts: int) -> timedelta | None:
    """How long to wait before the next attempt; None where there is none any more.

    Args: attempts: made so far, at least one.
    """
    if attempts >= _MOST_ATTEMPTS.get(outcome, 0):
        return None
    return min(timedelta(seconds=2 ** min(attempts - 1, 10)), _SLOWEST)
