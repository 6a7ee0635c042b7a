"""How a report that is being told ends before its last question: what was told stays told."""

from __future__ import annotations

from dataclasses import replace

from actions.memory import Memory
from actions.plan import Plan, ReportWrite, bubble
from handoff.domain.texts import TextKey


def half(before: Memory) -> ReportWrite | None:
    """What becomes of a report that something else breaks off."""
    told = before.in_report and before.report is not None and before.report.says_something
    return ReportWrite.SEND_HALF if told else None


def stop(before: Memory, memory: Memory) -> Plan:
    """「やめる」: what was told has arrived, and that is said."""
    over, report = memory.over(), half(before)
    if report is None:
        return Plan((bubble(TextKey.GOODBYE),), over)
    return Plan((bubble(TextKey.REPORT_STOPPED),), replace(over, receipts=0), report=report)
