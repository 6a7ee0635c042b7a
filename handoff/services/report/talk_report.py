"""A report in a talk with the bot, on LINE or in the web chat: the student's own session is what it lies in (KAG-2, WG-1).

What was said came in as messages and was screened like any other; here lie the answers, so that the desk reads them
together. The bot repeats a step after a crash, so every verb may be repeated.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from handoff.domain.desk import DeskEvent
from handoff.domain.escalation import Alarm, Cause
from handoff.domain.incoming import Channel
from handoff.domain.report import OVER, Answers, Danger, Report, ReportStatus
from handoff.domain.session import Change, HumanWanted, Level, SessionView, State, is_higher
from handoff.services.evidence.take_media import fetch_after_all
from handoff.services.move_session import move
from handoff.services.ports import Store, Transaction
from handoff.services.raise_escalation import raise_escalation
from handoff.services.report.words import reopen
from handoff.services.report.write_report import says_something
from handoff.services.setting import Setting
from handoff.services.want_human import want_human


class KeepTalkReport:
    """Keep what was told so far; whoever stops half-way has told it all the same."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, message_id: UUID, answers: Answers) -> State:
        """Args: message_id: of the stored event that told the last of it. Gives the session's state. Raises: NotFound."""
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            report, session = await _locked(tx, session_id)
            told_danger = report is None or report.answers.danger is not Danger.NOW
            if report is None:
                report = Report(
                    uuid4(), session.id, session.contact_id, Channel.LINE, ReportStatus.DRAFT, answers, 1, now, now
                )
                await tx.reports.add(report)
                await tx.audit.add(now, "student", "start_report", session.id, report=str(report.id))
            elif report.answers != answers:
                report = replace(report, answers=answers, version=report.version + 1, touched_at=now, closed_at=None)
                report = await reopen(tx, self._setting, report) if report.status in OVER else report
                await tx.reports.save(report)
                await tx.audit.add(now, "student", "keep_report", session.id, report=str(report.id))
            if report.status is not ReportStatus.DRAFT:
                tx.desk.tell(DeskEvent.REPORT, session.id, report.id)
            if answers.danger is Danger.NOW and told_danger:
                return await self._call_somebody(tx, session, message_id)
            return session.state

    async def _call_somebody(self, tx: Transaction, session: SessionView, message_id: UUID) -> State:
        """Whoever says that somebody is in danger now is believed; the questions go on meanwhile."""
        state = await want_human(tx, self._setting, session, HumanWanted.RISK, "student")
        alarm = Alarm(Cause.DANGER_TOLD, Level.HIGH, (), frozenset(), message_id)
        await raise_escalation(tx, self._setting, session, alarm)
        return state


class SendTalkReport:
    """Put a report before people: sent, or left half-way; its session is a message that was left."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, *, unfinished: bool = False) -> State:
        """Give the session's state. Nothing was told: nothing happens. Sent again, too. Raises: NotFound."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            report, session = await _locked(tx, session_id)
            if report is None or not await says_something(tx, report):
                return session.state
            fresh = report.status is ReportStatus.DRAFT or (report.unfinished and not unfinished)
            return (await arrive_in_talk(tx, self._setting, report, session, unfinished)) if fresh else session.state


async def arrive_in_talk(
    tx: Transaction, setting: Setting, report: Report, session: SessionView, unfinished: bool
) -> State:
    """Put a locked report of a talk before people; gives the session's state after it."""
    now = setting.clock.now()
    status = ReportStatus.NEW if report.status is ReportStatus.DRAFT else report.status
    await tx.reports.save(replace(report, status=status, unfinished=unfinished, sent_at=report.sent_at or now))
    if report.answers.danger is Danger.NOW and is_higher(Level.HIGH, session.level):
        # As long as the questions went on it would have ended them.
        await tx.sessions.raise_level(session.id, Level.HIGH)
        await fetch_after_all(tx, setting, session.id)
    if session.state is State.INTAKE:
        # Nobody is asked for: it is read in the inbox for reports, and waits for no talk.
        await tx.sessions.mark_one_way(session.id)
        session = await move(tx, setting, session, Change.LEAVE_MESSAGE, "student")
    verb, actor = ("leave_report", "worker") if unfinished else ("send_report", "student")
    await tx.audit.add(now, actor, verb, session.id, report=str(report.id))
    tx.desk.tell(DeskEvent.REPORT, session.id, report.id)
    return session.state


async def _locked(tx: Transaction, session_id: UUID) -> tuple[Report | None, SessionView]:
    """The session's report, where it has one, and the session: locked in this order, as everywhere."""
    found = await tx.reports.of_session(session_id)
    report = None if found is None else await tx.reports.lock(found.id)
    return report, await tx.sessions.lock(session_id)
