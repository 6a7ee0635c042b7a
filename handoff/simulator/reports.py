"""What the client gets back from the control API, and the keyword arguments that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypedDict


@dataclass(frozen=True)
class Sent:
    """One act and what its webhook brought.

    ``status`` is the bot's answer (None: none came), ``ms`` the time it took, ``monotonic`` the moment of sending in
    seconds of this machine's monotonic clock (the same that answers and calls carry).
    """

    status: int | None
    ms: float
    monotonic: float
    error: str | None = None
    event_id: str = ""
    message_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True)
class Line:
    """One line of a chat as the phone shows it; ``author`` is "student", "bot" or "system"."""

    seq: int
    at_ms: int
    monotonic: float
    author: str
    kind: str
    text: str
    message_id: str | None
    event_id: str | None
    via: str | None
    request_id: str | None
    delivery: str | None
    unsent: bool
    edited: bool
    sender: str | None
    quick_replies: list[dict[str, Any]]
    detail: dict[str, Any]

    @property
    def labels(self) -> list[str]:
        """The labels of the quick replies below it."""
        return [str(one.get("label")) for one in self.quick_replies]


# A line that the bot wrote: ``via`` is "reply" or "push".
Answer = Line


@dataclass(frozen=True)
class CallMade:
    """One API call of the bot, see ``handoff.simulator.ledger.Call``."""

    seq: int
    at_ms: int
    monotonic: float
    endpoint: str
    request_id: str
    retry_key: str | None
    reply_token: str | None
    user: str | None
    messages: list[Any]
    status: int | None
    verdict: str
    accepted: bool
    delivered: bool
    fault: str | None


@dataclass(frozen=True)
class Prepared:
    """A webhook for one act, ready to be posted: ``body`` (as UTF-8) with the header ``x-line-signature``."""

    body: str
    signature: str
    event_id: str
    message_id: str | None
    reply_token: str | None


class ActFields(TypedDict, total=False):
    """What every act takes besides its own fields."""

    group: str | None
    mode: str
    at_ms: int | None


class FaultFields(TypedDict, total=False):
    """The details of a fault."""

    times: int
    status: int
    reason: str
    accept: bool
    seconds: float


class SettingFields(TypedDict, total=False):
    """What can be changed while the stand-in runs."""

    redelivery: bool
    redelivery_delays: list[float]
    webhook_url: str
    webhook_timeout: float
    monthly_limit: int | None
    monthly_used: int
    clock: str | None
    phone_clock: str | None


def read[T](kind: type[T], found: Mapping[str, Any]) -> T:
    """A dataclass from a JSON object; what it doesn't know is left out."""
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]  # only called with the dataclasses above
    return kind(**{name: found[name] for name in names if name in found})
