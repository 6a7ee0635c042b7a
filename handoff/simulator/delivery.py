"""Posting webhooks to the bot, and again where redelivery is switched on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from handoff.simulator.config import StandInConfig
from handoff.simulator.platform import Made, Platform
from handoff.simulator.signing import sign


@dataclass(frozen=True)
class Receipt:
    """The bot's answer to one webhook: status (None: no answer), time taken in ms, moment of sending (monotonic s)."""

    status: int | None
    ms: float
    monotonic: float
    error: str | None = None

    @property
    def ok(self) -> bool:
        """LINE takes every 2xx as delivered."""
        return self.status is not None and 200 <= self.status < 300


class Deliverer:
    """One HTTP session for all webhooks. Build it inside the running loop, and close it."""

    def __init__(self, platform: Platform, config: StandInConfig) -> None:
        self._platform = platform
        self.config = config
        # Kept shorter than the usual keep-alive of servers: a connection that the bot is about to close isn't reused.
        connector = aiohttp.TCPConnector(limit=200, keepalive_timeout=4.0)
        self._session = aiohttp.ClientSession(connector=connector, headers={"user-agent": "LineBotWebhook/2.0"})
        self._again: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """End redeliveries under way and close the connections."""
        for task in tuple(self._again):
            task.cancel()
        await asyncio.gather(*self._again, return_exceptions=True)
        await self._session.close()

    def configure(self, **changes: Any) -> None:
        """Change settings while running, for example the redelivery switch."""
        self.config = replace(self.config, **changes)  # the control API has checked them

    async def deliver(self, made: Sequence[Made]) -> Receipt:
        """Post one webhook for some events; a failure is tried again later if redelivery is switched on."""
        receipt = await self._post(made)
        if not receipt.ok and self.config.redelivery:
            task = asyncio.create_task(self._redeliver([one.event_id for one in made]))
            self._again.add(task)
            task.add_done_callback(self._again.discard)
        return receipt

    async def redeliver(self, event_ids: Sequence[str]) -> Receipt:
        """Post the same events once more, marked as redelivered. Raises UnknownUser for an unknown event."""
        return await self._post([self._platform.redeliver(event_id) for event_id in event_ids])

    async def post_raw(self, raw: bytes, signature: str | None) -> Receipt:
        """Post any bytes with any signature."""
        started = time.monotonic()
        headers = {"content-type": "application/json; charset=utf-8"}
        if signature is not None:
            headers["x-line-signature"] = signature
        timeout = aiohttp.ClientTimeout(total=self.config.webhook_timeout)
        try:
            async with self._session.post(
                self.config.webhook_url, data=raw, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                await answer.read()
                return Receipt(answer.status, (time.monotonic() - started) * 1000, started)
        except TimeoutError:
            return Receipt(None, (time.monotonic() - started) * 1000, started, "request_timeout")
        except (aiohttp.ClientError, OSError):
            return Receipt(None, (time.monotonic() - started) * 1000, started, "could_not_connect")

    async def _post(self, made: Sequence[Made]) -> Receipt:
        raw, signature = sign(self._platform.webhook(made), self.config.channel_secret)
        receipt = await self.post_raw(raw, signature)
        for one in made:
            self._platform.note_delivery(one, ok=receipt.ok)
        return receipt

    async def _redeliver(self, event_ids: Sequence[str]) -> None:
        for delay in self.config.redelivery_delays:
            await asyncio.sleep(delay)
            if (await self.redeliver(event_ids)).ok:
                return
