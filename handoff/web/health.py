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
    """200 only when the database, the key file, Rasa's model and a worker answer; else 503, saying which doesn't.

    What else somebody has to look after (the backups) is told beside it, and answers no student's call.
    """
    parts: WebParts = request.app.ctx.parts
    every = {**parts.checks, **parts.notes}
    told = await asyncio.gather(*(check() for check in every.values()))
    body = {name: fault or "ok" for name, fault in zip(every, told, strict=True)}
    fit = not any(told[: len(parts.checks)])
    return json({"status": "ready" if fit else "unready", **body}, status=200 if fit else 503)
