"""Sealing of everything that holds a person's words, name or LINE id (promise 3 of the design)."""

from __future__ import annotations

from kernel.sealing.data_keys import CellSealer, WrappedKey, key_id_of
from kernel.sealing.errors import KeyFileError, SealBroken, SealFailed, SealingError
from kernel.sealing.keys import KeyFile, Keyring, ensure_key_file
from kernel.sealing.sealer import Sealer

__all__ = [
    "CellSealer",
    "KeyFile",
    "KeyFileError",
    "Keyring",
    "SealBroken",
    "SealFailed",
    "Sealer",
    "SealingError",
    "WrappedKey",
    "ensure_key_file",
    "key_id_of",
]
