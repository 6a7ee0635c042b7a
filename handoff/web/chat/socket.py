"""``/chat/socket``: the live line of one open chat. Words go in, and are acknowledged once they are stored; news come out.

Nothing here names a room: whose chat it is says the cookie alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Final

import structlog
from sanic import Blueprint, Request, Websocket
from websockets.exceptions import ConnectionClosed

from handoff.domain.errors import ChatOver, InputRefused, StoreUnavailable, TsunagiError
from handoff.web.chat.guard import ROOT, parts_of, token_of
from handoff.web.chat.hub import ChatHub, Viewer
from handoff.web.chat.pace import Pace
from handoff.web.chat.render import Json, when
from handoff.web.form_key import random_key
from handoff.web.sockets import end_by_broken_text

log = structlog.get_logger(__name__)

chat_socket = Blueprint("chat_socket", url_prefix=ROOT)

#: Seconds until the first word.
FIRST_WORD: Final = 10.0
#: Bytes of one message of a page; the longest text, three bytes a letter, and a little around it.
LARGEST: Final = 16 * 1024
OVER: Final = 4401
BEHIND: Final = 4408
TOO_LARGE: Final = 1009


class _TooLarge(Exception):
    """A message that no page of ours sends."""


async def follow(request: Request[Any, Any], socket: Websocket) -> None:
    """First word: ``{"place"}``, how far this page has seen; then ``{"say": {"id", "text"}}``, ``{"end": id}``,
    ``{"typing": true}``.

    Comes: ``{"place", "lines", "status", "keep", "ready"}``, each where there is something; ``{"stored": id}``,
    ``{"refused": id, "message"}``, ``{"again": id}`` for words of this page; ``{"typing"}``; ``{"beat"}``.
    """
    end_by_broken_text(socket)
    parts, hub = parts_of(request), _hub_of(request)
    try:
        visitor = await parts.read.who(token_of(request))
    except TsunagiError as error:
        await socket.close(OVER if isinstance(error, ChatOver) else BEHIND, "come again")
        return
    viewer, code = Viewer(visitor), BEHIND
    try:
        first = _read(await asyncio.wait_for(socket.recv(), FIRST_WORD))
        tasks = [asyncio.create_task(_send(socket, viewer)), asyncio.create_task(_hear(request, socket, viewer))]
        try:
            await hub.attach(viewer, parts.places.open(visitor.contact_id, first.get("place")))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            failed = next((task.exception() for task in tasks if task.done() and not task.cancelled()), None)
            if isinstance(failed, _TooLarge):
                code = TOO_LARGE
        finally:
            hub.detach(viewer)
            for task in tasks:
                task.cancel()
    except ChatOver:
        viewer.over = True
    except _TooLarge:
        code = TOO_LARGE
    except (TimeoutError, ValueError, RecursionError, ConnectionClosed, StoreUnavailable):
        pass  # the page comes back by itself
    with contextlib.suppress(Exception):
        await socket.close(OVER if viewer.over else code, "over" if viewer.over else "come back")


chat_socket.add_websocket_route(follow, "/socket")


def _hub_of(request: Request[Any, Any]) -> ChatHub:
    hub: ChatHub = request.app.ctx.chat_hub
    return hub


def _read(word: Any) -> Json:
    """One message of a page. Raises: ValueError: it can't be read. _TooLarge. ConnectionClosed: none came."""
    if word is None:
        raise ValueError("closed")
    if len(word if isinstance(word, bytes) else word.encode("utf-8", "surrogatepass")) > LARGEST:
        raise _TooLarge
    told = json.loads(word)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    return told


async def _send(socket: Websocket, viewer: Viewer) -> None:
    with contextlib.suppress(ConnectionClosed):
        while (message := await viewer.outgoing.get()) is not None:
            await socket.send(json.dumps(message, ensure_ascii=False))


async def _hear(request: Request[Any, Any], socket: Websocket, viewer: Viewer) -> None:
    """Take what the page says, one after the other: so its order is the order in which it is stored."""
    pace = Pace()
    with contextlib.suppress(ConnectionClosed, ValueError, RecursionError):
        while (word := await socket.recv()) is not None:
            told = _read(word)
            if "say" in told or "end" in told:
                await pace()
                await _take(request, viewer, told)
            elif told.get("typing") is True and viewer.live:
                with contextlib.suppress(StoreUnavailable):
                    await parts_of(request).type(viewer.visitor)


async def _take(request: Request[Any, Any], viewer: Viewer, told: Json) -> None:
    """Store words and say so. Raises: ValueError: no page of ours says this."""
    said = told.get("say") if "say" in told else {"id": told["end"], "text": None}
    if not isinstance(said, dict):
        raise ValueError("not an object")
    key, text = random_key(said.get("id")), said.get("text")
    say = parts_of(request).say
    try:
        if "end" in told:
            words = await say.end(viewer.visitor, key)
        elif isinstance(text, str):
            words = await say(viewer.visitor, key, text)
        else:
            raise ValueError("no text")
    except InputRefused as error:
        viewer.give({"refused": str(key), "message": error.text})
        return
    except ChatOver:
        viewer.end(over=True)
        return
    except StoreUnavailable:
        viewer.give({"again": str(key)})
        return
    viewer.give({"stored": str(key)})
    _hub_of(request).tell_others(viewer, {"lines": [own_line(str(key), words, request)]})


def own_line(key: str, words: str, request: Request[Any, Any]) -> Json:
    """A line as the student's other pages show it at once."""
    at = when(parts_of(request).read.now)
    return {"id": key, "by": "me", "name": None, "text": words, "buttons": [], "at": at, "key": key}
