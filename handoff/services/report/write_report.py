"""Write a report: kept while it's typed, sent, and its receipt noted down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.report import OVER, Answers, Report, ReportStatus
from handoff.domain.session import Change, State
from handoff.services.keep_trace import Visit
from handoff.services.move_session import move
from handoff.services.ports import Store, Transaction
from handoff.services.report.visits import start_report, visited
from handoff.services.report.words import keep_answers, reopened, write_choices
from handoff.services.report_ports import HeardLine
from handoff.services.setting import Setting

#: What a page keeps by itself, while somebody types, comes no faster than this.
PAUSE: Final = timedelta(seconds=2)
NOTHING_SAID: Final = "まだ何も書かれていません。「何が起きているか」を、ひとことでも書いてください。"


@dataclass(frozen=True, slots=True)
class Kept:
    """Attributes: token: of the visit, a new one where none held; report: after it; heard: what was said to whoever
    writes it; saved: False where a page that keeps by itself came too soon, and has to come again; anew: another
    report was begun.
    """

    token: str
    report: Report
    heard: Sequence[HeardLine] = ()
    saved: bool = True
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """Attributes: receipt: the code in its canonical form, as long as it isn't noted down; None afterwards."""

    report: Report
    receipt: str | None


class KeepReport:
    """Keep what was typed so far. Whoever stops half-way has told it all the same."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, token: str, change: Callable[[Answers], Answers], visit: Visit | None = None, *, by_itself: bool = False
    ) -> Kept:
        """Change the answers of the visit's report. Without a visit that holds a report is begun, so that no word is lost.

        Args: visit: where it comes from, of which no more is kept than the profile says; by_itself: the page did it, and
        not a press of a button.
        """
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            try:
                report, anew = await visited(tx, self._setting, token), False
            except NotFound:
                (token, report), anew = await start_report(tx, self._setting, visit), True
            # The first words are never too soon, nor is what only begins to be said.
            soon = not anew and report.version > 1 and self._setting.clock.now() - report.touched_at < PAUSE
            heard = await tx.reports.heard(report.contact_id)
            if by_itself and soon:
                return Kept(token, report, heard, saved=change(report.answers) == report.answers)
            return Kept(token, await keep_answers(tx, self._setting, report, change(report.answers)), heard, anew=anew)


class SendReport:
    """Send a report: from now on somebody works on it. A second press is the same one."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str) -> Sent:
        """Raises: NotFound: the visit is over. InputRefused: nothing was said."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            report = await visited(tx, self._setting, token)
            if report.status is not ReportStatus.DRAFT and not report.unfinished:
                return Sent(report, await unkept_receipt(tx, token, report))
            if not await says_something(tx, report):
                raise InputRefused("what", NOTHING_SAID)
            report = await arrive(tx, self._setting, report, unfinished=False)
            receipt = await _give_receipt(tx, token, report)
            return Sent(report, receipt)


async def says_something(tx: Transaction, report: Report) -> bool:
    """Whether there is anything that somebody should read, or look at."""
    return report.answers.says_something or (await tx.evidence.usage(report.session_id)).files > 0


async def arrive(tx: Transaction, setting: Setting, report: Report, *, unfinished: bool) -> Report:
    """Put a locked report before people, sent or left half-way; its session is a message that was left."""
    now = setting.clock.now()
    await write_choices(tx, setting, report)
    after = replace(report, unfinished=unfinished, sent_at=now, touched_at=report.touched_at if unfinished else now)
    if report.status is ReportStatus.DRAFT:
        after = replace(after, status=ReportStatus.NEW)
    elif report.status in OVER:
        after = reopened(after)
    await tx.reports.save(after)
    session = await tx.sessions.lock(report.session_id)
    if session.state is State.INTAKE:
        # At risk it may stand in the queue already.
        await move(tx, setting, session, Change.LEAVE_MESSAGE, "student")
    verb, actor = ("leave_report", "worker") if unfinished else ("send_report", "student")
    await tx.audit.add(now, actor, verb, report.session_id, report=str(report.id))
    tx.desk.tell(DeskEvent.REPORT, report.session_id, report.id)
    return after


async def _give_receipt(tx: Transaction, token: str, report: Report) -> str:
    receipt = tx.reports.receipt_for(token)
    await tx.reports.set_receipt(report.id, receipt)
    return receipt


async def unkept_receipt(tx: Transaction, token: str, report: Report) -> str | None:
    """The receipt that whoever sent this report hasn't noted down yet; None once they have, and for anybody else."""
    if report.receipt_kept:
        return None
    receipt = tx.reports.receipt_for(token)
    return receipt if await tx.reports.by_receipt(receipt) == report.id else None


class KeepReceipt:
    """「控えました」: the receipt is never shown again."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str) -> None:
        """Raises: NotFound: the visit is over."""
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            report = await visited(tx, self._setting, token)
            if report.receipt_kept or await unkept_receipt(tx, token, report) is None:
                return
            await tx.reports.save(replace(report, receipt_kept=True))
            await tx.audit.add(
                self._setting.clock.now(), "student", "keep_receipt", report.session_id, report=str(report.id)
            )
