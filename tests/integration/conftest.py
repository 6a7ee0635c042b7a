"""One real PostgreSQL for all tests, a fresh database for each."""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from psycopg import AsyncConnection
from sqlalchemy import text

from handoff.adapters import passwords
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.migrate import upgrade
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import FETCH, SOUND, JobQueue
from handoff.adapters.line.reading import read_event
from handoff.adapters.pages import PageSender
from handoff.adapters.profiles import load_profile
from handoff.adapters.risk import open_screen
from handoff.adapters.wake_ups import CHANNEL, DELIVER, DRAIN, WakeUps
from handoff.bootstrap.media import fetch_media
from handoff.bootstrap.worker import WORKER_CONCURRENCY
from handoff.domain.clock import Clock
from handoff.domain.profile import Profile
from handoff.services.accept_events import AcceptEvents
from handoff.services.chat.signs import ShowWriting
from handoff.services.deliver_outbox import DeliverOutbox
from handoff.services.drain_contact import DrainContact
from handoff.services.evidence.fetch import FetchMedia
from handoff.services.outside import Screen
from handoff.services.screen_message import ScreenMessage
from handoff.services.send_notices import SendNotices
from handoff.services.setting import Setting
from handoff.services.sound_alarms import SoundAlarms
from handoff.services.sweep import Sweep
from handoff.services.tend_intakes import TendIntakes
from handoff.settings import ROOT
from kernel.risk.screen import RiskScreen
from kernel.sealing import Keyring, Sealer
from tests.support.fakes import EchoBot, FrozenClock, RecordingLine, RecordingNotifier
from tests.support.media import FakeContent
from tests.support.quick_code import blueprints_of_one_site, routes_compiled_once, statements_compiled_once
from tests.support.quick_disk import quick_folder

#: A Friday evening at which the demo profile's window is open.
OPEN = datetime.fromisoformat("2026-11-20T18:00:00+09:00")
#: The same night, closed.
CLOSED = datetime.fromisoformat("2026-11-21T02:00:00+09:00")
RING = Keyring(active="k1", keys={"k1": os.urandom(32)}, lookup=os.urandom(32))
SEALER = Sealer(RING)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """Addresses of one fresh database, for the application's role and for the owner's."""

    url: str
    owner_url: str


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with (
        quick_folder(tmp_path_factory.mktemp("postgres")) as folder,
        EmbeddedPostgres(folder, durable=False).running_for_tests() as server,
    ):
        upgrade(server.owner_url, "tsunagi")
        with _upkeep(server):
            yield server


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """argon2 that costs nothing: it is slow on purpose, and nearly every test signs somebody in."""
    quick = functools.partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "PasswordHasher", quick)
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_code() -> Iterator[None]:
    """Each test has engines and sites of its own; what they compile is the same every time."""
    with statements_compiled_once(), routes_compiled_once(), blueprints_of_one_site():
        yield


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    """A database without a table."""
    with _copied(postgres, "template0") as database:
        yield database


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    """A migrated database, copied from the first one."""
    with _copied(postgres, "tsunagi") as database:
        yield database


@contextmanager
def _copied(postgres: EmbeddedPostgres, template: str) -> Iterator[Database]:
    """A copy of the template's files until the block ends: a thousand of them would fill the disk."""
    name = f"test_{next(_numbers)}"
    _upkeep(postgres).execute(f"CREATE DATABASE {name} OWNER tsunagi_owner TEMPLATE {template} STRATEGY FILE_COPY")
    yield _addresses(postgres, name)
    _upkeep(postgres).execute(f"DROP DATABASE {name} WITH (FORCE)")


@functools.cache
def _upkeep(postgres: EmbeddedPostgres) -> psycopg.Connection[Any]:
    """One connection for all of a run's databases: two anew for each of them cost as much as a fourth of the copy."""
    return psycopg.connect(postgres.superuser_url, autocommit=True)


def _addresses(postgres: EmbeddedPostgres, name: str) -> Database:
    return Database(
        postgres.database_url.replace("/tsunagi?", f"/{name}?"), postgres.owner_url.replace("/tsunagi?", f"/{name}?")
    )


@dataclass
class Service:
    """The services on a real database, with a bot and a LINE that tests can steer."""

    store: SqlStore
    jobs: JobQueue
    setting: Setting
    ears: AsyncConnection[Any]
    bot: EchoBot = field(default_factory=EchoBot)
    line: RecordingLine = field(default_factory=RecordingLine)
    screen: Screen | None = None
    notifier: RecordingNotifier = field(default_factory=RecordingNotifier)
    content: FakeContent = field(default_factory=FakeContent)
    later: list[tuple[float, str]] = field(default_factory=list)

    @property
    def sender(self) -> PageSender:
        """LINE, and the pages of ours."""
        return PageSender(self.line, ShowWriting(self.store))

    @property
    def accept(self) -> AcceptEvents:
        return AcceptEvents(self.store, self.setting)

    @property
    def drain(self) -> DrainContact:
        return DrainContact(self.store, self.setting, read_event, self.bot, self.sender, self.screen)

    @property
    def deliver(self) -> DeliverOutbox:
        return DeliverOutbox(self.store, self.setting, self.sender, random.Random(1))

    @property
    def sound(self) -> SoundAlarms:
        send = SendNotices(self.store, self.setting, self.notifier, "https://tsunagi.example.jp")
        return SoundAlarms(self.store, self.setting, self.notifier.media, send)

    @property
    def fetch(self) -> FetchMedia:
        return fetch_media(self.store, self.setting, self.content)

    @property
    def sweep(self) -> Sweep:
        return Sweep(self.store, self.setting)

    @property
    def tend(self) -> TendIntakes:
        return TendIntakes(self.store, self.setting)

    async def work(self) -> None:
        """Do what this service's wake-ups ask for, and what that asks for, until none is left."""
        self.jobs.handle(SOUND, self.sound)
        self.jobs.handle(FETCH, self.fetch)
        wake_ups = WakeUps(concurrency=WORKER_CONCURRENCY)
        wake_ups.handle(DRAIN, self.drain)
        wake_ups.handle(DELIVER, self.deliver)
        async with asyncio.timeout(60):
            heard = await self.heard()
            while True:
                for notice in heard:
                    wake_ups.take(notice)
                await wake_ups.idle()
                heard = await self.heard()
                if not heard:
                    await self.jobs.app.run_worker_async(
                        wait=False, install_signal_handlers=False, delete_jobs="always"
                    )
                    heard = await self.heard()
                if not heard:
                    return

    async def heard(self) -> list[str]:
        """Take the notices for contacts that are due, of those that came since the last time."""
        # An answer to a statement comes after all that was notified before it.
        await self.ears.execute("SELECT 1")
        now = time.monotonic()
        async for note in self.ears.notifies(timeout=0):
            target, _, pause = note.payload.rpartition(" ")
            self.later.append((now + int(pause) / 1000, f"{target} 0"))
        due = [notice for at, notice in self.later if at <= now]
        self.later = [one for one in self.later if one[0] > now]
        return due

    async def lose_wake_ups(self) -> None:
        """Let nobody hear of what there is to do."""
        await self.heard()
        self.later.clear()
        await self.change("DELETE FROM procrastinate_jobs")

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.store.engine.connect() as connection:
            return list(await connection.execute(text(statement), values))

    async def change(self, statement: str, **values: Any) -> None:
        async with self.store.engine.begin() as connection:
            await connection.execute(text(statement), values)

    async def digest(self, *but: str) -> dict[str, str | None]:
        """A digest of every row of every table but these, the job queue's among them."""
        tables = await self.rows(
            "SELECT format('%I.%I', schemaname, tablename) AS name, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        found = {}
        for table in tables:
            if table.tablename not in but:
                asked = f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS all FROM {table.name} t"
                found[table.tablename] = (await self.rows(asked))[0].all
        return found

    async def transcript(self) -> list[tuple[str, str | None]]:
        """Author and opened text of every line, in the transcript's order."""
        rows = await self.rows("SELECT id, author, body FROM messages ORDER BY sequence")
        return [
            (row.author, None if row.body is None else SEALER.open("messages", "body", str(row.id), row.body))
            for row in rows
        ]


@functools.cache
def demo_profile() -> Profile:
    """It is frozen: one serves all tests."""
    return load_profile(ROOT / "data" / "profiles" / "demo.yml")


@pytest.fixture
async def service(database: Database) -> AsyncIterator[Service]:
    async with open_service(database) as opened:
        yield opened


@asynccontextmanager
async def open_service(database: Database) -> AsyncIterator[Service]:
    """The services on a database, for the event loop this is called in."""
    jobs = JobQueue(database.url)
    store = SqlStore(database.url, SEALER, jobs, pool_size=2 * WORKER_CONCURRENCY)
    async with jobs.app.open_async():
        setting = Setting(Clock.starting_at(OPEN), demo_profile(), store, hold=0)
        setting.demands_factor = False  # the way in has tests of its own
        async with listening(database.url) as ears:
            yield Service(store, jobs, setting, ears)
    await store.close()


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection that hears a worker's wake-ups."""
    async with await AsyncConnection.connect(url, autocommit=True) as ears:
        await ears.execute(f"LISTEN {CHANNEL}")
        yield ears


@pytest.fixture(scope="session")
def screen() -> RiskScreen:
    return open_screen(ROOT / "data")


@pytest.fixture
def risk(service: Service, screen: RiskScreen) -> Service:
    """The service with its real screen, on a clock that stands still."""
    service.setting.clock = FrozenClock(OPEN)
    service.screen = ScreenMessage(service.setting, read_event, screen)
    return service


@pytest.fixture
def clock(service: Service) -> FrozenClock:
    """The night's clock, standing still."""
    frozen = FrozenClock(CLOSED)
    service.setting.clock = frozen
    return frozen
