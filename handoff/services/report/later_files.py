"""What a file that somebody sends by the report's page does to their report: a person has to look at it, as at words."""

from __future__ import annotations

from dataclasses import replace

from handoff.domain.evidence import Evidence, Ground, words_in_name
from handoff.domain.incoming import Channel
from handoff.domain.report import OVER, Report, ReportStatus
from handoff.services.ports import Transaction
from handoff.services.report.words import reopen, write_line
from handoff.services.setting import Setting


async def report_of_file(tx: Transaction, evidence: Evidence) -> Report | None:
    """The report by whose page a file was sent, locked; None for every other file."""
    found = await tx.reports.of_session(evidence.session_id) if evidence.ground is Ground.PAGE else None
    return None if found is None or found.channel is not Channel.REPORT else await tx.reports.lock(found.id)


async def add_file(tx: Transaction, setting: Setting, report: Report, evidence: Evidence) -> None:
    """Note in a locked report that a file is here; one that was over is new again. Words in its name are screened."""
    now = setting.clock.now()
    words = words_in_name(evidence.name)
    if words:
        await write_line(tx, setting, report, f"file-{evidence.id.hex}", f"ファイルの名前：{words}", "name")
    after = replace(report, touched_at=now)
    if report.status is not ReportStatus.DRAFT:
        # Who has an older page open hasn't seen it; whoever writes a draft is the one who sent it.
        after = replace(after, version=report.version + 1)
        await tx.audit.add(now, "student", "add_to_report", evidence.session_id, report=str(report.id))
    if report.status in OVER:
        after = await reopen(tx, setting, after)
    await tx.reports.save(after)
