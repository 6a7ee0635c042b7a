"""Rasa's tracker store: one sealed text a session, in PostgreSQL.

Rasa's own SQL store keeps every event as a row with the student's words in the clear. Here a session is one row,
``rasa_trackers(session_id, blob, updated_at)``, whose blob only the session's data key opens, and only in its own row.
That key is wrapped by the key file; it's made here with the first turn, and read anew for each: nothing is kept of it.

A tracker is made for a session that isn't closed, and for no other: what was forgotten at the close can't come back.

A save replaces what was read, or nothing: `updated_at` is the version, and a row that changed since it was read (another
process took the turn, or the service removed an unsent message) refuses the save with `TrackerChanged`. So a removed
message can't come back with a turn that had begun before.
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta, timezone
from typing import Any, Awaitable, Callable, Iterable, List, Optional, Sequence, TypeVar
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from kernel.sealing import Sealer, SealingError, WrappedKey, key_id_of
from kernel.sealing.sealer import FIT_SAMPLE
from kernel.tracker import TrackerUnreadable, pack, unpack

TABLE, COLUMN = "rasa_trackers", "blob"
# PostgreSQL is back within seconds after a restart; the bridge gives up after five.
RETRY_AFTER = (0.05, 0.1, 0.2, 0.4, 0.8, 1.2)
CONNECT_SECONDS = 2.0
POOL_SIZE = 4

_KIND = "tracker"
_READ = (
    "SELECT t.blob, t.updated_at, k.id, k.kek, k.wrapped FROM rasa_trackers t"
    " LEFT JOIN data_keys k ON k.session_id = t.session_id::uuid AND k.kind = 'tracker' WHERE t.session_id = %s"
)
_KEY = "SELECT id, kek, wrapped FROM data_keys WHERE session_id = %s AND kind = 'tracker'"
_NEWEST = (
    "SELECT id, kind, kek, wrapped FROM (SELECT *, row_number()"
    " OVER (PARTITION BY kek ORDER BY real_created_at DESC) AS age FROM data_keys) AS aged WHERE age <= %s"
)
_FIRST_VERSION = "SELECT session_id, blob FROM rasa_trackers WHERE substring(blob, 1, 1) = '\\x01' LIMIT %s"
# The lock makes a close that is under way wait, or this wait for it: then there is no such session any more.
_CREATE = (
    "WITH open AS (SELECT id FROM sessions WHERE id = %(session)s AND state <> 'closed' FOR SHARE),"
    " made AS (INSERT INTO data_keys (id, kind, session_id, kek, wrapped, real_created_at)"
    " SELECT %(key)s, 'tracker', id, %(kek)s, %(wrapped)s, now() FROM open WHERE %(new)s"
    " ON CONFLICT DO NOTHING RETURNING id)"
    " INSERT INTO rasa_trackers (session_id, blob, updated_at) SELECT %(text)s, %(blob)s, %(version)s FROM open"
    " WHERE NOT %(new)s OR EXISTS (SELECT 1 FROM made) ON CONFLICT (session_id) DO NOTHING"
)
# A row of before there were data keys gets its key here: stored with the blob that it seals, or neither is.
_REPLACE = (
    "WITH read AS (SELECT t.session_id FROM rasa_trackers t JOIN sessions s ON s.id = %(session)s"
    " WHERE t.session_id = %(text)s AND t.updated_at = %(seen)s AND %(new)s AND s.state <> 'closed'"
    " FOR UPDATE OF t FOR SHARE OF s),"
    " made AS (INSERT INTO data_keys (id, kind, session_id, kek, wrapped, real_created_at)"
    " SELECT %(key)s, 'tracker', %(session)s, %(kek)s, %(wrapped)s, now() FROM read"
    " ON CONFLICT DO NOTHING RETURNING id)"
    " UPDATE rasa_trackers SET blob = %(blob)s, updated_at = %(version)s"
    " WHERE session_id = %(text)s AND updated_at = %(seen)s AND (NOT %(new)s OR EXISTS (SELECT 1 FROM made))"
)

Result = TypeVar("Result")


class TrackerStoreError(RasaException):
    """Base of the errors below; their messages hold nothing of the conversation.

    ::

        TrackerStoreError
        ├── TrackerDatabaseDown   PostgreSQL doesn't answer
        ├── TrackerSealBroken     the row can't be opened: changed, moved, unknown key, unknown form
        └── TrackerChanged        the row changed since it was read, or the session is closed; take the turn again
    """


class TrackerDatabaseDown(TrackerStoreError):
    """PostgreSQL does not answer, or not within the time of the retries."""


class TrackerSealBroken(TrackerStoreError):
    """The stored tracker can't be opened."""


class TrackerChanged(TrackerStoreError):
    """The stored tracker changed since it was read, or its session was closed."""


class SealedTrackerStore(TrackerStore):
    """Keeps each session's events as one sealed blob.

    Args: url (as `host`, the name Rasa passes it by): `postgresql://…`; key_file: path of the key file.
    """

    def __init__(
        self,
        domain: Optional[Domain],
        host: Optional[str] = None,
        event_broker: Optional[EventBroker] = None,
        key_file: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        key_file = key_file or os.environ.get("TSUNAGI_KEY_FILE")
        if not host or not key_file:
            raise RasaException("the tracker store needs `url` and `key_file` in endpoints.yml")
        try:
            self._sealer = Sealer.from_key_file(key_file)
        except SealingError as error:
            raise RasaException(str(error)) from error
        self._url = host
        self._pool: Optional[AsyncConnectionPool[Any]] = None

    async def close(self) -> None:
        """Close the connections; the store opens new ones if it is used again."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def ping(self) -> None:
        """Raises: TrackerDatabaseDown: PostgreSQL doesn't answer, or its table is missing."""

        async def ask(connection: Any) -> None:
            await connection.execute("SELECT 1 FROM rasa_trackers, data_keys LIMIT 1")

        await self._with_connection(ask)

    async def check_keys(self) -> None:
        """Look whether the key file opens the newest data keys that each of its keys wraps; where there are none, a row
        of before there were any.

        Raises: TrackerSealBroken: the database belongs to another key file. TrackerDatabaseDown.
        """

        async def newest(connection: Any) -> Any:
            keys = await (await connection.execute(_NEWEST, (FIT_SAMPLE,))).fetchall()
            return keys, [] if keys else await (await connection.execute(_FIRST_VERSION, (FIT_SAMPLE,))).fetchall()

        keys, cells = await self._with_connection(newest)
        try:
            fits = self._sealer.fits(WrappedKey(key_id, kind, kek, bytes(cell)) for key_id, kind, kek, cell in keys)
        except SealingError as error:
            raise TrackerSealBroken(str(error)) from error
        if not fits or (cells and not any(self._opens(session, bytes(blob)) for session, blob in cells)):
            raise TrackerSealBroken("the key file doesn't open what the database holds")

    def _opens(self, sender_id: str, blob: bytes) -> bool:
        try:
            self._sealer.open(TABLE, COLUMN, sender_id, blob)
        except SealingError:
            return False
        return True

    async def create_tracker(self, sender_id: str, append_action_listen: bool = True) -> DialogueStateTracker:
        """Give a fresh tracker without saving it: a turn that dies on the way leaves nothing behind."""
        return self.init_tracker(sender_id)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Give the session's tracker with all its events, or None.

        Raises: TrackerSealBroken, TrackerDatabaseDown.
        """

        _session_of(sender_id)

        async def read(connection: Any) -> Any:
            return await (await connection.execute(_READ, (sender_id,), prepare=True)).fetchone()

        row = await self._with_connection(read)
        if row is None:
            return None
        blob, version, *key = row
        try:
            events = deserialise_events(unpack(self._open(sender_id, bytes(blob), _wrapped(key))))
        except (SealingError, TrackerUnreadable) as error:
            raise TrackerSealBroken(str(error)) from error
        tracker = self.init_tracker(sender_id)
        tracker.events.extend(events)
        tracker.replay_events()
        _remember(tracker, version)
        return tracker

    def _open(self, sender_id: str, blob: bytes, key: Optional[WrappedKey]) -> str:
        # A row of before there were data keys names none.
        if key is None or key_id_of(blob) is None:
            return self._sealer.open(TABLE, COLUMN, sender_id, blob)
        return self._sealer.unwrap(key).open(TABLE, COLUMN, sender_id, blob)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Replace the stored tracker by this one.

        Raises: TrackerChanged: the row isn't the one this tracker was read from, or the session is closed;
        TrackerSealBroken: nothing can be sealed; TrackerDatabaseDown.
        """
        seen = _version(tracker)
        now = datetime.now(timezone.utc)
        version = now if seen is None or now > seen else seen + timedelta(microseconds=1)
        packed = pack([event.as_dict() for event in tracker.events])
        session = _session_of(tracker.sender_id)

        async def find(connection: Any) -> Any:
            return await (await connection.execute(_KEY, (session,), prepare=True)).fetchone()

        known = _wrapped(await self._with_connection(find))
        try:
            stored, cells = (known, self._sealer.unwrap(known)) if known else self._sealer.new_key(_KIND)
            blob = cells.seal(TABLE, COLUMN, tracker.sender_id, packed)
        except SealingError as error:
            raise TrackerSealBroken(str(error)) from error

        values = {"session": session, "text": tracker.sender_id, "blob": blob, "version": version, "seen": seen}
        values |= {"key": stored.id, "kek": stored.kek, "wrapped": stored.wrapped, "new": known is None}

        async def write(connection: Any) -> bool:
            cursor = await connection.execute(_CREATE if seen is None else _REPLACE, values, prepare=True)
            if cursor.rowcount == 1:
                return True
            # After a lost connection the first try may have been written after all: then the row is our own.
            row = await (await connection.execute(_READ, (tracker.sender_id,))).fetchone()
            return row is not None and row[1] == version and bytes(row[0]) == blob

        if not await self._with_connection(write):
            raise TrackerChanged(f"the tracker of session {tracker.sender_id} changed since it was read")
        _remember(tracker, version)

    async def keys(self) -> Iterable[str]:
        """Give the ids of all sessions that have a tracker."""

        async def read(connection: Any) -> List[str]:
            rows = await (await connection.execute("SELECT session_id FROM rasa_trackers")).fetchall()
            return [str(row[0]) for row in rows]

        return await self._with_connection(read)

    async def _connections(self) -> AsyncConnectionPool[Any]:
        if self._pool is None:
            pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
                self._url,
                min_size=1,
                max_size=POOL_SIZE,
                timeout=CONNECT_SECONDS,
                reconnect_timeout=CONNECT_SECONDS,
                kwargs={"autocommit": True, "connect_timeout": 2, "application_name": "tsunagi-rasa"},
                open=False,
            )
            self._pool = pool
            await pool.open(wait=False)
        return self._pool

    async def _with_connection(self, work: Callable[[Any], Awaitable[Result]]) -> Result:
        """Run work on a connection; after a lost one try again on a new one, for some three seconds."""
        for pause in (*RETRY_AFTER, None):
            try:
                async with (await self._connections()).connection() as connection:
                    return await work(connection)
            except PoolTimeout as error:
                raise TrackerDatabaseDown("PostgreSQL gives no connection") from error
            except psycopg.OperationalError as error:
                if pause is None:
                    raise TrackerDatabaseDown(f"PostgreSQL doesn't answer ({type(error).__name__})") from error
                await asyncio.sleep(pause)
            except psycopg.Error as error:
                raise TrackerDatabaseDown(f"PostgreSQL refuses ({type(error).__name__})") from error
        raise AssertionError("unreachable: the last try returns or raises")


def _session_of(sender_id: str) -> UUID:
    """Raises: TrackerChanged: a session's id it can't be, so there is no such session."""
    try:
        return UUID(sender_id)
    except ValueError:
        raise TrackerChanged("a sender that is no session") from None


def _wrapped(row: Optional[Sequence[Any]]) -> Optional[WrappedKey]:
    return None if row is None or row[0] is None else WrappedKey(row[0], _KIND, row[1], bytes(row[2]))


def _remember(tracker: DialogueStateTracker, version: datetime) -> None:
    tracker.stored_version = version


def _version(tracker: DialogueStateTracker) -> Optional[datetime]:
    return getattr(tracker, "stored_version", None)
