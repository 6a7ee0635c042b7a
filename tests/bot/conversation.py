"""A bot in the test's own process, for tests that look at single turns."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List, Optional, TypeVar

from rasa.core.agent import Agent
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.tracker import SealedTrackerStore
from bot.turn import Incoming, Outcome, SessionLocks, take, watch_actions

Result = TypeVar("Result")
_agents: Dict[Path, Agent] = {}
# As the channel does it, which isn't imported here; a file alone has to pass, too.
watch_actions()


class Bot:
    """Our tracker store and turns on a trained model."""

    def __init__(self, model: Path, url: str, key_file: Path, actions_url: str) -> None:
        if model not in _agents:
            _agents[model] = Agent.load(str(model))
        self.agent = _agents[model]
        assert self.agent.processor is not None
        self.store = SealedTrackerStore(self.agent.domain, host=url, key_file=str(key_file))
        self.agent.tracker_store = self.agent.processor.tracker_store = self.store
        self.agent.processor.action_endpoint = EndpointConfig(actions_url, enable_selective_domain=True)
        self.locks = SessionLocks()

    async def say(self, session: str, text: str, message_id: Optional[str] = None, event: str = "text") -> Outcome:
        """Take one turn."""
        return await take(self.agent, self.locks, Incoming(session, message_id or str(uuid.uuid4()), event, text))

    async def tracker(self, session: str) -> DialogueStateTracker:
        """Give the session's tracker as it is stored."""
        tracker = await self.store.retrieve(session)
        assert tracker is not None
        return tracker

    async def events(self, session: str) -> List[Any]:
        """Give the stored events."""
        tracker = await self.store.retrieve(session)
        return list(tracker.events) if tracker else []


def run(bot: Bot, work: Callable[[Bot], Awaitable[Result]]) -> Result:
    """Run a test's coroutine and close the bot's connections, which belong to its event loop."""

    async def whole() -> Result:
        try:
            return await work(bot)
        finally:
            await bot.store.close()

    return asyncio.run(whole())
