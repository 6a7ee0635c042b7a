"""The one place where services meet adapters. Each process opens what it needs here and closes it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from handoff.adapters.database.demo import DemoChoice, DemoSetting
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import DELIVER, DRAIN, JobQueue
from handoff.adapters.line.reading import read_event
from handoff.adapters.line.sender import LineMessaging
from handoff.adapters.line.webhook import check_signature, read_webhook
from handoff.adapters.profiles import load_profile
from handoff.adapters.rasa import RasaBot
from handoff.domain.clock import Clock
from handoff.domain.errors import ConfigurationError, TsunagiError
from handoff.domain.incoming import Arrival
from handoff.domain.profile import Profile
from handoff.domain.session import HumanWanted
from handoff.services.accept_events import AcceptEvents
from handoff.services.deliver_outbox import DeliverOutbox
from handoff.services.drain_contact import DrainContact
from handoff.services.setting import Setting
from handoff.services.sweep import Sweep
from handoff.services.want_human import LeaveMessage, RecordIntake, RequestHandoff
from handoff.settings import ROOT, Settings
from handoff.web.parts import WebParts
from handoff.web.simulator import DemoSetting as SimulatorSetting
from kernel.sealing import Sealer

#: Contacts that one worker serves at the same time; most of that time it waits for Rasa or LINE.
WORKER_CONCURRENCY = 16


@dataclass(frozen=True, slots=True)
class Core:
    """What every process has: the database, the job queue, and where and when the service works."""

    store: SqlStore
    jobs: JobQueue
    setting: Setting


@asynccontextmanager
async def open_core(settings: Settings, *, pool_size: int) -> AsyncIterator[Core]:
    """Open the database, check its version and load the profile.

    Raises: ConfigurationError and its kin: named in one line. StoreUnavailable.
    """
    if settings.database_url is None:
        raise ConfigurationError("TSUNAGI_DATABASE_URL is not set; `make run` sets it for the embedded server")
    jobs = JobQueue(settings.database_url, pool_size=4)
    store = SqlStore(settings.database_url, Sealer.from_key_file(settings.sealing_key_file), jobs, pool_size=pool_size)
    try:
        await store.check()
        clock, profile = Clock(settings.clock_offset), load_profile(settings.profile)
        setting = _demo(settings, clock, profile, store) if settings.standin else Setting(clock, profile)
        await setting.refresh()
        async with jobs.app.open_async():
            yield Core(store, jobs, setting)
    finally:
        await store.close()


def _demo(settings: Settings, clock: Clock, profile: Profile, store: SqlStore) -> DemoSetting:
    # Their file names are their ids; the one that was asked for may lie anywhere.
    profiles: dict[str, Path] = {path.stem: path for path in sorted((ROOT / "data" / "profiles").glob("*.yml"))}
    profiles[profile.id] = settings.profile
    return DemoSetting(clock, profile, store, profiles, load_profile)


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker process runs."""

    core: Core
    sweep: Sweep


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[WorkerParts]:
    """Open a worker's parts and bind the wake-ups to their verbs."""
    token, line_token = settings.rasa_token, settings.line_channel_access_token
    if token is None or line_token is None:
        raise ConfigurationError("TSUNAGI_RASA_TOKEN and LINE_CHANNEL_ACCESS_TOKEN must be set for a worker")
    async with (
        # Twice the concurrency: a drain keeps its connection while a delivery runs beside it.
        open_core(settings, pool_size=2 * WORKER_CONCURRENCY) as core,
        LineMessaging(line_token.get_secret_value(), settings.line_api_url if settings.standin else None) as line,
        RasaBot(settings.rasa_url, token.get_secret_value()) as bot,
    ):
        # The risk screen has its place here; until it is built, sessions stay unscreened.
        core.jobs.handle(DRAIN, DrainContact(core.store, core.setting, read_event, bot, line, screen=None))
        core.jobs.handle(DELIVER, DeliverOutbox(core.store, core.setting, line))
        yield WorkerParts(core, Sweep(core.store, core.setting))


class SimulatorDemo:
    """Implements ``web.simulator.Demo`` on the demo's setting."""

    def __init__(self, setting: DemoSetting) -> None:
        self._setting = setting

    async def get(self) -> SimulatorSetting:
        return self._shown(await self._setting.choice())

    async def choose(self, profile: str | None, clock: str | None) -> SimulatorSetting:
        return self._shown(await self._setting.choose(profile, clock))

    @staticmethod
    def _shown(choice: DemoChoice) -> SimulatorSetting:
        now = choice.now.isoformat()
        return {
            "profile": choice.profile,
            "profiles": [{"name": name, "title": title} for name, title in choice.titles.items()],
            "clock": now if choice.moved else "now",
            "now": now,
        }


@asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[WebParts]:
    """Open the web process's parts."""
    if settings.line_channel_secret is None or settings.rasa_token is None:
        raise ConfigurationError("LINE_CHANNEL_SECRET and TSUNAGI_RASA_TOKEN must be set for the web process")
    secret = settings.line_channel_secret.get_secret_value()

    def read(body: bytes, signature: str | None) -> list[Arrival]:
        return read_webhook(check_signature(secret, body, signature))

    async with (
        open_core(settings, pool_size=10) as core,
        RasaBot(settings.rasa_url, settings.rasa_token.get_secret_value()) as bot,
    ):

        async def database() -> str | None:
            return await _code_of(core.store.ping())

        async def rasa() -> str | None:
            return await _code_of(bot.ready())

        async def worker() -> str | None:
            return None if await core.jobs.worker_alive() else "no_worker"

        yield WebParts(
            read_webhook=read,
            accept_events=AcceptEvents(core.store, core.setting),
            checks={"database": database, "rasa": rasa, "worker": worker},
            demo=SimulatorDemo(core.setting) if isinstance(core.setting, DemoSetting) else None,
        )


async def _code_of(work: Awaitable[None]) -> str | None:
    try:
        await work
    except TsunagiError as error:
        return error.code
    return None


class ServiceBridge:
    """Implements ``actions.bridge.Bridge`` on the services, so that actions do what everything else does."""

    def __init__(self, core: Core) -> None:
        self._setting = core.setting
        self._request_handoff = RequestHandoff(core.store, core.setting)
        self._leave_message = LeaveMessage(core.store, core.setting)
        self._record_intake = RecordIntake(core.store)

    async def profile(self) -> Profile:
        await self._setting.refresh()
        return self._setting.profile

    def now(self) -> datetime:
        return self._setting.clock.now()

    async def record_intake(self, session_id: str, message_id: str, answers: dict[str, str | None]) -> None:
        await self._record_intake(UUID(session_id), answers)

    async def request_handoff(self, session_id: str, message_id: str) -> str:
        return str(await self._request_handoff(UUID(session_id), HumanWanted.STUDENT, "student"))

    async def leave_message(self, session_id: str, message_id: str) -> str:
        return str(await self._leave_message(UUID(session_id), "student"))


@asynccontextmanager
async def open_bridge(settings: Settings) -> AsyncIterator[ServiceBridge]:
    """Open what the action server needs."""
    async with open_core(settings, pool_size=6) as core:
        yield ServiceBridge(core)
