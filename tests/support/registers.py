"""The demo's register, whole or the schools of its one city alone, for tests that need a card or a name."""

from __future__ import annotations

import functools
from dataclasses import replace

from handoff.adapters.register_files import read_file
from handoff.domain.school import School
from handoff.domain.school_register import RegisterFile
from handoff.services.ports import Store
from handoff.services.setting import Setting
from handoff.settings import ROOT

DEMO = ROOT / "data" / "schools" / "demo.csv"
CITY = "つなぎ市"


@functools.cache
def whole() -> RegisterFile:
    """The prefecture: 500 schools and one body."""
    return read_file(DEMO.read_bytes())


@functools.cache
def city() -> RegisterFile:
    """The 23 schools that the demo's profile counts."""
    return replace(whole(), drafts=tuple(one for one in whole().drafts if _in_the_city(one.onto(None).school)))


def _in_the_city(school: School) -> bool:
    return school.municipality == CITY and school.kind == "school"


async def fill(store: Store, setting: Setting, file: RegisterFile | None = None) -> None:
    """Let the present profile have these schools, the city's without a file; nothing of it is on record."""
    entries = [draft.onto(None) for draft in (file or city()).drafts]
    async with store.transaction() as tx:
        if await tx.schools.is_empty(setting.profile.id):
            await tx.schools.save(setting.profile.id, entries, setting.clock.now())
