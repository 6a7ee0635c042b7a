"""What the verbs of the desk's inbox share: the locked report, the row of what was done, and what such rows say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound, TraineeRefused
from handoff.domain.escalation import Suspect
from handoff.domain.incoming import Channel
from handoff.domain.report import Report, ReportStatus
from handoff.domain.report_triage import Deed, Fault, done, is_at_risk, seen_of
from handoff.domain.session import SessionView
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk_view_ports import Card
from handoff.services.ports import Store, Transaction
from handoff.services.report_ports import SAID, ReportStep, StepKind
from handoff.services.setting import Setting

#: Reports that are read at once.
BATCH: Final = 500
#: Letters of a note, of what a check found, of why something is done.
LONGEST_WORDS: Final = 2000
#: The code of a step that asks a second person to look before a report at risk is finished.
ASKED: Final = "asked"
#: Of one with which it is finished; and of one with which the second person sends it back.
FINISHED: Final = "finished"
RETURNED: Final = "returned"


async def locked_report(tx: Transaction, report_id: UUID) -> tuple[SessionView, Report]:
    """A report, and the session in which its reporter can be spoken to, locked in this order as everywhere.

    Raises: NotFound: there is none, or it is still being written; both look the same.
    """
    report = await tx.reports.lock(report_id)
    if report.status is ReportStatus.DRAFT:
        raise NotFound("no such report")
    return await locked_session(tx, report), report


async def locked_session(tx: Transaction, report: Report) -> SessionView:
    """The session in which a locked report's reporter can be spoken to, locked.

    That is the open one where it holds words of this report: what was written after the end, or after an answer, is a
    session of its own.
    """
    present = await tx.sessions.open_for(report.contact_id)
    found = None if present is None else await tx.reports.of_session(present.id)
    is_its_own = present is not None and found is not None and found.id == report.id
    return await tx.sessions.lock(present.id if present is not None and is_its_own else report.session_id)


def check_worker(member: StaffMember, report: Report) -> None:
    """Raises: TraineeRefused: nobody in training decides about a report at risk (WG-8)."""
    if member.trainee and is_at_risk(report):
        raise TraineeRefused(report.level or "unscreened")


def check_seen(report: Report, seen: str | None) -> None:
    """Args: seen: ``seen_of`` the report on the page whose form was sent; None where there was no page.

    Raises: InputRefused: the reporter wrote on since, and nobody ends what they haven't read.
    """
    if seen is not None and seen != seen_of(report):
        raise InputRefused(
            "state", "このページを開いたあとに、知らせた人が書いたことがあります。読んでから、もう一度押してください。"
        )


async def every_to_do(tx: Transaction, batch: int = BATCH) -> AsyncIterator[Sequence[Report]]:
    """Every report that is to be worked on, some at a time: none stays unseen because others are many."""
    after: UUID | None = None
    while reports := await tx.reports.to_do(after, batch):
        yield reports
        after = reports[-1].id


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
        await tx.facts.wake(report.session_id, now)  # its session may be over for long
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


def is_of_report(report: Report, card: Card, at: datetime) -> bool:
    """Whether what came in one of its sessions at a time was told to whoever works on reports.

    All of it on our page, and where nobody ever took the session. Elsewhere what came after the report, or after a
    colleague took the session, is part of their talk; what was said to an answer, in a session of its own, was not.
    """
    if report.channel is Channel.REPORT or card.claimed_at is None:
        return True
    if card.id != report.session_id:
        return at <= card.claimed_at
    return at <= min(report.sent_at or report.started_at, card.claimed_at)


def told(steps: Sequence[ReportStep]) -> bool:
    """Whether it was handed to somebody since its class was decided, and since it was last taken up again."""
    found, decided = False, ""
    for step in steps:
        if step.kind is StepKind.TRIAGE:
            now = (step.code or "").partition(":")[0]
            found, decided = found and now == decided, now
        elif step.kind is StepKind.HAND_OVER:
            found = True
        elif step.kind is StepKind.REOPEN and step.code != RETURNED:
            found, decided = False, ""
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
    """Whether the reporter wrote after an answer of ours had come to them: only then can they have agreed to anything."""
    heard = [
        step.at for step in steps if step.kind is StepKind.READ or (step.kind, step.code) == (StepKind.ANSWER, SAID)
    ]
    return any(at < report.touched_at for at in heard)
