"""What a student's later words do to the report that lies in their talk: somebody has to read them, and answers may not
repeat what was taken back.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import TALKS, Channel, StoredEvent
from handoff.domain.report import OVER, WORDS, Answers, Report, ReportStatus, with_words
from handoff.domain.session import State
from handoff.services.ports import KnownMessage, Transaction
from handoff.services.report.words import reopened
from handoff.services.setting import Setting
from kernel.tracker import is_of

#: Stands in an answer where its words were taken back.
REMOVED = "（削除されました）"


async def talks_in_report(tx: Transaction, event: StoredEvent) -> Report | None:
    """The report that may lie in the talk to which a message belongs; None for nearly all messages."""
    if event.channel not in TALKS:
        return None  # a report's page does it itself
    report = await tx.reports.latest(event.contact_id)
    return None if report is None or report.status is ReportStatus.DRAFT else report


async def hear_reporter(tx: Transaction, setting: Setting, report_id: UUID) -> None:
    """Show that somebody wrote on in the talk that a report lies in; one that was over is new again."""
    report = await tx.reports.lock(report_id)
    session = await tx.sessions.lock(report.session_id)
    if session.state in (State.INTAKE, State.CLOSED):
        return  # the bot still asks; or it's over, and what comes now is another talk
    now = setting.clock.now()
    after = replace(report, touched_at=now)
    if report.status in OVER:
        after = reopened(after)
        await tx.audit.add(now, "student", "reopen_report", session.id, report=str(report.id))
    await tx.reports.save(after)
    tx.desk.tell(DeskEvent.REPORT, session.id, report.id)


async def forget_in_report(tx: Transaction, found: KnownMessage) -> None:
    """Take a withdrawn message's words out of the answers of its talk's report."""
    report = await tx.reports.of_session(found.session_id)
    text = (found.text or "").strip()
    if report is None or not text or report.channel is Channel.REPORT:
        return
    report = await tx.reports.lock(report.id)
    answers = without(report.answers, text)
    if answers != report.answers:
        await tx.reports.save(replace(report, answers=answers, version=report.version + 1))
        tx.desk.tell(DeskEvent.REPORT, found.session_id, report.id)


def without(answers: Answers, text: str) -> Answers:
    """The answers without these words, where they are an answer or a line of one."""
    kept = {name: _without(str(getattr(answers, name)), text) for name in WORDS}
    return with_words(answers, kept)


def _without(answer: str, text: str) -> str:
    if is_of(answer, text):
        return REMOVED
    # An answer of several messages has each of them on lines of its own.
    return f"\n{answer}\n".replace(f"\n{text}\n", f"\n{REMOVED}\n")[1:-1]
