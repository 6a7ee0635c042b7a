"""Events in the shape that LINE posts them."""

from __future__ import annotations

from collections.abc import Sequence

from handoff.simulator import acts, identifiers

Event = dict[str, object]

# Events that a bot can't answer carry no reply token.
_WITHOUT_TOKEN = (acts.Unfollow, acts.Unsend)


def webhook(destination: str, events: Sequence[Event]) -> dict[str, object]:
    """The body of one webhook; an empty list of events is LINE's connectivity check."""
    return {"destination": destination, "events": list(events)}


def redelivered(event: Event) -> Event:
    """The same event as LINE sends it again: only the delivery context differs."""
    return {**event, "deliveryContext": {"isRedelivery": True}}


def build(act: acts.Act, *, at_ms: int, message_id: str, reply_token: str, was_friend: bool) -> Event:
    """One event for an act. ``message_id`` and ``reply_token`` are used only where LINE has them."""
    event: Event = {
        **_content(act, message_id, was_friend),
        "webhookEventId": identifiers.ulid(at_ms),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": at_ms,
        "source": _source(act),
        "mode": act.mode,
    }
    if act.mode == "active" and not isinstance(act, _WITHOUT_TOKEN):
        event["replyToken"] = reply_token
    if isinstance(act, acts.Raw):
        event.update(act.event)
        event = {name: value for name, value in event.items() if value is not None}
    return event


def _source(act: acts.Act) -> dict[str, str]:
    if act.group is not None:
        return {"type": "group", "groupId": act.group, "userId": act.user}
    return {"type": "user", "userId": act.user}


def _content(act: acts.Act, message_id: str, was_friend: bool) -> Event:
    match act:
        case acts.Follow():
            return {"type": "follow", "follow": {"isUnblocked": was_friend}}
        case acts.Unfollow():
            return {"type": "unfollow"}
        case acts.Unsend():
            return {"type": "unsend", "unsend": {"messageId": act.message}}
        case acts.Postback():
            postback: Event = {"data": act.data}
            return {"type": "postback", "postback": {**postback, "params": act.params} if act.params else postback}
        case acts.Edit():
            message = {"type": "text", "id": act.message, "quoteToken": identifiers.quote_token(), "text": act.text}
            return {"type": "messageEdited", "message": message}
        case acts.Unknown():
            return {"type": act.type, act.type: {"value": 1}}
        case acts.Raw():
            return {"type": "raw"}
        case _:
            return {"type": "message", "message": _message(act, message_id)}


def _message(act: acts.Act, message_id: str) -> Event:
    message: Event = {"id": message_id}
    quotable: Event = {"quoteToken": identifiers.quote_token()}
    line: Event = {"contentProvider": {"type": "line"}}
    match act:
        case acts.Text():
            message |= {"type": "text", **quotable, "text": act.text}
            if act.quoted is not None:
                message["quotedMessageId"] = act.quoted
        case acts.Sticker():
            message |= {"type": "sticker", **quotable, "packageId": act.package_id, "stickerId": act.sticker_id}
            message["stickerResourceType"] = "STATIC"
            if act.keywords:
                message["keywords"] = act.keywords
        case acts.Media(kind="image"):
            message |= {"type": "image", **quotable, **line}
        case acts.Media(kind="video"):
            message |= {"type": "video", **quotable, "duration": act.duration or 5000, **line}
        case acts.Media():
            message |= {"type": "audio", "duration": act.duration or 5000, **line}
        case acts.File():
            message |= {"type": "file", "fileName": act.name, "fileSize": act.size}
        case acts.Location():
            message |= {"type": "location", "latitude": act.latitude, "longitude": act.longitude}
            message |= {name: value for name, value in (("title", act.title), ("address", act.address)) if value}
        case acts.UnknownMessage():
            message |= {"type": act.type, **quotable, "shape": {"faces": 6}}
    message["markAsReadToken"] = identifiers.quote_token()
    return message
