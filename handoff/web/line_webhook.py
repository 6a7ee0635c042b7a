"""``POST /line/webhook``: LINE's front door."""

from __future__ import annotations

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, json

from handoff.web.parts import WebParts

line_webhook = Blueprint("line_webhook", url_prefix="/line")


@line_webhook.post("/webhook")
async def receive(request: Request) -> HTTPResponse:
    """Signature over the raw bytes, then store, then 200; nothing is answered from here."""
    parts: WebParts = request.app.ctx.parts
    await parts.accept_events(parts.read_webhook(request.body, request.headers.get("x-line-signature")))
    return json({})
