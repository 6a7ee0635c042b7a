"""How a call to LINE is tried, tried again, or given up (line.md §2; design: "way of a message" 4).

Pure: given what is known of an outbox row and the result of the last attempt, say what comes next.

A reply token costs nothing but can't be retried safely: LINE takes no retry key on replies. After an attempt whose
outcome is unknown the *same* token is tried again while it lives; «invalid reply token» then means that the first
attempt arrived. A push carries a retry key from its first attempt on, so it may be repeated, and 409 is success.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: LINE promises a minute; ten seconds are left for our own way to it.
REPLY_TOKEN_LIFE = timedelta(seconds=50)
#: A retry key counts for 24 hours; after that the same push would be a second one.
RETRY_KEY_LIFE = timedelta(hours=23, minutes=55)
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
MONTHLY_LIMIT_PAUSE = timedelta(hours=1)


class Method(StrEnum):
    """The two ways to a student."""

    REPLY = "reply"
    PUSH = "push"


class DeliveryState(StrEnum):
    """Where an outbox row stands; all but ``pending`` are final."""

    PENDING = "pending"
    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    DEAD = "dead"


class Outcome(StrEnum):
    """What one attempt came to."""

    OPEN = "open"  # begun and never heard of again: the process died
    ACCEPTED = "accepted"
    ALREADY_ACCEPTED = "already_accepted"  # 409 for the retry key
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - LINE's name for it
    RATE_LIMITED = "rate_limited"
    MONTHLY_LIMIT = "monthly_limit"
    NOT_SENT = "not_sent"  # no connection was made
    NOT_AUTHORISED = "not_authorised"  # 401, 403: the operator can mend it
    UNCERTAIN = "uncertain"  # time-out, dropped connection, 5xx
    REJECTED = "rejected"  # any other 4xx: the same body will never be taken


#: Outcomes after which the student may or may not have the text.
UNCERTAIN = frozenset({Outcome.OPEN, Outcome.UNCERTAIN})
#: Outcomes after which the student surely doesn't have it.
SURELY_NOT_SENT = frozenset(
    {Outcome.RATE_LIMITED, Outcome.MONTHLY_LIMIT, Outcome.NOT_SENT, Outcome.NOT_AUTHORISED, Outcome.INVALID_TOKEN}
)


@dataclass(frozen=True, slots=True)
class OutboxFacts:
    """What the decision needs.

    Attributes: token_since: real time at which the reply token came, None without one; created_at: real time;
    attempts: number made; uncertain_reply: a reply was tried and nobody knows what came of it; method: of the last
    attempt, outcome: its result (both None before the first).
    """

    created_at: datetime
    token_since: datetime | None
    attempts: int
    uncertain_reply: bool
    method: Method | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Try:
    """Make an attempt by this method."""

    method: Method


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing more is sent: the row takes this final state, for this reason."""

    state: DeliveryState
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Come again after this long (real time)."""

    delay: timedelta
    reason: str


def _token_lives(facts: OutboxFacts, now: datetime) -> bool:
    return facts.token_since is not None and now - facts.token_since < REPLY_TOKEN_LIFE


def next_step(facts: OutboxFacts, now: datetime) -> Try | Settle:
    """Say what to do with a row whose pause is over. ``now`` is real time."""
    if facts.uncertain_reply:
        if _token_lives(facts, now):
            return Try(Method.REPLY)
        return Settle(DeliveryState.UNKNOWN, "reply_outcome_unknown")
    pushed = facts.method is Method.PUSH
    if not pushed and _token_lives(facts, now):
        return Try(Method.REPLY)
    if now - facts.created_at >= RETRY_KEY_LIFE:
        if pushed and facts.outcome in UNCERTAIN:
            return Settle(DeliveryState.UNKNOWN, "push_outcome_unknown")
        return Settle(DeliveryState.DEAD, facts.outcome or "too_old")
    return Try(Method.PUSH)


def after(facts: OutboxFacts, jitter: random.Random) -> Settle | Pause:
    """Say what an attempt's outcome means; ``facts`` already count that attempt."""
    match facts.outcome:
        case Outcome.ACCEPTED | Outcome.ALREADY_ACCEPTED:
            return Settle(DeliveryState.SENT, facts.outcome)
        case Outcome.REJECTED:
            return Settle(DeliveryState.DEAD, facts.outcome)
        case Outcome.INVALID_TOKEN:
            if facts.uncertain_reply:
                return Settle(DeliveryState.SENT, "accepted_earlier")
            return Pause(timedelta(), facts.outcome)
        case Outcome.MONTHLY_LIMIT:
            return Pause(MONTHLY_LIMIT_PAUSE, facts.outcome)
        case _:
            exponent = min(facts.attempts - 1, 12)
            pause = min(FIRST_PAUSE * 2**exponent, LONGEST_PAUSE)
            return Pause(pause * jitter.uniform(0.5, 1.0), facts.outcome or Outcome.OPEN)
