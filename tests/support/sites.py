"""The web process's app on a test's own store, over real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import structlog
from sanic import Sanic

from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.bootstrap.chat import open_chat
from handoff.bootstrap.core import Core
from handoff.bootstrap.desk import ensure_demo_people, open_desk
from handoff.bootstrap.web import alarm_verbs
from handoff.services.outside import LineSender
from handoff.services.setting import Setting
from handoff.web.app import create_app
from handoff.web.parts import WebParts
from handoff.web.policy.parts import policy_parts
from kernel.sealing import Sealer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@asynccontextmanager
async def desk_site(
    store: SqlStore, jobs: JobQueue, setting: Setting, sealer: Sealer, line: LineSender, *, demo: bool = True
) -> AsyncIterator[str]:
    """Serve the desk (and the alarm's page) on this store; give its address. With ``demo`` its people are there:
    yuki, sora, hikari (in training) and the supervisor minato, password ``tsunagi-demo``.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    database = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    core = Core(store, jobs, setting)
    if demo:
        await ensure_demo_people(core)

    @asynccontextmanager
    async def parts() -> AsyncIterator[WebParts]:
        desk = open_desk(core, line, database, url, demo=demo)
        chat = open_chat(core, sealer, database, url)
        alarm, policy = alarm_verbs(store, setting, sealer, url), policy_parts(store, setting)
        yield WebParts(AsyncMock(), AsyncMock(), {}, alarm, desk, None, chat=chat, policy=policy)

    async with serving(parts, port):
        yield url


async def socket_status(url: str, path: str, **headers: str) -> int:
    """What a request for a socket is answered with that has these headers alone: a client of ours would add an Origin
    or leave it empty.
    """
    host = url.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    fields = {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    fields |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} | headers
    told = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"GET {path} HTTP/1.1\r\n{told}\r\n".encode())
    try:
        async with asyncio.timeout(5):
            return int((await reader.readline()).split()[1])
    finally:
        writer.close()


def nobodys_desk() -> Any:
    """A desk at which nothing happens, where a test is about another page."""

    async def never() -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    read = AsyncMock()
    read.people.return_value = []
    read.now = datetime.now(UTC)
    return SimpleNamespace(notes=never(), presence=AsyncMock(), read=read)


@asynccontextmanager
async def serving(parts: Callable[[], Any], port: int) -> AsyncIterator[None]:
    """Run an app until the block ends; it is no worse than Sanic's own server, in this process."""
    app = create_app(parts, "http://127.0.0.1:9")
    app.config.TOUCHUP = False
    server: Any = await app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    # The app sets logging up as in its own process; a logger that remembers that would escape other tests' captures.
    structlog.configure(cache_logger_on_first_use=False)
    await server.start_serving()
    Sanic.unregister_app(app)  # its name is free again: a test may want a second one
    try:
        yield
    finally:
        await server.before_stop()
        server.close()
        for connection in tuple(server.connections):
            connection.abort()
        with contextlib.suppress(ConnectionError):
            await server.wait_closed()
        await server.after_stop()
