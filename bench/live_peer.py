"""The least that brings a line from a webhook to desks: ``python -m bench.live_peer PORT``.

Sanic sends the body of a POST to every open socket. Nothing is kept, screened, sealed or allowed; the peer of ``desk``.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from sanic import Request, Sanic, Websocket
from sanic.response import HTTPResponse, json


def create_app() -> Sanic[Any, Any]:
    """Set up as our web process is, with a set of sockets behind it."""
    app: Sanic[Any, Any] = Sanic("live_peer", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.MOTD = False
    sockets: set[Websocket] = set()

    @app.get("/healthz")
    async def alive(_: Request[Any, Any]) -> HTTPResponse:
        return json({})

    @app.post("/say")
    async def say(request: Request[Any, Any]) -> HTTPResponse:
        await asyncio.gather(*(socket.send(request.body.decode()) for socket in sockets))
        return json({})

    async def follow(_: Request[Any, Any], socket: Websocket) -> None:
        sockets.add(socket)
        try:
            while await socket.recv() is not None:
                pass
        finally:
            sockets.discard(socket)

    app.add_websocket_route(follow, "/socket")
    return app


def main() -> None:
    """Serve until asked to stop, in this process."""
    app = create_app()
    app.prepare(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, access_log=False, motd=False)
    Sanic.serve_single(primary=app)


if __name__ == "__main__":
    main()
