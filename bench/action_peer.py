"""The action server for "Rasa alone": our actions on a service that only nods, ``python -m bench.action_peer PORT``.

Both Rasas call this one, so that neither pays for the service's database.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from actions.bridge import Bridge
from actions.server import run
from bench.service import CLOCK
from handoff.adapters.profiles import load_profile
from handoff.domain.profile import Profile
from handoff.domain.report import Answers
from handoff.settings import ROOT
from kernel.intake.quiet import QuietTime


class NoddingBridge:
    """Implements ``actions.bridge.Bridge``: any session exists, and nothing is kept."""

    def __init__(self) -> None:
        self._profile = load_profile(ROOT / "data" / "profiles" / "demo.yml")
        self._now = datetime.fromisoformat(CLOCK)

    async def profile(self) -> Profile:
        return self._profile

    def now(self) -> datetime:
        return self._now

    async def record_intake(self, session_id: str, message_id: str, answers: dict[str, str | None]) -> None:
        pass

    async def request_handoff(self, session_id: str, message_id: str) -> str:
        return "waiting"

    async def is_congested(self, session_id: str) -> bool:
        return False

    async def show(self, session_id: str, message_id: str) -> None:
        pass

    async def keep_quiet(self, session_id: str, message_id: str, times: Sequence[QuietTime]) -> None:
        pass

    async def leave_message(self, session_id: str, message_id: str) -> str:
        return "left_message"

    async def keep_report(self, session_id: str, message_id: str, answers: Answers) -> str:
        return "intake"

    async def send_report(self, session_id: str, message_id: str, *, unfinished: bool) -> str:
        return "waiting"

    def report_url(self) -> str | None:
        return None


@asynccontextmanager
async def open_bridge() -> AsyncIterator[Bridge]:
    """What the action server calls as it starts."""
    yield NoddingBridge()


if __name__ == "__main__":
    run(open_bridge, "127.0.0.1", int(sys.argv[1]), os.environ["TSUNAGI_RASA_TOKEN"])
