"""Take a report up, decide how soon it has to be told, note what was found: what is done before anybody is told."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.coding import TopicCode
from handoff.domain.errors import InputRefused
from handoff.domain.escalation import EscalationState
from handoff.domain.profile.vocabulary import ReportingClass
from handoff.domain.report import Report
from handoff.domain.report_triage import Deed, is_decided
from handoff.domain.staff import StaffMember
from handoff.domain.wrap_up import report_deadline
from handoff.services.acknowledge_escalation import take
from handoff.services.desk.reports.step import ReportVerb, check_worker, locked_report
from handoff.services.report_ports import StepKind


class TakeReport(ReportVerb):
    """Be the one who works on it; of an alarm about it, too, as whoever claims a session is."""

    async def __call__(self, report_id: UUID, member: StaffMember, key: UUID) -> Report:
        """Raises: NotPermitted, NotFound, MoveRefused. TraineeRefused: it is at risk."""
        self._check(member)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            if not await self._step(tx, report, StepKind.TAKE, member, key):
                return report
            check_worker(member, report)
            was = report.owner_id
            escalation = await tx.escalations.open_for(session.id)
            if escalation is not None and escalation.state is EscalationState.RAISED:
                await take(tx, self._setting, escalation, EscalationState.ACKNOWLEDGED, member.alias, member.actor)
            mine = replace(report, owner_id=member.id)
            return await self._write(tx, session, mine, Deed.TAKE, member, was=None if was is None else str(was))


class TriageReport(ReportVerb):
    """Decide class, topic and deadline. A person does; the machine suggests none of them (KAG-7.1)."""

    async def __call__(
        self, report_id: UUID, member: StaffMember, reporting_class: ReportingClass, topic: TopicCode, key: UUID
    ) -> Report:
        """The deadline counts from the first decision for this class, or from that after it was taken up again.

        Raises: NotPermitted, NotFound, MoveRefused, TraineeRefused. InputRefused: this service has no such class.
        """
        self._check(member)
        await self._setting.refresh()
        profile, now = self._setting.profile, self._setting.clock.now()
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            code = f"{reporting_class}:{topic}"
            if not await self._step(tx, report, StepKind.TRIAGE, member, key, code=code):
                return report
            check_worker(member, report)
            classes = profile.reporting.classes
            if classes is not None and reporting_class not in classes:
                raise InputRefused("reporting_class", "この窓口の報告区分から選んでください。")
            decided = report
            if report.reporting_class is not reporting_class or not is_decided(report):
                deadline = report_deadline(reporting_class, now, profile)
                decided = replace(report, reporting_class=reporting_class, deadline=deadline, decided_at=now)
            decided = replace(decided, topic=topic, decided_by=member.id)
            return await self._write(
                tx, session, decided, Deed.TRIAGE, member, reporting_class=reporting_class, topic=topic
            )


class CheckReport(ReportVerb):
    """Note with what it was compared, and what that showed (WG-15)."""

    async def __call__(self, report_id: UUID, member: StaffMember, words: str, key: UUID) -> Report:
        """Raises: NotPermitted, NotFound, MoveRefused, TraineeRefused, InputRefused."""
        what = "何と照らし合わせて、どうだったか"
        return await self._noted(report_id, member, StepKind.CHECK, Deed.CHECK, "check", what, words, key)


class NoteReport(ReportVerb):
    """Write something down beside it; it changes nothing, and nobody outside reads it."""

    async def __call__(self, report_id: UUID, member: StaffMember, words: str, key: UUID) -> Report:
        """Raises: NotPermitted, NotFound, InputRefused."""
        return await self._noted(report_id, member, StepKind.NOTE, Deed.NOTE, "note", "メモ", words, key)
