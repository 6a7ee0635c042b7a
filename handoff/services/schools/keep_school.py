"""Change one school of the register by hand: its names, its contact persons, its numbers, and that it was closed (KAG-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.school import SchoolEntry, folded_code
from handoff.domain.school_columns import CODE, NAME, TYPE, CellFault, read_entry
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.school_ports import KnownEntry
from handoff.services.setting import Setting

_OLD = "開いているあいだに、ほかの人がこの学校を直しました。読み込み直して、いまの内容を確かめてください。"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of it. code: of the school; faults: what keeps it from being written, and then nothing was."""

    code: str
    faults: tuple[CellFault, ...] = ()


class KeepSchool:
    """Write cells of one school, as a file would; cells that aren't there leave what is known."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def add(self, member: StaffMember, cells: Mapping[str, str]) -> Kept:
        """A new one; the same form again adds nothing.

        Raises: NotPermitted.
        """
        member.check(Permission.KEEP_REGISTER)
        await self._setting.refresh()
        draft, faults = read_entry(cells)
        if faults:
            return Kept(draft.code, faults)
        entry = draft.onto(None)
        async with self._store.transaction() as tx:
            known = await self._locked(tx, draft.code)
            if known is not None and known.entry != entry:
                text = f"「{draft.code}」は、{known.entry.school.name}が使っています。ほかのコードにしてください。"
                return Kept(draft.code, (CellFault(CODE, text),))
            if known is None:
                await self._write(tx, member, entry, "add_school")
        return Kept(draft.code)

    async def change(self, member: StaffMember, code: str, version: int, cells: Mapping[str, str]) -> Kept:
        """Args: version: of what this person saw.

        Raises: NotPermitted, NotFound. InputRefused: it was changed since.
        """
        member.check(Permission.KEEP_REGISTER)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            known = await self._known(tx, code)
            school = known.entry.school
            # What tells which school it is stands in every row, also where only its numbers are changed.
            draft, faults = read_entry({NAME: school.name, TYPE: school.school_type, **cells, CODE: school.code})
            if faults:
                return Kept(school.code, faults)
            await self._replace(tx, member, known, draft.onto(known.entry), version)
        return Kept(school.code)

    async def drop_enrolment(self, member: StaffMember, code: str, version: int, day: date) -> None:
        """Take back the numbers of a day. Raises: as ``change``."""
        member.check(Permission.KEEP_REGISTER)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            known = await self._known(tx, code)
            left = tuple(one for one in known.entry.enrolments if one.as_of != day)
            await self._replace(tx, member, known, replace(known.entry, enrolments=left), version)

    async def _locked(self, tx: Transaction, code: str) -> KnownEntry | None:
        profile = self._setting.profile.id
        await tx.schools.lock(profile)
        return await tx.schools.entry(profile, folded_code(code))

    async def _known(self, tx: Transaction, code: str) -> KnownEntry:
        known = await self._locked(tx, code)
        if known is None:
            raise NotFound("no such school")
        return known

    async def _replace(
        self, tx: Transaction, member: StaffMember, known: KnownEntry, entry: SchoolEntry, version: int
    ) -> None:
        if entry == known.entry:
            return  # the same form again
        if version != known.version:
            raise InputRefused("version", _OLD)
        await self._write(tx, member, entry, "change_school")

    async def _write(self, tx: Transaction, member: StaffMember, entry: SchoolEntry, verb: str) -> None:
        now, profile = self._setting.clock.now(), self._setting.profile.id
        await tx.schools.save(profile, [entry], now)
        await tx.audit.add(
            now,
            member.actor,
            verb,
            None,
            profile=profile,
            school=entry.school.code,
            retired_on=None if entry.school.retired_on is None else entry.school.retired_on.isoformat(),
            contacts=len(entry.contacts),
        )
