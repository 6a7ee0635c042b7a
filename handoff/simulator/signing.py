"""The signature that LINE puts on every webhook."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping


def sign(body: Mapping[str, object] | bytes, channel_secret: str) -> tuple[bytes, str]:
    """Return the raw bytes to post and their ``x-line-signature``: Base64(HMAC-SHA256(channel secret, raw bytes)).

    A mapping becomes compact UTF-8 JSON; bytes stay as they are, so that broken bodies can be signed too.
    """
    raw = body if isinstance(body, bytes) else _encode(body)
    digest = hmac.new(channel_secret.encode(), raw, hashlib.sha256).digest()
    return raw, base64.b64encode(digest).decode()


def _encode(body: Mapping[str, object]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair can't be UTF-8; JSON's escapes can still carry it.
        return json.dumps(body, separators=(",", ":")).encode()
