"""Whoever changes what somebody may do is on record with it, and so is whose right it was (row 24)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid4

import pytest

from handoff.adapters.one_time_numbers import PyotpNumbers
from handoff.adapters.passwords import ArgonPasswords
from handoff.domain.audit_words import Group, verbs_of
from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.roster import Way
from handoff.domain.session import SessionView
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.desk.act_on_escalation import ActOnEscalation
from handoff.services.desk.change_password import ChangePassword
from handoff.services.desk.confirm_password import ConfirmPassword
from handoff.services.desk.lost_device import AnswerReset, AskReset, BreakGlassFactor
from handoff.services.desk.own_sign_ins import EndSignIn
from handoff.services.desk.reveal_address import AskForAddress, DecideAddress
from handoff.services.desk.second_factor import BeginFactor, ConfirmFactor, DropFactor, ReadFactor, RenewCodes
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, PASSWORD, Bridge
from tests.integration.roster_support import TODAY, RosterVerbs, held, newcomer, written
from tests.integration.sign_in_support import NEW
from tests.support import alarms
from tests.support.factors import App, give_factor

WHY: Final = "電話で声を確かめ、生年月日を聞きました。"
#: How those at the machine itself are named.
MACHINE: Final = "administrator"

#: By whom it was, and whose right: an id that stands in the row.
type Done = tuple[str, UUID | None]


@dataclass
class Rights:
    """A team, and everything that changes what somebody may do."""

    bridge: Bridge
    kaede: StaffMember
    minato: StaffMember
    yuki: StaffMember
    ids: dict[str, UUID] = field(default_factory=dict)
    token: str = ""

    def __post_init__(self) -> None:
        self.store, self.setting = self.bridge.service.store, self.bridge.service.setting
        self.roster = RosterVerbs(self.bridge)
        self.again = ConfirmPassword(self.store, self.setting, ArgonPasswords())
        self.ends = EndSignIn(self.store, self.setting)

    # Accounts and the roster -----------------------------------------------------------------------------------------

    async def add_account(self) -> Done:
        self.sora = await newcomer(self.bridge)
        return MACHINE, self.sora.id

    async def reset_password(self) -> Done:
        await self.bridge.accounts.reset(self.sora.name, NEW)
        return MACHINE, self.sora.id

    async def disable_account(self) -> Done:
        await self.bridge.accounts.disable(self.sora.name)
        return MACHINE, self.sora.id

    async def add_roster_entry(self) -> Done:
        self.entry = uuid4()
        await self.roster.add(self.kaede, self.entry, self.sora.id, written(announced_on=None, way=None))
        return self.kaede.actor, self.sora.id

    async def announce_roster_entry(self) -> Done:
        await self.roster.announce(self.kaede, self.sora.id, self.entry, TODAY, Way.MAIL)
        return self.kaede.actor, self.sora.id

    async def withdraw_roster_entry(self) -> Done:
        later = uuid4()
        await self.roster.add(self.kaede, later, self.sora.id, written(announced_on=None, way=None))
        await self.roster.withdraw(self.kaede, self.sora.id, later)
        return self.kaede.actor, self.sora.id

    async def add_training(self) -> Done:
        self.training = uuid4()
        await self.roster.train(self.kaede, self.training, self.sora.id, held())
        return self.kaede.actor, self.sora.id

    async def remove_training(self) -> Done:
        await self.roster.untrain(self.kaede, self.sora.id, self.training)
        return self.kaede.actor, self.sora.id

    async def record_paper_pledge(self) -> Done:
        await self.roster.paper(self.kaede, uuid4(), self.sora.id, TODAY, "事務室の金庫")
        return self.kaede.actor, self.sora.id

    async def pledge_secrecy(self) -> Done:
        fresh, key = await newcomer(self.bridge), uuid4()
        await self.roster.pledge(fresh, key, PLEDGE_VERSION, PASSWORD, agreed=True)
        return fresh.actor, key

    # One's own ways in -----------------------------------------------------------------------------------------------

    async def confirm_factor(self) -> Done:
        self.token = (await self.bridge.sign_in(self.yuki.name, PASSWORD)).token
        mine, numbers = await self.bridge.sign_in.whole(self.token), PyotpNumbers()
        await BeginFactor(self.store, self.setting, numbers, self.again)(mine, PASSWORD)
        shown = await ReadFactor(self.store, self.setting, numbers).fresh(mine)
        assert shown is not None
        number = App(shown.secret, self.bridge.clock).number()
        await ConfirmFactor(self.store, self.setting, numbers, self.bridge.sign_in)(mine, self.token, number)
        return self.yuki.actor, None

    async def renew_recovery_codes(self) -> Done:
        await RenewCodes(self.store, self.setting, self.again)(self.yuki, PASSWORD)
        return self.yuki.actor, None

    async def drop_factor(self) -> Done:
        mine = await self.bridge.sign_in.whole(self.token)
        await DropFactor(self.store, self.setting, self.again)(mine, PASSWORD)
        return self.yuki.actor, None

    async def change_password(self) -> Done:
        change = ChangePassword(self.store, self.setting, ArgonPasswords(), self.bridge.sign_in)
        self.token = (await change(self.token, PASSWORD, NEW)).token
        return self.yuki.actor, None

    async def forget_device(self) -> Done:
        (device,) = await self.bridge.service.rows("SELECT id FROM known_devices WHERE staff_id = :s", s=self.yuki.id)
        await self.ends.forget_device(self.yuki, device.id)
        return self.yuki.actor, None

    async def end_sign_ins(self) -> Done:
        await self.ends.others(self.yuki, (await self.bridge.sign_in.whole(self.token)).id)
        return self.yuki.actor, None

    async def end_sign_in(self) -> Done:
        await self.ends.of(self.kaede, self.yuki.id, (await self.bridge.sign_in.whole(self.token)).id)
        return self.kaede.actor, self.yuki.id

    # A lost device ---------------------------------------------------------------------------------------------------

    async def ask_factor_reset(self) -> Done:
        await give_factor(self.store, self.setting, self.yuki, self.bridge.clock)
        self.reset = uuid4()
        await AskReset(self.store, self.setting)(self.kaede, self.reset, self.yuki.id, WHY)
        return self.kaede.actor, self.yuki.id

    async def refuse_factor_reset(self) -> Done:
        await AnswerReset(self.store, self.setting)(self.minato, self.reset, agreed=False)
        return self.minato.actor, self.yuki.id

    async def confirm_factor_reset(self) -> Done:
        again = uuid4()
        await AskReset(self.store, self.setting)(self.kaede, again, self.yuki.id, WHY)
        await AnswerReset(self.store, self.setting)(self.minato, again, agreed=True)
        return self.minato.actor, self.yuki.id

    async def break_glass_factor(self) -> Done:
        await give_factor(self.store, self.setting, self.yuki, self.bridge.clock)
        await self.bridge.accounts.disable(self.kaede.name)  # the two who would decide it aren't there
        await BreakGlassFactor(self.store, self.setting)(self.yuki.name, WHY)
        return MACHINE, self.yuki.id

    # What somebody may see or write of one talk -----------------------------------------------------------------------

    async def grant_address(self) -> Done:
        return await self._decide(granted=True, number=1)

    async def refuse_address(self) -> Done:
        return await self._decide(granted=False, number=2)

    async def _decide(self, *, granted: bool, number: int) -> Done:
        alarm = await alarms.escalation_of(self.store, await self.bridge.waiting(number, AT_CRITICAL))
        await ActOnEscalation(self.store, self.setting).acknowledge(alarm, self.yuki)
        wish = uuid4()
        await AskForAddress(self.store, self.setting)(alarm, self.yuki, "所在を確かめるため", wish)
        await DecideAddress(self.store, self.setting)(alarm, wish, self.minato, granted)
        return self.minato.actor, wish

    async def set_second(self) -> Done:
        self.talk: SessionView = await self.bridge.live(self.yuki, 3)
        await self.bridge.set_second(self.talk.id, self.yuki, self.minato.id)
        return self.yuki.actor, self.minato.id

    async def switch_writer(self) -> Done:
        await self.bridge.switch(self.talk.id, self.yuki)
        return self.yuki.actor, self.minato.id


type Change = Callable[[Rights], Awaitable[Done]]
#: Each verb of the audit that says that a right was changed, in an order in which the changes can follow each other.
CHANGES: Final[Mapping[str, Change]] = MappingProxyType(
    {
        "add_account": Rights.add_account,
        "add_roster_entry": Rights.add_roster_entry,
        "announce_roster_entry": Rights.announce_roster_entry,
        "withdraw_roster_entry": Rights.withdraw_roster_entry,
        "add_training": Rights.add_training,
        "remove_training": Rights.remove_training,
        "record_paper_pledge": Rights.record_paper_pledge,
        "pledge_secrecy": Rights.pledge_secrecy,
        "reset_password": Rights.reset_password,
        "disable_account": Rights.disable_account,
        "grant_address": Rights.grant_address,
        "refuse_address": Rights.refuse_address,
        "set_second": Rights.set_second,
        "switch_writer": Rights.switch_writer,
        "confirm_factor": Rights.confirm_factor,
        "renew_recovery_codes": Rights.renew_recovery_codes,
        "drop_factor": Rights.drop_factor,
        "change_password": Rights.change_password,
        "forget_device": Rights.forget_device,
        "end_sign_ins": Rights.end_sign_ins,
        "end_sign_in": Rights.end_sign_in,
        "ask_factor_reset": Rights.ask_factor_reset,
        "refuse_factor_reset": Rights.refuse_factor_reset,
        "confirm_factor_reset": Rights.confirm_factor_reset,
        "break_glass_factor": Rights.break_glass_factor,
    }
)


@pytest.fixture
async def rights(service: Service) -> Rights:
    bridge = Bridge(service)
    kaede = await bridge.person("かえで", StaffRole.ADMINISTRATOR)
    return Rights(bridge, kaede, await bridge.supervisor(), await bridge.person("ゆき"))


def test_every_verb_about_people_is_among_them() -> None:
    assert verbs_of(Group.PEOPLE) <= set(CHANGES)


async def test_row_24_each_change_of_a_right_is_on_record_with_who_and_whose(rights: Rights) -> None:
    rows, last = rights.bridge.service.rows, 0
    for verb, change in CHANGES.items():
        actor, whose = await change(rights)
        fresh = await rows("SELECT * FROM audit_events WHERE sequence > :last ORDER BY sequence", last=last)
        of_it = [one for one in fresh if one.verb == verb]
        assert of_it, f"nothing tells of {verb}"
        row, last = of_it[-1], fresh[-1].sequence
        assert row.actor == actor, verb
        assert whose is None or str(whose) in row.detail.values(), (verb, row.detail)
    # A reason says how somebody was known again: it is sealed, and no row of the audit repeats it.
    assert not [row for row in await rows("SELECT detail FROM audit_events") if WHY in str(row.detail)]


async def test_who_was_shut_out_leaves_no_earlier_password_behind(rights: Rights) -> None:
    bridge = rights.bridge
    for name in ("ゆき", "みなと"):
        await bridge.accounts.reset(name, NEW)
    await bridge.accounts.disable("ゆき")
    left = await bridge.service.rows("SELECT staff_id FROM old_passwords")
    assert [row.staff_id for row in left] == [rights.minato.id], "only hers"
