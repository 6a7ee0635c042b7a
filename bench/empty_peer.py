"""The fastest front door there could be: Sanic answering 200 to everything, ``python -m bench.empty_peer PORT``."""

from __future__ import annotations

import sys
from typing import Any

from sanic import Request, Sanic
from sanic.response import HTTPResponse, json


def create_app() -> Sanic[Any, Any]:
    """Set up as our web process is (handoff/web/app.py), with nothing behind it."""
    app: Sanic[Any, Any] = Sanic("empty", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.MOTD = False

    @app.get("/healthz")
    async def alive(_: Request[Any, Any]) -> HTTPResponse:
        return json({})

    @app.post("/line/webhook")
    async def receive(_: Request[Any, Any]) -> HTTPResponse:
        return json({})

    return app


def main() -> None:
    """Serve until asked to stop, in this process."""
    app = create_app()
    app.prepare(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, access_log=False, motd=False)
    Sanic.serve_single(primary=app)


if __name__ == "__main__":
    main()
