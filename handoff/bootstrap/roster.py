"""Puts people on the roster without anybody doing anything: those of the demo, of a bench and of the tests."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import uuid4

from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.roster import Entry, Pledge, Subject, Training, Way
from handoff.domain.staff import Lack, StaffMember, StaffRole
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: The clock of a demo may be set to any day, and who may work there must not depend on the day on which it was made.
BEGINS: Final = date(2010, 4, 1)
ENDS: Final = date(2099, 3, 31)
_EXPERIENCE: Final = {
    StaffRole.COUNSELLOR: ("公認心理師", "小学校と中学校で、スクールカウンセラーとして働きました。", 5),
    StaffRole.SUPERVISOR: ("公認心理師・臨床心理士", "教育相談の窓口で、相談員の指導をしました。", 12),
    StaffRole.ADMINISTRATOR: ("なし", "相談の窓口で、名簿とパスワードの管理をしました。", 4),
}


async def put_on_roster(
    store: Store, setting: Setting, member: StaffMember, *, trainee: bool = False, trained: bool = True
) -> StaffMember:
    """Give somebody what they lack: an entry that holds, the pledge and, where ``trained``, the two trainings.

    Gives them as they are then. Whoever has it all stays as they are, and so does the board: it isn't on the roster.
    """
    async with store.transaction() as tx:
        await tx.staff.lock(member.id)  # another web process makes the demo's people as well
        lacks, now = (await tx.staff.find(member.id)).lacks, setting.clock.now()
        if Lack.ENTRY in lacks:
            qualification, experience, years = _EXPERIENCE.get(member.role, ("なし", "なし", 0))
            await tx.rosters.add_entry(
                Entry(
                    id=uuid4(),
                    staff_id=member.id,
                    role=member.role,
                    trainee=trainee,
                    real_name=f"{member.alias}（見本）",
                    qualification=qualification,
                    experience=experience,
                    years=years,
                    holds_from=BEGINS,
                    valid_to=ENDS,
                    announced_on=BEGINS,
                    announced_way=Way.PAPER,
                    made_by=member.id,
                    made_at=now,
                )
            )
        if Lack.PLEDGE in lacks:
            await tx.rosters.add_pledge(
                Pledge(uuid4(), member.id, PLEDGE_VERSION, BEGINS, None, recorded_by=member.id, recorded_at=now)
            )
        for subject in (Subject.SNS_COUNSELLING, Subject.EMERGENCY):
            if trained and Lack(subject) in lacks:
                await tx.rosters.add_training(
                    Training(uuid4(), member.id, subject, "", "見本の研修", "", 120, BEGINS, ENDS, member.id, now)
                )
    async with store.reading() as tx:
        return await tx.staff.find(member.id)
