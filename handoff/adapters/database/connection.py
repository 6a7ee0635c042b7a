"""How every connection to PostgreSQL is made, and what its failures are called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from handoff.domain.errors import SealUnavailable, StoreUnavailable
from kernel.sealing import SealBroken, SealingError

#: Seconds to connect; and a path that has silently gone is noticed within half a minute.
CONNECT_OPTIONS: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


@asynccontextmanager
async def named_errors() -> AsyncIterator[None]:
    """A database that is away becomes StoreUnavailable, and so does a key file; a fault of ours stays what it is."""
    try:
        yield
    except SealBroken:
        raise
    except SealingError as error:
        raise SealUnavailable(f"nothing can be sealed or opened ({type(error).__name__}: {error})") from None
    except (OperationalError, PoolTimeout, ConnectorException, OSError) as error:
        raise StoreUnavailable(f"the database can't be reached ({type(error).__name__})") from None
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise StoreUnavailable(f"the database connection broke ({type(error).__name__})") from None
