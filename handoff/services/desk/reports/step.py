"""What the verbs of the desk's inbox share: the locked report, the row of what was done, and what such rows say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound, TraineeRefused
from handoff.domain.escalation import Suspect
from handoff.domain.incoming import Channel
from handoff.domain.report import Report, ReportStatus
from handoff.domain.report_triage import Deed, Fault, done, is_at_risk
from handoff.domain.session import SessionView
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.setting import Setting

#: Letters of a note, of what a check found, of why something is done.
LONGEST_WORDS: Final = 2000
#: The code of a step that asks a second person to look before a report at risk is finished.
ASKED: Final = "asked"
#: Of one with which it is finished; and of one with which the second person sends it back.
FINISHED: Final = "finished"
RETURNED: Final = "returned"


async def locked_report(tx: Transaction, report_id: UUID) -> tuple[SessionView, Report]:
    """A report, and the session in which its reporter can be spoken to, locked in this order as everywhere.

    On a report's page that is the open one: what was added after the end is a session of its own.

    Raises: NotFound: there is none, or it is still being written; both look the same.
    """
    report = await tx.reports.lock(report_id)
    if report.status is ReportStatus.DRAFT:
        raise NotFound("no such report")
    session = await tx.sessions.open_for(report.contact_id) if report.channel is Channel.REPORT else None
    session = await tx.sessions.lock(report.session_id if session is None else session.id)
    return session, report


def check_worker(member: StaffMember, report: Report) -> None:
    """Raises: TraineeRefused: nobody in training decides about a report at risk (WG-8)."""
    if member.trainee and is_at_risk(report):
        raise TraineeRefused(report.level or "unscreened")


def refuse(faults: Sequence[Fault]) -> None:
    """Raises: InputRefused: with the first fault."""
    if faults:
        raise InputRefused(faults[0].field, faults[0].text)


def checked_words(words: str, field: str, what: str, longest: int = LONGEST_WORDS) -> str:
    """The words of a form. Raises: InputRefused: none, or too many."""
    words = words.replace("\r\n", "\n").replace("\0", "").strip()
    if not words or len(words) > longest:
        raise InputRefused(field, f"{what}を、1文字から{longest}文字までで書いてください。")
    return words


class ReportVerb:
    """A verb on one report. Its form's key is its step's id, so that a form that is sent again changes nothing."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def _write(
        self,
        tx: Transaction,
        session: SessionView,
        report: Report,
        deed: Deed,
        member: StaffMember,
        **codes: Any,
    ) -> Report:
        """Save a locked report after a deed of somebody's, with its audit entry and its note to the desk.

        Raises: MoveRefused.
        """
        now = self._setting.clock.now()
        after = done(report, deed, now, member.id, member.actor)
        if after != report or deed in _CHANGED_BEFORE:
            await tx.reports.save(after)
        await tx.audit.add(now, member.actor, deed, session.id, report=str(report.id), status=after.status, **codes)
        tx.desk.tell(DeskEvent.REPORT, session.id, report.id)
        return after

    async def _step(
        self,
        tx: Transaction,
        report: Report,
        kind: StepKind,
        member: StaffMember,
        key: UUID,
        *,
        code: str | None = None,
        words: str = "",
        at: datetime | None = None,
        subject: UUID | None = None,
    ) -> bool:
        """Add the row; False where this form was sent before."""
        now = self._setting.clock.now()
        return await tx.reports.add_step(ReportStep(key, report.id, kind, at or now, member.id, code, words, subject))

    async def _noted(
        self,
        report_id: UUID,
        member: StaffMember,
        kind: StepKind,
        deed: Deed,
        field: str,
        what: str,
        words: str,
        key: UUID,
    ) -> Report:
        """A deed of which nothing but somebody's words is kept, and that nobody in training does to a report at risk
        unless it changes nothing.

        Raises: NotPermitted, NotFound, MoveRefused, TraineeRefused, InputRefused.
        """
        self._check(member)
        words = checked_words(words, field, what)
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            if not await self._step(tx, report, kind, member, key, words=words):
                return report
            if deed is not Deed.NOTE:
                check_worker(member, report)
            return await self._write(tx, session, report, deed, member, length=len(words))

    @staticmethod
    def _check(member: StaffMember) -> None:
        """Raises: NotPermitted."""
        member.check(Permission.COUNSEL)


#: Deeds whose verbs have changed the report themselves before it is saved.
_CHANGED_BEFORE: Final = frozenset({Deed.TAKE, Deed.TRIAGE, Deed.LINK})


async def suspects_of(tx: Transaction, report: Report) -> frozenset[Suspect]:
    """Who may be the one that harms, by all that the reporter wrote."""
    found = frozenset[Suspect]()
    for session_id in await tx.reports.sessions_of(report):
        found |= await tx.wrap_ups.suspects(session_id)
    return found


def told(steps: Sequence[ReportStep]) -> bool:
    """Whether it was handed to somebody since its class was decided."""
    found, decided = False, ""
    for step in steps:
        if step.kind is StepKind.TRIAGE:
            now = (step.code or "").partition(":")[0]
            found, decided = found and now == decided, now
        elif step.kind is StepKind.HAND_OVER:
            found = True
    return found


def checked(steps: Sequence[ReportStep]) -> bool:
    """Whether somebody compared it with other information (WG-15)."""
    return any(step.kind is StepKind.CHECK for step in steps)


def asked_to_close(report: Report, steps: Sequence[ReportStep]) -> ReportStep | None:
    """The first person's wish to finish a report at risk, while it waits for the second; a word of the reporter's takes it
    away.
    """
    last = next((step for step in reversed(steps) if step.kind in (StepKind.CLOSE, StepKind.REOPEN)), None)
    waits = last is not None and last.kind is StepKind.CLOSE and last.code == ASKED
    return last if last is not None and waits and report.touched_at <= last.at else None


def answered_since(report: Report, steps: Sequence[ReportStep]) -> bool:
    """Whether the reporter wrote after an answer of ours: only then can they have agreed to anything."""
    return any(step.kind is StepKind.ANSWER and step.at < report.touched_at for step in steps)
