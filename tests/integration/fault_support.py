"""Two people at a bridge, and the verbs of faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from handoff.domain.fault import (
    Affected,
    Effect,
    Fault,
    FaultText,
    Provider,
)
from handoff.domain.staff import StaffMember
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
from tests.integration.desk_support import Bridge

SECRET = "返事が三十分とどかなかった"


@dataclass
class Log:
    """A bridge, two people, and the verbs of faults."""

    bridge: Bridge
    yuki: StaffMember
    minato: StaffMember

    def __post_init__(self) -> None:
        store, setting = self.bridge.service.store, self.bridge.service.setting
        self.open = OpenFault(store, setting)
        self.correct = CorrectFault(store, setting)
        self.close = CloseFault(store, setting)
        self.finish = FinishReport(store, setting)
        self.report = ReportFault(store, setting)
        self.tell = TellStudents(store, setting)
        self.dismiss = DismissHint(store, setting)
        self.read = ReadFaults(store, setting, ())

    def text(self) -> FaultText:
        now = self.bridge.clock.now()
        return FaultText(
            began_at=now - timedelta(minutes=30),
            estimated=False,
            noticed_at=now - timedelta(minutes=10),
            noticed_by="相談員",
            what=SECRET,
            effects=(Effect.REPLY,),
            affected=Affected.UNKNOWN,
            sessions=None,
            provider=Provider.LINE,
        )

    async def fault(self, fault_id: UUID) -> Fault:
        async with self.bridge.service.store.reading() as tx:
            return await tx.faults.find(fault_id)

    @property
    def profile(self) -> str:
        return self.bridge.service.setting.profile.id

    async def open_count(self) -> int:
        async with self.bridge.service.store.reading() as tx:
            return await tx.faults.open_count(self.profile)
