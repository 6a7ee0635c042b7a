"""Passwords by argon2id, beside the event loop, and how hard they are to guess (ADR 14, 26)."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from handoff.domain.errors import SignInSlowed
from handoff.domain.password_rule import normalised

#: Tries that may wait in one queue: at 50 to 100 ms each, none waits until its request is cut off (``RESPONSE_TIMEOUT``).
MOST_WAITING: Final = 50
#: Characters that the estimate looks at; beyond them nothing gets easier to guess.
_LOOKED_AT: Final = 72
_WORDS: Final = Path(__file__).parents[2] / "data" / "passwords" / "words.txt"


class _Queue:
    """One hash after the other, and no endless row behind it."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises: SignInSlowed."""
        if self._waiting >= MOST_WAITING:
            raise SignInSlowed("too many wait")
        self._waiting += 1
        try:
            async with self._one:
                yield
        finally:
            self._waiting -= 1


class ArgonPasswords:
    """Implements ``services.desk.passwords.Passwords``.

    Each hash takes 64 MiB for some 50 ms on purpose; the queues keep a storm of tries from taking the memory of the whole
    service, and strangers' tries from keeping those waiting who are known.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._strangers, self._known = _Queue(), _Queue()
        #: What a try at an unknown name is compared with, so that it takes as long; made now, not at the first such try.
        self._nobody = self._hasher.hash("nobody has this password")

    async def encode(self, password: str) -> str:
        async with self._known.turn():
            return await asyncio.to_thread(self._hasher.hash, normalised(password))

    async def fits(self, encoded: str | None, password: str, *, known: bool = False) -> bool:
        # One that was kept before passwords were normalised fits as it was typed.
        forms = dict.fromkeys((normalised(password), password))
        async with (self._known if known else self._strangers).turn():
            for form in forms:
                fits = await asyncio.to_thread(self._verify, self._nobody if encoded is None else encoded, form)
                if fits:
                    return encoded is not None
        return False

    def is_old(self, encoded: str) -> bool:
        try:
            return self._hasher.check_needs_rehash(encoded)
        except InvalidHashError:
            return False

    async def guesses(self, password: str, own_words: Iterable[str]) -> float:
        words = [*_words(), *own_words]
        found = await asyncio.to_thread(zxcvbn, password[:_LOOKED_AT], user_inputs=words)
        return float(found["guesses_log10"])

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


@functools.cache
def _words() -> tuple[str, ...]:
    """Japanese words that people here choose, beside the library's lists of English ones and of passwords that leaked."""
    lines = _WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())
