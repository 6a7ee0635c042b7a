"""Listen to who is writing: ids alone, on a channel of their own; what nobody hears is gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from uuid import UUID

import psycopg
import structlog

from handoff.adapters.database.chats import TYPING
from handoff.adapters.database.connection import CONNECT_OPTIONS
from handoff.services.chat_ports import Typing, Writer

log = structlog.get_logger(__name__)

#: Seconds between tries to connect, and of listening before the connection is looked at.
TRY_EVERY = 1.0
LOOK_EVERY = 30.0


class TypingNotes:
    """One connection of its own, opened anew whenever it breaks."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aiter__(self) -> AsyncGenerator[Typing]:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, **CONNECT_OPTIONS
                ) as connection:
                    await connection.execute(f"LISTEN {TYPING}")
                    while True:
                        async for note in connection.notifies(timeout=LOOK_EVERY):
                            yield _typing(note.payload)
                        await connection.execute("SELECT 1")
            except (psycopg.Error, OSError) as error:
                log.warning("typing_unheard", error=type(error).__name__)
                await asyncio.sleep(TRY_EVERY)


def _typing(payload: str) -> Typing:
    told = json.loads(payload)
    session = told["session"]
    return Typing(UUID(told["contact"]), Writer(told["who"]), None if session is None else UUID(session))
