"""What a student's later words do to the report that lies in their talk: somebody has to read them, and answers may not
repeat what was taken back.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid5

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import TALKS, Channel, EventType, StoredEvent, StudentMessage
from handoff.domain.report import OVER, WORDS, Answers, Report, ReportStatus, with_words
from handoff.domain.session import Change, SessionView, State
from handoff.services.desk.reports.step import locked_session
from handoff.services.move_session import move
from handoff.services.ports import Transaction
from handoff.services.report.read_report_answer import answers_waiting
from handoff.services.report.words import BY_REPORTER, reopen
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.setting import Setting
from handoff.services.transcript_ports import KnownMessage
from kernel.tracker import is_of

#: Stands in an answer where its words were taken back.
REMOVED = "（削除されました）"


async def talks_in_report(tx: Transaction, event: StoredEvent, message: StudentMessage) -> Report | None:
    """The report that lies in the talk to which a message belongs; None for nearly all messages."""
    if await answers_waiting(tx, event, message):
        return None  # a button's word tells nothing
    session = await tx.sessions.open_for(event.contact_id)
    report = None if session is None else await tx.reports.of_session(session.id)
    return None if report is None or report.status is ReportStatus.DRAFT else report


async def hear_reporter(tx: Transaction, setting: Setting, report_id: UUID) -> None:
    """Show that somebody wrote on in the talk that a report lies in; one that was over is new again."""
    report = await tx.reports.lock(report_id)
    session = await locked_session(tx, report)
    if session.state in (State.INTAKE, State.CLOSED):
        return  # the bot still asks; or it's over, and what comes now is another talk
    await _heard(tx, setting, replace(report, touched_at=setting.clock.now()), session.id)


async def _heard(tx: Transaction, setting: Setting, report: Report, session_id: UUID) -> None:
    """Save a locked report in which the reporter was heard again; one that was over is new again."""
    if report.status in OVER:
        report = await reopen(tx, setting, report)
        await tx.audit.add(setting.clock.now(), "student", "reopen_report", session_id, report=str(report.id))
    await tx.reports.save(report)
    tx.desk.tell(DeskEvent.REPORT, session_id, report.id)


async def reply_to_report(tx: Transaction, setting: Setting, event: StoredEvent, session: SessionView) -> SessionView:
    """Put before people what somebody writes to the bot after they have read an answer; gives the session after it.

    Their report's talk may be over by then, and the bot alone would hear what they say to 「学校に話してもよいですか」. So
    the session goes to the report, and lies with the messages; the bot goes on in it as in any.

    Args: session: to which the message belongs, not locked.
    """
    if event.type is not EventType.MESSAGE or event.channel not in TALKS or session.state is not State.INTAKE:
        return session
    found = await tx.reports.replied_to(event.contact_id) if event.reported else None
    if found is None or found.session_id == session.id:
        return session
    report = await tx.reports.lock(found.id)
    session = await tx.sessions.lock(session.id)
    if session.state is not State.INTAKE:
        return session
    now, lies_here = setting.clock.now(), await tx.reports.of_session(session.id)
    step = ReportStep(
        uuid5(session.id, str(report.id)), report.id, StepKind.REPLY, now, code=BY_REPORTER, subject=session.id
    )
    await tx.reports.add_step(step)
    await _heard(tx, setting, replace(report, touched_at=now), session.id)
    if lies_here is not None and lies_here.session_id == session.id:
        return session  # another report is being told in it, and goes its own way
    await tx.sessions.mark_one_way(session.id)
    return await move(
        tx, setting, session, Change.LEAVE_MESSAGE, "student", verb="reply_to_report", report=str(report.id)
    )


async def correct_in_report(tx: Transaction, setting: Setting, found: KnownMessage, text: str) -> None:
    """Write in the answers of its talk's report what a message was changed to: a name that somebody took out again must
    stand on no sheet for the board. Whoever decides on the report reads it once more.
    """
    report = await tx.reports.of_session(found.session_id)
    if report is None or report.channel is Channel.REPORT:
        return  # a report's page keeps its answers itself
    report = await tx.reports.lock(report.id)
    answers = corrected(report.answers, (found.text or "").strip(), text.strip() or REMOVED)
    if answers != report.answers:
        after = replace(report, answers=answers, version=report.version + 1, touched_at=setting.clock.now())
        await _heard(tx, setting, after, found.session_id)


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
    return corrected(answers, text, REMOVED)


def corrected(answers: Answers, text: str, to: str) -> Answers:
    """The answers with other words where these are an answer or a line of one."""
    kept = {name: _corrected(str(getattr(answers, name)), text, to)[:most] for name, most in WORDS.items()}
    return with_words(answers, kept)


def _corrected(answer: str, text: str, to: str) -> str:
    if is_of(answer, text):
        return to
    # An answer of several messages has each of them on lines of its own.
    return f"\n{answer}\n".replace(f"\n{text}\n", f"\n{to}\n")[1:-1]
