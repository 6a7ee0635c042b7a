"""Watch that reports are decided on and told in time (WG-2, KAG-7.1), and that answers come to their reporters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from handoff.domain.desk import DeskAlarm, DeskEvent
from handoff.domain.report import Report
from handoff.domain.report_triage import Late, late, triage_due
from handoff.services.desk.reports.answer_report import bring_answer, unread
from handoff.services.desk.reports.step import every_to_do, locked_report, told
from handoff.services.one_at_a_time import tended
from handoff.services.ports import Store
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.setting import Setting

#: Deadlines are days: looking once a minute is often enough.
PAUSE: Final = timedelta(minutes=1)


class WatchReports:
    """The verb of the worker's round; two workers at once tell nobody twice."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._looked_at: datetime | None = None

    async def __call__(self) -> int:
        """Tell supervisors what is overdue, each thing once; give how many. Raises: StoreUnavailable."""
        now = self._setting.clock.now()
        if self._looked_at is not None and timedelta() <= now - self._looked_at < PAUSE:
            return 0
        self._looked_at = now
        due: list[UUID] = []
        async with self._store.reading() as tx:
            async for reports in every_to_do(tx):
                steps = await tx.reports.steps_among([report.id for report in reports])
                due += [report.id for report in reports if self._due(report, list(steps.get(report.id, ())), now)]
        return sum([await tended(self._tend(report_id), "report", report_id) for report_id in due])

    def _due(self, report: Report, steps: list[ReportStep], now: datetime) -> bool:
        overdue = late(report, self._setting.profile, now, told=told(steps))
        known = {step.id for step in steps}
        if overdue is not None and self._key(report, overdue) not in known:
            return True
        return any(step.kind is StepKind.ANSWER for step in steps)

    def _key(self, report: Report, overdue: Late) -> UUID:
        """One alarm for each thing that is late by one deadline."""
        due = report.deadline if overdue is not Late.UNDECIDED else triage_due(report, self._setting.profile)
        return uuid5(report.id, f"{overdue}:{'' if due is None else due.isoformat()}")

    async def _tend(self, report_id: UUID) -> bool:
        now, done = self._setting.clock.now(), False
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            steps = list(await tx.reports.steps(report_id))
            for answer in await unread(tx, steps):
                done |= await bring_answer(tx, self._setting, report, session, answer)
            overdue = late(report, self._setting.profile, now, told=told(steps))
            if overdue is None:
                return done
            step = ReportStep(self._key(report, overdue), report_id, StepKind.LATE, now, code=overdue)
            if not await tx.reports.add_step(step):
                return done
            await tx.audit.add(now, "worker", "report_late", session.id, report=str(report_id), what=overdue)
            tx.desk.tell(
                DeskEvent.ALARM, session.id, report.owner_id, code=DeskAlarm.REPORT_LATE, report=str(report_id)
            )
            tx.desk.tell(DeskEvent.REPORT, session.id, report_id)
            return True
