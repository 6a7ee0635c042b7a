"""The file of the data keys, without the bytes of those that are gone.

A deleted row's bytes stay in its page, and an ordinary VACUUM only marks their place as free: whoever copies the file and has
the key file could still unwrap them. A table that is written anew holds nothing but its living rows.
"""

from __future__ import annotations

import asyncio
from typing import Final

from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

#: Whoever writes a child's words waits behind this: for the lock at most so long, and for the writing at most so long.
_WAITS: Final = (text("SET lock_timeout = '1s'"), text("SET statement_timeout = '5s'"))
_AS_BEFORE: Final = (text("RESET lock_timeout"), text("RESET statement_timeout"))
_TRIES: Final = 3
#: Seconds between two of them.
_PAUSE: Final = 0.3
_ANEW: Final = text("VACUUM (FULL) data_keys")
#: Refused, a VACUUM only warns.
_MAY: Final = text("""
SELECT pg_has_role(relowner, 'USAGE') OR CASE WHEN CAST(current_setting('server_version_num') AS int) >= 170000
  THEN has_table_privilege(oid, 'MAINTAIN') ELSE false END
FROM pg_class WHERE oid = CAST('data_keys' AS regclass)
""")


async def clear_keys(connection: AsyncConnection) -> bool:
    """Write the table anew. Args: connection: outside a transaction.

    False where our role may not (PostgreSQL 16 and earlier let only the owner), or where somebody reads for so long that
    others would have to wait (a backup): the next time does it.
    """
    if not await connection.scalar(_MAY):
        return False
    try:
        for setting in _WAITS:
            await connection.execute(setting)
        for number in range(_TRIES):
            if number:
                await asyncio.sleep(_PAUSE)
            try:
                await connection.execute(_ANEW)
            except DBAPIError as error:
                if not isinstance(error.orig, (LockNotAvailable, QueryCanceled)):
                    raise
            else:
                return True
        return False
    finally:
        for setting in _AS_BEFORE:
            await connection.execute(setting)
