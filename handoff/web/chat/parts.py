"""What the chat's routes need of the service; ``handoff/bootstrap`` opens it."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass

from handoff.services.chat.read_chat import ReadChat
from handoff.services.chat.say_in_chat import LeaveChat, SayInChat
from handoff.services.chat.signs import ChatPresence, TypeInChat
from handoff.services.chat.start_chat import StartChat
from handoff.services.chat_ports import Typing
from handoff.services.setting import Setting
from handoff.web.chat.place import Places


@dataclass(frozen=True, slots=True)
class ChatParts:
    """Attributes: origin: scheme, host and port at which people reach the chat; typing: who writes just now;
    places: seals how far pages have seen.
    """

    setting: Setting
    start: StartChat
    say: SayInChat
    leave: LeaveChat
    read: ReadChat
    type: TypeInChat
    presence: ChatPresence
    typing: AsyncIterable[Typing]
    places: Places
    origin: str
