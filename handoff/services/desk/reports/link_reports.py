"""Link reports on the same matter, and take one out again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.report import Report, ReportStatus
from handoff.domain.report_triage import Deed, joined, matter_of, parted
from handoff.domain.staff import StaffMember
from handoff.services.desk.reports.step import ReportVerb
from handoff.services.ports import Transaction
from handoff.services.report_ports import StepKind

LINKED = "linked"
UNLINKED = "unlinked"


class LinkReports(ReportVerb):
    """Say that two reports are about the same; what either is linked with comes along."""

    async def __call__(self, report_id: UUID, other_id: UUID | None, member: StaffMember, key: UUID) -> None:
        """Raises: NotPermitted, NotFound. InputRefused: no other report was chosen."""
        self._check(member)
        if other_id is None or other_id == report_id:
            raise InputRefused("other", "つなげる通報を、一覧から選んでください。")
        async with self._store.transaction() as tx:
            every = await _lock_all(tx, report_id, other_id)
            one, other = every[report_id], every[other_id]
            if not await self._step(tx, one, StepKind.LINK, member, key, code=LINKED, subject=other_id):
                return
            groups = [[one, other]]
            groups += [[r for r in every.values() if r.matter_id == m] for m in (one.matter_id, other.matter_id) if m]
            await self._save(tx, one, joined(matter_of(one, other, key), *groups), member, other=str(other_id))

    async def unlink(self, report_id: UUID, member: StaffMember, key: UUID) -> None:
        """Take one out of its matter. Raises: NotPermitted, NotFound."""
        self._check(member)
        async with self._store.transaction() as tx:
            every = await _lock_all(tx, report_id)
            one = every[report_id]
            if not await self._step(tx, one, StepKind.LINK, member, key, code=UNLINKED):
                return
            if one.matter_id is not None:
                await self._save(tx, one, parted(one, list(every.values())), member, other=None)

    async def _save(
        self, tx: Transaction, one: Report, changed: Sequence[Report], member: StaffMember, other: str | None
    ) -> None:
        now = self._setting.clock.now()
        for report in changed:
            await tx.reports.save(report)
            tx.desk.tell(DeskEvent.REPORT, report.session_id, report.id)
        await tx.audit.add(
            now,
            member.actor,
            Deed.LINK,
            one.session_id,
            report=str(one.id),
            other=other,
            changed=[str(report.id) for report in changed],
        )


async def _lock_all(tx: Transaction, *report_ids: UUID) -> dict[UUID, Report]:
    """These reports and all of their matters, locked in one order for everybody.

    Raises: NotFound: one of them isn't there, or is still being written.
    """
    ids = set(report_ids)
    for report_id in report_ids:
        found = await tx.reports.find(report_id)
        if found.status is ReportStatus.DRAFT:
            raise NotFound("no such report")
        if found.matter_id is not None:
            ids |= {report.id for report in await tx.reports.of_matter(found.matter_id)}
    return {report_id: await tx.reports.lock(report_id) for report_id in sorted(ids)}
