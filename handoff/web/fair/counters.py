"""How often an address did something, counted in this process's memory without knowing the address."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Final

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from handoff.domain.fair import MOST_TIMES, Allowance, Purpose, neighbourhood

#: Bits of the keyed hash that tell addresses apart: few enough that memory stays small whoever sends from how many
#: networks, and that nobody gets from what lies in memory to an address.
_BUCKET_BITS: Final = 14
_DAY: Final = 24 * 60 * 60
_EVERYWHERE: Final = "all"


class Counters:
    """Counts by purpose and address in windows that slide, up to ``MOST_TIMES`` the allowance."""

    def __init__(self, allowances: Mapping[Purpose, Allowance]) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._here = {p: _item(a, a.here) for p, a in allowances.items()}
        self._in_all = {p: _item(a, a.in_all) for p, a in allowances.items()}
        self._salt = b""
        self._salted_at = float("-inf")

    async def count(self, purpose: Purpose, address: str) -> None:
        """One more from this address."""
        await self._limiter.hit(self._here[purpose], purpose, self._bucket(purpose, address))
        await self._limiter.hit(self._in_all[purpose], purpose, _EVERYWHERE)

    async def counted(self, purpose: Purpose, address: str) -> tuple[int, int]:
        """How many there were within the purpose's span: from this address, and in all."""
        here, in_all = self._here[purpose], self._in_all[purpose]
        mine = await self._limiter.get_window_stats(here, purpose, self._bucket(purpose, address))
        everybodys = await self._limiter.get_window_stats(in_all, purpose, _EVERYWHERE)
        return here.amount - mine.remaining, in_all.amount - everybodys.remaining

    def _bucket(self, purpose: Purpose, address: str) -> str:
        # The salt is of this process alone and lives for a day: nothing that was counted today can be known tomorrow.
        now = time.monotonic()
        if now - self._salted_at > _DAY:
            self._salt, self._salted_at = secrets.token_bytes(32), now
        told = f"{purpose}\0{neighbourhood(address)}".encode()
        digest = hmac.new(self._salt, told, hashlib.sha256).digest()
        return str(int.from_bytes(digest[:4], "big") >> (32 - _BUCKET_BITS))


def _item(allowance: Allowance, amount: int) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(amount * MOST_TIMES, int(allowance.span.total_seconds()))
