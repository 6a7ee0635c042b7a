"""LINE's stand-in, and what it saw: which of our messages were answered, when, and how often."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.children import clean_environment, running
from bench.service import Addresses
from handoff.simulator.client import CallMade, StandIn

_LOOK_SECONDS = 0.5
_AT_ONCE = 8


@asynccontextmanager
async def line_platform(addresses: Addresses, folder: Path) -> AsyncIterator[tuple[StandIn, int]]:
    """The stand-in as a process of its own, with a client and its pid. Raises: BenchFailed."""
    environment = clean_environment() | {
        "LINE_CHANNEL_SECRET": addresses.secret,
        "LINE_CHANNEL_ACCESS_TOKEN": addresses.access_token,
    }
    port = addresses.standin.rpartition(":")[2]
    argv = (sys.executable, "-m", "handoff.simulator", "--host", "127.0.0.1", "--port", port)
    webhook = ("--webhook-url", f"{addresses.web}/line/webhook")
    async with (
        running("standin", (*argv, *webhook), environment, folder, f"{addresses.standin}/") as child,
        StandIn(addresses.standin) as standin,
    ):
        yield standin, child.pid


async def new_students(standin: StandIn, count: int, *, friends: bool) -> list[str]:
    """LINE ids of new students; as friends they have added the bot, which greeted them."""
    few = asyncio.Semaphore(_AT_ONCE)

    async def one() -> str:
        async with few:
            student = await standin.user(friend=friends)
            if friends:
                await standin.wait_for_answers(student, 1, timeout=30)
            return student

    return list(await asyncio.gather(*(one() for _ in range(count))))


@dataclass(frozen=True)
class Account:
    """Messages against answers. arrived: reply token → when the first answer to it came (monotonic seconds).

    lost: messages without an answer; twice: answers beyond one a message; pushed: answers that came as a push.
    """

    arrived: dict[str, float]
    lost: int
    twice: int
    pushed: int


async def settle(standin: StandIn, tokens: Sequence[str], since: int, timeout: float) -> Account:
    """Waits until every message was answered, or ``timeout`` seconds; then counts.

    Args: tokens: of all messages sent since call number ``since``; a push counts for nobody's token, only for a student.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    wanted = set(tokens)
    while True:
        calls = [call for call in await standin.calls(since=since) if call.delivered and call.endpoint != "loading"]
        if _answered(calls, wanted) >= len(wanted) or loop.time() > end:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    # What comes twice comes a little later.
    await asyncio.sleep(2 * _LOOK_SECONDS)
    calls = [call for call in await standin.calls(since=since) if call.delivered and call.endpoint != "loading"]
    return _account(calls, wanted)


def _answered(calls: Sequence[CallMade], wanted: set[str]) -> int:
    return len({call.reply_token for call in calls} & wanted) + sum(call.endpoint == "push" for call in calls)


def _account(calls: Sequence[CallMade], wanted: set[str]) -> Account:
    arrived: dict[str, float] = {}
    for call in calls:
        if call.reply_token in wanted and call.reply_token is not None:
            arrived.setdefault(call.reply_token, call.monotonic)
    by_token = Counter(call.reply_token for call in calls if call.endpoint == "reply")
    pushed = sum(call.endpoint == "push" for call in calls)
    missing = len(wanted) - len(arrived)
    return Account(
        arrived,
        lost=max(0, missing - pushed),
        twice=sum(count - 1 for count in by_token.values()) + max(0, pushed - missing),
        pushed=pushed,
    )
