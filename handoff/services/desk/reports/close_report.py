"""Finish a report, put it aside as a joke, take it up again; at risk two people look before anybody lets go of it."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.desk import ClosedWithout
from handoff.domain.errors import InputRefused, OwnReview
from handoff.domain.report import Report
from handoff.domain.report_triage import Deed, close_faults, is_at_risk, prank_faults
from handoff.domain.session import HumanWanted, SessionView, State
from handoff.domain.staff import StaffMember
from handoff.services.desk.reports.step import (
    ASKED,
    FINISHED,
    RETURNED,
    ReportVerb,
    asked_to_close,
    check_seen,
    check_worker,
    checked_words,
    locked_report,
    refuse,
    told,
)
from handoff.services.move_session import close
from handoff.services.ports import Transaction
from handoff.services.report_ports import StepKind

_NEW_WORDS = "いま新しいメッセージが届きました。読んでから、もう一度押してください。"


class _Ending(ReportVerb):
    """What ends share."""

    async def _check_end(self, tx: Transaction, session: SessionView, report: Report) -> None:
        """Raises: InputRefused: the reporter has just written, or somebody is called for them."""
        if await tx.events.has_undone(session.contact_id):
            raise InputRefused("state", _NEW_WORDS)
        # What was added later is a session of its own: an alarm about an earlier one is one about this report.
        for session_id in await tx.reports.sessions_of(report):
            if await tx.escalations.open_for(session_id) is not None:
                raise InputRefused("state", "緊急対応が続いています。先に、緊急対応を終えてください。")

    async def _let_session_go(
        self, tx: Transaction, session: SessionView, reason: ClosedWithout, member: StaffMember
    ) -> None:
        """Close the session with it, unless somebody talks there or the reporter wants to."""
        quiet = session.state in (State.LEFT_MESSAGE, State.WAITING)
        if quiet and session.human_wanted is not HumanWanted.STUDENT:
            await close(tx, self._setting, session, reason, member.actor)


class CloseReport(_Ending):
    """Finish a report. At high, critical or unread the first person asks, and another one finishes it."""

    async def __call__(
        self, report_id: UUID, member: StaffMember, words: str, key: UUID, seen: str | None = None
    ) -> Report:
        """Args: words: what came of it; seen: as for ``check_seen``.

        Raises: NotPermitted, NotFound, MoveRefused, TraineeRefused, InputRefused. OwnReview: they asked themselves.
        """
        self._check(member)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            steps = await tx.reports.steps(report_id)
            if any(step.id == key for step in steps):
                return report  # the same form again, which may have finished it
            check_seen(report, seen)
            asked = asked_to_close(report, steps)
            first = is_at_risk(report) and asked is None
            words = checked_words(words, "close", "どうなったか") if asked is None else words.strip()
            code = ASKED if first else FINISHED
            if not await self._step(tx, report, StepKind.CLOSE, member, key, code=code, words=words):
                return report
            check_worker(member, report)
            refuse(close_faults(report, told=told(steps)))
            await self._check_end(tx, session, report)
            if first:
                return await self._write(tx, session, report, Deed.ASK_CLOSE, member, length=len(words))
            if asked is not None and asked.by == member.id:
                own = OwnReview("the one who asked to close it")
                own.text = "終わりにした本人は確認できません。ほかの相談員か業務責任者が確認してください。"
                raise own
            await self._let_session_go(tx, session, ClosedWithout.REPORT, member)
            return await self._write(tx, session, report, Deed.CLOSE, member, length=len(words))

    async def send_back(self, report_id: UUID, member: StaffMember, words: str, key: UUID) -> Report:
        """The second person doesn't agree yet, and says why.

        Raises: NotPermitted, NotFound, TraineeRefused. InputRefused: there is no reason, or it doesn't wait.
        """
        self._check(member)
        words = checked_words(words, "returned", "理由")
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            steps = await tx.reports.steps(report_id)
            if not await self._step(tx, report, StepKind.REOPEN, member, key, code=RETURNED, words=words):
                return report
            check_worker(member, report)
            if asked_to_close(report, steps) is None:
                raise InputRefused("returned", "いま、確認を待っている終わりはありません。")
            return await self._write(tx, session, report, Deed.SEND_BACK, member, length=len(words))


class MarkPrank(_Ending):
    """Put a report aside as a joke. It was screened like any other, and stays to be read."""

    async def __call__(
        self, report_id: UUID, member: StaffMember, words: str, key: UUID, seen: str | None = None
    ) -> Report:
        """Args: seen: as for ``check_seen``.

        Raises: NotPermitted, NotFound, MoveRefused, TraineeRefused. InputRefused: also where it is at risk, or was
        decided to be told at once, and this person isn't a supervisor.
        """
        self._check(member)
        await self._setting.refresh()
        words = checked_words(words, "prank", "理由")
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            if not await self._step(tx, report, StepKind.PRANK, member, key, words=words):
                return report
            check_seen(report, seen)
            check_worker(member, report)
            refuse(prank_faults(report, supervisor=member.is_supervisor))
            await self._check_end(tx, session, report)
            await self._let_session_go(tx, session, ClosedWithout.PRANK, member)
            return await self._write(tx, session, report, Deed.PRANK, member, length=len(words))


class ReopenReport(ReportVerb):
    """Take up again what was over."""

    async def __call__(self, report_id: UUID, member: StaffMember, words: str, key: UUID) -> Report:
        """Raises: NotPermitted, NotFound, MoveRefused, TraineeRefused, InputRefused."""
        return await self._noted(report_id, member, StepKind.REOPEN, Deed.REOPEN, "reopen", "理由", words, key)
