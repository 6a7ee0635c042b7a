"""What these pages need of the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handoff.domain.drill import Script
from handoff.services.drills.play_drill import StartDrill, StopDrill
from handoff.services.drills.write_words import WriteDrillWords
from handoff.services.faults.keep_fault import (
    CloseFault,
    CorrectFault,
    DismissHint,
    FinishReport,
    OpenFault,
    ReportFault,
    TellStudents,
)
from handoff.services.faults.read_faults import ReadFaults
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class FaultDesk:
    """The verbs and reads of these pages."""

    read: ReadFaults
    open: OpenFault
    correct: CorrectFault
    close: CloseFault
    finish: FinishReport
    report: ReportFault
    tell: TellStudents
    dismiss: DismissHint
    start_drill: StartDrill
    stop_drill: StopDrill
    write_words: WriteDrillWords


def fault_desk(store: Store, setting: Setting, scripts: Sequence[Script]) -> FaultDesk:
    """Make them. Args: scripts: the drills that can be played."""
    return FaultDesk(
        read=ReadFaults(store, setting, scripts),
        open=OpenFault(store, setting),
        correct=CorrectFault(store, setting),
        close=CloseFault(store, setting),
        finish=FinishReport(store, setting),
        report=ReportFault(store, setting),
        tell=TellStudents(store, setting),
        dismiss=DismissHint(store, setting),
        start_drill=StartDrill(store, setting, scripts),
        stop_drill=StopDrill(store, setting),
        write_words=WriteDrillWords(store, setting),
    )
