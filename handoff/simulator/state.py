"""What one running stand-in consists of."""

from __future__ import annotations

import time
from typing import Any

from sanic import Request, Sanic

from handoff.simulator.clock import WallClock
from handoff.simulator.config import StandInConfig
from handoff.simulator.delivery import Deliverer
from handoff.simulator.faults import Faults
from handoff.simulator.ledger import Ledger
from handoff.simulator.platform import Platform

App = Sanic[Any, Any]


class State:
    """Platform, ledger, faults and clock, made new at each ``reset``; the deliverer appears with the event loop."""

    deliverer: Deliverer

    def __init__(self, config: StandInConfig) -> None:
        self.config = config
        self.clock = WallClock(config.clock)
        self.phone_clock = WallClock(config.clock)
        self.fresh()

    def fresh(self) -> None:
        """Forget every user, message and call; the clocks stay."""
        self.faults = Faults()
        self.ledger = Ledger()
        self.platform = Platform(
            time.monotonic,
            self.clock,
            access_token=self.config.access_token,
            reply_token_seconds=self.config.reply_token_seconds,
            monthly_limit=self.config.monthly_limit,
            message_rate=self.config.message_rate,
            loading_rate=self.config.loading_rate,
            phone_ms=self.phone_clock,
        )

    async def reset(self) -> None:
        """``fresh``, and an end to redeliveries that still wait."""
        await self.deliverer.close()
        self.fresh()
        self.deliverer = Deliverer(self.platform, self.config)


def state_of(request: Request[Any, Any]) -> State:
    """The state behind a request."""
    state: State = request.app.ctx.state
    return state
