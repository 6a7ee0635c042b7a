"""What the report's pages need of the service; ``handoff/bootstrap`` opens it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from handoff.domain.school import School
from handoff.services.evidence.open import ReadEvidence
from handoff.services.report.leave_report import LeaveReport, WasLeft
from handoff.services.report.return_to_report import AddToReport, OpenByReceipt, ReadMine, WithdrawReport
from handoff.services.report.visits import HoldsVisit
from handoff.services.report.write_report import KeepReceipt, KeepReport, SendReport
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class ReportParts:
    """Attributes: origin: scheme, host and port at which people reach the pages; schools: of the present profile
    that are open, by their codes; never a failure, and read at most every few seconds.
    """

    setting: Setting
    holds: HoldsVisit
    keep: KeepReport
    send: SendReport
    keep_receipt: KeepReceipt
    open: OpenByReceipt
    read: ReadMine
    add: AddToReport
    withdraw: WithdrawReport
    leave: LeaveReport
    was_left: WasLeft
    files: ReadEvidence
    schools: Callable[[], Awaitable[Mapping[str, School]]]
    origin: str
