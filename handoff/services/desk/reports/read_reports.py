"""Read the inbox for reports and one report, with all that belongs to it; every opening is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import NotFound
from handoff.domain.escalation import Suspect
from handoff.domain.evidence import Evidence
from handoff.domain.report import Report, ReportStatus
from handoff.domain.report_triage import Late, late, place
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.reports.answer_report import unread
from handoff.services.desk.reports.step import asked_to_close, suspects_of, told
from handoff.services.desk_view_ports import Card, DeskLine
from handoff.services.ports import Store, Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.setting import Setting

#: Reports that a page shows at most; there are never so many to be worked on.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of the inbox. owner: by alias; together: how many are on the same matter; waits: a second person's word
    is waited for.
    """

    report: Report
    owner: str | None
    late: Late | None
    told: bool
    together: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """The list. waiting, working: how many nobody has taken, and how many are in hand."""

    entries: Sequence[Entry]
    waiting: int
    working: int
    overdue: int
    at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything of one report.

    Attributes: lines: of all its sessions, in order; card: the session in which its reporter can be spoken to; together:
    reports on the same matter; others: those it could be linked with; unread: answers whose words weren't asked for yet;
    deliveries: what became of the others, by step; asked: the first person's wish to finish it, while it waits.
    """

    report: Report
    card: Card | None
    steps: Sequence[ReportStep]
    lines: Sequence[DeskLine]
    files: Sequence[Evidence]
    suspects: frozenset[Suspect]
    together: Sequence[Report]
    others: Sequence[Report]
    unread: frozenset[UUID]
    deliveries: Mapping[UUID, DeliveryState]
    asked: ReportStep | None
    late: Late | None
    told: bool
    aliases: Mapping[UUID, str]
    at: datetime
    version: str


class ReadReports:
    """The reads of the inbox."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def inbox(self, member: StaffMember, *, over: bool = False) -> Inbox:
        """The reports that are to be worked on, in the order in which they are; or those that are over, the last first.

        Raises: NotPermitted.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        profile, now = self._setting.profile, self._setting.clock.now()
        async with self._store.transaction() as tx:
            version = await tx.reports.stamp(None)
            reports = await tx.reports.inbox(over=over, limit=MOST)
            steps = await tx.reports.steps_among([report.id for report in reports])
            of_matter: dict[UUID, int] = {}
            for report in reports:
                if report.matter_id is not None and report.matter_id not in of_matter:
                    of_matter[report.matter_id] = len(await tx.reports.of_matter(report.matter_id))
            aliases = await _aliases(tx, [report.owner_id for report in reports])
            entries = []
            for report in reports:
                done = steps.get(report.id, ())
                is_told = told(done)
                entries.append(
                    Entry(
                        report,
                        aliases.get(report.owner_id) if report.owner_id is not None else None,
                        late(report, profile, now, told=is_told),
                        is_told,
                        of_matter.get(report.matter_id, 0) if report.matter_id is not None else 0,
                        asked_to_close(report, done) is not None and report.status is ReportStatus.IN_HAND,
                    )
                )
            # The list tells what was written, so opening it is a reading.
            await tx.audit.add(now, member.actor, "open_reports", None, reports=len(reports), over=over)
        if not over:
            entries.sort(key=lambda one: place(one.report, profile, now, told=one.told))
        waiting = sum(one.report.status is ReportStatus.NEW for one in entries)
        overdue = sum(one.late is not None for one in entries)
        return Inbox(entries, waiting, len(entries) - waiting, overdue, now, version)

    async def page(self, report_id: UUID, member: StaffMember) -> ReportPage:
        """Open one report. Raises: NotPermitted. NotFound: there is none, or it's still being written."""
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            version = await tx.reports.stamp(report_id)
            report = await tx.reports.find(report_id)
            if report.status is ReportStatus.DRAFT:
                raise NotFound("no such report")
            steps = await tx.reports.steps(report_id)
            sessions = await tx.reports.sessions_of(report)
            lines = [line for session_id in sessions for line in await tx.views.lines(session_id)]
            together = [] if report.matter_id is None else list(await tx.reports.of_matter(report.matter_id))
            others = [*await tx.reports.inbox(over=False, limit=MOST), *await tx.reports.inbox(over=True, limit=MOST)]
            card = await tx.views.card(sessions[-1])
            people = [report.owner_id, report.decided_by, *(step.by for step in steps)]
            await tx.audit.add(
                now,
                member.actor,
                "open_report",
                report.session_id,
                report=str(report_id),
                version=report.version,
                lines=len(lines),
            )
            by_call = {line.call_id: line.delivery for line in lines if line.call_id and line.delivery}
            answers = [step for step in steps if step.kind is StepKind.ANSWER]
            return ReportPage(
                report=report,
                card=card,
                steps=steps,
                lines=lines,
                files=[one for session_id in sessions for one in await tx.evidence.of_session(session_id)],
                suspects=await suspects_of(tx, report),
                together=[one for one in together if one.id != report_id],
                others=[one for one in others if one.id != report_id and one.id not in {t.id for t in together}],
                unread=frozenset(step.id for step in await unread(tx, answers)),
                deliveries={step.id: by_call[step.subject] for step in answers if step.subject in by_call},
                asked=asked_to_close(report, steps) if report.status is ReportStatus.IN_HAND else None,
                late=late(report, self._setting.profile, now, told=told(steps)),
                told=told(steps),
                aliases=await _aliases(tx, people),
                at=now,
                version=version,
            )

    async def waiting(self) -> int:
        """How many reports nobody has taken up."""
        async with self._store.reading() as tx:
            return await tx.reports.waiting()

    async def state(self, report_id: UUID | None, member: StaffMember) -> tuple[str, int]:
        """What an open page is compared with, and how many wait; nothing of any report.

        Raises: NotPermitted. NotFound.
        """
        member.check(Permission.COUNSEL)
        async with self._store.reading() as tx:
            if report_id is not None and (await tx.reports.find(report_id)).status is ReportStatus.DRAFT:
                raise NotFound("no such report")
            return await tx.reports.stamp(report_id), await tx.reports.waiting()


async def _aliases(tx: Transaction, people: Sequence[UUID | None]) -> Mapping[UUID, str]:
    return {one: await tx.staff.alias(one) for one in dict.fromkeys(people) if one is not None}
