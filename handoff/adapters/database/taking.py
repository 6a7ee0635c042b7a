"""Taking a connection of the pool in one piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

#: Connections on their way back; the event loop alone would forget them.
_returning: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def taken(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for as long as this lasts.

    Who is cancelled while it is being made ready, as when a browser hangs up, doesn't wait for it, and it goes back to the
    pool all the same: SQLAlchemy would leave it to the garbage collector, which ends it.
    """
    context = engine.connect()
    taking = asyncio.ensure_future(context.start())
    try:
        await asyncio.shield(taking)
    except asyncio.CancelledError:
        taking.add_done_callback(partial(_give_back, context))
        raise
    try:
        yield context
    finally:
        await context.__aexit__(None, None, None)


def _give_back(connection: AsyncConnection, taking: asyncio.Future[AsyncConnection]) -> None:
    if taking.cancelled() or taking.exception():
        return
    closing = asyncio.ensure_future(connection.close())
    _returning.add(closing)
    closing.add_done_callback(_returning.discard)
