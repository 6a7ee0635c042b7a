"""Give somebody on LINE the answers to their report when they ask for them: until then no telephone shows a word of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from uuid import uuid5

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import Channel, MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.report import Report
from handoff.domain.session import Owner, SessionView, State
from handoff.domain.texts import TextKey
from handoff.services.desk.reports.answer_report import READ_TITLE, call_of, unread
from handoff.services.desk.reports.step import locked_session
from handoff.services.ports import Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.say import tell
from handoff.services.setting import Setting


def asks_for_answer(event: StoredEvent, message: StudentMessage | None) -> bool:
    """Whether a message is the word that brings an answer, and nothing else; no session is opened for it."""
    if event.channel is not Channel.LINE or message is None or message.kind is not MessageKind.TEXT:
        return False
    return unicodedata.normalize("NFKC", message.text).strip() == READ_TITLE


async def answers_waiting(tx: Transaction, event: StoredEvent, message: StudentMessage | None) -> Sequence[Report]:
    """The reports to which somebody who asks for it was answered, whatever they have begun since; none for every other
    message.
    """
    return await tx.reports.answered(event.contact_id) if asks_for_answer(event, message) else ()


async def read_report_answer(tx: Transaction, setting: Setting, event: StoredEvent, message: StudentMessage) -> bool:
    """Say the answers that weren't said yet, each once; finishes the event. False: this message is another."""
    found = await answers_waiting(tx, event, message)
    if not found:
        return False
    locked = {report_id: await tx.reports.lock(report_id) for report_id in sorted(one.id for one in found)}
    told = [(locked[one.id], await locked_session(tx, locked[one.id])) for one in found]
    now = setting.clock.now()
    for session in [session for _report, session in told if session.state is not State.CLOSED][:1]:
        await tx.transcript.add_student(
            session.id, event, message, setting.clock.from_line(event.line_timestamp), removed=event.payload is None
        )
    if not await tx.events.finish(event.id, now, "report_answer"):
        return True
    if not any([await _say(tx, setting, event, report, session) for report, session in told]):
        report, session = told[-1]
        await tell(tx, setting, session, [Line(setting.profile.text(TextKey.REPORT_ANSWER_NONE))])
        await _note(tx, setting, report, session, 0)
    return True


async def _say(tx: Transaction, setting: Setting, event: StoredEvent, report: Report, session: SessionView) -> int:
    """Say the answers to one report that weren't said yet; how many they were."""
    waiting = await unread(tx, await tx.reports.steps(report.id))
    for step in waiting:
        line = Line(step.words, sender=await tx.staff.alias(step.by))
        await tell(tx, setting, session, [line], Owner.COUNSELLOR, await call_of(tx, step))
    if waiting:
        # What the reporter writes from now on may be what they say to it.
        read = ReportStep(uuid5(event.id, str(report.id)), report.id, StepKind.READ, setting.clock.now())
        await tx.reports.add_step(read)
        await _note(tx, setting, report, session, len(waiting))
        tx.desk.tell(DeskEvent.REPORT, session.id, report.id)
    return len(waiting)


async def _note(tx: Transaction, setting: Setting, report: Report, session: SessionView, answers: int) -> None:
    now = setting.clock.now()
    await tx.audit.add(now, "student", "read_report_answer", session.id, report=str(report.id), answers=answers)
