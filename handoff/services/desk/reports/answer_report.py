"""Answer a report's reporter, in the counsellor's name, without anybody else's talk being touched.

On a page of ours the answer stands there for whoever comes back. On LINE it waits: a telephone that lies on the table
shows what is pushed to whoever looks at it, and an answer to a report comes days later and unasked. So the phone shows a
neutral line, and the words come when the reporter asks for them (``read_report_answer``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import InputRefused, SessionTaken
from handoff.domain.hours import ZONE
from handoff.domain.incoming import PAGES
from handoff.domain.outgoing import Line
from handoff.domain.report import Report
from handoff.domain.report_triage import Deed
from handoff.domain.session import Owner, SessionView
from handoff.domain.staff import StaffMember
from handoff.domain.texts import TextKey
from handoff.services.chat.clearing import is_over
from handoff.services.desk.claim_session import is_holder
from handoff.services.desk.reports.step import ReportVerb, check_worker, checked_words, locked_report
from handoff.services.ports import Transaction
from handoff.services.report_ports import SAID, ReportStep, StepKind
from handoff.services.say import tell
from handoff.services.setting import Setting
from kernel.sealing import SealBroken

#: Letters of one answer; no child reads more.
LONGEST_ANSWER: Final = 2000
#: The quick reply below the neutral line, and the word that brings the answer.
READ_TITLE: Final = "メッセージを読む"


#: What surely hasn't come to the reporter: it is said again by another call.
_LOST: Final = frozenset({DeliveryState.REFUSED, DeliveryState.DEAD})


async def call_of(tx: Transaction, step: ReportStep) -> UUID:
    """The outbox's call with an answer's words: the last that was planned and not lost, or the one to be planned now."""
    return await _last(tx, step.subject or _first_call(step.id), _LOST)


def _first_call(step_id: UUID) -> UUID:
    return uuid5(step_id, "answer")


async def _last(tx: Transaction, call_id: UUID, lost: frozenset[DeliveryState]) -> UUID:
    while await tx.outbox.state(call_id) in lost:
        call_id = uuid5(call_id, "again")
    return call_id


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
            call_id, at_once = _first_call(key), report.channel in PAGES or session.is_served
            code = SAID if at_once else None
            if not await self._step(tx, report, StepKind.ANSWER, member, key, code=code, words=words, subject=call_id):
                return report
            check_worker(member, report)
            if member.trainee:
                raise InputRefused(
                    "answer", "研修中の人は、返事を送れません。ほかの相談員か業務責任者に頼んでください。"
                )
            await self._check_chat(tx, report)
            if session.is_served and not is_holder(session, member):
                raise SessionTaken(await tx.staff.alias(session.counsellor_id))
            if at_once:
                await tell(tx, self._setting, session, [Line(words, sender=member.alias)], Owner.COUNSELLOR, call_id)
            else:
                await say_there_is_news(tx, self._setting, session, call_id)
            return await self._write(tx, session, report, Deed.ANSWER, member, call=str(call_id), length=len(words))

    async def _check_chat(self, tx: Transaction, report: Report) -> None:
        """Raises: InputRefused: a chat that was closed for good opens to nobody, and the answer would only look delivered."""
        chat = (await tx.chats.rows([report.contact_id])).get(report.contact_id)
        if chat is not None and is_over(chat, self._setting):
            raise InputRefused("answer", "本人はこのチャットをもう開けないので、返事を書いても読めません。")


async def bring_answer(
    tx: Transaction, setting: Setting, report: Report, session: SessionView, step: ReportStep
) -> bool:
    """See that an answer whose words weren't said, or were lost on the way, comes to its reporter after all.

    On a page of ours it is said again; on LINE they hear that there is something to read. Nobody speaks into a talk.

    Args: report, session: locked. Gives False where nothing was said now.
    """
    if session.is_served:
        return False
    call_id = await call_of(tx, step)
    if report.channel not in PAGES:
        return await say_there_is_news(tx, setting, session, call_id)
    line = Line(step.words, sender=await tx.staff.alias(step.by))
    return await tell(tx, setting, session, [line], Owner.COUNSELLOR, call_id)


async def say_there_is_news(tx: Transaction, setting: Setting, session: SessionView, call_id: UUID) -> bool:
    """Tell somebody on LINE, in neutral words, that there is something to read; not in the hours that they ruled out.

    Args: session: locked; call_id: of the answer's words. Said once, and again where somebody else began to speak before
    it went out; gives False where it wasn't said now.
    """
    notice = await _last(tx, uuid5(call_id, "notice"), frozenset({DeliveryState.REFUSED}))
    if await tx.outbox.has(notice) or await _quiet(tx, setting, session):
        return False
    line = Line(setting.profile.text(TextKey.REPORT_ANSWER_READY), (READ_TITLE,))
    return await tell(tx, setting, session, [line], key=notice)


async def _quiet(tx: Transaction, setting: Setting, session: SessionView) -> bool:
    try:
        times = await tx.contacts.quiet(session.contact_id)
    except SealBroken:
        return True  # a wish that can't be read is kept
    at = setting.clock.now().astimezone(ZONE).time()
    return any(time.holds(at) for time in times)


async def unread(tx: Transaction, steps: Sequence[ReportStep]) -> list[ReportStep]:
    """The answers whose words weren't said yet, or surely haven't arrived."""
    answers = [step for step in steps if step.kind is StepKind.ANSWER]
    return [step for step in answers if not await tx.outbox.has(await call_of(tx, step))]
