"""Every call that the bot made, for auditors: nothing that reached the stand-in is left out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One API call. ``at_ms``: wall clock; ``monotonic``: seconds of this machine's monotonic clock at its arrival.

    ``accepted`` is LINE's view (the messages count as sent) even when the answer never left because of a ``fault``;
    ``delivered`` tells whether the student's phone shows them.
    """

    seq: int
    at_ms: int
    monotonic: float
    endpoint: str
    request_id: str
    retry_key: str | None
    reply_token: str | None
    user: str | None
    messages: list[object]
    status: int | None
    verdict: str
    accepted: bool
    delivered: bool
    fault: str | None


class Ledger:
    """The calls in the order of their arrival."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def since(self, seq: int = 0, endpoint: str | None = None) -> list[Call]:
        """The calls from number ``seq`` on, of one endpoint or of all."""
        return [call for call in self.calls[seq:] if endpoint is None or call.endpoint == endpoint]
