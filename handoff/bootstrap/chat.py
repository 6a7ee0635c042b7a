"""The web chat's parts."""

from __future__ import annotations

from handoff.adapters.typing_notes import TypingNotes
from handoff.bootstrap.core import Core
from handoff.services.chat.read_chat import ReadChat
from handoff.services.chat.say_in_chat import LeaveChat, SayInChat
from handoff.services.chat.signs import ChatPresence, TypeInChat
from handoff.services.chat.start_chat import StartChat
from handoff.web.chat.parts import ChatParts
from handoff.web.chat.place import PURPOSE, Places
from kernel.sealing import Sealer


def open_chat(core: Core, sealer: Sealer, database_url: str, origin: str) -> ChatParts:
    """Make the chat's parts on what the web process has open."""
    store, setting = core.store, core.setting
    return ChatParts(
        setting=setting,
        start=StartChat(store, setting),
        say=SayInChat(store, setting),
        leave=LeaveChat(store, setting),
        read=ReadChat(store, setting),
        type=TypeInChat(store),
        presence=ChatPresence(store, setting),
        typing=TypingNotes(database_url),
        places=Places(sealer.lookup(PURPOSE, "key")),
        origin=origin,
    )
