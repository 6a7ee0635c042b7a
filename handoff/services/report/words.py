"""A reporter's words on their way in: stored like LINE's events, so that the worker screens every version of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final
from uuid import uuid4

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import Arrival, Channel, EventType
from handoff.domain.report import OVER, Answers, Danger, Report, ReportStatus, choices_text, words_of
from handoff.domain.report_triage import reopened
from handoff.services.ports import Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.setting import Setting

#: Stands for words that somebody took out of a field again.
ERASED: Final = "（書いたことを消しました）"
#: Names of the lines that are made of choices.
DANGER: Final = "danger"
CHOICES: Final = "choices"
#: What is put before the words of a field that say little alone; what happens stands for itself.
_HEADINGS: Final = {
    "where_words": "場所",
    "since_words": "いつから",
    "people": "だれが、だれに",
    "school_name": "学校",
    "grade": "学年やクラス",
    "tell_how": "知られたくないこと",
}
#: Before the name of what is added later.
ADDED: Final = "added-"
#: The code of a step that reporters take themselves.
BY_REPORTER: Final = "reporter"


async def write_line(tx: Transaction, setting: Setting, report: Report, name: str, text: str, key: str) -> bool:
    """Store words of a reporter and wake the worker. Under a name that came before they replace what stood there.

    Args: name: of the line, within the report; key: makes the same request the same event.

    Gives False where this very event is known already.
    """
    last = await tx.events.last_time(report.contact_id, name)
    kind = EventType.MESSAGE if last is None else EventType.EDITED
    at = setting.clock.real()
    # The newest version has the largest time, also where the clock went back, or the next one came in the same moment.
    time = max(int(at.timestamp() * 1000), 0 if last is None else last + 1)
    arrival = Arrival(
        event_id=f"report:{report.id.hex}:{key}:{name}",
        type=kind,
        channel=Channel.REPORT,
        address=None,  # the contact is known already
        line_timestamp=time,
        standby=False,
        target=name,
        payload=json.dumps({"type": kind, "message": {"type": "text", "id": name, "text": text}}, ensure_ascii=False),
    )
    added = await tx.events.add(arrival, report.contact_id, at)
    if added:
        await tx.jobs.wake_drain(report.contact_id)
    return added


async def keep_answers(tx: Transaction, setting: Setting, report: Report, answers: Answers) -> Report:
    """Write the answers of a locked report down; words that changed go to the worker. Gives the report after it.

    One that was over is new again: somebody has to read what came.
    """
    before, now = report.answers, setting.clock.now()
    if answers == before:
        return report
    version = report.version + 1
    changed = [name for name, text in words_of(answers).items() if text != words_of(before)[name]]
    for name in changed:
        await write_line(tx, setting, report, name, _spoken(name, words_of(answers)[name]), str(version))
    told = answers.danger is Danger.NOW and any(text.strip() for text in words_of(answers).values())
    if told and not await tx.events.knows(report.contact_id, DANGER):
        await write_line(tx, setting, report, DANGER, choices_text(Answers(danger=answers.danger)), str(version))
    # One that was closed as empty is told after all.
    after = replace(report, answers=answers, version=version, touched_at=now, closed_at=None)
    if report.status in OVER:
        after = await reopen(tx, setting, after)
    await tx.reports.save(after)
    # Names alone: how long each was would tell of what.
    await tx.audit.add(now, "student", "keep_report", report.session_id, report=str(report.id), fields=changed)
    if after.status is not ReportStatus.DRAFT:
        tx.desk.tell(DeskEvent.REPORT, report.session_id, report.id)
    return after


def _spoken(name: str, text: str) -> str:
    """A field's words as a line of the transcript, which has to be understood without the form beside it."""
    text = text.strip()
    heading = _HEADINGS.get(name)
    return ERASED if not text else text if heading is None else f"{heading}：{text}"


async def write_choices(tx: Transaction, setting: Setting, report: Report) -> None:
    """Put what was chosen into the transcript as one readable line, so that it is screened, too."""
    text = choices_text(report.answers)
    if text:
        await write_line(tx, setting, report, CHOICES, text, str(report.version))


async def reopen(tx: Transaction, setting: Setting, report: Report) -> Report:
    """A locked report that was over, as one that somebody has to look at again, with a row that says so; not saved."""
    now = setting.clock.now()
    await tx.reports.add_step(ReportStep(uuid4(), report.id, StepKind.REOPEN, now, code=BY_REPORTER))
    return reopened(report, ReportStatus.NEW, now)
