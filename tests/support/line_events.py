"""Webhook events as LINE sends them, for tests that store them without HTTP."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

from handoff.adapters.line.webhook import read_webhook
from handoff.domain.incoming import Arrival

_numbers = itertools.count(1)


def event(type_: str, user: str = "U" + "1" * 32, **fields: Any) -> dict[str, Any]:
    """One event of LINE's; ``fields`` add to it or replace what it has."""
    number = next(_numbers)
    made = {
        "type": type_,
        "mode": "active",
        "timestamp": int(time.time() * 1000),
        "webhookEventId": f"01TEST{number:020d}",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": user},
        "replyToken": f"token-{number}",
    }
    return made | fields


def text(words: str, user: str = "U" + "1" * 32, *, message_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """A text message; its LINE message id is made up unless given."""
    message = {"type": "text", "id": message_id or f"m{next(_numbers)}", "text": words, "quoteToken": "q"}
    return event("message", user, message=message, **fields)


def unsend(message_id: str, user: str = "U" + "1" * 32, **fields: Any) -> dict[str, Any]:
    """A withdrawal; it has no reply token."""
    made = event("unsend", user, unsend={"messageId": message_id}, **fields)
    del made["replyToken"]
    return made


def body(*events: dict[str, Any]) -> str:
    """A webhook's body."""
    return json.dumps({"destination": "U" + "0" * 32, "events": list(events)}, ensure_ascii=False)


def arrivals(*events: dict[str, Any]) -> list[Arrival]:
    """The events as the service stores them."""
    return read_webhook(body(*events))
