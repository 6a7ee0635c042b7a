"""The action server's door to the services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from handoff.bootstrap.core import Core, open_core
from handoff.domain.profile import Profile
from handoff.domain.report import Answers
from handoff.domain.session import HumanWanted
from handoff.services.congestion import ReadCongestion
from handoff.services.keep_quiet import KeepQuiet
from handoff.services.report.talk_report import KeepTalkReport, SendTalkReport
from handoff.services.show_session import ShowSession
from handoff.services.want_human import LeaveMessage, RecordIntake, RequestHandoff
from handoff.settings import Settings
from kernel.intake.quiet import QuietTime


class ServiceBridge:
    """Implements ``actions.bridge.Bridge`` on the services, so that actions do what everything else does."""

    def __init__(self, core: Core, report_url: str | None = None) -> None:
        self._setting = core.setting
        self._request_handoff = RequestHandoff(core.store, core.setting)
        self._congested = ReadCongestion(core.store, core.setting)
        self._leave_message = LeaveMessage(core.store, core.setting)
        self._record_intake = RecordIntake(core.store)
        self._show = ShowSession(core.store, core.setting)
        self._keep_quiet = KeepQuiet(core.store, core.setting)
        self._keep_report = KeepTalkReport(core.store, core.setting)
        self._send_report = SendTalkReport(core.store, core.setting)
        self._report_url = report_url

    async def profile(self) -> Profile:
        await self._setting.refresh()
        return self._setting.profile

    def now(self) -> datetime:
        return self._setting.clock.now()

    async def record_intake(self, session_id: str, message_id: str, answers: dict[str, str | None]) -> None:
        await self._record_intake(UUID(session_id), answers)

    async def request_handoff(self, session_id: str, message_id: str) -> str:
        return str(await self._request_handoff(UUID(session_id), HumanWanted.STUDENT, "student"))

    async def is_congested(self, session_id: str) -> bool:
        return await self._congested(UUID(session_id))

    async def show(self, session_id: str, message_id: str) -> None:
        await self._show(UUID(session_id))

    async def keep_quiet(self, session_id: str, message_id: str, times: Sequence[QuietTime]) -> None:
        await self._keep_quiet(UUID(session_id), times)

    async def leave_message(self, session_id: str, message_id: str) -> str:
        return str(await self._leave_message(UUID(session_id), "student"))

    async def keep_report(self, session_id: str, message_id: str, answers: Answers) -> str:
        return str(await self._keep_report(UUID(session_id), UUID(message_id), answers))

    async def send_report(self, session_id: str, message_id: str, *, unfinished: bool) -> str:
        return str(await self._send_report(UUID(session_id), unfinished=unfinished))

    def report_url(self) -> str | None:
        return self._report_url


@asynccontextmanager
async def open_bridge(settings: Settings) -> AsyncIterator[ServiceBridge]:
    """Open what the action server needs."""
    async with open_core(settings, pool_size=6) as core:
        yield ServiceBridge(core, f"{settings.public_url}/report")
