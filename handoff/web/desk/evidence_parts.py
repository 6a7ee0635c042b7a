"""What the desk's routes for files need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.desk.open_picture_window import ClosePictureWindow, OpenPictureWindow
from handoff.services.evidence.open import OpenEvidence, QuarantineEvidence, ReadEvidence


@dataclass(frozen=True, slots=True)
class DeskEvidence:
    """The verbs of files at the desk."""

    read: ReadEvidence
    open: OpenEvidence
    quarantine: QuarantineEvidence
    open_window: OpenPictureWindow
    close_window: ClosePictureWindow
