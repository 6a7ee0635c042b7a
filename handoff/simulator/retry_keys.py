"""Retry keys of pushes: the same key is accepted once in 24 hours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

KEY_SECONDS = 24 * 60 * 60.0
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Accepted:
    """The call that was accepted under a key; ``first_at`` is when the key was first tried, in seconds."""

    request_id: str
    sent_messages: tuple[dict[str, str], ...]
    first_at: float


def is_retry_key(text: str) -> bool:
    """Whether a text is a UUID as LINE wants it: five groups of hexadecimal digits."""
    return _UUID.fullmatch(text) is not None


class RetryKeys:
    """Which keys were accepted; a key lives 24 hours from its first attempt, then it counts as new."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._first_at: dict[str, float] = {}
        self._accepted: dict[str, Accepted] = {}

    def attempt(self, key: str) -> Accepted | None:
        """Note an attempt; return the call accepted earlier under this key, if there is one."""
        key = key.lower()
        first_at = self._first_at.get(key)
        if first_at is None or self._now() - first_at > KEY_SECONDS:
            self._first_at[key] = self._now()
            self._accepted.pop(key, None)
            return None
        return self._accepted.get(key)

    def accept(self, key: str, request_id: str, sent_messages: list[dict[str, str]]) -> None:
        """Remember that the call under this key was accepted."""
        key = key.lower()
        self._accepted[key] = Accepted(request_id, tuple(sent_messages), self._first_at[key])
