"""``/healthz`` (this process is alive) and ``/readyz`` (the service can answer a student)."""

from __future__ import annotations

import asyncio

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, json

from handoff.web.parts import WebParts

health = Blueprint("health")


@health.get("/healthz")
async def alive(_request: Request) -> HTTPResponse:
    """200 as long as this process answers."""
    return json({"status": "alive"})


@health.get("/readyz")
async def ready(request: Request) -> HTTPResponse:
    """200 only when the database, Rasa's model and a worker answer; else 503, saying which doesn't."""
    parts: WebParts = request.app.ctx.parts
    faults = await asyncio.gather(*(check() for check in parts.checks.values()))
    body = {name: fault or "ok" for name, fault in zip(parts.checks, faults, strict=True)}
    fit = not any(faults)
    return json({"status": "ready" if fit else "unready", **body}, status=200 if fit else 503)
