"""Passwords by argon2id, one at a time beside the event loop (ADR 14)."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class ArgonPasswords:
    """Implements ``services.desk.sign_in.Passwords``.

    Each hash takes 64 MiB for some 50 ms on purpose; the semaphore keeps a storm of tries from taking the memory of the
    whole service.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._one = asyncio.Semaphore(1)
        #: What a try at an unknown name is compared with, so that it takes as long.
        self._nobody: str | None = None

    async def encode(self, password: str) -> str:
        async with self._one:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, encoded: str | None, password: str) -> bool:
        if encoded is None:
            self._nobody = self._nobody or await self.encode("nobody has this password")
            async with self._one:
                await asyncio.to_thread(self._verify, self._nobody, password)
            return False
        async with self._one:
            return await asyncio.to_thread(self._verify, encoded, password)

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False
