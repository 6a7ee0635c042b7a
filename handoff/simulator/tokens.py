"""Reply tokens: good once, and for a minute from the event or from its redelivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# A redelivery renews a token only while the event itself is younger than this.
RENEWABLE_SECONDS = 20 * 60.0


@dataclass
class _Token:
    chat_id: str
    event_at: float
    good_from: float
    seconds: float
    used: bool = False


class ReplyTokens:
    """All tokens ever issued; ``now`` gives seconds that only run forward."""

    def __init__(self, now: Callable[[], float], seconds: float) -> None:
        self._now = now
        self._seconds = seconds
        self._tokens: dict[str, _Token] = {}

    def issue(self, token: str, chat_id: str, seconds: float | None = None) -> None:
        """Remember a new token of a chat; ``seconds`` lets a bench prepare webhooks ahead of their sending."""
        at = self._now()
        self._tokens[token] = _Token(chat_id, at, at, self._seconds if seconds is None else seconds)

    def renew(self, token: str) -> bool:
        """A redelivery gives an unused token a new minute, up to twenty minutes after the event."""
        known = self._tokens.get(token)
        if known is None or known.used or self._now() - known.event_at > RENEWABLE_SECONDS:
            return False
        known.good_from = self._now()
        return True

    def chat_of(self, token: str) -> str | None:
        """The chat that this token still answers, or None when it is unknown, used or too old."""
        known = self._tokens.get(token)
        if known is None or known.used or self._now() - known.good_from > known.seconds:
            return None
        return known.chat_id

    def spend(self, token: str) -> None:
        """Mark a token as used; call it only after ``chat_of`` said that it is good."""
        self._tokens[token].used = True
