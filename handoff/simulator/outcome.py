"""What LINE answers to one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handoff.simulator.messages import Defect


@dataclass(frozen=True)
class Outcome:
    """Status, body and headers; ``verdict`` is the stand-in's own word for it, ``chat_id`` who was meant.

    ``delivered`` tells whether the student saw it: LINE says 200 for people who blocked the bot too.
    """

    status: int
    body: Mapping[str, object]
    verdict: str
    headers: Mapping[str, str] = field(default_factory=dict)
    chat_id: str | None = None
    delivered: bool = False


def refused(status: int, message: str, verdict: str) -> Outcome:
    """An error in LINE's shape. Its texts are not stable on LINE: a bot should look at the status."""
    return Outcome(status, {"message": message}, verdict)


def invalid_body(found: Sequence[Defect]) -> Outcome:
    """400 with every defect of the messages."""
    return Outcome(
        400,
        {"message": f"The request body has {len(found)} error(s)", "details": [one.as_json() for one in found]},
        "invalid_body",
    )


def unauthorized() -> Outcome:
    """401 for a wrong or missing bearer token."""
    text = "Authentication failed. Confirm that the access token in the authorization header is valid."
    return Outcome(401, {"message": text}, "unauthorized", {"www-authenticate": "Bearer"})


def monthly_limit() -> Outcome:
    """The 429 of an exhausted month; LINE uses the same status as for the rate limit."""
    return refused(429, "You have reached your monthly limit.", "monthly_limit")


def too_many_requests() -> Outcome:
    """The 429 of the rate limit."""
    return refused(429, "The API rate limit has been exceeded. Try again later.", "rate_limit")
