"""The verbs of the roster and what they are given in tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from handoff.adapters.passwords import ArgonPasswords
from handoff.domain.roster import Subject, Way
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.rosters.keep_entries import AddEntry, AnnounceEntry, WithdrawEntry, Written
from handoff.services.rosters.keep_trainings import AddTraining, Held, RemoveTraining
from handoff.services.rosters.pledge_secrecy import PledgeSecrecy, RecordPaperPledge
from handoff.services.rosters.read_roster import PrintRoster, ReadPerson, ReadRoster
from tests.integration.desk_support import PASSWORD, Bridge

TODAY = date(2026, 11, 20)
ON = timedelta(days=1)
_names = count(1)


async def newcomer(bridge: Bridge, role: StaffRole = StaffRole.COUNSELLOR) -> StaffMember:
    """Somebody with an account and nothing else."""
    name = f"新人{next(_names)}"
    await bridge.accounts.add(name, name, role, PASSWORD)
    member = await bridge.member(name)
    async with bridge.service.store.transaction() as tx:  # as their signing in does
        await tx.staff.set_duty(member.id, True, bridge.clock.real())
    return member


def written(**more: Any) -> Written:
    told = Written(
        role=StaffRole.COUNSELLOR,
        trainee=False,
        real_name="佐藤花子",
        qualification="公認心理師",
        experience="県の電話相談で働きました。",
        years=5,
        holds_from=TODAY,
        valid_to=date(2027, 3, 31),
        announced_on=TODAY,
        way=Way.MAIL,
    )
    return replace(told, **more)


class RosterVerbs:
    def __init__(self, bridge: Bridge) -> None:
        store, setting = bridge.service.store, bridge.service.setting
        self.add = AddEntry(store, setting)
        self.announce = AnnounceEntry(store, setting)
        self.withdraw = WithdrawEntry(store, setting)
        self.train = AddTraining(store, setting)
        self.untrain = RemoveTraining(store, setting)
        self.pledge = PledgeSecrecy(store, setting, ArgonPasswords())
        self.paper = RecordPaperPledge(store, setting)
        self.read = ReadRoster(store, setting)
        self.person = ReadPerson(store, setting)
        self.print = PrintRoster(store, setting)

    async def both(self, by: StaffMember, whose: UUID, **more: Any) -> None:
        for subject in (Subject.SNS_COUNSELLING, Subject.EMERGENCY):
            await self.train(by, uuid4(), whose, replace(held(subject), **more))


def held(subject: Subject = Subject.EMERGENCY) -> Held:
    return Held(subject, "", "県の講師", "修了証 第12号", 90, TODAY - ON, None)
