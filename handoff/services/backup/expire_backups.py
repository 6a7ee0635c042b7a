"""Delete backups past their days, also where no new one is made any more: what was disposed of must not outlive them."""

from __future__ import annotations

import structlog

from handoff.domain.backup import KEYS_DAYS, BackupFailed
from handoff.services.backup_ports import Vault
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)


class ExpireBackups:
    """The worker's round."""

    def __init__(self, vault: Vault, setting: Setting) -> None:
        self._vault, self._setting = vault, setting

    async def __call__(self) -> int:
        """Give how many files were deleted; where the folders may not be written, only a warning comes of it."""
        days = self._setting.profile.keeping.backup_key_days or KEYS_DAYS
        try:
            return self._vault.expire(self._setting.clock.real(), days)
        except BackupFailed as error:
            log.warning("backups_not_expired", fault=error.fault)
            return 0
