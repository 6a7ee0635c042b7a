"""Write a report: kept while it's typed, sent, and its receipt noted down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.policy import SeenBy
from handoff.domain.report import OVER, Answers, Report, ReportStatus
from handoff.domain.session import Change, State
from handoff.services.keep_trace import Visit
from handoff.services.move_session import move
from handoff.services.policies.show_policy import note_shown
from handoff.services.ports import Store, Transaction
from handoff.services.report.visits import begin_visit, visited
from handoff.services.report.words import keep_answers, reopen, write_choices
from handoff.services.report_ports import HeardLine
from handoff.services.setting import Setting

#: What a page keeps by itself, while somebody types, comes no faster than this.
PAUSE: Final = timedelta(seconds=2)
NOTHING_SAID: Final = "まだ何も書かれていません。「何が起きているか」を、ひとことでも書いてください。"


class Sender(StrEnum):
    """What made a page send its words."""

    BUTTON = "button"  # a person pressed one
    TYPING = "typing"  # the page itself, every few seconds
    LEAVING = "leaving"  # the page itself, while it goes away


@dataclass(frozen=True, slots=True)
class Kept:
    """Attributes: token: of the visit, a new one where none held; report: after it; heard: what was said to whoever
    writes it; saved: False where words that a page sent by itself came too soon or too late, and have to come again if
    they still stand there; anew: another report was begun; turn: the last that was taken.
    """

    token: str
    report: Report
    heard: Sequence[HeardLine] = ()
    saved: bool = True
    anew: bool = False
    turn: int = 0


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
        self,
        token: str,
        change: Callable[[Answers], Answers],
        visit: Visit | None = None,
        *,
        sender: Sender = Sender.BUTTON,
        turn: int | None = None,
        key: UUID | None = None,
    ) -> Kept:
        """Change the answers of the visit's report. Without a visit that holds a report is begun, so that no word is lost.

        Args: visit: where it comes from, of which no more is kept than the profile says; turn: which of the visit's
        requests it is, as its pages count them; what a page sent by itself, and what later words have overtaken on the
        way, changes nothing; key: of the page, so that pressing its button twice begins one report.
        """
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            try:
                report, anew = await visited(tx, self._setting, token), False
            except NotFound:
                (token, report), anew = await begin_visit(tx, self._setting, visit, change(Answers()), key), True
            last, after = await tx.visits.turn(token), change(report.answers)
            heard = await tx.reports.heard(report.contact_id)
            if not anew and self._is_untimely(report, sender, last, turn):
                return Kept(token, report, heard, saved=after == report.answers, turn=last)
            if turn is not None and turn > last:
                await tx.visits.set_turn(token, last := turn)
            report = await keep_answers(tx, self._setting, report, after)
            return Kept(token, report, heard, anew=anew, turn=last)

    def _is_untimely(self, report: Report, sender: Sender, last: int, turn: int | None) -> bool:
        """Whether words that a page sent by itself came too late, after newer ones, or too soon after the last."""
        # The first words are never too soon, nor is what only begins to be said.
        soon = report.version > 1 and self._setting.clock.now() - report.touched_at < PAUSE
        late = turn is not None and turn <= last
        return (late and sender is not Sender.BUTTON) or (soon and sender is Sender.TYPING)


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
            await note_shown(tx, self._setting, report.contact_id, SeenBy.REPORT)
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
        after = await reopen(tx, setting, after)
    await tx.reports.save(after)
    # Its own session is over where it was closed as empty, and told after all.
    present = await tx.sessions.open_for(report.contact_id)
    session = await tx.sessions.lock(report.session_id if present is None else present.id)
    if session.state is State.INTAKE:
        await tx.sessions.mark_one_way(session.id)
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
