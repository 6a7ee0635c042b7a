"""Who sits at a report's page: whoever holds an unguessable token, which lies in the page alone and in no cookie."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from handoff.domain.errors import NotFound
from handoff.domain.incoming import Channel
from handoff.domain.report import Answers, Report, ReportStatus
from handoff.services.keep_trace import Visit, keep_trace
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: How long a page can be gone on with after its last word (real time): while it is written, and after the receipt.
WRITING: Final = timedelta(hours=12)
RETURNED: Final = timedelta(hours=2)
#: So long the same press of a page's button counts as one.
PRESS: Final = timedelta(minutes=1)


async def visited(tx: Transaction, setting: Setting, token: str) -> Report:
    """The report of a visit, locked; the visit lasts on.

    Raises: NotFound: there is no such visit, or it is over; nothing tells which.
    """
    now = setting.clock.real()
    report_id = await tx.visits.report_of(token, now)
    if report_id is None:
        raise NotFound("no such visit")
    report = await tx.reports.lock(report_id)
    await tx.visits.hold(token, now + (WRITING if report.status is ReportStatus.DRAFT else RETURNED))
    return report


async def begin_visit(
    tx: Transaction, setting: Setting, visit: Visit | None, answers: Answers, key: UUID | None
) -> tuple[str, Report]:
    """Begin a report, and the visit of whoever writes it; pressed twice it is one report, with a visit for each page.

    Args: answers: what the press brings; key: of the page on which it was pressed, None for one without any.
    """
    now, token = setting.clock.now(), secrets.token_urlsafe(32)
    contact_id = await _contact(tx, setting, key or uuid4())
    report = await tx.reports.of_contact(contact_id)
    if report is not None and (report.answers != answers or now - report.started_at > PRESS):
        # Nobody is let in to anything but what they have just brought themselves.
        contact_id, report = await _contact(tx, setting, uuid4()), None
    if report is None:
        report = await _start(tx, setting, contact_id, visit)
    await tx.visits.open(report.id, token, setting.clock.real() + WRITING)
    return token, report


async def _contact(tx: Transaction, setting: Setting, key: UUID) -> UUID:
    return await tx.contacts.find_or_add(Channel.REPORT, f"{Channel.REPORT}:{key.hex}", setting.clock.now())


async def _start(tx: Transaction, setting: Setting, contact_id: UUID, visit: Visit | None) -> Report:
    """A report of a contact that nobody can be found by, with its session."""
    now = setting.clock.now()
    session = await tx.sessions.start(contact_id, setting.profile.id, now)
    # Nobody sits there who could be told that they wait.
    await tx.sessions.mark_one_way(session.id)
    report = Report(uuid4(), session.id, contact_id, Channel.REPORT, ReportStatus.DRAFT, Answers(), 1, now, now)
    await tx.reports.add(report)
    if visit is not None:
        await keep_trace(tx, setting, contact_id, visit)
    await tx.audit.add(now, "student", "start_report", session.id, report=str(report.id))
    return report


class HoldsVisit:
    """Asks whether a token still opens anything; changes nothing."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str) -> bool:
        async with self._store.reading() as tx:
            return bool(token) and await tx.visits.report_of(token, self._setting.clock.real()) is not None
