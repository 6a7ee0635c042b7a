"""The stand-in as a Sanic application: by itself (``run``), or inside a running event loop (``serve``)."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import ValidationError
from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

from handoff.simulator import identifiers
from handoff.simulator.config import StandInConfig
from handoff.simulator.control import control, invalid, unknown
from handoff.simulator.delivery import Deliverer
from handoff.simulator.line_api import line_api
from handoff.simulator.platform import UnknownUser
from handoff.simulator.state import App, State

_numbers = itertools.count(1)


def create_app(config: StandInConfig) -> App:
    """A new application with a state of its own; several may live in one process."""
    app: App = Sanic(f"standin-{next(_numbers)}", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.REQUEST_MAX_SIZE = 20 * 1024 * 1024
    app.config.KEEP_ALIVE_TIMEOUT = 75
    # Streams never end by themselves: an end of the process does not wait for them.
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 0.5
    # Faults may hang for ten minutes and a wait for answers is long as well.
    app.config.RESPONSE_TIMEOUT = 660
    # Sanic's touch-up rewrites its own classes at a start and fails at the second start in one process.
    app.config.TOUCHUP = False
    app.ctx.state = State(config)
    app.blueprint(line_api)
    app.blueprint(control)
    app.register_listener(_open, "before_server_start")
    app.register_listener(_close, "after_server_stop")
    app.register_middleware(_identify, "response")
    app.error_handler.add(UnknownUser, unknown)
    app.error_handler.add(ValidationError, invalid)
    return app


@asynccontextmanager
async def serve(config: StandInConfig, port: int = 0) -> AsyncIterator[str]:
    """Run inside the current loop and give the base URL, for example ``http://127.0.0.1:40123``; 0 is any free port."""
    app = create_app(config)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((config.host, port))
    # Sanic's server object has no types of its own.
    server: Any = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    try:
        yield f"http://{config.host}:{sock.getsockname()[1]}"
    finally:
        await server.before_stop()
        server.close()
        for connection in tuple(server.connections):
            connection.abort()
        await server.wait_closed()
        await server.after_stop()
        Sanic.unregister_app(app)


def run(
    host: str,
    port: int,
    channel_secret: str,
    access_token: str,
    webhook_url: str,
    *,
    clock: str | None = None,
    redelivery: bool = False,
) -> None:
    """Serve until the process is asked to end, as one process. ``clock`` as in StandInConfig."""
    config = StandInConfig(channel_secret, access_token, webhook_url, host=host, clock=clock, redelivery=redelivery)
    create_app(config).run(host=host, port=port, single_process=True, access_log=False, motd=False)


async def _open(app: App) -> None:
    state: State = app.ctx.state
    state.deliverer = Deliverer(state.platform, state.config)


async def _close(app: App) -> None:
    state: State = app.ctx.state
    await state.deliverer.close()


async def _identify(_: Request[Any, Any], response: BaseHTTPResponse) -> None:
    response.headers.setdefault("x-line-request-id", identifiers.request_id())
