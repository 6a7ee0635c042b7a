"""What the tests of facts share: the writer, the rows, and a school of the register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from handoff.domain.fact import Fact
from handoff.services.facts.write_facts import WriteFacts
from tests.integration.conftest import OPEN, Service


async def flush(service: Service) -> int:
    """Write all that is due now."""
    return await WriteFacts(service.store, service.setting)(flush=True)


async def facts(service: Service) -> list[Any]:
    return await service.rows("SELECT * FROM facts WHERE current ORDER BY kind, version")


async def the_fact(service: Service, session_id: UUID) -> Fact:
    """The newest fact of a session."""
    async with service.store.reading() as tx:
        found = await tx.facts.newest(session_id)
    assert found is not None
    return found


async def of_today(service: Service, *, test: bool = False) -> Sequence[Fact]:
    async with service.store.reading() as tx:
        return await tx.facts.of_day(service.setting.profile.id, OPEN.date(), test=test)


async def school(
    service: Service,
    code: str,
    pupils: dict[str, int],
    *,
    town: str = "ふたば市",
    school_type: str = "中学校",
    founder: str | None = "municipal",
) -> None:
    """A school of the register with its pupils by grade, as of a day of last spring."""
    profile = service.setting.profile.id
    await service.change(
        "INSERT INTO schools (profile, code, kind, name, readings, aliases, municipality, founder, school_type, courses,"
        " departments, changed_at) VALUES (:p, :c, 'school', :n, '{}', '{}', :t, :f, :y, '{}', '{}', now())",
        p=profile,
        c=code,
        n=f"{town}立{code}校",
        t=town,
        f=founder,
        y=school_type,
    )
    for grade, number in pupils.items():
        await service.change(
            "INSERT INTO school_enrolments (profile, code, as_of, grade, pupils) VALUES (:p, :c, :d, :g, :n)",
            p=profile,
            c=code,
            d=date(2026, 5, 1),
            g=grade,
            n=number,
        )
