"""Where one is signed in, and the browsers that are known; ending one of them. Administrators may end others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from handoff.domain.errors import NotFound
from handoff.domain.sign_in_pace import MANY
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.sign_in import leave_duty, over_before
from handoff.services.desk.try_pace import of_name
from handoff.services.ports import Store
from handoff.services.setting import Setting
from handoff.services.sign_in_ports import ListedDevice, ListedSignIn

#: How long a supervisor sees that much was tried with a name.
SEEN_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OwnSignIns:
    """One's own, the newest first."""

    sign_ins: Sequence[ListedSignIn]
    devices: Sequence[ListedDevice]


@dataclass(frozen=True, slots=True)
class OthersSignIns:
    """Somebody else's. tried: whether much was tried in vain with their name of late."""

    alias: str
    sign_ins: Sequence[ListedSignIn]
    tried: bool


class ReadSignIns:
    """Where a person is signed in."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def own(self, member: StaffMember) -> OwnSignIns:
        async with self._store.reading() as tx:
            listed = await tx.sign_ins.listed(member.id)
            devices = await tx.devices.listed(member.id)
        return OwnSignIns([one for one in listed if self._stands(one)], devices)

    async def of(self, member: StaffMember, staff_id: UUID) -> OthersSignIns:
        """Raises: NotPermitted, NotFound."""
        member.check(Permission.RESET_FACTOR)
        async with self._store.reading() as tx:
            person = await tx.staff.find(staff_id)
            listed = await tx.sign_ins.listed(staff_id)
            key = of_name(person.name)
            failures = await tx.tries.failures([key], self._setting.clock.real() - SEEN_FOR)
        stands = [one for one in listed if self._stands(one)]
        return OthersSignIns(person.alias, stands, failures.get(key, 0) >= MANY)

    def _stands(self, one: ListedSignIn) -> bool:
        idle, begun, _half = over_before(self._setting.clock.real())
        proved = one.factor_at is not None or not self._setting.demands_factor
        return one.seen >= idle and one.since >= begun and proved


class EndSignIn:
    """End a sign-in, or forget a known browser."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def own(self, member: StaffMember, sign_in_id: UUID) -> None:
        """End one of one's own. Raises: NotFound: it's over, or it isn't theirs."""
        await self._end(member, member, sign_in_id)

    async def others(self, member: StaffMember, but: UUID) -> int:
        """End all of one's own but this one; how many."""
        async with self._store.transaction() as tx:
            ended = await tx.sign_ins.end_all(member.id, but)
            await tx.audit.add(self._setting.clock.now(), member.actor, "end_sign_ins", None, count=ended)
        return ended

    async def of(self, member: StaffMember, staff_id: UUID, sign_in_id: UUID) -> None:
        """End somebody else's. Raises: NotPermitted, NotFound."""
        member.check(Permission.RESET_FACTOR)
        async with self._store.reading() as tx:
            person = await tx.staff.find(staff_id)
        await self._end(member, person, sign_in_id)

    async def forget_device(self, member: StaffMember, device_id: UUID) -> None:
        """Raises: NotFound: it is none of theirs."""
        async with self._store.transaction() as tx:
            if not await tx.devices.forget(member.id, device_id):
                raise NotFound("no such device")
            await tx.audit.add(self._setting.clock.now(), member.actor, "forget_device", None)

    async def _end(self, member: StaffMember, person: StaffMember, sign_in_id: UUID) -> None:
        async with self._store.transaction() as tx:
            if not await tx.sign_ins.end(person.id, sign_in_id):
                raise NotFound("no such sign-in")
            await leave_duty(tx, self._setting, person)
            await tx.audit.add(self._setting.clock.now(), member.actor, "end_sign_in", None, staff=str(person.id))


class ForgetSignIns:
    """The worker's verb: sign-ins whose time is over, counts of tries and browsers that are long out of use go."""

    #: A browser that wasn't used for so long is a stranger again.
    DEVICE_KEPT = timedelta(days=180)
    TRIES_KEPT = timedelta(days=1)
    EVERY = timedelta(minutes=10)

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._looked_at: datetime | None = None

    async def __call__(self) -> int:
        """How many sign-ins went; asked again within ten minutes, nothing is looked at. Raises: StoreUnavailable."""
        now = self._setting.clock.real()
        if self._looked_at is not None and now - self._looked_at < self.EVERY:
            return 0
        async with self._store.transaction() as tx:
            gone = await tx.sign_ins.forget(*over_before(now))
            await tx.tries.forget_old(now - self.TRIES_KEPT)
            await tx.devices.forget_old(now - self.DEVICE_KEPT)
        self._looked_at = now
        return gone
