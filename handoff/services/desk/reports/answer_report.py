"""Answer a report's reporter, in the counsellor's name, without anybody else's talk being touched.

On a page of ours the answer stands there for whoever comes back. On LINE it waits: a telephone that lies on the table
shows what is pushed to whoever looks at it, and an answer to a report comes days later and unasked. So the phone shows a
neutral line, and the words come when the reporter asks for them (``read_report_answer``).
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from handoff.domain.errors import InputRefused, SessionTaken
from handoff.domain.hours import ZONE
from handoff.domain.incoming import PAGES
from handoff.domain.outgoing import Line
from handoff.domain.report import Report
from handoff.domain.report_triage import Deed
from handoff.domain.session import Owner, SessionView
from handoff.domain.staff import StaffMember
from handoff.domain.texts import TextKey
from handoff.services.desk.claim_session import is_holder
from handoff.services.desk.reports.step import ReportVerb, check_worker, checked_words, locked_report
from handoff.services.ports import Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.say import tell
from handoff.services.setting import Setting
from kernel.sealing import SealBroken

#: Letters of one answer; no child reads more.
LONGEST_ANSWER: Final = 2000
#: The quick reply below the neutral line, and the word that brings the answer.
READ_TITLE: Final = "メッセージを読む"


def call_of(step_id: UUID) -> UUID:
    """The outbox's call with an answer's words."""
    return uuid5(step_id, "answer")


def notice_of(step_id: UUID) -> UUID:
    """The outbox's call that says on LINE that there is something to read."""
    return uuid5(step_id, "notice")


class AnswerReport(ReportVerb):
    """Say something to the reporter. Nobody checks the words but the one who writes them."""

    async def __call__(self, report_id: UUID, member: StaffMember, words: str, key: UUID) -> Report:
        """Raises: NotPermitted, NotFound, MoveRefused, TraineeRefused, InputRefused. SessionTaken: a colleague talks with
        this person now.
        """
        self._check(member)
        await self._setting.refresh()
        words = checked_words(words, "answer", "返事", LONGEST_ANSWER)
        async with self._store.transaction() as tx:
            session, report = await locked_report(tx, report_id)
            call_id = call_of(key)
            if not await self._step(tx, report, StepKind.ANSWER, member, key, words=words, subject=call_id):
                return report
            check_worker(member, report)
            if member.trainee:
                raise InputRefused(
                    "answer", "研修中の人は、返事を送れません。ほかの相談員か業務責任者に頼んでください。"
                )
            if session.is_served and not is_holder(session, member):
                raise SessionTaken(await tx.staff.alias(session.counsellor_id))
            if report.channel in PAGES or session.is_served:
                await tell(tx, self._setting, session, [Line(words, sender=member.alias)], Owner.COUNSELLOR, call_id)
            else:
                await say_there_is_news(tx, self._setting, session, key)
            return await self._write(tx, session, report, Deed.ANSWER, member, call=str(call_id), length=len(words))


async def say_there_is_news(tx: Transaction, setting: Setting, session: SessionView, step_id: UUID) -> bool:
    """Tell somebody on LINE, in neutral words, that there is something to read; not in the hours that they ruled out.

    Args: session: locked; step_id: of the answer. Said once; gives False where it wasn't said now.
    """
    if await _quiet(tx, setting, session):
        return False
    line = Line(setting.profile.text(TextKey.REPORT_ANSWER_READY), (READ_TITLE,))
    return await tell(tx, setting, session, [line], key=notice_of(step_id))


async def _quiet(tx: Transaction, setting: Setting, session: SessionView) -> bool:
    try:
        times = await tx.contacts.quiet(session.contact_id)
    except SealBroken:
        return True  # a wish that can't be read is kept
    at = setting.clock.now().astimezone(ZONE).time()
    return any(time.holds(at) for time in times)


async def unread(tx: Transaction, steps: list[ReportStep]) -> list[ReportStep]:
    """The answers whose words weren't said yet."""
    answers = [step for step in steps if step.kind is StepKind.ANSWER]
    return [step for step in answers if not await tx.outbox.has(step.subject or call_of(step.id))]
