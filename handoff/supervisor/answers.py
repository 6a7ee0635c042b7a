"""Waits until a process answers over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import aiohttp

_PAUSE = 0.1
"""Seconds between two tries."""


async def http_answers(url: str, accepted: Collection[int] = (200,)) -> None:
    """Returns once ``url`` answers with one of the ``accepted`` statuses; tries for ever, so give it a time limit."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while True:
            try:
                async with session.get(url) as response:
                    if response.status in accepted:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass  # not up yet
            await asyncio.sleep(_PAUSE)
