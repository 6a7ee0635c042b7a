"""(i) What sealing adds to a message's path: in turns with a peer that stores the same cells in the clear.

One message is taken from the webhook's events to the answer at LINE, in this process: stored, screened, answered by a bot
that echoes, planned and sent. Rasa isn't asked (its 14 ms would only make the share smaller), and nobody else works on
the database. The peer differs in nothing but its cells: no data key is looked for, nothing is encrypted.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.figures import Times
from handoff.adapters.database import store as stores
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.keyed_connection import HeldKeys
from handoff.adapters.database.migrate import upgrade
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.adapters.line.reading import read_event
from handoff.adapters.line.webhook import read_webhook
from handoff.adapters.profiles import load_profile
from handoff.adapters.risk import open_screen
from handoff.domain.clock import Clock
from handoff.domain.delivery import Outcome
from handoff.domain.incoming import Channel, StudentMessage
from handoff.domain.kept import Kept
from handoff.domain.outgoing import Line
from handoff.domain.safety import TurnContext
from handoff.services.accept_events import AcceptEvents
from handoff.services.deliver_outbox import DeliverOutbox
from handoff.services.drain_contact import DrainContact
from handoff.services.outside import Answer, Sending
from handoff.services.screen_message import ScreenMessage
from handoff.services.setting import Setting
from handoff.settings import ROOT
from kernel.sealing import CellSealer, Keyring, Sealer, WrappedKey

#: Messages that count, to each of the two; and before them.
MESSAGES: Final = 300
WARMING: Final = 40
#: People who write to each, in turns.
PEOPLE: Final = 10
WORDS: Final = ("友だちと話すのがしんどい日が続いています", "今日は部活を休みました", "宿題が終わらなくて困っています")


@dataclass(frozen=True)
class Sealing:
    """Milliseconds a message. adds: percent of the peer's time, at p50; each: µs to seal and to open one cell."""

    ours: Times
    plain: Times
    adds: float
    seal_us: float
    open_us: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


class _PlainCells(CellSealer):
    def __init__(self) -> None:
        super().__init__(UUID(int=0), bytes(32))

    def seal_bytes(self, table: str, column: str, row_id: str, data: bytes) -> bytes:
        return data


class _PlainSealer(RowSealer):
    """Keeps every cell as it is."""

    _cells: Final = _PlainCells()

    def open_bytes(self, table: str, column: str, row_id: str, sealed: bytes) -> bytes:
        return bytes(sealed)

    async def for_session(self, session_id: UUID, kind: Kept) -> CellSealer:
        return self._cells

    async def for_contact(self, contact_id: UUID) -> CellSealer:
        return self._cells

    async def for_house(self) -> CellSealer:
        return self._cells

    async def for_event(self, contact_id: UUID | None) -> CellSealer:
        return self._cells

    def fresh(self, kind: Kept) -> tuple[WrappedKey, CellSealer]:
        return WrappedKey(self._cells.key_id, kind, "", b""), self._cells

    async def store_for_contact(self, stored: WrappedKey, made: CellSealer, contact_id: UUID) -> None: ...

    def offer_session(self, session_id: UUID, contact_id: UUID, row: Row[*tuple[Any, ...]]) -> None: ...

    def offer_event(self, contact_id: UUID, row: Row[*tuple[Any, ...]]) -> None: ...

    async def hand_over_events(self, contact_id: UUID, session_id: UUID) -> None: ...


def _as_it_is(connection: AsyncConnection, _keys: HeldKeys) -> AsyncConnection:
    return connection


@contextmanager
def _in_the_clear() -> Iterator[None]:
    names = vars(stores)
    kept = {name: names[name] for name in ("RowSealer", "KeyedConnection")}
    names |= {"RowSealer": _PlainSealer, "KeyedConnection": _as_it_is}
    try:
        yield
    finally:
        names |= kept


class _Echo:
    async def converse(self, session_id: UUID, event_id: UUID, message: StudentMessage, context: TurnContext) -> Answer:
        return Answer([Line("はい：" + message.text)])

    async def interrupt(self, session_id: UUID, event_id: UUID) -> None: ...

    async def intent(self, text: str) -> str | None:
        return None


class _Taken:
    """LINE, taking everything at once."""

    async def reply(self, token: str, lines: Sequence[Line]) -> Sending:
        return Sending(Outcome.ACCEPTED, 200, "r")

    async def push(self, address: str, lines: Sequence[Line], retry_key: UUID) -> Sending:
        return Sending(Outcome.ACCEPTED, 200, "r")

    async def show_loading(self, address: str) -> None: ...


class _Path:
    """A message's way through the service's verbs."""

    def __init__(self, store: SqlStore, jobs: JobQueue, screen: ScreenMessage, setting: Setting) -> None:
        self._store = store
        self._accept = AcceptEvents(store, setting)
        self._drain = DrainContact(store, setting, read_event, _Echo(), _Taken(), screen)
        self._deliver = DeliverOutbox(store, setting, _Taken(), random.Random(1))
        self._numbers = itertools.count(1)

    async def take(self, user: str, words: str) -> float:
        """Seconds until it's answered."""
        number = next(self._numbers)
        event: dict[str, Any] = {
            "type": "message",
            "mode": "active",
            "timestamp": int(time.time() * 1000),
            "webhookEventId": f"{user}-{number}",
            "deliveryContext": {"isRedelivery": False},
            "source": {"type": "user", "userId": user},
            "replyToken": f"token-{user}-{number}",
            "message": {"type": "text", "id": f"{user}-{number}", "text": words, "quoteToken": "q"},
        }
        body = json.dumps({"destination": "U" + "0" * 32, "events": [event]}, ensure_ascii=False)
        began = time.perf_counter()
        await self._accept(read_webhook(body))
        async with self._store.transaction() as tx:
            contact = await tx.contacts.find_or_add(Channel.LINE, user, Clock().now())
        await self._drain(contact)
        await self._deliver(contact)
        took = time.perf_counter() - began
        async with self._store.engine.begin() as connection:
            # Nobody works the queue here; a wake-up that waits must not make the next one cheaper.
            await connection.execute(text("DELETE FROM procrastinate_jobs"))
        return took


def measure(folder: Path) -> Sealing:
    """Take messages through a database of its own."""
    with EmbeddedPostgres(folder / "sealing", durable=False).running_for_tests() as server:
        upgrade(server.owner_url, "tsunagi")
        return asyncio.run(_measure(server.database_url))


async def _measure(url: str) -> Sealing:
    jobs, sealer = JobQueue(url), Sealer(Keyring("k1", {"k1": os.urandom(32)}, os.urandom(32)))
    store = SqlStore(url, sealer, jobs, pool_size=2)
    setting = Setting(Clock(), load_profile(ROOT / "data" / "profiles" / "demo.yml"), store)
    path = _Path(store, jobs, ScreenMessage(setting, read_event, open_screen(ROOT / "data")), setting)
    took: dict[str, list[float]] = {"ours": [], "plain": []}
    try:
        async with jobs.app.open_async():
            for number in range(WARMING + MESSAGES):
                words = WORDS[number % len(WORDS)]
                for name in ("ours", "plain") if number % 2 else ("plain", "ours"):
                    user = f"U{name}{number % PEOPLE:028d}"
                    if name == "ours":
                        seconds = await path.take(user, words)
                    else:
                        with _in_the_clear():
                            seconds = await path.take(user, words)
                    if number >= WARMING:
                        took[name].append(seconds)
    finally:
        await store.close()
    ours, plain = Times.of_seconds(took["ours"]), Times.of_seconds(took["plain"])
    seal_us, open_us = _alone(sealer)
    return Sealing(ours, plain, round((ours.p50 / plain.p50 - 1) * 100, 1), seal_us, open_us)


def _alone(sealer: Sealer, rounds: int = 5_000) -> tuple[float, float]:
    _stored, cells = sealer.new_key(Kept.TRANSCRIPT)
    cell = ("messages", "body", str(UUID(int=1)))
    sealed = [cells.seal(*cell, WORDS[0])]
    began = time.perf_counter()
    for _ in range(rounds):
        sealed[0] = cells.seal(*cell, WORDS[0])
    between = time.perf_counter()
    for _ in range(rounds):
        cells.open(*cell, sealed[0])
    ended = time.perf_counter()
    return round((between - began) / rounds * 1e6, 1), round((ended - between) / rounds * 1e6, 1)
