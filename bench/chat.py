"""(f) 300 web chats at once on this machine: how soon each opens, is told that its words are stored, and is answered."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from bench.errors import BenchFailed
from bench.figures import Times
from bench.pace import arrivals, no_pauses, open_loop
from bench.processes import OtherLoad, usage
from bench.service import Service
from bench.students import conversations
from handoff.domain.fair import solves

CHATS = 300
RATE = 10.0
"""Messages a second of all chats together: everybody writes every thirty seconds."""
_AT_ONCE = 20
_LONGEST_WAIT = 30.0
_WORK_HEADER = "x-tsunagi-work"


@dataclass(frozen=True)
class Chats:
    """What was measured.

    opened: from asking for a socket to what the page shows first; greeted: from the start to the bot's first line; stored: from the sending to
    the acknowledgement; answered: to the bot's first line at the page; lost: words that were not acknowledged or not
    answered; again: lines that came once more under the same id (after a gap
    a page asks for what it may have missed), which a page shows once; web_mb: of the web process before and with all sockets open.
    """

    chats: int
    rate: float
    sent: int
    opened: Times
    greeted: Times
    stored: Times
    answered: Times
    lost: int
    again: int
    web_mb: tuple[float, float]
    cpu_ms_per_message: dict[str, float]
    other_cores: float

    def as_json(self) -> dict[str, object]:
        """Everything."""
        return asdict(self)


@dataclass(eq=False)
class _Page:
    """One open chat. told: when the bot's lines came, by their ids; stored: when words were acknowledged, by their keys."""

    http: aiohttp.ClientSession
    web: str
    began: float = 0.0
    opened: float = 0.0
    told: dict[str, float] = field(default_factory=dict)
    stored: dict[str, float] = field(default_factory=dict)
    again: int = 0
    socket: aiohttp.ClientWebSocketResponse | None = None

    async def start(self) -> None:
        """Begin a chat, with work where it's asked, and open its socket."""
        self.began = time.monotonic()
        headers = {"accept": "application/json"}
        async with self.http.post(f"{self.web}/chat/start", headers=headers) as answer:
            told = await answer.json()
        if answer.status == 429:
            nonce = await asyncio.to_thread(_work, told["challenge"], told["bits"])
            headers[_WORK_HEADER] = f"{told['challenge']} {nonce}"
            async with self.http.post(f"{self.web}/chat/start", headers=headers) as answer:
                told = await answer.json()
        if answer.status != 200:
            raise BenchFailed(f"no chat began: {told.get('code')}")
        asked = time.monotonic()
        address = f"{self.web.replace('http', 'ws', 1)}/chat/socket"
        self.socket = await self.http.ws_connect(address, origin=self.web, max_msg_size=0)
        await self.socket.send_json({"after": 0, "cleared": 0})
        while "ready" not in self._take(await self.socket.receive_json()):
            pass
        self.opened = time.monotonic() - asked

    async def listen(self) -> None:
        """Take what comes until cancelled."""
        assert self.socket is not None
        async for message in self.socket:
            self._take(json.loads(message.data))
        raise BenchFailed("a chat lost its line")

    def _take(self, message: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        for line in message.get("lines", ()):
            if line["by"] == "bot":
                self.again += line["id"] in self.told
                self.told.setdefault(line["id"], now)
        if "stored" in message:
            self.stored.setdefault(message["stored"], now)
        return message

    async def say(self, text: str) -> tuple[str, float]:
        assert self.socket is not None
        key, at = str(uuid4()), time.monotonic()
        await self.socket.send_str(json.dumps({"say": {"id": key, "text": text}}, ensure_ascii=False))
        return key, at

    def answered(self, since: float) -> float | None:
        """When the first line of the bot's came after a moment."""
        return min((at for at in self.told.values() if at > since), default=None)


def _work(challenge: str, bits: int) -> str:
    return next(nonce for nonce in map(str, itertools.count()) if solves(challenge, nonce, bits))


@asynccontextmanager
async def _open_pages(web: str, count: int) -> AsyncIterator[list[_Page]]:
    async with contextlib.AsyncExitStack() as stack:
        few = asyncio.Semaphore(_AT_ONCE)
        tasks: list[asyncio.Task[None]] = []

        async def one() -> _Page:
            jar = aiohttp.CookieJar(unsafe=True)
            page = _Page(await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar)), web)
            async with few:
                await page.start()
            tasks.append(asyncio.create_task(page.listen()))
            return page

        try:
            yield list(await asyncio.gather(*(one() for _ in range(count))))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def measure(service: Service, seconds: float) -> Chats:
    """Open the chats, wait for their greetings, and let everybody write in turns for ``seconds``."""
    empty = usage(service.processes())
    texts = [said[0] for said in conversations()]
    async with _open_pages(service.addresses.web, CHATS) as pages:
        await _wait(lambda: all(page.told for page in pages))
        greeted = [min(page.told.values()) - page.began for page in pages if page.told]
        before, others = usage(service.processes()), OtherLoad()
        said: list[tuple[_Page, str, float]] = []

        async def say(number: int, _due: float) -> None:
            page = pages[number % CHATS]
            said.append((page, *await page.say(texts[number % len(texts)])))

        with no_pauses():
            await open_loop(arrivals(RATE, seconds, seed=7), say)
        await _wait(lambda: all(page.answered(at) is not None for page, _key, at in said))
        after, other_cores = usage(service.processes()), others.cores()
        stored = [page.stored[key] - at for page, key, at in said if key in page.stored]
        answered = [come - at for page, _key, at in said if (come := page.answered(at)) is not None]
        return Chats(
            chats=len(pages),
            rate=RATE,
            sent=len(said),
            opened=Times.of_seconds([page.opened for page in pages]),
            greeted=Times.of_seconds(greeted),
            stored=Times.of_seconds(stored),
            answered=Times.of_seconds(answered),
            lost=2 * len(said) - len(stored) - len(answered),
            again=sum(page.again for page in pages),
            web_mb=(empty["web"].memory_mb, after["web"].memory_mb),
            cpu_ms_per_message={
                name: round((after[name].cpu_s - before[name].cpu_s) * 1000 / len(said), 2)
                for name in after
                if name in before
            },
            other_cores=other_cores,
        )


async def _wait(done: Callable[[], bool]) -> None:
    end = time.monotonic() + _LONGEST_WAIT
    while not done() and time.monotonic() < end:
        await asyncio.sleep(0.1)
