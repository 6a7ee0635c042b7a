"""Hand a report to the board or a school: recorded, with a page that doesn't tell who told (WG-15, WG-17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from handoff.domain.coding import CLASS_NAMES, TOPIC_NAMES, Way
from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.incoming import MessageKind
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.report import WORDS, Report
from handoff.domain.report_telling import (
    HANDOVER_LETTERS,
    QUOTED_LETTERS,
    HandingOver,
    handing_over_faults,
    quoted,
    report_handover_lines,
)
from handoff.domain.report_triage import Deed
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wrap_up import WithoutConsent
from handoff.services.desk.reports.step import (
    ReportVerb,
    answered_since,
    check_worker,
    checked,
    checked_words,
    locked_report,
    refuse,
    suspects_of,
)
from handoff.services.ports import Transaction
from handoff.services.report_ports import ReportStep, StepKind

#: Letters of a name and of a reason in a decision.
LONGEST_NAME: Final = 100
LONGEST_REASON: Final = 500
#: A clock on a wall may be a little ahead of ours.
AHEAD: Final = timedelta(minutes=5)
#: Part of a step's code: it was told at once, and compared with other information after that.
TO_FOLLOW: Final = "to_follow"


@dataclass(frozen=True, slots=True)
class Telling:
    """What the form says. at: when it was told, aware, None for now; agreed: the reporter said yes on the answer's page."""

    to: Agency
    way: Way
    words: str
    at: datetime | None = None
    agreed: bool = False
    decision: WithoutConsent | None = None


@dataclass(frozen=True, slots=True)
class HandoverPage:
    """The page of one handing over. lines: none where this agency may not have one any more."""

    report: Report
    to: Agency
    lines: tuple[tuple[str, str], ...]
    at: datetime


class HandOverReport(ReportVerb):
    """Record that it was told, to whom and how; the page for it is made of that record."""

    async def __call__(self, report_id: UUID, member: StaffMember, telling: Telling, key: UUID) -> Report:
        """Raises: NotPermitted: also for a decision without the reporter's yes that isn't a supervisor's to record.
        NotFound, MoveRefused, TraineeRefused. InputRefused: something speaks against it, see ``report_triage``.
        """
        self._check(member)
        await self._setting.refresh()
        words = checked_words(telling.words, "words", "伝えること", HANDOVER_LETTERS)
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            at = self._checked_time(telling.at, report)
            steps = await tx.reports.steps(report_id)
            follows = not checked(steps) and report.reporting_class is ReportingClass.PHONE_AT_ONCE
            code = ":".join((telling.to, telling.way, *([TO_FOLLOW] if follows else [])))
            if not await self._step(tx, report, StepKind.HAND_OVER, member, key, code=code, words=words, at=at):
                return report
            check_worker(member, report)
            await self._check_telling(tx, report, telling, steps, words, member)
            if telling.decision is not None:
                await self._keep_decision(tx, report, telling.decision, member, key)
            return await self._write(
                tx,
                session,
                report,
                Deed.HAND_OVER,
                member,
                to=telling.to,
                way=telling.way,
                agreed=telling.agreed,
                decided=telling.decision is not None,
                length=len(words),
            )

    def _checked_time(self, at: datetime | None, report: Report) -> datetime:
        now = self._setting.clock.now()
        if at is None:
            return now
        # The form's clock has minutes alone.
        sent = (report.sent_at or report.started_at).replace(second=0, microsecond=0)
        if not sent <= at <= now + AHEAD:
            raise InputRefused("at", "いつ伝えたかを、通報が届いてから今までの日時で入れてください。")
        return min(at, now)

    async def _check_telling(
        self,
        tx: Transaction,
        report: Report,
        telling: Telling,
        steps: Sequence[ReportStep],
        words: str,
        member: StaffMember,
    ) -> None:
        if telling.decision is not None:
            if not member.may(Permission.SUPERVISE):
                raise NotPermitted("tell_without_consent")
            _check_length(telling.decision)
        if telling.agreed and not answered_since(report, steps):
            raise InputRefused("agreed", "返事のページでたずねたあとに、知らせた人が書いたものがありません。")
        facts = HandingOver(telling.to, checked(steps), telling.agreed, telling.decision, await suspects_of(tx, report))
        refuse(handing_over_faults(report, facts, self._setting.profile))
        if telling.to is Agency.SCHOOL and quoted(words, await self._told(tx, report)) is not None:
            raise InputRefused(
                "words",
                f"知らせた人が書いた文が、{QUOTED_LETTERS}文字以上そのまま入っています。書き方で、だれかわかることがあります。"
                "あなたの言葉に直してください（WG-17）。",
            )

    @staticmethod
    async def _told(tx: Transaction, report: Report) -> list[str]:
        """Everything that the reporter wrote."""
        told = [str(getattr(report.answers, name)) for name in WORDS]
        for session_id in await tx.reports.sessions_of(report):
            lines = await tx.views.lines(session_id)
            told += [
                one.line.text
                for one in lines
                if one.line.author == "student" and one.line.kind is MessageKind.TEXT and one.line.text
            ]
        return told

    async def _keep_decision(
        self, tx: Transaction, report: Report, decision: WithoutConsent, member: StaffMember, key: UUID
    ) -> None:
        words = (
            f"決めた人: {decision.supervisor.strip()}（業務責任者）、{decision.board.strip()}（教育委員会）\n"
            f"理由: {decision.reason.strip()}"
        )
        await self._step(tx, report, StepKind.DECIDE, member, uuid5(key, "decision"), words=words)

    async def page(self, report_id: UUID, step_id: UUID, member: StaffMember) -> HandoverPage:
        """Open the page of one handing over; opening is on record. Raises: NotPermitted, NotFound."""
        self._check(member)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            steps = await tx.reports.steps(report_id)
            step = next((one for one in steps if (one.id, one.kind) == (step_id, StepKind.HAND_OVER)), None)
            if step is None or report.topic is None or report.reporting_class is None:
                raise NotFound("no such page")
            to = Agency((step.code or "").partition(":")[0])
            lines = report_handover_lines(
                report,
                step.words,
                to=to,
                topic=TOPIC_NAMES[report.topic],
                reporting_class=CLASS_NAMES[report.reporting_class],
                suspects=await suspects_of(tx, report),
            )
            await tx.audit.add(
                now, member.actor, "open_report_handover", session.id, report=str(report_id), to=to, lines=len(lines)
            )
        return HandoverPage(report, to, lines, now)


def _check_length(decision: WithoutConsent) -> None:
    if max(len(decision.supervisor), len(decision.board)) > LONGEST_NAME:
        raise InputRefused("supervisor", f"名前は{LONGEST_NAME}文字までにしてください。")
    if len(decision.reason) > LONGEST_REASON:
        raise InputRefused("reason", f"理由は{LONGEST_REASON}文字までにしてください。")
