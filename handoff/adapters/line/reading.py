"""Read a stored event: what the transcript keeps of it, and by which name Rasa hears of it.

Everything but text becomes a typed placeholder; nothing is downloaded here (`services/evidence` does that). LINE's profile (name, picture) is never asked.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from handoff.adapters.line.webhook import target_of
from handoff.domain.incoming import Channel, EventType, MessageKind, StudentMessage
from handoff.services.outside import Reading

#: What stands in the transcript in place of what isn't text.
PLACEHOLDERS = {
    MessageKind.STICKER: "［スタンプ］",
    MessageKind.IMAGE: "［画像］",
    MessageKind.VIDEO: "［動画］",
    MessageKind.AUDIO: "［音声］",
    MessageKind.FILE: "［ファイル］",
    MessageKind.LOCATION: "［位置情報］",
    MessageKind.POSTBACK: "［メニュー操作］",
    MessageKind.FOLLOW: "［友だち追加］",
    MessageKind.UNFOLLOW: "［ブロック］",
    MessageKind.UNKNOWN: "［表示できないメッセージ］",
}
#: The same of a page of ours, where nobody makes friends with an account and nobody blocks it.
PAGE_PLACEHOLDERS = {
    MessageKind.FOLLOW: "［チャットを始めた］",
    MessageKind.UNFOLLOW: "［画面を閉じた］",
}
#: Facts worth keeping beside a placeholder; file names may say who and what, so they are sealed with the rest.
DETAILS = {
    MessageKind.STICKER: ("packageId", "stickerId", "keywords", "text"),
    MessageKind.LOCATION: ("title", "address", "latitude", "longitude"),
    MessageKind.FILE: ("fileName", "fileSize"),
    MessageKind.VIDEO: ("duration",),
    MessageKind.AUDIO: ("duration",),
    MessageKind.IMAGE: ("imageSet",),
    MessageKind.UNKNOWN: ("type",),
    MessageKind.FOLLOW: ("isUnblocked",),
}
#: LINE's message types besides text.
LINE_KINDS = (
    MessageKind.STICKER,
    MessageKind.IMAGE,
    MessageKind.VIDEO,
    MessageKind.AUDIO,
    MessageKind.FILE,
    MessageKind.LOCATION,
)
#: The rich menu's buttons; others are kept and answered as unknown.
POSTBACKS = {"talk": "postback_talk", "message": "postback_message"}


def read_event(type: EventType, payload: str | None) -> Reading:
    """Read an event's stored JSON. Never raises: what can't be read is an unknown message."""
    if payload is None:
        message = _message(MessageKind.UNKNOWN, {}) if type is EventType.MESSAGE else None
        return Reading(message=message, reply_token=None, target=None, edited_text=None)
    event: dict[str, Any] = json.loads(payload)
    token = event.get("replyToken")
    edited = event.get("message") if type is EventType.EDITED else None
    text = edited.get("text") if isinstance(edited, dict) else None
    return Reading(
        message=_message_of(type, event),
        reply_token=token if isinstance(token, str) and token else None,
        target=target_of(type, event),
        edited_text=text if isinstance(text, str) else None,
    )


def _message_of(type_: EventType, event: dict[str, Any]) -> StudentMessage | None:
    if type_ is EventType.MESSAGE:
        raw = event.get("message")
        return _line_message(raw if isinstance(raw, dict) else {})
    if type_ is EventType.POSTBACK:
        postback = event.get("postback")
        data = postback.get("data") if isinstance(postback, dict) else None
        name = POSTBACKS.get(data, "unknown") if isinstance(data, str) else "unknown"
        return _message(MessageKind.POSTBACK, {}, bot_event=name)
    if type_ in (EventType.FOLLOW, EventType.UNFOLLOW):
        kind = MessageKind.FOLLOW if type_ is EventType.FOLLOW else MessageKind.UNFOLLOW
        source = event.get("source")
        on_page = isinstance(source, dict) and source.get("type") == Channel.WEB
        raw = event.get("follow")
        made = _message(kind, raw if isinstance(raw, dict) else {})
        return replace(made, text=PAGE_PLACEHOLDERS[kind]) if on_page else made
    return None


def _line_message(raw: dict[str, Any]) -> StudentMessage:
    kind_name, text = raw.get("type"), raw.get("text")
    if kind_name == "text" and isinstance(text, str):
        return StudentMessage(MessageKind.TEXT, text, None, _id(raw), "text")
    return _message(next((kind for kind in LINE_KINDS if kind == kind_name), MessageKind.UNKNOWN), raw)


def _message(kind: MessageKind, raw: dict[str, Any], bot_event: str | None = None) -> StudentMessage:
    facts = {name: raw[name] for name in DETAILS.get(kind, ()) if name in raw}
    provider = raw.get("contentProvider")
    return StudentMessage(
        kind=kind,
        text=PLACEHOLDERS[kind],
        detail=json.dumps(facts, ensure_ascii=False) if facts else None,
        line_message_id=_id(raw),
        bot_event=bot_event or str(kind),
        elsewhere=isinstance(provider, dict) and provider.get("type") == "external",
    )


def _id(raw: dict[str, Any]) -> str | None:
    value = raw.get("id")
    return value if isinstance(value, str) and value else None
