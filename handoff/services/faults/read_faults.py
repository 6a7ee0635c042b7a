"""What the pages of faults and drills show, and to whom: the team all of it, the board what was finished for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.drill import Done, Drill, Script, results
from handoff.domain.errors import NotFound
from handoff.domain.fault import BoardReport, Fault, Hint, HintCode
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of
from handoff.services.drills.play_drill import by_id
from handoff.services.fault_ports import FaultVersion
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Rows of a list on one page.
PAGE: Final = 20
#: How long what the service noticed by itself is offered.
NOTICED_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FaultList:
    """The page of faults and drills.

    Attributes: total, drills_total: of all pages; reported: when the board was first told, by fault; hints: none for those
    who don't keep the record; busy: somebody who really writes is at risk, so no drill begins.
    """

    now: datetime
    faults: Sequence[Fault]
    total: int
    reported: Mapping[UUID, datetime]
    hints: Sequence[Hint]
    drills: Sequence[Drill]
    drills_total: int
    scripts: Mapping[str, Script]
    busy: bool
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class FaultPage:
    """One fault. shown: the version that this person may read, None where the board has none yet; draft: it isn't finished."""

    now: datetime
    service_name: str
    owner: str | None
    fault: Fault
    versions: Sequence[FaultVersion]
    shown: FaultVersion | None
    draft: bool
    reports: Sequence[BoardReport]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class DrillPage:
    """What a drill came to. script: None where its file is gone; session, escalation: to be opened by the team."""

    now: datetime
    service_name: str
    drill: Drill
    script: Script | None
    done: Sequence[Done]
    session_id: UUID | None
    paused: bool
    aliases: Mapping[UUID, str]


class ReadFaults:
    """The reads."""

    def __init__(self, store: Store, setting: Setting, scripts: Sequence[Script]) -> None:
        self._store = store
        self._setting = setting
        self._scripts = by_id(scripts)

    async def __call__(self, member: StaffMember, page: int = 0, drills_page: int = 0) -> FaultList:
        """Args: page, drills_page: from 0. Raises: NotPermitted."""
        member.check(Permission.READ_SHIFTS)
        await self._setting.refresh()
        profile, clock = self._setting.profile.id, self._setting.clock
        since, real_since = clock.now() - NOTICED_FOR, clock.real() - NOTICED_FOR
        keeps = member.may(Permission.RUN_SHIFT)
        async with self._store.reading() as tx:
            faults = await tx.faults.page(profile, page * PAGE, PAGE)
            drills = await tx.drills.page(profile, drills_page * PAGE, PAGE)
            people = [*(one.recorded_by for one in faults), *(one.started_by for one in drills)]
            return FaultList(
                now=clock.now(),
                faults=faults,
                total=await tx.faults.count(profile),
                reported=await tx.faults.reported([one.id for one in faults]),
                hints=self._due(await tx.faults.hints(profile, since, real_since)) if keeps else (),
                drills=drills,
                drills_total=await tx.drills.count(profile),
                scripts=self._scripts,
                busy=await tx.drills.real_urgent(),
                aliases=await aliases_of(tx, await tx.staff.everybody(), people),
            )

    def _due(self, hints: Sequence[Hint]) -> Sequence[Hint]:
        """A demo has nothing that would be missed without a backup."""
        return [one for one in hints if self._setting.backups_due or one.code is not HintCode.BACKUP_LATE]

    async def fault(self, member: StaffMember, fault_id: UUID) -> FaultPage:
        """Open one; opening is on record. Raises: NotPermitted, NotFound."""
        member.check(Permission.READ_SHIFTS)
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.transaction() as tx:
            fault = await tx.faults.find(fault_id)
            if fault.profile != profile.id:
                raise NotFound("another service's fault")
            versions, reports = await tx.faults.versions(fault_id), await tx.faults.reports(fault_id)
            number = fault.version
            if not member.may(Permission.RUN_SHIFT):
                # Until it is declared finished, and beyond what is, it's a draft of those who write it.
                if fault.finished is None:
                    raise NotFound("a draft")
                number = fault.finished
                versions = [one for one in versions if one.number <= number]
            people = [*(one.by for one in versions), *(one.by for one in reports), fault.closed_by]
            await tx.audit.add(now, member.actor, "open_fault_page", None, fault=str(fault_id), version=number)
            return FaultPage(
                now=now,
                service_name=profile.service_name,
                owner=profile.owner,
                fault=fault,
                versions=versions,
                shown=next((one for one in versions if one.number == number), None),
                draft=number != fault.finished,
                reports=reports,
                aliases=await aliases_of(tx, await tx.staff.everybody(), people),
            )

    async def drill(self, member: StaffMember, drill_id: UUID) -> DrillPage:
        """Open what a drill came to; the board reads it once it is over. Raises: NotPermitted, NotFound."""
        member.check(Permission.READ_SHIFTS)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            drill = await tx.drills.find(drill_id)
            if drill.profile != self._setting.profile.id:
                raise NotFound("another service's drill")
            if drill.ended_at is None and not member.may(Permission.RUN_SHIFT):
                raise NotFound("it isn't over")
            script = self._scripts.get(drill.script)
            facts = await tx.drills.facts(drill.contact_id)
            people = [drill.started_by, drill.ended_by, drill.words_by]
            await tx.audit.add(now, member.actor, "open_drill", None, drill=str(drill_id))
            return DrillPage(
                now=now,
                service_name=self._setting.profile.service_name,
                drill=drill,
                script=script,
                done=() if script is None else results(drill, script, facts),
                session_id=await tx.drills.session_of(drill.contact_id),
                paused=drill.ended_at is None and await tx.drills.real_urgent(),
                aliases=await aliases_of(tx, await tx.staff.everybody(), people),
            )
