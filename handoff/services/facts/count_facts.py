"""Count facts by any two dimensions over a period (KAG-6.1キ); the board sees no number from which a child could be guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from handoff.domain.fact_count import SEVERAL, Counts, Dimension, FactQuery, Tally, in_order, name_of
from handoff.domain.fact_hiding import SHOWN_FROM, Hidden, hidden_in
from handoff.domain.hours import ZONE
from handoff.domain.staff import Permission, StaffMember, StaffRole
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Who sees small numbers: those who run the service. Supervisors know each case anyway; administrators owe the board exact
#: figures and have pledged secrecy. The board hides from 1 to 4, as its own statements do, whatever the profile says.
_INSIDE: Final = frozenset(StaffRole) - {StaffRole.BOARD}


@dataclass(frozen=True, slots=True)
class Number:
    """A number as somebody may see it. facts: how many; users: of how many people, None where it isn't shown."""

    facts: int | Hidden
    users: int | None = None


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table for somebody: names of its rows and columns, and numbers, the totals last.

    Attributes: query: what was counted; numbers: row by row, each with its total last, and the row of totals; None where
    nothing may be shown. totals: whether the totals are shown; total: of everything; adds_up: False where one fact may
    stand in several rows or columns; hides: small numbers are hidden for this person.
    """

    query: FactQuery
    rows: Sequence[str]
    columns: Sequence[str]
    numbers: Sequence[Sequence[Number]] | None
    totals: bool
    total: Number
    adds_up: bool
    hides: bool


class CountFacts:
    """The read behind the page and its CSV."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    @property
    def today(self) -> date:
        return self._setting.clock.now().astimezone(ZONE).date()

    async def __call__(
        self, member: StaffMember, first: date, last: date, rows: Dimension, columns: Dimension, *, test: bool = False
    ) -> FactTable:
        """Args: first, last: days of the first messages, both included; test: drills alone.

        Raises: NotPermitted. InputRefused: the days, or twice the same dimension.
        """
        member.check(Permission.COUNT)
        query = FactQuery(self._setting.profile.id, first, last, rows, columns, test)
        async with self._store.transaction() as tx:
            counts = await tx.facts.count(query)
            names = await tx.facts.school_names(query.profile, _schools(query, counts))
        return table_for(member, query, counts, names)

    async def note_export(self, member: StaffMember, query: FactQuery) -> None:
        """Write down that a table leaves the service as a file. Raises: NotPermitted."""
        member.check(Permission.COUNT)
        async with self._store.transaction() as tx:
            await tx.audit.add(
                self._setting.clock.now(),
                member.actor,
                "export_facts",
                None,
                first=query.first.isoformat(),
                last=query.last.isoformat(),
                rows=query.rows,
                columns=query.columns,
                test=query.test,
            )


def _schools(query: FactQuery, counts: Counts) -> list[str]:
    if query.rows is Dimension.SCHOOL:
        return list(counts.rows)
    return list(counts.columns) if query.columns is Dimension.SCHOOL else []


def table_for(member: StaffMember, query: FactQuery, counts: Counts, schools: Mapping[str, str]) -> FactTable:
    """The table as this person may see it."""
    rows, columns = in_order(query.rows, list(counts.rows)), in_order(query.columns, list(counts.columns))
    adds_up = not SEVERAL & {query.rows, query.columns}
    hides = member.role not in _INSIDE
    cells = [[counts.cells.get((row, column), Tally()) for column in columns] for row in rows]
    numbers: list[list[Number]] | None
    if not hides:
        numbers = [
            *([*map(_open, line), _open(counts.rows[row])] for row, line in zip(rows, cells, strict=True)),
            [*(_open(counts.columns[column]) for column in columns), _open(counts.total)],
        ]
        total = _open(counts.total)
    elif adds_up:
        # How many people stand behind a number would tell more of them than the number does.
        shown = hidden_in([[cell.facts for cell in line] for line in cells])
        numbers = None if shown is None else [[Number(one) for one in line] for line in shown]
        total = _careful(counts.total, hidden=shown is None or isinstance(shown[-1][-1], Hidden))
    else:
        # Sums that hold for nobody can't be worked backwards, but a total could: there are none, nor one of all beside a
        # small number, which is at least what the others leave of it.
        numbers = [[Number(_small(cell.facts)) for cell in line] for line in cells]
        total = _careful(counts.total, hidden=any(isinstance(one.facts, Hidden) for line in numbers for one in line))
    return FactTable(
        query,
        [name_of(query.rows, row, schools) for row in rows],
        [name_of(query.columns, column, schools) for column in columns],
        numbers,
        totals=adds_up or not hides,
        total=total,
        adds_up=adds_up,
        hides=hides,
    )


def _open(tally: Tally) -> Number:
    return Number(tally.facts, tally.users)


def _small(count: int) -> int | Hidden:
    return Hidden.SMALL if 0 < count < SHOWN_FROM else count


def _careful(tally: Tally, *, hidden: bool) -> Number:
    """How many there are of all. hidden: the table hides it, so that the line above the table must as well."""
    if hidden and tally.facts >= SHOWN_FROM:
        return Number(Hidden.BESIDE)
    return Number(_small(tally.facts), tally.users if tally.users >= SHOWN_FROM else None)
