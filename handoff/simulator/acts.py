"""What a student can do in LINE, as the control API takes it: one act becomes one event of a webhook."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Act(BaseModel):
    """Fields that every act may carry; ``at_ms`` overrides the event's time (milliseconds since 1970)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str
    group: str | None = None
    mode: Literal["active", "standby"] = "active"
    at_ms: int | None = None


class Text(_Act):
    """A text message; ``quoted`` is the id of the message it quotes."""

    kind: Literal["text"] = "text"
    text: str
    quoted: str | None = None


class Sticker(_Act):
    """A sticker; ``emoji`` is only what the simulator draws for it."""

    kind: Literal["sticker"] = "sticker"
    package_id: str = "446"
    sticker_id: str = "1988"
    keywords: list[str] = Field(default_factory=list, max_length=15)
    emoji: str = ""


class Media(_Act):
    """An image, video or audio message; ``content`` is the id of an uploaded file, ``duration`` milliseconds."""

    kind: Literal["image", "video", "audio"]
    content: str | None = None
    duration: int | None = None


class File(_Act):
    """A file message; ``size`` is bytes."""

    kind: Literal["file"] = "file"
    name: str
    size: int = 0
    content: str | None = None


class Location(_Act):
    """A place; degrees."""

    kind: Literal["location"] = "location"
    latitude: float
    longitude: float
    title: str | None = None
    address: str | None = None


class Postback(_Act):
    """A tap on an action of the type postback; ``text`` is what the chat shows for it."""

    kind: Literal["postback"] = "postback"
    data: str
    params: dict[str, str] | None = None
    text: str | None = None


class Follow(_Act):
    """Adding the account as a friend, or unblocking it."""

    kind: Literal["follow"] = "follow"


class Unfollow(_Act):
    """Blocking the account."""

    kind: Literal["unfollow"] = "unfollow"


class Unsend(_Act):
    """Taking a message back."""

    kind: Literal["unsend"] = "unsend"
    message: str


class Edit(_Act):
    """Changing the text of a message that was sent before."""

    kind: Literal["edit"] = "edit"
    message: str
    text: str


class UnknownMessage(_Act):
    """A message of a type that nobody knows yet."""

    kind: Literal["unknown_message"] = "unknown_message"
    type: str = "hologram"


class Unknown(_Act):
    """An event of a type that nobody knows yet."""

    kind: Literal["unknown"] = "unknown"
    type: str = "somethingNew"


class Raw(_Act):
    """Any event: ``event`` is laid over the common fields; a value of null takes a field away."""

    kind: Literal["raw"] = "raw"
    event: dict[str, object]


Act = Annotated[
    Text | Sticker | Media | File | Location | Postback | Follow | Unfollow | Unsend | Edit
    | UnknownMessage | Unknown | Raw,
    Field(discriminator="kind"),
]  # fmt: skip
ACT: TypeAdapter[Act] = TypeAdapter(Act)
ACTS: TypeAdapter[list[Act]] = TypeAdapter(list[Act])
