"""What a reporter's word does to a session that was opened for it, once it is screened and in the transcript."""

from __future__ import annotations

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import StoredEvent
from handoff.domain.report import OVER, ReportStatus
from handoff.domain.session import URGENT, Change, SessionView, State
from handoff.services.move_session import move
from handoff.services.ports import Transaction
from handoff.services.report.words import reopen
from handoff.services.setting import Setting


async def report_written(tx: Transaction, setting: Setting, session: SessionView, event: StoredEvent) -> None:
    """Leave a session that later words have opened with the messages, and show a report that turns out to be urgent.

    What is still being written is left where it is.
    """
    # The report first: whoever changes one locks it before its session.
    found = await tx.reports.of_session(session.id)
    if found is None or found.status is ReportStatus.DRAFT:
        return
    report = await tx.reports.lock(found.id)
    if report.status in OVER and event.level in URGENT:
        await tx.reports.save(await reopen(tx, setting, report))
        await tx.audit.add(setting.clock.now(), "worker", "reopen_report", session.id, report=str(report.id))
        tx.desk.tell(DeskEvent.REPORT, session.id, report.id)
    session = await tx.sessions.lock(session.id)
    if session.state is State.INTAKE:
        await tx.sessions.mark_one_way(session.id)
        await move(tx, setting, session, Change.LEAVE_MESSAGE, "worker")
