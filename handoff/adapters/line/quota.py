"""Asks LINE how many pushes the month has, and how many are used; its numbers are approximate."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import aiohttp
from linebot.v3.messaging import ApiException, AsyncApiClient, AsyncMessagingApi, Configuration, QuotaType

from handoff.domain.quota import Quota

#: Seconds for both questions together; the worker's round waits for them.
TIMEOUT = 4


class LineQuota:
    """Implements ``services.watch_quota.QuotaReader``. Make it inside the running loop (``async with``)."""

    def __init__(self, access_token: str, api_url: str | None) -> None:
        settings = {"access_token": access_token} | ({} if api_url is None else {"host": api_url})
        self._configuration = Configuration(**settings)
        self._client: AsyncApiClient | None = None

    async def __aenter__(self) -> Self:
        self._client = AsyncApiClient(self._configuration)
        self._api = AsyncMessagingApi(self._client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def __call__(self) -> Quota | None:
        try:
            async with asyncio.timeout(TIMEOUT):
                told = await self._api.get_message_quota(_request_timeout=TIMEOUT)
                used = await self._api.get_message_quota_consumption(_request_timeout=TIMEOUT)
        except (ApiException, TimeoutError, aiohttp.ClientError, OSError, ValueError, LookupError, TypeError):
            return None  # also an answer that isn't LINE's
        limited = told.type is QuotaType.LIMITED and told.value is not None
        return Quota(int(told.value) if limited else None, int(used.total_usage))
