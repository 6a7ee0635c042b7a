"""Tend many things in one round, so that what goes wrong with one of them holds up no other."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import structlog

from handoff.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)


async def tended(work: Coroutine[Any, Any, bool], what: str, subject: UUID) -> bool:
    """Whether something was done. Args: what, subject: named in the log. Raises: StoreUnavailable: all of it has to wait."""
    try:
        return await work
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - it is named in the log, and the next round tries again
        log.error("not_tended", what=what, subject=str(subject), error=type(error).__name__)
        return False
