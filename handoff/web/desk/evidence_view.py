"""Files as the desk shows them: in words, and with what may be done with each. Used by pages and by the scripts' JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from handoff.domain.evidence import Evidence, EvidenceState, Purpose, QuarantineCause, Refusal
from handoff.domain.file_types import EvidenceKind
from handoff.web.desk.form_pages import moment_words

KINDS: Final[Mapping[EvidenceKind | None, str]] = {
    EvidenceKind.IMAGE: "写真",
    EvidenceKind.VIDEO: "動画",
    EvidenceKind.AUDIO: "音声",
    None: "ファイル",
}
PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.POLICE: "警察に渡す",
    Purpose.BOARD: "教育委員会に渡す",
    Purpose.CHECK: "中身を確かめる",
}
CAUSES: Final[Mapping[QuarantineCause | None, str]] = {
    QuarantineCause.SENDER: "送った人が、性的なものかもしれないと答えました。",
    QuarantineCause.RISK: "この相談で、性的な被害の言葉が見つかりました。",
    QuarantineCause.PERSON: "読んだ人が、隔離しました。",
}
_REFUSED: Final[Mapping[Refusal | None, str]] = {
    Refusal.NOT_ACCEPTED: "この窓口では受け取らないので、取り寄せていません。",
    Refusal.COUNT: "受け取れる数を超えたので、取り寄せていません。",
    Refusal.TOO_LARGE: "大きすぎるので、受け取りませんでした。",
    Refusal.TYPE: "受け取れない種類のファイルだったので、消しました。",
    Refusal.HEIC: "ここでは開けない形（HEIC）だったので、消しました。",
    Refusal.BROKEN: "開けないファイルだったので、消しました。",
    Refusal.EXTERNAL: "LINEの外にあるファイルなので、取り寄せていません。",
}
_STATES: Final[Mapping[EvidenceState, str]] = {
    EvidenceState.RECEIVING: "送られている途中です。",
    EvidenceState.WAITING: "LINEから受け取っています。",
    EvidenceState.QUARANTINED: "隔離しています。だれも中身を見られません。",
    EvidenceState.GONE: "受け取る前に、本人が取り消しました。",
    EvidenceState.FAILED: "LINEから受け取れませんでした。",
    EvidenceState.DROPPED: "本人が取り消したので、消しました。",
}


def told(one: Evidence) -> str:
    """How a file stands, in words; empty where it is simply there."""
    if one.state is EvidenceState.REFUSED:
        return _REFUSED.get(one.reason, "受け取れませんでした。")
    if one.state is EvidenceState.STORED:
        if one.hidden:
            return "送信が取り消されました（業務責任者が確認できます）。"
        return "" if one.is_open else "表示できない形のファイルです。元のファイルは、業務責任者が開けます。"
    return _STATES[one.state]


def evidence_json(one: Evidence) -> dict[str, Any]:
    """A file beside a line. thumb: a small copy may be shown; open: whoever reads here may open it."""
    return {
        "id": str(one.id),
        "kind": KINDS[one.kind],
        "image": one.kind is EvidenceKind.IMAGE,
        "state": one.state,
        "told": told(one),
        "thumb": one.shows_thumb,
        "open": one.is_open,
        "kept": one.has_original,
    }


@dataclass(frozen=True, slots=True)
class FileView:
    """One file on a page. size: in words; name: as its sender has it, which only ever stands as text, empty where it may not
    be seen.
    """

    id: str
    kind: str
    name: str
    at: str
    size: str
    told: str
    image: bool
    thumb: bool
    open: bool
    kept: bool
    quarantined: bool
    cause: str
    digest: str


def file_view(one: Evidence, *, supervisor: bool = False) -> FileView:
    return FileView(
        id=str(one.id),
        kind=KINDS[one.kind],
        name=one.name if one.shows_name(supervisor=supervisor) else "",
        at=moment_words(one.made_at),
        size=_size(one.bytes),
        told=told(one),
        image=one.kind is EvidenceKind.IMAGE,
        thumb=one.shows_thumb,
        open=one.is_open,
        kept=one.has_original,
        quarantined=one.state is EvidenceState.QUARANTINED,
        cause=CAUSES.get(one.quarantined, ""),
        digest=one.digest or "",
    )


def file_views(found: Iterable[Evidence]) -> list[FileView]:
    """Files for the partial ``desk/evidence.html``."""
    return [file_view(one) for one in found]


def _size(size: int) -> str:
    if size >= 1_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{max(1, size // 1000)} KB" if size else ""
