"""Chats as the student's phone shows them: a timeline of entries, and who watches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from handoff.simulator import acts

Author = Literal["student", "bot", "system"]
Delivery = Literal["sending", "delivered", "failed"]
Change = dict[str, object]

# Push reaches somebody who wrote without being a friend for seven days.
STRANGER_SECONDS = 7 * 24 * 60 * 60.0


@dataclass
class User:
    """One LINE account. ``friend`` is None until it first followed, False while it blocks the bot."""

    user_id: str
    name: str
    friend: bool | None = None
    wrote_at: float | None = None

    def reachable(self, now: float, *, by_push: bool) -> bool:
        """Whether a message gets through: LINE answers 200 in either case."""
        if self.friend is False:
            return False
        if self.friend or not by_push:
            return True
        return self.wrote_at is not None and now - self.wrote_at <= STRANGER_SECONDS


@dataclass(frozen=True)
class Entry:
    """One line of a chat. ``at_ms``: what the phone's clock shows, ms; ``monotonic``: seconds of this machine's monotonic clock."""

    seq: int
    at_ms: int
    monotonic: float
    author: Author
    kind: str
    text: str = ""
    message_id: str | None = None
    event_id: str | None = None
    via: Literal["reply", "push"] | None = None
    request_id: str | None = None
    delivery: Delivery | None = None
    unsent: bool = False
    edited: bool = False
    sender: str | None = None
    quick_replies: tuple[Mapping[str, object], ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The entry as the control API gives it out."""
        return {**self.__dict__, "quick_replies": list(self.quick_replies), "detail": dict(self.detail)}


class Chat:
    """A one-to-one or group chat; watchers get every change at once, in order."""

    def __init__(self, chat_id: str, name: str = "") -> None:
        self.chat_id = chat_id
        self.name = name
        self.entries: list[Entry] = []
        self.loading_until: float | None = None
        self.last_event_ms = 0
        self._watchers: list[Callable[[Change], None]] = []

    def watch(self, watcher: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``watcher`` with each change from now on; returns what ends the watch."""
        self._watchers.append(watcher)

        def stop() -> None:
            self._watchers.remove(watcher)

        return stop

    def tell(self, change: Change) -> None:
        """Hand one change to everybody who watches."""
        for watcher in tuple(self._watchers):
            watcher(change)

    def add(self, entry: Entry) -> Entry:
        """Append an entry; its ``seq`` is set here."""
        entry = replace(entry, seq=len(self.entries))
        self.entries.append(entry)
        self.tell({"type": "entry", "entry": entry.as_json()})
        return entry

    def change(self, seq: int, **fields: Any) -> None:
        """Replace fields of an entry."""
        self.entries[seq] = replace(self.entries[seq], **fields)  # names are checked by replace
        self.tell({"type": "entry", "entry": self.entries[seq].as_json()})

    def find(self, message_id: str) -> Entry | None:
        """The entry of a message id."""
        return next((entry for entry in reversed(self.entries) if entry.message_id == message_id), None)

    def answers(self) -> list[Entry]:
        """What the bot said, oldest first."""
        return [entry for entry in self.entries if entry.author == "bot"]

    def start_loading(self, now: float, seconds: int) -> None:
        """Show the waiting animation until the bot's next message, at the longest for ``seconds``."""
        self.loading_until = now + seconds
        self.tell({"type": "loading", "seconds": seconds})

    def stop_loading(self) -> None:
        """A message of the bot ends the animation."""
        if self.loading_until is not None:
            self.loading_until = None
            self.tell({"type": "loading", "seconds": 0})


def entry_of(act: acts.Act, *, at_ms: int, monotonic: float, message_id: str, event_id: str) -> Entry | None:
    """How an act shows in the chat; None for acts that leave no line of their own."""

    def line(kind: str, text: str = "", author: Author = "student", **detail: object) -> Entry:
        return Entry(
            0, at_ms, monotonic, author, kind, text,
            message_id=message_id if author == "student" else None,
            event_id=event_id, delivery="sending", detail=detail,
        )  # fmt: skip

    match act:
        case acts.Text():
            return line("text", act.text)
        case acts.Sticker():
            return line("sticker", act.emoji, package_id=act.package_id, sticker_id=act.sticker_id)
        case acts.Media():
            return line(act.kind, content=act.content)
        case acts.File():
            return line("file", act.name, size=act.size)
        case acts.Location():
            return line("location", act.address or "", title=act.title, latitude=act.latitude, longitude=act.longitude)
        case acts.Postback():
            return line("text", act.text) if act.text else None
        case acts.Follow():
            return line("follow", author="system")
        case acts.Unfollow():
            return line("unfollow", author="system")
        case acts.UnknownMessage():
            return line("unknown", act.type)
        case _:
            return None
