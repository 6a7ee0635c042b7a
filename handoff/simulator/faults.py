"""Faults that a test orders: the next calls to an endpoint fail in a given way."""

from __future__ import annotations

from collections import deque
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Endpoint = Literal["reply", "push", "loading", "quota", "consumption", "info", "content"]
ENDPOINTS: tuple[Endpoint, ...] = ("reply", "push", "loading", "quota", "consumption", "info", "content")


class Fault(BaseModel):
    """One kind of failure for the next ``times`` calls to an endpoint.

    - ``status``: answered with ``status`` and nothing else happens; 429 means the rate limit or, with
      ``reason`` "monthly", the month's.
    - ``timeout``: the call is accepted if ``accept``, then the answer hangs for ``seconds``.
    - ``drop``: the call is accepted if ``accept``, then the connection is cut without an answer.
    - ``delay``: everything is as usual, ``seconds`` later.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: Endpoint
    kind: Literal["status", "timeout", "drop", "delay"]
    times: int = Field(default=1, ge=1)
    status: int = Field(default=500, ge=200, le=599)
    reason: Literal["rate", "monthly"] = "rate"
    accept: bool = True
    seconds: float = Field(default=10.0, ge=0, le=600)

    @property
    def name(self) -> str:
        """The word of the ledger for it."""
        return f"{self.kind}_{self.status}" if self.kind == "status" else self.kind


class Faults:
    """The faults that wait, first ordered first served, each endpoint by itself."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {endpoint: deque() for endpoint in ENDPOINTS}

    def order(self, fault: Fault) -> None:
        """Queue ``fault.times`` failures."""
        self._waiting[fault.endpoint].extend([fault] * fault.times)

    def take(self, endpoint: Endpoint) -> Fault | None:
        """The fault for this call, if one waits."""
        waiting = self._waiting[endpoint]
        return waiting.popleft() if waiting else None

    def left(self) -> dict[str, int]:
        """How many failures wait for each endpoint."""
        return {endpoint: len(waiting) for endpoint, waiting in self._waiting.items()}

    def clear(self) -> None:
        """Forget all of them."""
        for waiting in self._waiting.values():
            waiting.clear()
