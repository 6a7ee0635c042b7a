"""What the report's pages say of files: which are taken, how large they may be, and what became of those that were sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from handoff.domain.evidence import (
    COUNTED,
    KEPT,
    MB,
    Evidence,
    EvidenceState,
    Sensitive,
    most_bytes,
    most_files,
    taken_kinds,
)
from handoff.domain.file_types import EvidenceKind
from handoff.domain.profile import Flow, Profile

KIND_NAMES: Final[Mapping[EvidenceKind, str]] = {
    EvidenceKind.IMAGE: "写真・画面",
    EvidenceKind.VIDEO: "動画",
    EvidenceKind.AUDIO: "音声",
}
SENSITIVE_NAMES: Final[Mapping[Sensitive, str]] = {
    Sensitive.NO: "うつっていない",
    Sensitive.UNSURE: "わからない",
    Sensitive.YES: "うつっている",
}


def files_taken(profile: Profile) -> tuple[EvidenceKind, ...]:
    """The kinds of files that reports may bring (KAG-2)."""
    return taken_kinds(profile.media, Flow.REPORT)


def shown_files(profile: Profile, files: Sequence[Evidence]) -> dict[str, Any]:
    """What a page shows of the files of its report, and of those that may still come."""
    kinds, limits = files_taken(profile), profile.media.limits
    return {
        "files": [
            {
                "name": one.name or "ファイル",
                "kind": KIND_NAMES[one.kind] if one.kind else "ファイル",
                "state": _state(one),
            }
            for one in files
            if one.state in COUNTED
        ],
        "files_taken": [KIND_NAMES[kind] for kind in kinds],
        "files_accept": ",".join(f"{kind}/*" for kind in kinds),
        "files_limits": "、".join(f"{KIND_NAMES[kind]}は{most_bytes(limits, kind) // MB}MBまで" for kind in kinds),
        "files_most": most_files(limits),
        "sensitive_names": SENSITIVE_NAMES,
    }


def _state(one: Evidence) -> str:
    # Nothing of why it is kept apart: whoever sent it has told what they could.
    if one.state in KEPT:
        return "届きました"
    return "送っている途中です" if one.state is EvidenceState.RECEIVING else ""
