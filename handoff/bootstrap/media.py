"""The worker's part of evidence: files that come on LINE."""

from __future__ import annotations

from handoff.adapters.files.rebuild import ImageRebuilder
from handoff.adapters.files.sniffing import tell_type
from handoff.services.evidence.fetch import FetchMedia
from handoff.services.evidence.finish import FinishEvidence
from handoff.services.evidence.receive import AddPiece
from handoff.services.evidence_ports import MediaSource
from handoff.services.ports import Store
from handoff.services.setting import Setting


def fetch_media(store: Store, setting: Setting, source: MediaSource) -> FetchMedia:
    """The verb of a file's wake-up."""
    add, finish = AddPiece(store, setting, tell_type), FinishEvidence(store, setting, ImageRebuilder())
    return FetchMedia(store, setting, source, add, finish)
