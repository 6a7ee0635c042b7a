"""All of the chat for the app: its routes, and the fan-out that lives as long as the server."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Request, Sanic

from handoff.web.access import asks_for
from handoff.web.chat.guard import ROOT, check_socket
from handoff.web.chat.hub import ChatHub
from handoff.web.chat.pace import Paces
from handoff.web.chat.pages import chat_pages
from handoff.web.chat.parts import ChatParts
from handoff.web.chat.polling import chat_polling
from handoff.web.chat.socket import chat_socket


def add_chat(app: Sanic[Any, Any]) -> None:
    """Give the app the chat."""
    app.blueprint([chat_pages, chat_polling, chat_socket])
    app.register_middleware(_guard_socket, "request")
    app.register_listener(_let_go, "before_server_stop")


def follow_chats(app: Sanic[Any, Any], parts: ChatParts) -> None:
    """Begin to keep open chats up to date. The desk's hub is there already: one listener a process hears the log grow."""
    hub = app.ctx.chat_hub = ChatHub(parts)
    app.ctx.chat_paces = Paces()
    app.ctx.desk_hub.hearers.append(hub.hear)
    app.ctx.chat_tasks = [
        asyncio.create_task(hub.run()),
        asyncio.create_task(hub.check()),
        asyncio.create_task(hub.beat()),
        asyncio.create_task(hub.hear_typing(app.ctx.desk_hub.show_typing)),
    ]


async def _guard_socket(request: Request[Any, Any]) -> None:
    """Refuse another site's socket before it is one."""
    if asks_for(request, f"GET {ROOT}/socket"):
        check_socket(request)


async def _let_go(app: Sanic[Any, Any]) -> None:
    """Let the chats' sockets end, or the server would wait for them."""
    if getattr(app.ctx, "chat_hub", None) is not None:
        app.ctx.chat_hub.close()
        for task in app.ctx.chat_tasks:
            task.cancel()
