"""Say which school of the register a report is about; people do, from candidates, and nothing is guessed (KAG-6.1キ)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.report import Report
from handoff.domain.report_triage import Deed
from handoff.domain.school import folded_code
from handoff.domain.staff import StaffMember
from handoff.services.desk.reports.step import ReportVerb, check_worker, locked_report
from handoff.services.ports import Transaction
from handoff.services.report_ports import ReportStep, StepKind

#: Codes of the step; which school it is stands in its words, sealed like the answers.
CHOSEN: Final = "school_chosen"
NONE: Final = "school_none"


def chosen_school(steps: Sequence[ReportStep]) -> str | None:
    """The code that somebody chose last; None where nobody did, or said that it's none of them. steps: with words."""
    last = next((step for step in reversed(steps) if step.kind is StepKind.SCHOOL), None)
    return None if last is None else last.words or None


class ChooseReportSchool(ReportVerb):
    """Choose one for a report whose school is words alone, or none of them. It stays where it stands, also when it's over;
    its fact is written anew.
    """

    async def __call__(self, report_id: UUID, member: StaffMember, code: str, was: str, key: UUID) -> Report:
        """Args: code: of the register, empty for none; was: what the page showed as chosen.

        Raises: NotPermitted, NotFound, TraineeRefused. InputRefused: a card named it, somebody else chose meanwhile, or it
        can't be chosen (any more).
        """
        self._check(member)
        await self._setting.refresh()
        code = folded_code(code)
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            steps = await tx.reports.steps(report_id)
            if any(step.id == key for step in steps):
                return report
            check_worker(member, report)
            if report.answers.school_code is not None:
                raise InputRefused("school", "学校のカードから届いた通報です。学校は、もうわかっています。")
            before = chosen_school(steps) or ""
            if code == before:
                return report
            if folded_code(was) != before:
                raise InputRefused(
                    "school", "ほかの人が、先に学校を選びました。いまの内容を見て、ちがうときだけ選び直してください。"
                )
            if code and not await self._offers(tx, code):
                raise InputRefused("school", "この学校は、台帳から選べなくなりました。選び直してください。")
            await self._step(tx, report, StepKind.SCHOOL, member, key, code=CHOSEN if code else NONE, words=code)
            return await self._write(tx, session, report, Deed.SCHOOL, member, chosen=bool(code))

    async def _offers(self, tx: Transaction, code: str) -> bool:
        school = await tx.schools.find(self._setting.profile.id, code)
        return school is not None and school.is_offered(self._setting.clock.now().astimezone(ZONE).date())
