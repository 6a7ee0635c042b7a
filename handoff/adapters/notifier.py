"""Listen to the desk's log grow: one connection, opened anew whenever it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import psycopg
import structlog

from handoff.adapters.database.connection import CONNECT_OPTIONS
from handoff.adapters.database.desk_feed import CHANNEL

log = structlog.get_logger(__name__)

#: Seconds between looks at the log without a note, and between tries to connect.
LOOK_EVERY = 5.0
TRY_EVERY = 0.5


class LogNotes:
    """Says that the log may have grown. The note carries a number and nothing else; the log itself is the truth."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aiter__(self) -> AsyncGenerator[None]:
        """Yield after each note, after each new connection (something may have been missed), and now and then anyway."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, **CONNECT_OPTIONS
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    yield
                    while True:
                        async for _note in connection.notifies(timeout=LOOK_EVERY, stop_after=1):
                            pass
                        # Further notes of the same moment are one look at the log.
                        async for _note in connection.notifies(timeout=0):
                            pass
                        yield
            except (psycopg.Error, OSError) as error:
                log.warning("desk_log_unheard", error=type(error).__name__)
                await asyncio.sleep(TRY_EVERY)
