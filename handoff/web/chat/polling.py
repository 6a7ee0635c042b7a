"""The way without a socket, for networks that let none through: the same words, the same news, asked for again and again."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.exceptions import BadRequest, PayloadTooLarge
from sanic.response import HTTPResponse, empty
from sanic.response import json as json_answer

from handoff.web.chat.guard import ROOT, TOKEN_HEADER, changes, parts_of, who
from handoff.web.chat.hub import ChatHub
from handoff.web.chat.pace import Paces
from handoff.web.chat.render import Json
from handoff.web.chat.socket import LARGEST
from handoff.web.form_key import random_key

chat_polling = Blueprint("chat_polling", url_prefix=ROOT)

#: Seconds that a request for news stays open; shorter than what a server takes for an answer.
LONGEST_WAIT: Final = 8.0


@chat_polling.get("/lines")
async def lines(request: Request[Any, Any]) -> HTTPResponse:
    """``place``: how far the page has seen; ``wait``: 0 to be answered at once."""
    visitor = await who(request)
    hub: ChatHub = request.app.ctx.chat_hub
    seconds = 0.0 if request.args.get("wait") == "0" else LONGEST_WAIT
    place = parts_of(request).places.open(visitor.contact_id, request.args.get("place"))
    news, writes = await hub.wait(visitor, place, seconds)
    return json_answer(hub.news(visitor, news) | {"typing": writes}, ensure_ascii=False)


@chat_polling.post("/say")
async def say(request: Request[Any, Any]) -> HTTPResponse:
    """``{"id", "text"}``: 200 means that it is stored; the same id again changes nothing."""
    visitor = await changes(request, request.headers.get(TOKEN_HEADER))
    told = _body(request)
    key, text = _key(told), told.get("text")
    if not isinstance(text, str):
        raise BadRequest("no text")
    await _paces(request).of(visitor.contact_id)()
    await parts_of(request).say(visitor, key, text)
    return json_answer({"stored": str(key)})


@chat_polling.post("/end")
async def end(request: Request[Any, Any]) -> HTTPResponse:
    """``{"id"}``: the student ends the consultation."""
    visitor = await changes(request, request.headers.get(TOKEN_HEADER))
    key = _key(_body(request))
    await parts_of(request).say.end(visitor, key)
    return json_answer({"stored": str(key)})


@chat_polling.post("/typing")
async def typing(request: Request[Any, Any]) -> HTTPResponse:
    """The student writes just now."""
    visitor = await changes(request, request.headers.get(TOKEN_HEADER))
    await parts_of(request).type(visitor)
    return empty()


def _paces(request: Request[Any, Any]) -> Paces:
    paces: Paces = request.app.ctx.chat_paces
    return paces


def _body(request: Request[Any, Any]) -> Json:
    if len(request.body) > LARGEST:
        raise PayloadTooLarge("more than any text")
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadRequest("not JSON") from None
    if not isinstance(told, dict):
        raise BadRequest("not an object")
    return told


def _key(told: Json) -> UUID:
    try:
        return random_key(told.get("id"))
    except ValueError:
        raise BadRequest("no id") from None
