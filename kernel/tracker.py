"""The stored form of a conversation's events, shared by Rasa's tracker store and the service.

Rasa's tracker is kept as one sealed text a session. This module turns the list of events into that text and back, and can
take one message's words out of it when a student unsends the message. It knows the shape of Rasa's events but needs
nothing of Rasa.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any, Dict, FrozenSet, List, Sequence

Event = Dict[str, Any]

# Version of the packed form, in front of every packed text.
PREFIX = "t1:"
# Slots that steer the dialogue; they never hold what a student said. All others are taken for answers.
STEERING: FrozenSet[str] = frozenset(
    (
        *("requested_slot", "session_started_metadata", "intake_done", "resumed"),
        *("settled", "declined", "asked", "put", "noticed", "stage", "unclear", "receipts", "offers", "turns"),
        *(
            "unknown",
            "again",
            "pointed_on",
            "pranks",
            "stickers",
            "suspects",
            "kind",
            "procedure_open",
            "procedure_answer",
            "report_open",
            "report_answer",
        ),
    )
)
REMOVED = "（削除されました）"
# Shorter values (a grade's digit) occur in texts by chance; replacing them there would only break sentences.
_LEAST_ECHO = 2
# From here on a string that a text begins with is that text, cut.
_CUT = 100
_REPEATED_IN_PARSE_DATA = ("text", "message_id", "metadata", "text_tokens")


class TrackerUnreadable(Exception):
    """A stored text is not one that `pack` made; the message holds nothing of its content."""


def pack(events: Sequence[Event]) -> str:
    """Give the stored form of events (as Rasa's `Event.as_dict` gives them); oldest first.

    Left out is what Rasa can rebuild or never reads again: fields that are None, the model's id at every event, copies
    of the text inside `parse_data`, and all rankings but the latest.
    """
    latest = max((place for place, event in enumerate(events) if event.get("event") == "user"), default=-1)
    slim = [_slim(event, keep_ranking=place == latest) for place, event in enumerate(events)]
    body = json.dumps(slim, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return PREFIX + base64.b64encode(zlib.compress(body, 1)).decode("ascii")


def unpack(text: str) -> List[Event]:
    """Give back the events. Raises: TrackerUnreadable."""
    if not text.startswith(PREFIX):
        raise TrackerUnreadable("the stored tracker is of an unknown form")
    try:
        body = zlib.decompress(base64.b64decode(text[len(PREFIX) :], validate=True))
        events = json.loads(body.decode("utf-8", "surrogatepass"))
    except (binascii.Error, zlib.error, ValueError) as error:
        raise TrackerUnreadable(f"the stored tracker can't be read ({type(error).__name__})") from None
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise TrackerUnreadable("the stored tracker is not a list of events")
    return events


def _slim(event: Event, keep_ranking: bool) -> Event:
    slim = {key: value for key, value in event.items() if value is not None}
    metadata = {k: v for k, v in (slim.pop("metadata", None) or {}).items() if k not in ("model_id", "assistant_id")}
    if metadata:
        slim["metadata"] = metadata
    if event.get("event") == "bot":
        data = {key: value for key, value in (slim.pop("data", None) or {}).items() if value is not None}
        if data:
            slim["data"] = data
    if event.get("event") == "user":
        parsed = {k: v for k, v in (event.get("parse_data") or {}).items() if k not in _REPEATED_IN_PARSE_DATA}
        if not keep_ranking:
            parsed.pop("intent_ranking", None)
        slim["parse_data"] = parsed
    return slim


def scrub(packed: str, message_id: str, keep: FrozenSet[str] = STEERING) -> str:
    """Take one message's words out of a packed tracker, as after an unsend; the rest stays valid for Rasa.

    Removed are the message's text and its copies, its entities, its ranking, the values that slots (except those in
    `keep`) took on in its turn, and literal echoes of the text or of such values in what the bot said since. The
    intent's name stays: the dialogue's rules need it, and it is our reading, not the student's word. An unknown message
    id changes nothing; doing it twice is the same as once. Raises: TrackerUnreadable.
    """
    events = unpack(packed)
    begin = next(
        (i for i, e in enumerate(events) if e.get("event") == "user" and e.get("message_id") == message_id), -1
    )
    if begin < 0:
        return packed
    following = next((i for i in range(begin + 1, len(events)) if events[i].get("event") == "user"), len(events))
    before = {str(e.get("name")): e.get("value") for e in events[:begin] if e.get("event") == "slot"}
    echoes = _clear_message(events[begin])
    words = echoes[0].strip() if echoes else ""
    learnt: Dict[str, Any] = {}
    for place, event in enumerate(events[begin + 1 :], start=begin + 1):
        if event.get("event") == "entities" and place < following:
            event["entities"] = []
        if event.get("event") != "slot" or event.get("name") in keep or event.get("value") is None:
            continue
        name, value = str(event["name"]), event["value"]
        if isinstance(value, dict):
            # A record of several messages: this one's words go, the others stay.
            event["value"] = _without(value, words)
            continue
        if place < following and value != before.get(name):
            learnt[name] = value
        # Later turns may repeat the value, or replace it from other words; only the former is ours to remove.
        if name in learnt and value == learnt[name]:
            echoes += _strings(value)
            event["value"] = None
    _clear_echoes(events[begin:], [echo for echo in set(echoes) if len(echo) >= _LEAST_ECHO])
    return pack(events)


def _clear_message(event: Event) -> List[str]:
    text = event.get("text") or ""
    intent = (event.get("parse_data") or {}).get("intent") or {}
    event["text"] = ""
    event["parse_data"] = {"intent": {k: intent[k] for k in ("name", "confidence") if k in intent}, "entities": []}
    event["metadata"] = {"message_id": event["message_id"], "unsent": True}
    return [text] if text else []


def _without(value: Any, words: str) -> Any:
    """Give a value with each string that is those words, or their beginning where they were cut, removed."""
    if isinstance(value, dict):
        return {key: _without(part, words) for key, part in value.items()}
    if isinstance(value, list):
        return [_without(part, words) for part in value]
    if isinstance(value, str) and is_of(value, words):
        return REMOVED
    return value


def is_of(kept: str, words: str) -> bool:
    """Whether what was kept of a message is those words: whole, or cut after a hundred characters or more."""
    return bool(words) and (kept == words or (len(kept) >= _CUT and words.startswith(kept)))


def _strings(value: Any) -> List[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, dict):
        return [found for part in value.values() for found in _strings(part)]
    if isinstance(value, list):
        return [found for part in value for found in _strings(part)]
    return []


def _clear_echoes(events: Sequence[Event], echoes: Sequence[str]) -> None:
    for event in events:
        if event.get("event") != "bot" or not isinstance(event.get("text"), str):
            continue
        for echo in sorted(echoes, key=len, reverse=True):
            event["text"] = event["text"].replace(echo, REMOVED)
