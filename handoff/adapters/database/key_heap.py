"""The file of the data keys, without the bytes of those that are gone.

A deleted row's bytes stay in its page, and an ordinary VACUUM only marks their place as free: whoever copies the file and has
the key file could still unwrap them. A table that is written anew holds nothing but its living rows, and what a transaction
from before might still read.
"""

from __future__ import annotations

import asyncio
from typing import Final

from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

#: Whoever writes a child's words waits behind this, and LINE waits two seconds: for the lock, and for lock and writing.
_WAITS: Final = (text("SET lock_timeout = '300ms'"), text("SET statement_timeout = '1s'"))
_AS_BEFORE: Final = (text("RESET lock_timeout"), text("RESET statement_timeout"))
_TRIES: Final = 3
#: Seconds between two of them, between two looks at what still runs, and how often that is looked at.
_PAUSE: Final = 0.3
_LOOK_EVERY: Final = 0.05
_LOOKS: Final = 60
_ANEW: Final = text("VACUUM (FULL) data_keys")
#: Refused, a VACUUM only warns.
_MAY: Final = text("""
SELECT pg_has_role(relowner, 'USAGE') OR CASE WHEN CAST(current_setting('server_version_num') AS int) >= 170000
  THEN has_table_privilege(oid, 'MAINTAIN') ELSE false END
FROM pg_class WHERE oid = CAST('data_keys' AS regclass)
""")
_NOW: Final = text("SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text)")
#: Whether somebody still writes, or reads as of then, who began before: what is gone would be kept for them.
_SOMEBODY: Final = text("""
SELECT pg_snapshot_xmin(pg_current_snapshot()) < CAST(:then AS xid8) OR EXISTS (
  SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
    AND age(backend_xmin) > age(CAST(CAST(:then AS xid8) AS xid)))
""")


async def clear_keys(connection: AsyncConnection) -> bool:
    """Write the table anew. Args: connection: outside a transaction.

    False where our role may not (PostgreSQL 16 and earlier let only the owner), where the table is too large for its one
    second, or where somebody reads or writes for so long that others would have to wait (a backup): the next time does it.
    """
    if not await connection.scalar(_MAY) or not await _all_ended(connection):
        return False
    try:
        for setting in _WAITS:
            await connection.execute(setting)
        cleared = await _written_anew(connection)
        for setting in _AS_BEFORE:
            await connection.execute(setting)
    except BaseException:
        # Nobody else may get its short patience.
        await connection.invalidate()
        raise
    return cleared


async def _all_ended(connection: AsyncConnection) -> bool:
    then = await connection.scalar(_NOW)
    for _look in range(_LOOKS):
        if not await connection.scalar(_SOMEBODY, {"then": then}):
            return True
        await asyncio.sleep(_LOOK_EVERY)
    return False


async def _written_anew(connection: AsyncConnection) -> bool:
    for number in range(_TRIES):
        if number:
            await asyncio.sleep(_PAUSE)
        try:
            await connection.execute(_ANEW)
        except DBAPIError as error:
            if isinstance(error.orig, QueryCanceled):
                return False
            if not isinstance(error.orig, LockNotAvailable):
                raise
        else:
            return True
    return False
