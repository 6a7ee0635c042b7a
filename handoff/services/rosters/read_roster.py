"""Read the roster: as its keepers see it, as the board gets it for a day, and each their own part (KAG-6.1ア, ウ, オ)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from handoff.domain.hours import ZONE
from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.roster import Entry, Pledge, Subject, Training, coming, in_force
from handoff.domain.roster_warnings import last_days
from handoff.domain.staff import Permission, StaffMember, StaffRole
from handoff.services.ports import Store
from handoff.services.roster_ports import Kept
from handoff.services.setting import Setting

#: Roles in the order in which the list has them.
ORDER: Final = (StaffRole.SUPERVISOR, StaffRole.COUNSELLOR, StaffRole.ADMINISTRATOR, StaffRole.TRAINER)


@dataclass(frozen=True, slots=True)
class Listed:
    """One person on a day.

    Attributes: entry: the version that holds; past: where none does, the last one that did; coming: versions that don't
    hold yet; pledge: of the text of today; trained: last day by subject; trainings: those that were held by then.
    """

    staff_id: UUID
    alias: str
    entry: Entry | None
    past: Entry | None
    coming: Sequence[Entry]
    pledge: Pledge | None
    trained: dict[Subject, date]
    trainings: Sequence[Training]

    @property
    def real_name(self) -> str | None:
        known = self.entry or self.past or next(iter(self.coming), None)
        return None if known is None else known.real_name


def listed(staff_id: UUID, alias: str, kept: Kept, day: date) -> Listed:
    """Put together what is kept of somebody."""
    entries = [one for one in kept.entries if one.staff_id == staff_id]
    entry = in_force(entries, day)
    over = [one for one in entries if one.is_announced and one.withdrawn_at is None and one.valid_to < day]
    pledges = [one for one in kept.pledges if one.staff_id == staff_id]
    trainings = [one for one in kept.trainings if one.staff_id == staff_id and one.held_on <= day]
    return Listed(
        staff_id=staff_id,
        alias=alias,
        entry=entry,
        past=None if entry is not None or not over else over[-1],
        coming=coming(entries, day),
        pledge=next((one for one in reversed(pledges) if one.version >= PLEDGE_VERSION and one.on <= day), None),
        trained=last_days(trainings, day),
        trainings=trainings,
    )


def _in_order(people: Sequence[Listed]) -> list[Listed]:
    known = [(one.entry or one.past or next(iter(one.coming), None), one) for one in people]
    return [
        one
        for _, one in sorted(
            known, key=lambda pair: (len(ORDER) if pair[0] is None else ORDER.index(pair[0].role), pair[1].alias)
        )
    ]


@dataclass(frozen=True, slots=True)
class Needed:
    """How many of a role the contract asks for, and how many hold it today. least: None where the profile is silent."""

    role: StaffRole
    least: int | None
    there: int

    @property
    def met(self) -> bool:
        return self.least is None or self.there >= self.least


@dataclass(frozen=True, slots=True)
class Roster:
    """The list. holding, others: people whose entry holds today, and the others; qualification: what the profile asks of
    counsellors.
    """

    today: date
    holding: Sequence[Listed]
    others: Sequence[Listed]
    warnings: Sequence[str]
    needed: Sequence[Needed]
    qualification: str | None


class ReadRoster:
    """All of it, today."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> Roster:
        """Raises: NotPermitted."""
        member.check(Permission.READ_ROSTER)
        now = self._setting.clock.now()
        today = now.astimezone(ZONE).date()
        async with self._store.transaction() as tx:
            await tx.audit.add(now, member.actor, "open_rosters", None)
            people = [one for one in await tx.staff.everybody() if one.role is not StaffRole.BOARD]
            kept, warnings = await tx.rosters.kept(), await tx.rosters.warnings(today)
        rule = self._setting.profile.staff
        found = _in_order([listed(one.id, one.alias, kept, today) for one in people])
        working = [one.role for one in people if one.is_cleared]
        return Roster(
            today=today,
            holding=[one for one in found if one.entry is not None],
            others=[one for one in found if one.entry is None],
            warnings=warnings,
            needed=[
                Needed(StaffRole.SUPERVISOR, rule.min_supervisors, working.count(StaffRole.SUPERVISOR)),
                Needed(StaffRole.ADMINISTRATOR, rule.min_administrators, working.count(StaffRole.ADMINISTRATOR)),
            ],
            qualification=rule.qualification,
        )


@dataclass(frozen=True, slots=True)
class Person:
    """The page of one person. entries, pledges: all that is kept, newest first."""

    today: date
    member: StaffMember
    now: Listed
    entries: Sequence[Entry]
    pledges: Sequence[Pledge]


class ReadPerson:
    """All that is kept of one person."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, staff_id: UUID) -> Person:
        """Raises: NotPermitted, NotFound."""
        member.check(Permission.KEEP_ROSTER)
        person = await self._read(staff_id)
        async with self._store.transaction() as tx:
            now = self._setting.clock.now()
            await tx.audit.add(now, member.actor, "open_roster_person", None, staff=str(staff_id))
        return person

    async def own(self, member: StaffMember) -> Person:
        """What is kept of whoever asks."""
        return await self._read(member.id)

    async def _read(self, staff_id: UUID) -> Person:
        today = self._setting.clock.now().astimezone(ZONE).date()
        async with self._store.reading() as tx:
            person, kept = await tx.staff.find(staff_id), await tx.rosters.kept(staff_id)
        return Person(
            today=today,
            member=person,
            now=listed(staff_id, person.alias, kept, today),
            entries=kept.entries[::-1],
            pledges=kept.pledges[::-1],
        )


@dataclass(frozen=True, slots=True)
class PrintedRoster:
    """The list for the board. people: who was on it that day, also those who have left since; changes: people with
    versions that begin later or wait to be announced.
    """

    day: date
    today: date
    people: Sequence[Listed]
    changes: Sequence[Listed]


class PrintRoster:
    """The list for the board, of any day."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, day: date | None) -> PrintedRoster:
        """Args: day: None for today. Raises: NotPermitted."""
        member.check(Permission.READ_ROSTER)
        now = self._setting.clock.now()
        today = now.astimezone(ZONE).date()
        day = day or today
        async with self._store.transaction() as tx:
            kept = await tx.rosters.kept()
            aliases = {one: await tx.staff.alias(one) for one in dict.fromkeys(e.staff_id for e in kept.entries)}
            await tx.audit.add(now, member.actor, "print_roster", None, day=day.isoformat())
        found = _in_order([listed(staff_id, alias, kept, day) for staff_id, alias in aliases.items()])
        return PrintedRoster(
            day=day,
            today=today,
            people=[one for one in found if one.entry is not None],
            changes=[one for one in found if one.coming],
        )
