"""What the way in asks of passwords; ``handoff/adapters/passwords.py`` answers with argon2id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from handoff.domain.errors import InputRefused
from handoff.domain.password_rule import LONGEST_PASSWORD, normalised, password_fault


class Passwords(Protocol):
    """argon2 behind a few verbs; slow on purpose, and away from the event loop."""

    async def encode(self, password: str) -> str: ...

    async def fits(self, encoded: str | None, password: str, *, known: bool = False) -> bool:
        """Whether the password is the one encoded; takes as long for None.

        Args: known: asked from a browser that is known, which doesn't wait behind those that aren't.

        Raises: SignInSlowed: too many wait already.
        """

    def is_old(self, encoded: str) -> bool:
        """Whether it was encoded at another cost than is asked today."""

    async def guesses(self, password: str, own_words: Iterable[str]) -> float:
        """The power of ten of the guesses that this password takes."""


async def check_new(passwords: Passwords, password: str, own_words: Iterable[str]) -> None:
    """Raises: InputRefused: nobody should have this password."""
    words, plain = tuple(own_words), normalised(password)
    # What is far too long isn't worth reading to its end.
    guesses = await passwords.guesses(plain, words) if len(plain) <= LONGEST_PASSWORD else 0.0
    if (fault := password_fault(plain, words, guesses)) is not None:
        raise InputRefused("password", fault)
