"""The web process's parts: the front door, the checks of readiness, and the demo's choice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from handoff.adapters.database.demo import DemoChoice, DemoSetting
from handoff.adapters.line.webhook import check_signature, read_webhook
from handoff.adapters.rasa import RasaBot
from handoff.bootstrap.core import open_core
from handoff.domain.errors import ConfigurationError, StoreUnavailable, TsunagiError
from handoff.domain.incoming import Arrival
from handoff.services.accept_events import AcceptEvents
from handoff.services.patience import within
from handoff.settings import Settings
from handoff.web.parts import WebParts
from handoff.web.simulator import DemoSetting as SimulatorSetting

#: Seconds that a check of readiness may take.
CHECK_PATIENCE = 2.0


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
            return await _code_of(within(CHECK_PATIENCE, core.store.ping()))

        async def rasa() -> str | None:
            return await _code_of(bot.ready())

        async def worker() -> str | None:
            try:
                return None if await within(CHECK_PATIENCE, core.jobs.worker_alive()) else "no_worker"
            except StoreUnavailable as error:
                return error.code

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
