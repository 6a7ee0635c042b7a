"""LINE's own paths, as the bot calls them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

from handoff.simulator import identifiers
from handoff.simulator.faults import Endpoint, Fault
from handoff.simulator.ledger import Call
from handoff.simulator.outcome import Outcome, monthly_limit, refused, too_many_requests
from handoff.simulator.state import State, state_of

MAX_BODY = 2 * 1024 * 1024

line_api = Blueprint("line_api")

Handle = Callable[[State, Mapping[str, object], str, str | None], Outcome]


@line_api.post("/v2/bot/message/reply")
async def reply(request: Request[Any, Any]) -> HTTPResponse:
    """Messages with a reply token."""
    return await _call(
        request, "reply", lambda state, body, rid, key: state.platform.reply(body, request_id=rid, retry_key=key)
    )


@line_api.post("/v2/bot/message/push")
async def push(request: Request[Any, Any]) -> HTTPResponse:
    """Messages to a user or group id."""
    return await _call(
        request, "push", lambda state, body, rid, key: state.platform.push(body, request_id=rid, retry_key=key)
    )


@line_api.post("/v2/bot/chat/loading/start")
async def loading(request: Request[Any, Any]) -> HTTPResponse:
    """The waiting animation."""
    return await _call(
        request,
        "loading",
        lambda state, body, rid, key: (
            refused(400, "The 'X-Line-Retry-Key' header is not supported for this endpoint", "retry_key_refused")
            if key is not None
            else state.platform.start_loading(body)
        ),
    )


@line_api.get("/v2/bot/message/quota")
async def quota(request: Request[Any, Any]) -> HTTPResponse:
    """The month's limit."""
    return await _call(request, "quota", lambda state, *_: Outcome(200, state.platform.quota.as_json(), "accepted"))


@line_api.get("/v2/bot/message/quota/consumption")
async def consumption(request: Request[Any, Any]) -> HTTPResponse:
    """What of it is used."""
    return await _call(
        request, "consumption", lambda state, *_: Outcome(200, {"totalUsage": state.platform.quota.used}, "accepted")
    )


@line_api.get("/v2/bot/info")
async def info(request: Request[Any, Any]) -> HTTPResponse:
    """The bot's own account."""

    def answer(state: State, *_: object) -> Outcome:
        body = {"userId": state.platform.bot_id, "basicId": "@000standin", "displayName": "つなぎ"}
        return Outcome(200, {**body, "chatMode": "chat", "markAsReadMode": "manual"}, "accepted")

    return await _call(request, "info", answer)


@line_api.get("/v2/bot/message/<message_id:str>/content")
async def content(request: Request[Any, Any], message_id: str) -> HTTPResponse:
    """The file of an image, video, audio or file message."""
    found = state_of(request).platform.content(message_id)
    if isinstance(found, Outcome):
        return await _call(request, "content", lambda *_: found)
    answer = await _call(request, "content", lambda *_: Outcome(200, {}, "accepted"))
    content_type, data = found
    return raw(data, headers=dict(answer.headers), content_type=content_type) if answer.status == 200 else answer


async def _call(request: Request[Any, Any], endpoint: Endpoint, handle: Handle) -> HTTPResponse:
    state, request_id = state_of(request), identifiers.request_id()
    arrived = time.monotonic()
    key = request.headers.get("x-line-retry-key")
    body, outcome = _readable(request)
    # A wrong token comes before everything else, as on LINE.
    outcome = state.platform.authorised(request.headers.get("authorization")) or outcome
    fault = state.faults.take(endpoint) if outcome is None else None
    if fault is not None and fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    if outcome is None:
        outcome = _by_fault(fault) or state.platform.rate_limited(endpoint) or handle(state, body, request_id, key)
    cut = fault is not None and fault.kind in ("timeout", "drop")
    _write_down(state, endpoint, arrived, request_id, key, body, outcome, fault)
    if fault is not None and cut:
        if fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
        transport: Any = request.transport  # typed without the abort() that every transport has
        transport.abort()
    return json_response(
        outcome.body, status=outcome.status, headers={"x-line-request-id": request_id, **outcome.headers}
    )


def _readable(request: Request[Any, Any]) -> tuple[Mapping[str, object], Outcome | None]:
    if request.method == "GET":
        return {}, None
    if len(request.body) > MAX_BODY:
        return {}, refused(413, "Request body is too large", "too_large")
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {}, refused(415, "The content type is not supported", "content_type")
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}, refused(400, "The request body could not be parsed as JSON", "not_json")
    if not isinstance(body, dict):
        return {}, refused(400, "The request body must be an object", "not_json")
    return body, None


def _by_fault(fault: Fault | None) -> Outcome | None:
    if fault is None:
        return None
    if fault.kind == "status":
        if fault.status == 429:
            return monthly_limit() if fault.reason == "monthly" else too_many_requests()
        # 202 of a content that is still being prepared has no body.
        return refused(fault.status, "Internal error" if fault.status >= 500 else "Refused by order", "fault")
    if fault.kind in ("timeout", "drop") and not fault.accept:
        return Outcome(503, {}, "fault")
    return None


def _write_down(
    state: State,
    endpoint: Endpoint,
    arrived: float,
    request_id: str,
    key: str | None,
    body: Mapping[str, object],
    outcome: Outcome,
    fault: Fault | None,
) -> None:
    token, to, messages = body.get("replyToken"), body.get("to", body.get("chatId")), body.get("messages")
    state.ledger.calls.append(
        Call(
            seq=len(state.ledger.calls),
            at_ms=state.clock(),
            monotonic=arrived,
            endpoint=endpoint,
            request_id=request_id,
            retry_key=key,
            reply_token=token if isinstance(token, str) else None,
            user=outcome.chat_id or (to if isinstance(to, str) else None),
            messages=list(messages) if isinstance(messages, list) else [],
            status=None if fault is not None and fault.kind in ("timeout", "drop") else outcome.status,
            verdict=outcome.verdict,
            accepted=outcome.verdict == "accepted",
            delivered=outcome.delivered,
            fault=fault.name if fault is not None else None,
        )
    )
