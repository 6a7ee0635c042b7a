"""What LINE asks of the messages of one call, and the details it gives back when they don't hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_MESSAGES = 5
MAX_TEXT_UNITS = 5000
MAX_QUICK_REPLIES = 13
MAX_LABEL = 20
MAX_ACTION_TEXT = 300
MAX_SENDER_NAME = 20

MESSAGE_TYPES = (
    "text", "textV2", "sticker", "image", "video", "audio", "location", "imagemap", "template", "flex",
)  # fmt: skip
ACTION_TYPES = ("message", "postback", "uri", "datetimepicker", "camera", "cameraRoll", "location", "clipboard")
_URL_FIELDS = {
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl"),
    "audio": ("originalContentUrl",),
}


@dataclass(frozen=True)
class Defect:
    """One defect of a request body: what is wrong and where, as in LINE's ``details``."""

    message: str
    property: str

    def as_json(self) -> dict[str, str]:
        """The shape of LINE's error details."""
        return {"message": self.message, "property": self.property}


def utf16_units(text: str) -> int:
    """The length of a text as LINE counts it: UTF-16 code units, so that most emoji count twice."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def graphemes(text: str) -> int:
    """About the number of characters that a person sees; LINE counts labels this way.

    Combining marks, variation selectors, skin tones, joined emoji and flags count with the character before them.
    """
    count = 0
    joined = flag = False
    for character in text:
        regional = 0x1F1E6 <= ord(character) <= 0x1F1FF
        extends = unicodedata.category(character) in ("Mn", "Me", "Cf") or 0x1F3FB <= ord(character) <= 0x1F3FF
        if not extends and not joined and not (regional and flag):
            count += 1
        flag = regional and not flag
        joined = character == "\u200d"
    return count


def defects(messages: object) -> list[Defect]:
    """Every defect of the ``messages`` of a reply or push; an empty list when LINE would take them."""
    if not isinstance(messages, list):
        return [Defect("Must be an array", "messages")]
    if not 1 <= len(messages) <= MAX_MESSAGES:
        return [Defect(f"Size must be between 1 and {MAX_MESSAGES}", "messages")]
    found: list[Defect] = []
    for index, message in enumerate(messages):
        found += _message(message, f"messages[{index}]")
    return found


def _message(message: object, where: str) -> list[Defect]:
    if not isinstance(message, Mapping):
        return [Defect("Must be an object", where)]
    kind = message.get("type")
    if kind not in MESSAGE_TYPES:
        return [Defect(f"Must be one of the following values: [{', '.join(MESSAGE_TYPES)}]", f"{where}.type")]
    found: list[Defect] = []
    if kind in ("text", "textV2"):
        found += _text(message.get("text"), f"{where}.text", MAX_TEXT_UNITS)
    for field in _URL_FIELDS.get(str(kind), ()):
        url = message.get(field)
        if not isinstance(url, str) or not url.startswith("https://"):
            found.append(Defect("Must be a valid HTTPS URL", f"{where}.{field}"))
    if kind == "sticker":
        found += [f for name in ("packageId", "stickerId") for f in _text(message.get(name), f"{where}.{name}", 20)]
    if kind in ("template", "flex", "imagemap"):
        found += _text(message.get("altText"), f"{where}.altText", 1500)
    if "quickReply" in message:
        found += _quick_reply(message["quickReply"], f"{where}.quickReply")
    if "sender" in message:
        found += _sender(message["sender"], f"{where}.sender")
    return found


def _text(value: object, where: str, limit: int) -> list[Defect]:
    if not isinstance(value, str) or not value:
        return [Defect("May not be empty", where)]
    if utf16_units(value) > limit:
        return [Defect(f"Length must be between 0 and {limit}", where)]
    return []


def _quick_reply(value: object, where: str) -> list[Defect]:
    items = value.get("items") if isinstance(value, Mapping) else None
    if not isinstance(items, list):
        return [Defect("Must be an array", f"{where}.items")]
    if not 1 <= len(items) <= MAX_QUICK_REPLIES:
        return [Defect(f"Size must be between 1 and {MAX_QUICK_REPLIES}", f"{where}.items")]
    found: list[Defect] = []
    for index, item in enumerate(items):
        action = item.get("action") if isinstance(item, Mapping) else None
        if not isinstance(action, Mapping):
            found.append(Defect("Must be an object", f"{where}.items[{index}].action"))
        else:
            found += _action(action, f"{where}.items[{index}].action")
    return found


def _action(action: Mapping[str, object], where: str) -> list[Defect]:
    kind = action.get("type")
    if kind not in ACTION_TYPES:
        return [Defect(f"Must be one of the following values: [{', '.join(ACTION_TYPES)}]", f"{where}.type")]
    found: list[Defect] = []
    label = action.get("label")
    if not isinstance(label, str) or not label:
        found.append(Defect("May not be empty", f"{where}.label"))
    elif graphemes(label) > MAX_LABEL:
        found.append(Defect(f"Length must be between 0 and {MAX_LABEL}", f"{where}.label"))
    if kind == "message":
        found += _text(action.get("text"), f"{where}.text", MAX_ACTION_TEXT)
    elif kind == "postback":
        found += _text(action.get("data"), f"{where}.data", MAX_ACTION_TEXT)
    elif kind == "uri":
        found += _text(action.get("uri"), f"{where}.uri", 1000)
    return found


def _sender(sender: object, where: str) -> list[Defect]:
    if not isinstance(sender, Mapping):
        return [Defect("Must be an object", where)]
    name = sender.get("name")
    if name is None:
        return []
    if not isinstance(name, str) or graphemes(name) > MAX_SENDER_NAME:
        return [Defect(f"Length must be between 0 and {MAX_SENDER_NAME}", f"{where}.name")]
    if "LINE" in name.upper():
        return [Defect("Contains a word that may not be used", f"{where}.name")]
    return []


def shown_quick_replies(messages: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """The quick replies that the student sees: those of the last message only, as flat actions."""
    last = messages[-1].get("quickReply") if messages else None
    items = last.get("items") if isinstance(last, Mapping) else None
    if not isinstance(items, list):
        return []
    return [dict(item["action"]) for item in items]
