"""What these pages need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.domain.audit import KeyedHash
from handoff.services.audit.check_chain import CheckChain
from handoff.services.audit.confirm_security import ConfirmSecurity, ReadSecurity
from handoff.services.audit.read_audit import ReadAudit
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """The verbs and reads of these pages."""

    read: ReadAudit
    security: ReadSecurity
    confirm: ConfirmSecurity


def audit_desk(store: Store, setting: Setting, hashed: KeyedHash) -> AuditDesk:
    """Make them. Args: hashed: of the key file, for the check of the chain."""
    return AuditDesk(
        read=ReadAudit(store, setting),
        security=ReadSecurity(store, setting),
        confirm=ConfirmSecurity(store, setting, CheckChain(store, hashed)),
    )
