"""The one door to Rasa: the bridge sends a message and gets the bot's replies.

::

    POST /webhooks/bridge/webhook   a turn                     → {"message_id", "replayed", "replies": [...]}
    POST /webhooks/bridge/parse     {"texts": [...]} at most 256 → {"results": [{"intent", "confidence", "ranking", "told"}]}
    GET  /webhooks/bridge/ready     200 when the model is loaded and the tracker's database answers, else 503

A turn is {"sender", "message_id", "event", "text", "metadata"}; see `bot.turn.Incoming`. The event `interrupt` drops
an open form and has no replies.

All three need `Authorization: Bearer <token>`. Errors are `{"error": "<code>"}`: 400 bad_request, 401 unauthorised,
409 tracker_changed, 503 no_model, action_failed, too_slow, database_down, tracker_unreadable. After a 409 or 503 nothing was saved
and the same message id may come again.
"""

from __future__ import annotations

import hmac
import logging
from typing import Any, Awaitable, Callable, Dict, List, Optional

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, response
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import speedups
from bot.tracker import (
    SealedTrackerStore,
    TrackerChanged,
    TrackerDatabaseDown,
    TrackerSealBroken,
    TrackerStoreError,
)
from bot.turn import (
    CHANNEL,
    EVENTS,
    FALLBACK,
    Incoming,
    SessionLocks,
    TurnFailed,
    processor_of,
    take,
    understand,
    watch_actions,
)

log = logging.getLogger("bot.channel")

LONGEST_ID = 64
MOST_TEXTS = 256
SHORTEST_TOKEN = 16
STORE_ERRORS = {
    TrackerChanged: (409, "tracker_changed"),
    TrackerDatabaseDown: (503, "database_down"),
    TrackerSealBroken: (503, "tracker_unreadable"),
}

speedups.apply()
watch_actions()


def read_incoming(body: Any) -> Incoming:
    """Read a turn's request. Raises: ValueError: a field is missing, of the wrong kind or unknown."""
    if not isinstance(body, dict):
        raise ValueError("body")
    for name in ("sender", "message_id"):
        if not isinstance(body.get(name), str) or not 0 < len(body[name]) <= LONGEST_ID or not body[name].isascii():
            raise ValueError(name)
    event, text, metadata = body.get("event", "text"), body.get("text") or "", body.get("metadata") or {}
    if not isinstance(event, str) or (event != "text" and event not in EVENTS):
        raise ValueError("event")
    if not isinstance(text, str) or not isinstance(metadata, dict):
        raise ValueError("text or metadata")
    return Incoming(body["sender"], body["message_id"], event, text if event == "text" else "", metadata)


def _json(body: Dict[str, Any], status: int = 200) -> HTTPResponse:
    return response.json(body, status=status)


def _refuse(status: int, code: str) -> HTTPResponse:
    return _json({"error": code}, status)


def _store_error(error: TrackerStoreError) -> HTTPResponse:
    status, code = STORE_ERRORS.get(type(error), (503, "database_down"))
    log.warning("turn not taken: %s", code)
    return _refuse(status, code)


def summary(parsed: Dict[str, Any]) -> Dict[str, Any]:
    """Give what `/parse` answers for one text; the ranking holds trained intents only, `told` the intake's facts."""
    ranking = [one for one in parsed.get("intent_ranking", []) if one["name"] != FALLBACK]
    intent = parsed["intent"]
    told = {one["entity"]: one["value"] for one in parsed.get("entities", [])}
    return {"intent": intent["name"], "confidence": intent.get("confidence", 0.0), "ranking": ranking, "told": told}


class BridgeInput(InputChannel):
    """Rasa's input channel `bridge`."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()
        self._locks = SessionLocks()

    @classmethod
    def name(cls) -> str:
        """The channel's name, part of its address."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> BridgeInput:
        """Read the token. Raises: RasaException: there is none, or it is shorter than 16 characters."""
        token = str((credentials or {}).get("token") or "")
        if len(token) < SHORTEST_TOKEN:
            raise RasaException(f"credentials.yml: {cls.__module__}.{cls.__name__} needs a token of 16 characters")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Give the three routes."""
        routes = Blueprint(CHANNEL)

        @routes.middleware("request")
        async def authorise(request: Request) -> Optional[HTTPResponse]:
            given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
            return None if hmac.compare_digest(given, self._expected) else _refuse(401, "unauthorised")

        @routes.post("/webhook")
        async def turn(request: Request) -> HTTPResponse:
            try:
                incoming = read_incoming(request.json)
            except (ValueError, InvalidUsage):
                return _refuse(400, "bad_request")
            try:
                outcome = await take(request.app.ctx.agent, self._locks, incoming)
            except TurnFailed as error:
                log.warning("turn not taken: %s", error.code)
                return _refuse(503, error.code)
            except TrackerStoreError as error:
                return _store_error(error)
            return _json(
                {
                    "message_id": incoming.message_id,
                    "replayed": outcome.replayed,
                    "replies": list(outcome.replies),
                }
            )

        @routes.post("/parse")
        async def parse(request: Request) -> HTTPResponse:
            try:
                texts = (request.json or {}).get("texts")
            except (InvalidUsage, AttributeError):
                return _refuse(400, "bad_request")
            if not isinstance(texts, list) or len(texts) > MOST_TEXTS or not all(isinstance(t, str) for t in texts):
                return _refuse(400, "bad_request")
            results: List[Dict[str, Any]] = []
            try:
                processor = processor_of(request.app.ctx.agent)
                for text in texts:
                    results.append(summary(await understand(processor, text)))
            except TurnFailed as error:
                return _refuse(503, error.code)
            return _json({"results": results})

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            try:
                processor = processor_of(request.app.ctx.agent)
                store = processor.tracker_store
                if isinstance(store, SealedTrackerStore):
                    await store.ping()
            except TurnFailed as error:
                return _refuse(503, error.code)
            except TrackerStoreError as error:
                return _store_error(error)
            return _json({"ready": True, "model": processor.model_filename})

        return routes
