"""Read the school register: its list, one school, what a few words may mean, and the whole of it for a file (KAG-5)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import structlog

from handoff.domain.errors import NotFound, StoreUnavailable
from handoff.domain.hours import ZONE
from handoff.domain.school import School, SchoolEntry, SchoolKind, folded_code, offered, pupils_by_type
from handoff.domain.school_names import Found, Reason, candidates, folded
from handoff.domain.school_register import table_of
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store
from handoff.services.school_ports import KnownEntry
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: Schools on one page of the list.
SHOWN: Final = 50
#: Seconds for which the names that were read hold; so late a card's page may hear of a change.
NAMES_HOLD: Final = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which schools are wanted: words of a name or a code, a type, a municipality; closed: also those that are closed."""

    words: str = ""
    school_type: str = ""
    municipality: str = ""
    closed: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.words.strip() or self.school_type or self.municipality or self.closed)


@dataclass(frozen=True, slots=True)
class Register:
    """A page of the list.

    Attributes: entries: of this page; count: how many were found; page, pages: from 1; all: how many are offered;
    by_type: schools and pupils of those; bodies: how many of them are no schools; types, municipalities: that there are;
    today: in Japan.
    """

    entries: Sequence[SchoolEntry]
    count: int
    page: int
    pages: int
    all: int
    by_type: Mapping[str, tuple[int, int]]
    bodies: int
    types: Sequence[str]
    municipalities: Sequence[str]
    today: date


class OfferedSchools:
    """The schools of the present profile that can be chosen, by code; read once for many requests.

    A page of the report asks with every step, and has to open without a database, too: then what was read last holds, or
    there are none.
    """

    def __init__(self, store: Store, setting: Setting, *, hold: float = NAMES_HOLD) -> None:
        self._store = store
        self._setting = setting
        self._hold = hold
        self._of: tuple[str, date] | None = None
        self._read_at = 0.0
        self._names: Mapping[str, School] = {}

    async def __call__(self, *, anew: bool = False) -> Mapping[str, School]:
        """Args: anew: also what was read just now."""
        today = self._setting.clock.now().astimezone(ZONE).date()
        wanted, now = (self._setting.profile.id, today), time.monotonic()
        if not anew and self._of == wanted and now - self._read_at < self._hold:
            return self._names
        try:
            async with self._store.reading() as tx:
                names = await tx.schools.names(wanted[0])
        except StoreUnavailable:
            log.warning("schools_unread")
            return self._names if self._of is not None and self._of[0] == wanted[0] else {}
        self._names = {one.code: one for one in offered(names, today)}
        self._of, self._read_at = wanted, now
        return self._names


class FindSchools:
    """What a few words may mean; never more than candidates (KAG-6.1キ)."""

    def __init__(self, offered: OfferedSchools) -> None:
        self._offered = offered

    async def __call__(self, words: str, school_type: str | None = None, municipality: str = "") -> Found:
        return candidates(words, (await self._offered()).values(), school_type=school_type, municipality=municipality)

    async def school(self, code: str) -> School | None:
        """One that can be chosen now."""
        return (await self._offered()).get(folded_code(code))


class ReadRegister:
    """The pages of the register."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, asked: Asked, page: int = 1) -> Register:
        """A page of the list, contact persons left out. Raises: NotPermitted."""
        member.check(Permission.READ_REGISTER)
        await self._setting.refresh()
        today = self._setting.clock.now().astimezone(ZONE).date()
        async with self._store.reading() as tx:
            entries = await tx.schools.entries(self._setting.profile.id)
        offered = [one for one in entries.values() if one.school.is_offered(today)]
        found = chosen([one.school for one in (entries.values() if asked.closed else offered)], asked)
        pages = max(1, -(-len(found) // SHOWN))
        page = min(max(page, 1), pages)
        shown = [entries[one.code] for one in found[(page - 1) * SHOWN : page * SHOWN]]
        return Register(
            entries=[replace(one, contacts=()) for one in shown],
            count=len(found),
            page=page,
            pages=pages,
            all=len(offered),
            by_type=pupils_by_type(offered, today),
            bodies=sum(one.school.kind is SchoolKind.BODY for one in offered),
            types=sorted({one.school.school_type for one in offered}),
            municipalities=sorted({one.school.municipality for one in offered} - {""}),
            today=today,
        )

    async def one(self, member: StaffMember, code: str) -> tuple[KnownEntry, date]:
        """One school and today's date; telephone numbers for those alone who keep the register.

        Raises: NotPermitted, NotFound.
        """
        member.check(Permission.READ_REGISTER)
        await self._setting.refresh()
        async with self._store.reading() as tx:
            known = await tx.schools.entry(self._setting.profile.id, folded_code(code))
        if known is None:
            raise NotFound("no such school")
        if not member.may(Permission.KEEP_REGISTER):
            people = tuple(replace(person, telephone="") for person in known.entry.contacts)
            known = replace(known, entry=replace(known.entry, contacts=people))
        return known, self._setting.clock.now().astimezone(ZONE).date()

    async def names(self, member: StaffMember) -> dict[str, str]:
        """All names by code, of closed schools as well. Raises: NotPermitted."""
        member.check(Permission.READ_REGISTER)
        async with self._store.reading() as tx:
            return {one.code: one.name for one in await tx.schools.names(self._setting.profile.id)}

    async def table(self, member: StaffMember) -> list[tuple[str, ...]]:
        """All of it as rows of cells, telephone numbers included; that is on record. Raises: NotPermitted."""
        member.check(Permission.KEEP_REGISTER)
        return await table_of_register(self._store, self._setting, member.actor)


async def table_of_register(store: Store, setting: Setting, actor: str) -> list[tuple[str, ...]]:
    """The register as rows of cells, by municipality and name, on record as having been taken out."""
    await setting.refresh()
    async with store.transaction() as tx:
        entries = await tx.schools.entries(setting.profile.id)
        await tx.audit.add(setting.clock.now(), actor, "export_register", None, schools=len(entries))
    return table_of(sorted(entries.values(), key=lambda one: _place(one.school)))


def chosen(schools: Sequence[School], asked: Asked) -> list[School]:
    """Those that are wanted, by municipality and name."""
    if asked.school_type:
        schools = [one for one in schools if one.school_type == asked.school_type]
    if asked.municipality:
        schools = [one for one in schools if one.municipality == asked.municipality]
    words = folded(asked.words)
    if words:
        near = candidates(asked.words, schools, limit=len(schools)).candidates
        codes = {one.school.code for one in near if one.reason < Reason.PART}
        codes |= {one.code for one in schools if _says(one, words)}
        schools = [one for one in schools if one.code in (codes or {near.school.code for near in near})]
    return sorted(schools, key=_place)


def _says(school: School, words: str) -> bool:
    told = (school.name, *school.aliases, *school.readings, school.municipality)
    return words == school.code or any(words in folded(one) for one in told)


def _place(school: School) -> tuple[str, str, str]:
    return (school.municipality, school.name, school.code)
