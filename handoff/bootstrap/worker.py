"""The worker's parts: the verbs bound to their wake-ups, and the sweep."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from handoff.adapters.audit_anchor import AnchorNote
from handoff.adapters.drills import load_drills
from handoff.adapters.jobs import FETCH, SOUND
from handoff.adapters.line.content import LineContent
from handoff.adapters.line.quota import LineQuota
from handoff.adapters.line.reading import read_event
from handoff.adapters.line.sender import LineMessaging
from handoff.adapters.pages import PageSender
from handoff.adapters.rasa import RasaBot
from handoff.adapters.risk import open_screen
from handoff.adapters.wake_ups import DELIVER, DRAIN, WakeUps
from handoff.bootstrap.backups import BackupParts
from handoff.bootstrap.core import Core, open_core
from handoff.bootstrap.media import fetch_media
from handoff.bootstrap.notices import open_notifier
from handoff.domain.errors import ConfigurationError
from handoff.domain.notice import Medium
from handoff.services.audit.link_rows import LinkRows
from handoff.services.backup.expire_backups import ExpireBackups
from handoff.services.broadcasts.read_meanwhile import TendBlocks
from handoff.services.chat.signs import ShowWriting
from handoff.services.deliver_outbox import DeliverOutbox
from handoff.services.desk.own_sign_ins import ForgetSignIns
from handoff.services.desk.reports.watch_reports import WatchReports
from handoff.services.desk.tend_desk import TendDesk
from handoff.services.drain_contact import DrainContact
from handoff.services.drills.play_drill import TendDrills
from handoff.services.evidence.receive import TendEvidence
from handoff.services.facts.write_facts import WriteFacts
from handoff.services.keep_trace import ForgetTraces
from handoff.services.report.tend_drafts import TendDrafts
from handoff.services.retention.run_retention import RunRetention, SweepSpent
from handoff.services.screen_message import ScreenMessage
from handoff.services.send_notices import SendNotices
from handoff.services.sound_alarms import SoundAlarms
from handoff.services.sweep import Sweep
from handoff.services.tend_intakes import TendIntakes
from handoff.services.watch_quota import WatchQuota
from handoff.settings import ROOT, Settings
from kernel.loading import loading

#: Contacts that one worker serves at the same time; most of that time it waits for Rasa or LINE.
WORKER_CONCURRENCY = 16
#: Alarms that one worker sounds at the same time; most of that time it waits for a mail server or a telephone service.
ALARM_CONCURRENCY = 16
#: Files that one worker fetches at the same time; each holds a connection and a piece in memory.
FETCH_CONCURRENCY = 3


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker process runs."""

    core: Core
    wake_ups: WakeUps
    sweep: Sweep
    tend: TendIntakes
    tend_desk: TendDesk
    watch_quota: WatchQuota
    tend_drafts: TendDrafts
    watch_reports: WatchReports
    forget_traces: ForgetTraces
    forget_sign_ins: ForgetSignIns
    tend_evidence: TendEvidence
    tend_drills: TendDrills
    tend_blocks: TendBlocks
    write_facts: WriteFacts
    link_rows: LinkRows
    sweep_spent: SweepSpent
    run_retention: RunRetention
    expire_backups: ExpireBackups


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[WorkerParts]:
    """Open a worker's parts and bind the wake-ups to their verbs."""
    token, line_token = settings.rasa_token, settings.line_channel_access_token
    if token is None or line_token is None:
        raise ConfigurationError("TSUNAGI_RASA_TOKEN and LINE_CHANNEL_ACCESS_TOKEN must be set for a worker")
    # Before anything is opened: a worker that can't screen must not take a message.
    with loading():
        risk = open_screen(ROOT / "data")
    async with (
        # Twice the concurrency: a drain keeps its connection while a delivery runs beside it.
        open_core(settings, pool_size=2 * WORKER_CONCURRENCY + FETCH_CONCURRENCY, ping=False) as core,
        LineMessaging(line_token.get_secret_value(), settings.line_api_url if settings.standin else None) as messaging,
        LineQuota(line_token.get_secret_value(), settings.line_api_url if settings.standin else None) as quota,
        RasaBot(settings.rasa_url, token.get_secret_value()) as bot,
        LineContent(line_token.get_secret_value(), settings.line_data_api_url) as content,
        open_notifier(settings) as notifier,
    ):
        line = PageSender(messaging, ShowWriting(core.store))
        core.setting.alarms_reach_people = bool(notifier.media - {Medium.DESK})
        screen = ScreenMessage(core.setting, read_event, risk)
        wake_ups = WakeUps(concurrency=WORKER_CONCURRENCY)
        wake_ups.handle(DRAIN, DrainContact(core.store, core.setting, read_event, bot, line, screen))
        wake_ups.handle(DELIVER, DeliverOutbox(core.store, core.setting, line))
        core.jobs.handle(FETCH, fetch_media(core.store, core.setting, content))
        send = SendNotices(core.store, core.setting, notifier, settings.public_url)
        core.jobs.handle(SOUND, SoundAlarms(core.store, core.setting, notifier.media, send))
        yield WorkerParts(
            core,
            wake_ups,
            Sweep(core.store, core.setting),
            TendIntakes(core.store, core.setting),
            TendDesk(core.store, core.setting),
            WatchQuota(core.store, core.setting, quota),
            TendDrafts(core.store, core.setting),
            WatchReports(core.store, core.setting),
            ForgetTraces(core.store, core.setting),
            ForgetSignIns(core.store, core.setting),
            TendEvidence(core.store, core.setting),
            TendDrills(core.store, core.setting, load_drills(ROOT / "data" / "drills")),
            TendBlocks(core.store, core.setting),
            WriteFacts(core.store, core.setting),
            LinkRows(core.store, core.setting, core.store.hashed, AnchorNote(settings.var, core.store.hashed)),
            SweepSpent(core.store, core.setting),
            RunRetention(core.store, core.setting),
            ExpireBackups(BackupParts(settings).vault, core.setting),
        )
