"""The control API under ``/_control``: what tests, benches and the simulator's page use to be students."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sanic import Blueprint, Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

from handoff.simulator.acts import ACTS, Act
from handoff.simulator.conversation import Change, Chat
from handoff.simulator.delivery import Receipt
from handoff.simulator.faults import Fault
from handoff.simulator.platform import Made, UnknownUser
from handoff.simulator.signing import sign
from handoff.simulator.state import State, state_of

HEARTBEAT_SECONDS = 10.0
_SAME = object()

control = Blueprint("control", url_prefix="/_control")


class Settings(BaseModel):
    """What can be changed while the stand-in runs; a field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    redelivery: bool | None = None
    redelivery_delays: tuple[float, ...] | None = None
    webhook_url: str | None = None
    webhook_timeout: float | None = Field(default=None, gt=0)
    monthly_limit: int | None = None
    monthly_used: int | None = Field(default=None, ge=0)
    # The date of everything, or only the date that the chat shows: then webhooks keep the real time, as LINE's do,
    # and the service moves it by itself.
    clock: str | None = None
    phone_clock: str | None = None


@control.on_request
async def only_programs(request: Request[Any, Any]) -> HTTPResponse | None:
    """A web page of somebody else must not drive the stand-in: browsers are refused, so is a foreign host name."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    known = {"127.0.0.1", "localhost", "::1", state_of(request).config.host}
    if host not in known or "origin" in request.headers or "sec-fetch-site" in request.headers:
        return json_response({"error": "programs on this machine only"}, status=403)
    return None


def unknown(_: Request[Any, Any], __: Exception) -> HTTPResponse:
    """A user, group, event or message that this stand-in never made."""
    return json_response({"error": "unknown"}, status=404)


def invalid(_: Request[Any, Any], error: Exception) -> HTTPResponse:
    """A body of another shape; the values stay out of the answer."""
    where = [item["loc"] for item in error.errors()] if isinstance(error, ValidationError) else []
    return json_response({"error": "invalid", "where": where}, status=400)


@control.post("/users")
async def create_user(request: Request[Any, Any]) -> HTTPResponse:
    """``{"name"}`` → ``{"user"}``: a new LINE account that has not added the bot yet."""
    user = state_of(request).platform.create_user(str((request.json or {}).get("name", "")))
    return json_response({"user": user.user_id}, status=201)


@control.post("/groups")
async def create_group(request: Request[Any, Any]) -> HTTPResponse:
    """→ ``{"group"}``: a group chat with the bot in it."""
    return json_response({"group": state_of(request).platform.create_group().chat_id}, status=201)


@control.post("/contents")
async def upload(request: Request[Any, Any]) -> HTTPResponse:
    """A file's bytes → ``{"content"}``, to be named in an act."""
    content_type = request.headers.get("content-type", "application/octet-stream")
    return json_response({"content": state_of(request).platform.add_content(content_type, request.body)}, status=201)


@control.get("/contents/<content_id:str>")
async def download(request: Request[Any, Any], content_id: str) -> HTTPResponse:
    """An uploaded file, for the page."""
    found = state_of(request).platform.contents.get(content_id)
    if found is None:
        raise UnknownUser(content_id)
    return raw(found[1], content_type=found[0])


@control.post("/acts")
async def send(request: Request[Any, Any]) -> HTTPResponse:
    """``{"acts": [...]}`` → one signed webhook with all of them, and the bot's answer to it."""
    state = state_of(request)
    made = _make(state, request.json)
    receipt = await state.deliverer.deliver(made)
    return json_response({"made": [_made(one) for one in made], "webhook": _receipt(receipt)})


@control.post("/prepared")
async def prepare(request: Request[Any, Any]) -> HTTPResponse:
    """``{"acts": [...], "token_seconds"}`` → signed bodies, one for each act, not sent; their tokens are good."""
    state = state_of(request)
    prepared = []
    for one in _make(state, request.json):
        body, signature = sign(state.platform.webhook([one]), state.config.channel_secret)
        prepared.append({**_made(one), "body": body.decode(), "signature": signature})
    return json_response({"prepared": prepared})


@control.post("/events/<event_id:str>/redeliver")
async def redeliver(request: Request[Any, Any], event_id: str) -> HTTPResponse:
    """``{"copies"}`` → the same event again, that many times at once."""
    state = state_of(request)
    copies = int((request.json or {}).get("copies", 1))
    receipts = await asyncio.gather(*(state.deliverer.redeliver([event_id]) for _ in range(copies)))
    return json_response({"webhooks": [_receipt(one) for one in receipts]})


@control.get("/users/<chat_id:str>")
async def timeline(request: Request[Any, Any], chat_id: str) -> HTTPResponse:
    """The whole conversation of a user or group."""
    return json_response(_snapshot(state_of(request), chat_id))


@control.get("/users/<chat_id:str>/answers")
async def answers(request: Request[Any, Any], chat_id: str) -> HTTPResponse:
    """What the bot said; with ``at_least`` and ``timeout`` (seconds) it waits until so many lines are there."""
    chat = state_of(request).platform.chat(chat_id)
    at_least, timeout = int(request.args.get("at_least", 0)), float(request.args.get("timeout", 0))
    if len(chat.answers()) < at_least:
        await _wait(chat, at_least, timeout)
    return json_response({"answers": [entry.as_json() for entry in chat.answers()]})


@control.get("/users/<chat_id:str>/stream")
async def stream(request: Request[Any, Any], chat_id: str) -> None:
    """Server-sent events of one conversation: first the snapshot, then each change."""
    state_of(request).platform.chat(chat_id)
    await _stream(request, [chat_id])


@control.get("/stream")
async def stream_many(request: Request[Any, Any]) -> None:
    """The same for several students on one connection (``?user=…&user=…``): browsers have only a few per host."""
    await _stream(request, request.args.getlist("user") or [])


@control.get("/calls")
async def calls(request: Request[Any, Any]) -> HTTPResponse:
    """The ledger of API calls; ``since`` is a call's number, ``endpoint`` narrows it."""
    found = state_of(request).ledger.since(int(request.args.get("since", 0)), request.args.get("endpoint"))
    return json_response({"calls": [call.__dict__ for call in found]})


@control.post("/faults")
async def order_fault(request: Request[Any, Any]) -> HTTPResponse:
    """Order a fault; → how many wait for each endpoint."""
    state = state_of(request)
    state.faults.order(Fault.model_validate(request.json))
    return json_response({"left": state.faults.left()})


@control.delete("/faults")
async def clear_faults(request: Request[Any, Any]) -> HTTPResponse:
    """Forget the faults that still wait."""
    state_of(request).faults.clear()
    return json_response({"left": state_of(request).faults.left()})


@control.patch("/settings")
async def change_settings(request: Request[Any, Any]) -> HTTPResponse:
    """Change some of ``Settings``; only what the body names."""
    state, wanted = state_of(request), Settings.model_validate(request.json)
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    clock, phone_clock = given.pop("clock", _SAME), given.pop("phone_clock", _SAME)
    try:
        if clock is not _SAME:
            state.clock.set(clock)
            state.phone_clock.set(clock)
        if phone_clock is not _SAME:
            state.phone_clock.set(phone_clock)
    except ValueError:
        return json_response({"error": "invalid", "where": [["clock"]]}, status=400)
    if "monthly_limit" in given:
        state.platform.quota.limit = given.pop("monthly_limit")
    if "monthly_used" in given:
        state.platform.quota.used = given.pop("monthly_used") or 0
    state.deliverer.configure(**{name: value for name, value in given.items() if value is not None})
    return json_response({"ok": True, "now_ms": state.clock()})


@control.post("/reset")
async def reset(request: Request[Any, Any]) -> HTTPResponse:
    """Forget everything but the settings of the start and the clock."""
    await state_of(request).reset()
    return json_response({"ok": True})


@control.get("/health")
async def health(request: Request[Any, Any]) -> HTTPResponse:
    """Alive, with a few counts."""
    state = state_of(request)
    return json_response({"ok": True, "users": len(state.platform.users), "calls": len(state.ledger.calls)})


def _make(state: State, body: Any) -> list[Made]:
    body = body if isinstance(body, dict) else {}
    acts: list[Act] = ACTS.validate_python(body.get("acts"))
    seconds = body.get("token_seconds")
    return [state.platform.act(act, token_seconds=None if seconds is None else float(seconds)) for act in acts]


async def _stream(request: Request[Any, Any], chat_ids: list[str]) -> None:
    platform = state_of(request).platform
    changes: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    known = [chat_id for chat_id in chat_ids if chat_id in platform.chats]
    stops = [platform.chats[chat_id].watch(_tagged(changes, chat_id)) for chat_id in known]
    try:
        response = await request.respond(content_type="text/event-stream", headers={"cache-control": "no-store"})
        for chat_id in chat_ids:
            # A stand-in that was started again has forgotten everybody; the page then makes new students.
            first: dict[str, object] = {"type": "unknown", "user": chat_id}
            await response.send(_sse(_snapshot(state_of(request), chat_id) if chat_id in known else first))
        while True:
            try:
                change = await asyncio.wait_for(changes.get(), HEARTBEAT_SECONDS)
                await response.send(_sse(change))
            except TimeoutError:
                await response.send(": still here\n\n")
    finally:
        for stop in stops:
            stop()


def _tagged(changes: asyncio.Queue[dict[str, object]], chat_id: str) -> Callable[[Change], None]:
    return lambda change: changes.put_nowait({**change, "user": chat_id})


async def _wait(chat: Chat, at_least: int, timeout: float) -> None:
    enough = asyncio.Event()

    def look(_: object) -> None:
        if len(chat.answers()) >= at_least:
            enough.set()

    stop = chat.watch(look)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(enough.wait(), timeout)
    finally:
        stop()


def _made(one: Made) -> dict[str, object]:
    return {"event_id": one.event_id, "message_id": one.message_id, "reply_token": one.reply_token, "seq": one.seq}


def _receipt(receipt: Receipt) -> dict[str, object]:
    return {**receipt.__dict__, "ok": receipt.ok}


def _snapshot(state: State, chat_id: str) -> dict[str, object]:
    chat, user = state.platform.chat(chat_id), state.platform.users.get(chat_id)
    return {
        "type": "snapshot",
        "user": chat_id,
        "name": chat.name,
        "friend": user.friend if user is not None else None,
        "now_ms": state.phone_clock(),
        "loading": chat.loading_until is not None,
        "entries": [entry.as_json() for entry in chat.entries],
    }


def _sse(change: dict[str, object]) -> str:
    return f"data: {json.dumps(change, separators=(',', ':'))}\n\n"
