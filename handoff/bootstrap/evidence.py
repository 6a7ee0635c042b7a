"""The web process's parts of evidence: what its pages and the desk do with files."""

from __future__ import annotations

from handoff.adapters.files.rebuild import ImageRebuilder
from handoff.adapters.files.sniffing import tell_type
from handoff.bootstrap.core import Core
from handoff.services.desk.open_picture_window import ClosePictureWindow, OpenPictureWindow
from handoff.services.evidence.finish import FinishEvidence
from handoff.services.evidence.open import OpenEvidence, QuarantineEvidence, ReadEvidence
from handoff.services.evidence.owner import ReportersSession
from handoff.services.evidence.receive import AddPiece, BeginEvidence, DropEvidence
from handoff.services.ports import Store
from handoff.services.setting import Setting
from handoff.web.desk.evidence_parts import DeskEvidence
from handoff.web.report.routes import after_files
from handoff.web.report_evidence import EvidenceParts
from handoff.web.uploads import UploadVerbs


def upload_verbs(store: Store, setting: Setting) -> UploadVerbs:
    """What the pages do with files."""
    return UploadVerbs(
        begin=BeginEvidence(store, setting),
        add=AddPiece(store, setting, tell_type),
        finish=FinishEvidence(store, setting, ImageRebuilder()),
        drop=DropEvidence(store, setting),
        read=ReadEvidence(store, setting),
    )


def report_evidence_parts(core: Core, origin: str) -> EvidenceParts:
    """Files of the report's page, which people reach under this origin."""
    store, setting = core.store, core.setting
    return EvidenceParts(setting, upload_verbs(store, setting), ReportersSession(store, setting), origin, after_files)


def desk_evidence(core: Core) -> DeskEvidence:
    """What the desk does with them."""
    store, setting = core.store, core.setting
    return DeskEvidence(
        read=ReadEvidence(store, setting),
        open=OpenEvidence(store, setting),
        quarantine=QuarantineEvidence(store, setting),
        open_window=OpenPictureWindow(store, setting),
        close_window=ClosePictureWindow(store, setting),
    )
