"""Opens cells by wrapped data keys from a backup."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from handoff.domain.backup import BackupFailed, BackupFault
from handoff.services.backup_ports import KeyUnknown, SampledCell, StoredKey
from kernel.sealing import Keyring, SealBroken, Sealer, SealFailed, WrappedKey, key_id_of


class BackedUpKeys:
    """Implements ``services.backup_ports.KeyBunch``."""

    def __init__(self, ring: Keyring, keys: Sequence[StoredKey]) -> None:
        self._sealer = Sealer(ring)
        self._stored = {UUID(one["id"]): _stored(one) for one in keys}

    def opens(self, cell: SampledCell) -> bool:
        key_id = key_id_of(cell.sealed)
        try:
            if key_id is not None:
                if key_id not in self._stored:
                    raise KeyUnknown
                self._sealer.learn(self._stored[key_id])
            self._sealer.open_bytes(cell.table, cell.column, cell.row_id, cell.sealed)
        except SealFailed:
            raise BackupFailed(BackupFault.KEY_FILE) from None
        except SealBroken:
            return False
        return True


def _stored(told: StoredKey) -> WrappedKey:
    # As JSON of PostgreSQL has bytes: \x and their digits.
    return WrappedKey(UUID(told["id"]), told["kind"], told["kek"], bytes.fromhex(told["wrapped"].removeprefix("\\x")))
