"""Sealing of everything that holds a person's words, name or LINE id (promise 3 of the design)."""

from __future__ import annotations

from kernel.sealing.errors import KeyFileError, SealBroken, SealingError
from kernel.sealing.keys import Keyring, ensure_key_file
from kernel.sealing.sealer import Sealer

__all__ = ["KeyFileError", "Keyring", "SealBroken", "Sealer", "SealingError", "ensure_key_file"]
