"""A webhook's bytes: signature first, then JSON, then event by event.

The SDK's own parser drops messages of kinds it doesn't know and refuses a whole batch for one odd event (line.md §5),
so only its signature check is used.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from linebot.v3.webhook import SignatureValidator

from handoff.domain.errors import BodyUnreadable, SignatureRefused
from handoff.domain.incoming import Arrival, Channel, EventType

#: LINE's ids are ULIDs; anything else that is as harmless is taken as well.
_EVENT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
#: PostgreSQL's bigint, and a date that Python knows (year 9999).
_LATEST = 253_402_300_799_000


def check_signature(secret: str, body: bytes, signature: str | None) -> str:
    """Give the body's text if its signature is right.

    Raises: SignatureRefused: missing or wrong signature, or bytes that no signature of LINE's could cover.
    """
    if not signature or not signature.isascii():
        raise SignatureRefused("signature missing or not ASCII")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise SignatureRefused("body is not UTF-8") from None
    if not SignatureValidator(secret).validate(text, signature):
        raise SignatureRefused("signature is wrong")
    return text


def read_webhook(text: str) -> list[Arrival]:
    """Read the events of a signed body; odd events are kept as ``other``.

    Raises: BodyUnreadable: no JSON object with a list of events.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BodyUnreadable("body is not JSON") from None
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list):
        raise BodyUnreadable("body holds no list of events")
    return [_arrival(event) for event in events if isinstance(event, dict)]


def _arrival(event: dict[str, Any]) -> Arrival:
    payload = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    event_id = event.get("webhookEventId")
    if not isinstance(event_id, str) or not _EVENT_ID.fullmatch(event_id):
        event_id = "digest-" + hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()[:48]
    raw_type = event.get("type")
    type_ = EventType(raw_type) if isinstance(raw_type, str) and raw_type in set(EventType) else EventType.OTHER
    source = _object(event, "source")
    group = _text(source, "groupId") or _text(source, "roomId")
    timestamp = event.get("timestamp")
    usable = isinstance(timestamp, int) and not isinstance(timestamp, bool) and 0 <= timestamp <= _LATEST
    return Arrival(
        event_id=event_id,
        type=type_,
        channel=Channel.LINE_GROUP if group else Channel.LINE,
        address=group or _text(source, "userId"),
        line_timestamp=timestamp if isinstance(timestamp, int) and usable else 0,
        standby=event.get("mode") == "standby",
        target=target_of(type_, event),
        payload=payload,
    )


def target_of(type_: EventType, event: dict[str, Any]) -> str | None:
    """The id of the LINE message that an event is, withdraws or edits."""
    if type_ is EventType.UNSEND:
        return _text(_object(event, "unsend"), "messageId")
    if type_ in (EventType.MESSAGE, EventType.EDITED):
        return _text(_object(event, "message"), "id")
    return None


def _object(event: dict[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _text(event: dict[str, Any], name: str) -> str | None:
    value = event.get(name)
    return value if isinstance(value, str) and value else None
