"""Tend what was begun on the report's page and left: what was told reaches people all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.desk import ClosedWithout
from handoff.domain.incoming import Channel
from handoff.domain.report import Report, ReportStatus
from handoff.domain.session import State
from handoff.services.move_session import close
from handoff.services.one_at_a_time import tended
from handoff.services.ports import Store, Transaction
from handoff.services.report.talk_report import arrive_in_talk
from handoff.services.report.visits import WRITING
from handoff.services.report.write_report import arrive, says_something
from handoff.services.setting import Setting

#: Silence after which somebody isn't coming back to what they were writing.
SILENT: Final = timedelta(minutes=30)
#: So long an empty one stays open.
EMPTY: Final = timedelta(days=1)
LIMIT: Final = 200


class TendDrafts:
    """The verb of the worker's round; two workers at once do nothing twice."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Do all that is due; give how much was. Raises: StoreUnavailable."""
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.reading() as tx:
            silent = await tx.reports.silent_drafts(now - SILENT, now - EMPTY, LIMIT)
            withdrawn = await tx.reports.withdrawn_open(LIMIT)
        done = 0
        for report_id in silent:
            done += await tended(self._leave(report_id, now), "report", report_id)
        for session_id in withdrawn:
            done += await tended(self._close(session_id), "report", session_id)
        async with self._store.transaction() as tx:
            real = self._setting.clock.real()
            await tx.visits.end_all(real)
            await tx.sittings.forget(real - WRITING)
        return done

    async def _leave(self, report_id: UUID, now: datetime) -> bool:
        async with self._store.transaction() as tx:
            report = await tx.reports.lock(report_id)
            if report.status is not ReportStatus.DRAFT or report.closed_at is not None:
                return False
            if now - report.touched_at < SILENT:
                return False
            if report.channel is not Channel.REPORT:
                return await self._leave_talk(tx, report, now)
            session = await tx.sessions.lock(report.session_id)
            # Words at risk that were taken out of their fields again stand in the transcript: people look at them.
            if session.is_urgent or await says_something(tx, report):
                await arrive(tx, self._setting, report, unfinished=True)
                return True
            if now - report.touched_at < EMPTY:
                return False
            if session.state is State.INTAKE:
                await close(tx, self._setting, session, "silence", "worker", verb="close_empty_report")
            await tx.reports.save(replace(report, closed_at=now))
            return True

    async def _leave_talk(self, tx: Transaction, report: Report, now: datetime) -> bool:
        """What was begun in a talk with the bot; a talk in which nothing was told goes on as it is."""
        if await says_something(tx, report):
            session = await tx.sessions.lock(report.session_id)
            await arrive_in_talk(tx, self._setting, report, session, unfinished=True)
            return True
        await tx.reports.save(replace(report, closed_at=now))
        return False

    async def _close(self, session_id: UUID) -> bool:
        """Close the session of a report that was taken back, once nothing of it is on its way any more."""
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            report = await tx.reports.of_session(session_id)
            over = report is not None and report.status is ReportStatus.WITHDRAWN
            if not over or session.is_urgent or await tx.events.has_undone(session.contact_id):
                return False
            if session.state not in (State.INTAKE, State.LEFT_MESSAGE, State.WAITING):
                return False
            await close(tx, self._setting, session, ClosedWithout.WITHDRAWN, "worker", verb="close_withdrawn")
            return True
