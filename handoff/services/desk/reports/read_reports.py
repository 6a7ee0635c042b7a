"""Read the inbox for reports and one report, with all that belongs to it; every opening is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import NotFound
from handoff.domain.escalation import Suspect
from handoff.domain.evidence import Evidence
from handoff.domain.report import Report, ReportStatus
from handoff.domain.report_triage import Late, late, place
from handoff.domain.school import School
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.read_desk import may_open
from handoff.services.desk.reports.answer_report import call_of
from handoff.services.desk.reports.step import asked_to_close, every_to_do, is_of_report, suspects_of, told
from handoff.services.desk_view_ports import Card, DeskLine
from handoff.services.evidence.open import may_see
from handoff.services.ports import Store, Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.setting import Setting

#: Reports on one page of the list.
SHOWN: Final = 100
#: Reports of a kind, the last touched, that one can be linked with.
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
    """The list. waiting, working, overdue: how many nobody has taken, are in hand, are late, whatever is shown; page: which
    one of it this is, from 1; more: there is another one after it.
    """

    entries: Sequence[Entry]
    waiting: int
    working: int
    overdue: int
    page: int
    more: bool
    at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything of one report.

    Attributes: lines, files: of all its sessions, in order, as far as this person may read them; apart: there is a talk
    after it that they may not read; card: the session in which its reporter can be spoken to; escalation_id: of an open one
    about any session of it; together: reports on the same matter; others: those it could be linked with; unread: answers
    whose words weren't asked for yet; deliveries: what became of the others, by step; asked: the first person's wish to
    finish it, while it waits; schools: of the register that were chosen for it, by code, also closed ones.
    """

    report: Report
    card: Card | None
    apart: bool
    escalation_id: UUID | None
    steps: Sequence[ReportStep]
    lines: Sequence[DeskLine]
    files: Sequence[Evidence]
    suspects: frozenset[Suspect]
    together: Sequence[Report]
    others: Sequence[Report]
    unread: frozenset[UUID]
    deliveries: Mapping[UUID, DeliveryState]
    asked: ReportStep | None
    schools: Mapping[str, School]
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

    async def inbox(
        self,
        member: StaffMember,
        *,
        over: bool = False,
        status: ReportStatus | None = None,
        mine: bool = False,
        page: int = 1,
        shown: int = SHOWN,
    ) -> Inbox:
        """A page of the reports that are to be worked on, in the order in which they are; or of those that are over, the last
        first.

        Args: status: of those to be worked on, only these; mine: only what this person works on.

        Raises: NotPermitted.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        now, skip = self._setting.clock.now(), (page - 1) * shown
        async with self._store.transaction() as tx:
            version = await tx.reports.stamp(None)
            to_do = [] if over else await self._to_do(tx, now)
            if over:
                found = await tx.reports.touched(True, shown + 1, skip, member.id if mine else None)
                here = [self._entry(report, (), now) for report in found]
            else:
                wanted = [one for one in to_do if status in (None, one.report.status)]
                here = [one for one in wanted if not mine or one.report.owner_id == member.id][skip : skip + shown + 1]
            entries = await _named(tx, here[:shown])
            # The list tells what was written, so opening it is a reading.
            await tx.audit.add(now, member.actor, "open_reports", None, reports=len(entries), over=over)
        waiting = sum(one.report.status is ReportStatus.NEW for one in to_do)
        overdue = sum(one.late is not None for one in to_do)
        more = len(here) > shown
        return Inbox(entries, waiting, len(to_do) - waiting, overdue, page, more, now, version)

    async def _to_do(self, tx: Transaction, now: datetime) -> list[Entry]:
        """All that is to be worked on, in order: however many there are, the gravest is on the first page."""
        entries: list[Entry] = []
        async for reports in every_to_do(tx):
            steps = await tx.reports.steps_among([report.id for report in reports])
            entries += [self._entry(report, steps.get(report.id, ()), now) for report in reports]
        return sorted(entries, key=lambda one: place(one.report, self._setting.profile, now, told=one.told))

    def _entry(self, report: Report, steps: Sequence[ReportStep], now: datetime) -> Entry:
        is_told = told(steps)
        overdue = late(report, self._setting.profile, now, told=is_told)
        waits = asked_to_close(report, steps) is not None and report.status is ReportStatus.IN_HAND
        return Entry(report, None, overdue, is_told, 0, waits)

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
            cards = [card for session_id in sessions if (card := await tx.views.card(session_id)) is not None]
            every = {card.id: await tx.views.lines(card.id) for card in cards}
            lines = [line for card in cards for line in await _readable(tx, member, report, card, every[card.id])]
            together = [] if report.matter_id is None else list(await tx.reports.of_matter(report.matter_id))
            others = [*await tx.reports.touched(False, MOST), *await tx.reports.touched(True, MOST)]
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
            answers = [step for step in steps if step.kind is StepKind.ANSWER]
            codes = {step.words for step in steps if step.kind is StepKind.SCHOOL and step.words}
            schools = [await tx.schools.find(self._setting.profile.id, code) for code in sorted(codes)]
            states = {step.id: await tx.outbox.state(await call_of(tx, step)) for step in answers}
            return ReportPage(
                report=report,
                card=cards[-1] if cards else None,
                apart=len(lines) < sum(len(one) for one in every.values()),
                escalation_id=next((card.escalation_id for card in reversed(cards) if card.escalation_id), None),
                steps=steps,
                lines=lines,
                files=[
                    one
                    for session_id in sessions
                    for one in await tx.evidence.of_session(session_id)
                    if await may_see(tx, member, one)
                ],
                suspects=await suspects_of(tx, report),
                together=[one for one in together if one.id != report_id],
                others=[one for one in others if one.id != report_id and one.id not in {t.id for t in together}],
                unread=frozenset(step_id for step_id, state in states.items() if state is None),
                deliveries={step_id: state for step_id, state in states.items() if state is not None},
                asked=asked_to_close(report, steps) if report.status is ReportStatus.IN_HAND else None,
                schools={one.code: one for one in schools if one is not None},
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


async def _readable(
    tx: Transaction, member: StaffMember, report: Report, card: Card, lines: Sequence[DeskLine]
) -> Sequence[DeskLine]:
    """What somebody may read of one session's lines on the report's page: of a colleague's talk only what was the report."""
    if await may_open(tx, member, card):
        return lines
    return [one for one in lines if is_of_report(report, card, one.line.at)]


async def _named(tx: Transaction, entries: Sequence[Entry]) -> list[Entry]:
    """The entries of a page with what only they show: their owners, and how many are on the same matter."""
    aliases = await _aliases(tx, [one.report.owner_id for one in entries])
    matters = {one.report.matter_id for one in entries if one.report.matter_id is not None}
    together = {matter: len(await tx.reports.of_matter(matter)) for matter in matters}
    return [
        replace(
            one,
            owner=None if one.report.owner_id is None else aliases[one.report.owner_id],
            together=0 if one.report.matter_id is None else together[one.report.matter_id],
        )
        for one in entries
    ]


async def _aliases(tx: Transaction, people: Sequence[UUID | None]) -> Mapping[UUID, str]:
    return {one: await tx.staff.alias(one) for one in dict.fromkeys(people) if one is not None}
