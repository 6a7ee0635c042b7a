"""Wake-ups for contacts: notices that leave with the transaction that gives something to do (ADR 33).

What there is to do stands in the tables, and the sweep finds it there; so a wake-up needs no row of its own.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NoReturn
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection

from handoff.adapters.database.connection import CONNECT_OPTIONS
from handoff.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)

#: Channel of the notices; each names a verb, a contact, and for a later one the milliseconds until then.
CHANNEL: Final = "tsunagi_wake_ups"
DRAIN: Final = "drain_contact"
DELIVER: Final = "deliver_outbox"

Handler = Callable[[UUID], Awaitable[None]]


class DatabaseLost(Exception):
    """The listening connection ended; a worker that hears nothing would only sweep, so it starts anew."""


def notice(name: str, contact_id: UUID, milliseconds: int = 0) -> str:
    """What a notice says."""
    return f"{name} {contact_id} {milliseconds}"


class WakeUps:
    """Does the work of wake-ups in this process: one at a time for a contact, so many at a time of each kind.

    Who is woken while the work is under way is worked for once more: what the notice told of may have come too late for
    the last look. Every worker hears every notice, so whichever holds a contact's lock will look again.
    """

    def __init__(self, *, concurrency: int) -> None:
        """Args: concurrency: contacts of one kind at the same time."""
        self._handlers: dict[str, Handler] = {}
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(concurrency))
        self._tasks: dict[tuple[str, UUID], asyncio.Task[None]] = {}
        #: Under way, and whether somebody asked again meanwhile.
        self._again: dict[tuple[str, UUID], bool] = {}
        self._closed = False

    def handle(self, name: str, handler: Handler) -> None:
        """Say who does the work of a kind."""
        self._handlers[name] = handler

    def wake(self, name: str, contact_id: UUID, milliseconds: int = 0) -> None:
        """Begin the work now or after a while; nothing where it waits to begin already."""
        if milliseconds > 0:
            asyncio.get_running_loop().call_later(milliseconds / 1000, self.wake, name, contact_id)
            return
        key = (name, contact_id)
        if self._closed:
            return
        if key in self._again:
            self._again[key] = True
        elif key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._work(key))

    def take(self, payload: str) -> None:
        """As ``wake``, from what a notice says; one that only a newer version knows is left to the sweep."""
        try:
            name, contact_id, milliseconds = payload.split(" ")
            target, pause = UUID(contact_id), int(milliseconds)
        except ValueError:
            name = ""
        if name in self._handlers:
            self.wake(name, target, pause)
        else:
            log.warning("wake_up_unknown")

    async def _work(self, key: tuple[str, UUID]) -> None:
        try:
            async with self._slots[key[0]]:
                self._again[key] = True
                while self._again[key]:
                    self._again[key] = False
                    await self._once(*key)
        finally:
            self._again.pop(key, None)
            self._tasks.pop(key, None)

    async def _once(self, name: str, contact_id: UUID) -> None:
        """Do the work; what fails is the sweep's, and takes no wake-up along that came meanwhile."""
        try:
            await self._handlers[name](contact_id)
        except StoreUnavailable:
            log.warning("wake_up_without_database", wake_up=name)
        except Exception as error:  # noqa: BLE001 - the sweep comes back to it; the others must go on
            log.error("wake_up_failed", wake_up=name, error=type(error).__name__)

    async def listen(self, url: str, ready: asyncio.Event) -> NoReturn:
        """Take what is notified, for ever. Args: ready: set once nothing is missed any more. Raises: DatabaseLost."""
        with suppress(psycopg.Error):
            async with await AsyncConnection.connect(url, autocommit=True, **CONNECT_OPTIONS) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                ready.set()
                async for note in connection.notifies():
                    self.take(note.payload)
        raise DatabaseLost("the listening connection ended")

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks.values()))

    async def close(self, grace: float) -> None:
        """Let what is under way end. Args: grace: seconds after which it's cut off."""
        # What isn't begun yet, whoever comes after this process finds in the tables.
        self._closed = True
        waiting = [task for key, task in self._tasks.items() if key not in self._again]
        # One that never took its first step doesn't clean up after itself.
        self._tasks = {key: task for key, task in self._tasks.items() if key in self._again}
        for task in waiting:
            task.cancel()
        self._again = dict.fromkeys(self._again, False)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self.idle()
        for task in list(self._tasks.values()):
            task.cancel()
        await self.idle()
