"""``/desk/socket``: the live line of one open desk. It only ever brings news; what people do goes by ``/desk/api``."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from sanic import Blueprint, Request, Websocket
from websockets.exceptions import ConnectionClosed

from handoff.domain.errors import TsunagiError
from handoff.web.chat.pace import Pace
from handoff.web.desk.guard import ROOT, parts_of, still, token_of
from handoff.web.desk.hub import DeskHub, Viewer
from handoff.web.sockets import end_by_broken_text

log = structlog.get_logger(__name__)

desk_socket = Blueprint("desk_socket", url_prefix=ROOT)

#: Seconds until the first word, and between looks whether the person is still signed in.
FIRST_WORD: Final = 10.0
LOOK_EVERY: Final = 4.0
MOST_WATCHED: Final = 50
MOST_SHOWN: Final = 500
_SIGNED_OUT: Final = 4401
_BEHIND: Final = 4408
_LARGEST: Final = 2**62


async def follow(request: Request[Any, Any], socket: Websocket) -> None:
    """First word: ``{"cursor", "cards", "watch", "since"}``; later ones without ``cards``, and with ``active`` when somebody
    has touched the page.

    ``cards``: the sessions that the page shows; ``watch``: those whose lines are shown; ``since``: of those just opened, how far the log had grown when their
    page was read. Comes: ``{"cursor", …one change}``, and ``{"caught_up"}`` with the sessions of ``since``.
    """
    end_by_broken_text(socket)
    hub: DeskHub = request.app.ctx.desk_hub
    try:
        member = await still(request)
    except TsunagiError as error:
        # A desk that can't be looked up just now isn't signed out: it comes back by itself.
        away = error.status >= 500
        await socket.close(_BEHIND if away else _SIGNED_OUT, "come back" if away else "sign in")
        return
    viewer = Viewer(member)
    try:
        first = _read(viewer, await asyncio.wait_for(socket.recv(), FIRST_WORD))
    except (TimeoutError, ValueError, RecursionError):
        await socket.close(_BEHIND, "no first word")
        return
    tasks = [
        asyncio.create_task(_send(socket, viewer)),
        asyncio.create_task(_hear(request, socket, viewer, hub)),
        asyncio.create_task(_still_signed_in(request, socket, viewer)),
    ]
    try:
        await hub.attach(viewer, first.cursor, first.cards)
        if first.since:
            await hub.catch_up(viewer, first.since)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    except TsunagiError:
        pass  # the desk comes back by itself
    finally:
        hub.detach(viewer)
        for task in tasks:
            task.cancel()
        with contextlib.suppress(Exception):
            await socket.close(_BEHIND, "come back")


desk_socket.add_websocket_route(follow, "/socket")


@dataclass(frozen=True, slots=True)
class _Word:
    """What a desk says of itself. cards: the sessions that it shows; since: cursors of sessions just opened; active: somebody
    has touched the page.
    """

    cursor: int
    cards: frozenset[UUID]
    since: dict[UUID, int]
    active: bool


def _read(viewer: Viewer, word: Any) -> _Word:
    """Take up what a desk says of itself. Raises: ValueError: it can't be read."""
    told = json.loads(word)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    watched = told.get("watch", [])
    if not isinstance(watched, list):
        raise ValueError("not a list")
    viewer.watching = {UUID(str(one)) for one in watched[:MOST_WATCHED]}
    since = told.get("since", {})
    if not isinstance(since, dict):
        raise ValueError("not an object")
    opened = {UUID(str(one)): _number(at) for one, at in list(since.items())[:MOST_WATCHED]}
    since = {one: at for one, at in opened.items() if one in viewer.watching}
    cards = told.get("cards", [])
    if not isinstance(cards, list):
        raise ValueError("not a list")
    shown = frozenset(UUID(str(one)) for one in cards[:MOST_SHOWN])
    return _Word(_number(told.get("cursor", 0)), shown, since, told.get("active") is True)


def _number(told: Any) -> int:
    return told if type(told) is int and 0 <= told <= _LARGEST else 0


async def _send(socket: Websocket, viewer: Viewer) -> None:
    with contextlib.suppress(ConnectionClosed):
        while (message := await viewer.outgoing.get()) is not None:
            await socket.send(json.dumps(message, ensure_ascii=False))


async def _hear(request: Request[Any, Any], socket: Websocket, viewer: Viewer, hub: DeskHub) -> None:
    """Hear what a desk watches, and that somebody sits there (a hand on mouse or keys keeps the sign-in)."""
    pace = Pace()
    with contextlib.suppress(ConnectionClosed, ValueError, RecursionError, TsunagiError):
        while (word := await socket.recv()) is not None:
            told = _read(viewer, word)
            if told.active or told.since:
                await pace()  # both ask the database, and what one desk asks holds up the news of all
            if told.active:
                await parts_of(request).sign_in.who(token_of(request))
            if told.since:
                await hub.catch_up(viewer, told.since)


async def _still_signed_in(request: Request[Any, Any], socket: Websocket, viewer: Viewer) -> None:
    """End the line of somebody whose sign-in ended elsewhere, or who may not read here any more, within five seconds."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            # Their entry of the roster may have ended meanwhile, or have become one of another role.
            viewer.member = await still(request)
        except TsunagiError as error:
            if error.status < 500:
                await socket.close(_SIGNED_OUT, "signed out")
                return
