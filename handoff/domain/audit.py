"""The audit as a chain: each row has a mark of its own from the moment it is written, and each link the mark of all before it.

A mark is a keyed hash, so that whoever has the database alone can make none. What is hashed is text with one form for one
meaning: the database may give numbers and the order of a detail's fields back in another form than they were written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

#: Purposes of the keyed hashes; a hash of one is none of another.
ROW, LINK, CUT, ANCHOR = "audit_row", "audit_link", "audit_cut", "audit_anchor"
#: What stands before the first link.
NOTHING: Final = bytes(32)


class KeyedHash(Protocol):
    """``Sealer.lookup``: 32 bytes for a purpose and a text."""

    def __call__(self, purpose: str, value: str, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row. at: on the service's clock; mark: None for rows that are older than the chain."""

    id: UUID
    at: datetime
    actor: str
    verb: str
    session_id: UUID | None
    detail: Mapping[str, Any]
    sequence: int
    mark: bytes | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the chain ended once: so many links, the last with this digest."""

    number: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.digest.hex()}"

    @classmethod
    def read(cls, text: str) -> Anchor | None:
        """What ``str`` made; None for anything else."""
        number, _, digest = text.strip().partition(":")
        try:
            found = cls(int(number), bytes.fromhex(digest))
        except ValueError:
            return None
        return found if found.number >= 0 and len(found.digest) == len(NOTHING) else None


#: Where a chain without a link ends.
START: Final = Anchor(0, NOTHING)


@dataclass(frozen=True, slots=True)
class LinkedEntry:
    """A link, and the row that it speaks of; entry: None where there is none any more."""

    number: int
    sequence: int
    digest: bytes
    entry: AuditEntry | None


class Fault(StrEnum):
    """What can be wrong with a chain, by what was done to it."""

    LINK_MISSING = "link_missing"
    ROW_MISSING = "row_missing"
    CHANGED = "changed"
    FORGED = "forged"
    UNMARKED = "unmarked"
    END_CUT = "end_cut"
    OTHER_CHAIN = "other_chain"
    CUT_FORGED = "cut_forged"


FAULT_WORDS: Final[Mapping[Fault, str]] = {
    Fault.LINK_MISSING: "鎖の輪が抜けています（記録が消されたか、順番が入れかえられました）",
    Fault.ROW_MISSING: "記録が消されています",
    Fault.CHANGED: "記録か鎖の輪が書きかえられています",
    Fault.FORGED: "鎖に入る前の記録が書きかえられたか、外から書き加えられています",
    Fault.UNMARKED: "しるしのない記録が書き加えられています",
    Fault.END_CUT: "終わりの記録が切り取られています（控えた終わりより短くなっています）",
    Fault.OTHER_CHAIN: "控えた終わりと、鎖がちがいます（全体が作り直されています）",
    Fault.CUT_FORGED: "期間を過ぎた記録を消したしるしが、本物ではありません",
}


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first thing that is wrong. number: of the link, 0 for a row that is in none; sequence: of the row."""

    fault: Fault
    number: int
    sequence: int

    def __str__(self) -> str:
        place = f"{self.number}番目の輪" if self.number else "鎖の外"
        row = f"、記録 {self.sequence}" if self.sequence else ""
        return f"{FAULT_WORDS[self.fault]}（{place}{row}）"


def _plain(value: Any) -> Any:
    """A value as it comes back from the database, whichever side of it this is."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def content(
    row_id: UUID, at: datetime, actor: str, verb: str, session_id: UUID | None, detail: Mapping[str, Any]
) -> str:
    """Everything that a row says, as one text."""
    told = [
        str(row_id),
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        actor,
        verb,
        None if session_id is None else str(session_id),
        _plain(detail),
    ]
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_of(entry: AuditEntry) -> str:
    return content(entry.id, entry.at, entry.actor, entry.verb, entry.session_id, entry.detail)


def link_digest(hashed: KeyedHash, before: Anchor, entry: AuditEntry) -> bytes:
    """The digest of the link that this row gets after all those before."""
    mark = "" if entry.mark is None else entry.mark.hex()
    return hashed(LINK, f"{before.number + 1}:{entry.sequence}:{before.digest.hex()}:{mark}:{content_of(entry)}")


def is_genuine(hashed: KeyedHash, entry: AuditEntry) -> bool:
    """Whether a row has the mark that it was written with."""
    return entry.mark == hashed(ROW, content_of(entry))


def cut_mark(hashed: KeyedHash, end: Anchor) -> bytes:
    """What makes a cut one of the owner's with the key file, and of nobody else."""
    return hashed(CUT, str(end))


class Walk:
    """Goes along a chain, link by link, and stops at the first fault.

    Args: start: where it begins, the start or a cut; legacy: whether rows without a mark may still come: those from before
    there were marks stand before all others.
    """

    def __init__(self, hashed: KeyedHash, start: Anchor = START, *, legacy: bool = True) -> None:
        self._hashed = hashed
        self._legacy = legacy
        self.reached = start

    @property
    def legacy(self) -> bool:
        """Whether no row with a mark has come yet."""
        return self._legacy

    def along(self, links: Iterable[LinkedEntry]) -> ChainFault | None:
        """The next links, in the order of their numbers."""
        for link in links:
            fault = self._step(link)
            if fault is not None:
                return ChainFault(fault, link.number, link.sequence)
            self.reached = Anchor(link.number, link.digest)
        return None

    def _step(self, link: LinkedEntry) -> Fault | None:
        if link.number != self.reached.number + 1:
            return Fault.LINK_MISSING
        if link.entry is None:
            return Fault.ROW_MISSING
        if link.digest != link_digest(self._hashed, self.reached, link.entry):
            return Fault.CHANGED
        if link.entry.mark is None:
            return None if self._legacy else Fault.UNMARKED
        self._legacy = False
        return None if is_genuine(self._hashed, link.entry) else Fault.FORGED
