"""Come back to a report: by its receipt, to read what was answered, add to it, or withdraw it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.evidence import EvidenceState
from handoff.domain.report import LONGEST, OVER, TELL_SCHOOL_NAMES, Report, ReportStatus, TellSchool
from handoff.domain.report_receipt import canonical
from handoff.domain.report_triage import is_kept_for_people
from handoff.services.ports import Store, Transaction
from handoff.services.report.visits import RETURNED, visited
from handoff.services.report.words import ADDED, reopen, write_line
from handoff.services.report.write_report import unkept_receipt
from handoff.services.report_ports import HeardLine, ReportStep, StepKind
from handoff.services.setting import Setting

#: The code of a reporter's wish to withdraw while people have to decide.
WISH_TO_WITHDRAW = "withdrawal_wished"
NOTHING_ADDED = "まだ何も書かれていません。伝えたいことを、ひとことでも書いてください。"
TOO_LONG = f"長すぎて、受け取れませんでした。{LONGEST}文字までに分けて、送ってください。"


@dataclass(frozen=True, slots=True)
class Mine:
    """What a reporter sees of their report. receipt: to be noted down first, None where it was; heard: what was said to
    them; wishes_withdrawn: they asked for it while the report is kept before people for safety.
    """

    report: Report
    receipt: str | None
    heard: Sequence[HeardLine]
    wishes_withdrawn: bool


class OpenByReceipt:
    """Let the holder of a receipt in. Nothing tells a wrong code from one that can't be."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, typed: str) -> str:
        """The token of a new visit. Raises: NotFound."""
        await self._setting.refresh()
        code = canonical(typed)
        if code is None:
            raise NotFound("no receipt")
        token = secrets.token_urlsafe(32)
        async with self._store.transaction() as tx:
            report_id = await tx.reports.by_receipt(code)
            if report_id is None:
                raise NotFound("no such receipt")
            report = await tx.reports.lock(report_id)
            if not report.receipt_kept:
                await tx.reports.save(replace(report, receipt_kept=True))  # they have it, plainly
            await tx.visits.open(report.id, token, self._setting.clock.real() + RETURNED)
            await tx.audit.add(
                self._setting.clock.now(), "student", "return_to_report", report.session_id, report=str(report.id)
            )
        return token


class ReadMine:
    """What the page of one's own report shows."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str) -> Mine:
        """Raises: NotFound: the visit is over."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            report = await visited(tx, self._setting, token)
            heard = await tx.reports.heard(report.contact_id)
            wished = any(step.code == WISH_TO_WITHDRAW for step in await tx.reports.steps(report.id))
            return Mine(report, await unkept_receipt(tx, token, report), heard, wished)


class AddToReport:
    """Add words to a report, or change whether the school may be told; one that was over is new again."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str, key: UUID, words: str, tell_school: TellSchool | None = None) -> Report:
        """Args: key: the same for a request that is sent again, which then changes nothing.

        Raises: NotFound: the visit is over. InputRefused: nothing was said, or too much.
        """
        words = words.strip()
        if len(words) > LONGEST:
            raise InputRefused("words", TOO_LONG)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            report = await visited(tx, self._setting, token)
            told = tell_school if tell_school is not report.answers.tell_school else None
            if not words and told is None:
                raise InputRefused("words", NOTHING_ADDED)
            if words and not await write_line(tx, self._setting, report, f"{ADDED}{key.hex}", words, "words"):
                return report
            if told is not None:
                text = f"（学校に伝えることについて）{TELL_SCHOOL_NAMES[told]}"
                await write_line(tx, self._setting, report, f"{ADDED}{key.hex}-school", text, "school")
            return await self._added(tx, report, told)

    async def _added(self, tx: Transaction, report: Report, told: TellSchool | None) -> Report:
        now = self._setting.clock.now()
        answers = report.answers if told is None else replace(report.answers, tell_school=told)
        after = replace(report, answers=answers, version=report.version + 1, touched_at=now)
        if report.status in OVER:
            after = await reopen(tx, self._setting, after)
        await tx.reports.save(after)
        await tx.audit.add(now, "student", "add_to_report", report.session_id, report=str(report.id))
        if after.status is not ReportStatus.DRAFT:
            tx.desk.tell(DeskEvent.REPORT, report.session_id, report.id)
        return after


class WithdrawReport:
    """Take a report back. Where somebody may be at risk it is a wish: people decide, and nothing leaves their sight."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str) -> Report:
        """The report after it; asked again nothing changes. Raises: NotFound: the visit is over."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            report = await visited(tx, self._setting, token)
            if report.status in OVER or any(s.code == WISH_TO_WITHDRAW for s in await tx.reports.steps(report.id)):
                return report
            now = self._setting.clock.now()
            wished = await self._is_kept(tx, report)
            if wished:
                step = ReportStep(uuid4(), report.id, StepKind.NOTE, now, code=WISH_TO_WITHDRAW)
                await tx.reports.add_step(step)
                after = replace(report, touched_at=now)
            else:
                after = replace(report, status=ReportStatus.WITHDRAWN, touched_at=now, closed_at=now)
            await tx.reports.save(after)
            verb = "wish_to_withdraw_report" if wished else "withdraw_report"
            await tx.audit.add(now, "student", verb, report.session_id, report=str(report.id))
            await tx.facts.wake(report.session_id, now)
            tx.desk.tell(DeskEvent.REPORT, report.session_id, report.id)
            return after

    async def _is_kept(self, tx: Transaction, report: Report) -> bool:
        """Whether words weren't read by the screen yet, or the report has to stay before people."""
        if await tx.events.has_undone(report.contact_id):
            return True
        # Read again: what the screen found since the report was locked counts.
        report = await tx.reports.find(report.id)
        files = [
            one for session in await tx.reports.sessions_of(report) for one in await tx.evidence.of_session(session)
        ]
        return is_kept_for_people(report, quarantined=any(one.state is EvidenceState.QUARANTINED for one in files))
