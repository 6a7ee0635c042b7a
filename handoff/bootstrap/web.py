"""The web process's parts: the front door, the checks of readiness, and the demo's choice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

from handoff.adapters.database.demo import DemoChoice, DemoSetting
from handoff.adapters.line.sender import LineMessaging
from handoff.adapters.line.webhook import check_signature, read_webhook
from handoff.adapters.pages import PageSender
from handoff.adapters.rasa import RasaBot
from handoff.bootstrap.backups import backup_note
from handoff.bootstrap.chat import open_chat
from handoff.bootstrap.core import open_core
from handoff.bootstrap.desk import ensure_demo_people, open_desk
from handoff.bootstrap.evidence import report_evidence_parts
from handoff.bootstrap.report import open_report
from handoff.bootstrap.schools import ensure_demo_schools
from handoff.domain.errors import ConfigurationError, StoreUnavailable, TsunagiError
from handoff.domain.incoming import Arrival
from handoff.services.accept_events import AcceptEvents
from handoff.services.acknowledge_escalation import (
    AcknowledgeEscalation,
    RecordCall,
    StartContact,
    TakeOverEscalation,
)
from handoff.services.answer_from_alarm import AnswerFromAlarm
from handoff.services.break_glass import BreakGlass, ReviewGlass
from handoff.services.chat.signs import ShowWriting
from handoff.services.close_escalation import CloseEscalation
from handoff.services.patience import within
from handoff.services.ports import Store
from handoff.services.read_alarm import ReadAlarm
from handoff.services.setting import Setting
from handoff.settings import Settings
from handoff.web.fair import Fair
from handoff.web.hosts import hosts_of
from handoff.web.parts import AlarmVerbs, WebParts
from handoff.web.policy.parts import policy_parts
from handoff.web.simulator import DemoSetting as SimulatorSetting
from kernel.sealing import Sealer

#: Seconds that a check of readiness may take.
CHECK_PATIENCE = 2.0
#: Purpose of the keyed hash that is the token of an alarm's forms.
ALARM_FORM = "alarm_form"
#: And of the signature under a challenge.
FAIR = "fair"


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


def alarm_verbs(store: Store, setting: Setting, sealer: Sealer, public_url: str) -> AlarmVerbs:
    """The verbs of the alarm's page, which people reach under this address."""
    return AlarmVerbs(
        read=ReadAlarm(store, setting),
        acknowledge=AcknowledgeEscalation(store, setting),
        take_over=TakeOverEscalation(store, setting),
        contact=StartContact(store, setting),
        record_call=RecordCall(store, setting),
        answer=AnswerFromAlarm(store, setting),
        close=CloseEscalation(store, setting),
        break_glass=BreakGlass(store, setting),
        review_glass=ReviewGlass(store, setting),
        form_token=lambda token: sealer.lookup(ALARM_FORM, token).hex(),
        origin=_origin(public_url),
    )


def _origin(url: str) -> str:
    """Scheme, host and port as a browser writes them."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(':443' if parts.scheme == 'https' else ':80')}"


@asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[WebParts]:
    """Open the web process's parts."""
    line_token = settings.line_channel_access_token
    if settings.line_channel_secret is None or settings.rasa_token is None or line_token is None:
        raise ConfigurationError(
            "LINE_CHANNEL_SECRET, LINE_CHANNEL_ACCESS_TOKEN and TSUNAGI_RASA_TOKEN must be set for the web process"
        )
    secret = settings.line_channel_secret.get_secret_value()

    def read(body: bytes, signature: str | None) -> list[Arrival]:
        return read_webhook(check_signature(secret, body, signature))

    async with (
        open_core(settings, pool_size=10) as core,
        RasaBot(settings.rasa_url, settings.rasa_token.get_secret_value()) as bot,
        LineMessaging(line_token.get_secret_value(), settings.line_api_url if settings.standin else None) as line,
    ):

        async def database() -> str | None:
            return await _code_of(within(CHECK_PATIENCE, core.store.ping()))

        async def seal() -> str | None:
            return await _code_of(core.store.check_seal())

        async def rasa() -> str | None:
            return await _code_of(bot.ready())

        async def worker() -> str | None:
            try:
                return None if await within(CHECK_PATIENCE, core.jobs.worker_alive()) else "no_worker"
            except StoreUnavailable as error:
                return error.code

        if settings.standin:
            await ensure_demo_people(core)
            await ensure_demo_schools(core)
        yield WebParts(
            read_webhook=read,
            accept_events=AcceptEvents(core.store, core.setting),
            alarm=alarm_verbs(
                core.store, core.setting, Sealer.from_key_file(settings.sealing_key_file), settings.public_url
            ),
            checks={"database": database, "seal": seal, "rasa": rasa, "worker": worker},
            notes={"backup": backup_note(core, demo=settings.standin)},
            desk=open_desk(
                core,
                PageSender(line, ShowWriting(core.store)),
                str(settings.database_url),
                _origin(settings.public_url),
                demo=settings.standin,
            ),
            demo=SimulatorDemo(core.setting) if isinstance(core.setting, DemoSetting) else None,
            report=open_report(core, _origin(settings.public_url)),
            evidence=report_evidence_parts(core, _origin(settings.public_url)),
            chat=open_chat(
                core,
                Sealer.from_key_file(settings.sealing_key_file),
                str(settings.database_url),
                _origin(settings.public_url),
            ),
            policy=policy_parts(core.store, core.setting),
            proxies=settings.proxies,
            hosts=hosts_of(settings.public_url, demo=settings.standin),
            https=settings.public_url.startswith("https:"),
            fair=Fair(partial(Sealer.from_key_file(settings.sealing_key_file).lookup, FAIR)),
        )


async def _code_of(work: Awaitable[None]) -> str | None:
    try:
        await work
    except TsunagiError as error:
        return error.code
    return None
