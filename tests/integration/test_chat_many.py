"""Three hundred chats at once: one listener of the process feeds all sockets, nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import aiohttp
import pytest

from handoff.adapters.database.chats import SqlChats
from handoff.domain.errors import StoreUnavailable
from handoff.domain.fair import ALLOWANCES, Purpose
from tests.integration.chat_support import Socket, Student, chat_of
from tests.integration.conftest import Service

CHATS = 300
#: So many pupils behind one address that no work is asked of their devices.
OF_ONE_SCHOOL = ALLOWANCES[Purpose.CHAT_START].here // 2
#: Of so many at once the database answers in time, with a worker beside it.
AT_ONCE = 8
#: Seconds for one word, on a machine that does all of it at once.
PATIENCE = 60

UNANSWERED = (
    "SELECT contact_id FROM line_events WHERE done_at IS NULL"
    " UNION SELECT contact_id FROM outbox WHERE state = 'pending'"
)

type Whole = Callable[..., object]


def _counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often lines are read from now on."""
    asked: Counter[str] = Counter()
    for name in ("lines", "lines_since", "lines_of_calls"):
        whole = getattr(SqlChats, name)

        def counted(self: SqlChats, *given: object, _whole: Whole = whole, _name: str = name) -> object:
            asked[_name] += 1
            return _whole(self, *given)

        monkeypatch.setattr(SqlChats, name, counted)
    return asked


@asynccontextmanager
async def _answering(service: Service) -> AsyncIterator[None]:
    """The worker's two verbs for whoever has written, beside the block; its queue would cost as much as all the rest."""
    door = asyncio.Semaphore(AT_ONCE)

    async def answer(contact_id: UUID) -> None:
        async with door:
            await service.drain(contact_id)
            await service.deliver(contact_id)

    async def work() -> None:
        while True:
            with contextlib.suppress(StoreUnavailable, TimeoutError):  # the sweep would come back
                await asyncio.gather(*(answer(row.contact_id) for row in await service.rows(UNANSWERED)))
            await asyncio.sleep(0.05)

    task = asyncio.create_task(work())
    yield
    task.cancel()
    await asyncio.wait({task})


@dataclass
class Pupil:
    """A page and the one word that is written there. socket: the one that it has now; opened: how many it asked for."""

    student: Student
    ways: AsyncExitStack
    socket: Socket
    words: str
    key: str = field(default_factory=lambda: str(uuid4()))
    opened: int = 1

    async def say(self) -> None:
        """As the page does: again under the same key, until it is acknowledged."""
        while True:
            await self.tell()
            if "stored" in await self.socket.until("stored", PATIENCE, "again"):
                return
            await asyncio.sleep(1)

    async def tell(self) -> None:
        await self.socket.tell({"say": {"id": self.key, "text": self.words}})

    async def come_back(self) -> None:
        """As the page does: after a moment, and again after a longer one where it is told to."""
        before, pause = self.socket, 0.4
        while self.socket is before:
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))
            self.opened, pause = self.opened + 1, 2 * pause
            with contextlib.suppress(aiohttp.WSMessageTypeError):
                opened = self.student.socket(before.place, seconds=PATIENCE)
                self.socket = await self.ways.enter_async_context(opened)
        self.socket.lines[:0] = before.lines

    async def hear(self) -> list[str]:
        """What the page shows of us once the answer is there; a line that it was told twice stands there once."""
        await self.socket.hears(f"はい：{self.words}", PATIENCE)
        return list({line["id"]: line["text"] for line in self.socket.lines if line["by"] == "bot"}.values())


async def test_three_hundred_chats_are_answered_once_though_all_lose_their_sockets(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KAG-8.6: open at once on one process, cut off with words on their way, and all back in the same moment."""
    asked = _counted(monkeypatch)
    door = asyncio.Semaphore(AT_ONCE)

    async def begin(number: int) -> Pupil:
        async with door:
            address = f"127.0.0.{2 + number // OF_ONE_SCHOOL}"
            student = await ways.enter_async_context(Student.begun(url, address))
            socket = await ways.enter_async_context(student.socket(seconds=PATIENCE))
            return Pupil(student, ways, socket, f"ことば{number}。")

    async def write(pupil: Pupil, *, waits: bool) -> None:
        async with door:
            await (pupil.say() if waits else pupil.tell())

    async with chat_of(service) as url, AsyncExitStack() as ways:
        pupils = await asyncio.gather(*(begin(number) for number in range(CHATS)))
        assert not any(pupil.socket.socket.closed for pupil in pupils), "all are open"
        await service.change("UPDATE line_events SET done_at = real_received_at, result = 'ignored'")  # no greetings
        async with _answering(service):
            # Every other one hears that it is stored; for the others the line goes with the word on its way.
            await asyncio.gather(*(write(pupil, waits=number % 2 == 0) for number, pupil in enumerate(pupils)))
            for pupil in pupils:
                pupil.socket.cut()
            await asyncio.gather(*(pupil.come_back() for pupil in pupils))
            await asyncio.gather(*(write(pupil, waits=True) for pupil in pupils[1::2]))
            shown = await asyncio.gather(*(pupil.hear() for pupil in pupils))
    assert shown == [[f"はい：{pupil.words}"] for pupil in pupils], "once, and nobody else's"
    said = Counter(text for _author, text in await service.transcript())
    assert said == Counter(words for pupil in pupils for words in (pupil.words, f"はい：{pupil.words}"))
    # One read of lines for many sockets, and a socket reads its own when it opens, and no more.
    assert asked["lines_of_calls"] <= CHATS
    assert asked["lines"] + asked["lines_since"] <= sum(pupil.opened for pupil in pupils)
