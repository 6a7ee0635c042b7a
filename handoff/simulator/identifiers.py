"""Identifiers in the shapes that LINE uses."""

from __future__ import annotations

import secrets
import uuid

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(at_ms: int) -> str:
    """26 characters: 48 bits of time and 80 random bits, as in ``webhookEventId``."""
    number = (at_ms & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -5, -5))


def user_id() -> str:
    """``U`` and 32 hexadecimal digits."""
    return "U" + secrets.token_hex(16)


def group_id() -> str:
    """``C`` and 32 hexadecimal digits."""
    return "C" + secrets.token_hex(16)


def message_id() -> str:
    """18 decimal digits."""
    return str(10**17 * 5 + secrets.randbelow(10**17))


def reply_token() -> str:
    """32 hexadecimal digits."""
    return secrets.token_hex(16)


def quote_token() -> str:
    """An opaque text of some length."""
    return secrets.token_urlsafe(36)


def request_id() -> str:
    """A random UUID, as in ``x-line-request-id``."""
    return str(uuid.uuid4())
