"""The action server: rasa-sdk's own Sanic app, with our actions as instances that hold the bridge.

One process, because the bridge lives in its event loop. rasa-sdk would import action classes by name and build them
without arguments; here they are registered once the bridge is open. Three habits of the library are changed: it answers
whoever asks, its error answer quotes the whole request, a student's words included, and an action call without a domain
is refused, which would make Rasa send the domain with every message.
"""

from __future__ import annotations

import hmac
import json
from contextlib import AsyncExitStack
from typing import Any, Final

import structlog
from rasa_sdk.endpoint import create_app as create_sdk_app
from rasa_sdk.executor import ActionExecutor
from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse, HTTPResponse
from sanic.response import json as json_response
from sanic.worker.loader import AppLoader

from actions.bridge import BridgeFactory
from actions.conversation import Conversation
from actions.forms import Converse, ValidateIntakeForm, ValidateProcedureForm, ValidateReportForm

log = structlog.get_logger(__name__)

#: Asked by the supervisor; says nothing but that the process serves.
_FOR_ALL: Final = "/health"


class Executor(ActionExecutor):
    """rasa-sdk's executor for actions that never read the domain."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        """The domain of the call, empty where Rasa left it out (``selective_domain``)."""
        return payload.get("domain") or {}


def create_app(bridge_factory: BridgeFactory, token: str) -> Sanic[Any, Any]:
    """The app: ``POST /webhook`` for Rasa, ``GET /health`` (200 once the process serves), ``GET /actions``.

    Args: bridge_factory: opens the bridge in the server's event loop; importable by name, so that Sanic can pickle the
    app's factory. token: what Rasa shows (``endpoints.yml``); without it everything but the health is a 401: others on
    this machine must not write to a talk whose id they saw.
    """
    expected = f"Bearer {token}".encode()
    executor = Executor()
    app: Sanic[Any, Any] = create_sdk_app(executor, cors_origins=[])
    resources = AsyncExitStack()

    async def open_bridge(_: Sanic[Any, Any]) -> None:
        bridge = await resources.enter_async_context(bridge_factory())
        conversation = Conversation(bridge)
        executor.register_action(ValidateIntakeForm(conversation))
        executor.register_action(ValidateProcedureForm(conversation))
        executor.register_action(ValidateReportForm(conversation))
        executor.register_action(Converse(conversation))

    async def close_bridge(_: Sanic[Any, Any]) -> None:
        await resources.aclose()

    async def authorise(request: Request[Any, Any]) -> HTTPResponse | None:
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if request.path == _FOR_ALL or hmac.compare_digest(given, expected):
            return None
        return json_response({"error": "unauthorised"}, status=401)

    async def keep_words_in(_: Any, response: BaseHTTPResponse) -> None:
        """An error's answer says that it failed and nothing of the request: Rasa would log a student's words."""
        if response.status >= 500:
            response.body = json.dumps({"error": "internal", "action_name": ""}).encode()

    app.register_listener(open_bridge, "before_server_start")
    app.register_listener(close_bridge, "after_server_stop")
    app.register_middleware(authorise, "request")
    app.register_middleware(keep_words_in, "response")
    return app


class _Factory:
    """Builds the app anew wherever Sanic needs it; picklable, unlike a closure."""

    def __init__(self, bridge_factory: BridgeFactory, token: str) -> None:
        self._bridge_factory = bridge_factory
        self._token = token

    def __call__(self) -> Sanic[Any, Any]:
        return create_app(self._bridge_factory, self._token)


def run(bridge_factory: BridgeFactory, host: str, port: int, token: str) -> None:
    """Serve until SIGINT or SIGTERM, in this process."""
    app: Sanic[Any, Any] = AppLoader(factory=_Factory(bridge_factory, token)).load()
    app.prepare(host=host, port=port, single_process=True, access_log=False, motd=False)
    log.info("action_server", host=host, port=port)
    Sanic.serve_single(primary=app)
