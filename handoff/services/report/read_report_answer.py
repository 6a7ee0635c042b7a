"""Give somebody on LINE the answers to their report when they ask for them: until then no telephone shows a word of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from handoff.domain.incoming import Channel, MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.report import Report, ReportStatus
from handoff.domain.session import Owner, State
from handoff.domain.texts import TextKey
from handoff.services.desk.reports.answer_report import READ_TITLE, call_of, unread
from handoff.services.ports import Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.say import tell
from handoff.services.setting import Setting


def asks_for_answer(event: StoredEvent, message: StudentMessage | None) -> bool:
    """Whether a message is the word that brings an answer, and nothing else; no session is opened for it."""
    if event.channel is not Channel.LINE or message is None or message.kind is not MessageKind.TEXT:
        return False
    return unicodedata.normalize("NFKC", message.text).strip() == READ_TITLE


async def answers_waiting(tx: Transaction, event: StoredEvent, message: StudentMessage | None) -> Report | None:
    """The report to which somebody who asks for it was answered; None for every other message."""
    if not asks_for_answer(event, message):
        return None
    report = await tx.reports.latest(event.contact_id)
    if report is None or report.status is ReportStatus.DRAFT or not _answers(await tx.reports.steps(report.id)):
        return None
    return report


async def read_report_answer(tx: Transaction, setting: Setting, event: StoredEvent, message: StudentMessage) -> bool:
    """Say the answers that weren't said yet, each once; finishes the event. False: this message is another."""
    found = await answers_waiting(tx, event, message)
    if found is None:
        return False
    report = await tx.reports.lock(found.id)
    session = await tx.sessions.lock(report.session_id)
    now = setting.clock.now()
    if session.state is not State.CLOSED:
        await tx.transcript.add_student(
            session.id, event, message, setting.clock.from_line(event.line_timestamp), removed=event.payload is None
        )
    if not await tx.events.finish(event.id, now, "report_answer"):
        return True
    waiting = await unread(tx, _answers(await tx.reports.steps(report.id)))
    for step in waiting:
        alias = await tx.staff.alias(step.by)
        line = Line(step.words, sender=alias)
        await tell(tx, setting, session, [line], Owner.COUNSELLOR, step.subject or call_of(step.id))
    if not waiting:
        await tell(tx, setting, session, [Line(setting.profile.text(TextKey.REPORT_ANSWER_NONE))])
    await tx.audit.add(now, "student", "read_report_answer", session.id, report=str(report.id), answers=len(waiting))
    return True


def _answers(steps: Sequence[ReportStep]) -> list[ReportStep]:
    return [step for step in steps if step.kind is StepKind.ANSWER]
