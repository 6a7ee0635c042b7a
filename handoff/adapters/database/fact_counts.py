"""Facts, counted in the database by any two dimensions (KAG-6.1キ).

What takes long isn't counting facts but telling people apart within each number. Where a fact has one value of both
dimensions, one sorting tells them apart for all totals at once. Where it may have many, rows of a person and pair of values
would be three times as many as facts: there a fact's, and a person's, values of one dimension are kept as the bits of one number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Text,
    and_,
    cast,
    collate,
    column,
    extract,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.fact_tables import FactRow
from handoff.domain.fact_count import NOTHING, VALUES, WAIT_BOUNDS, WORK_BOUNDS, Counts, Dimension, FactQuery, Tally


def _band(column: Any, bounds: tuple[int, ...], *, included: bool) -> ColumnElement[Any]:
    """The number of the band of a span; an included bound belongs to the band below it."""
    steps = cast(array([bound + included for bound in bounds]), ARRAY(Integer))
    return cast(func.width_bucket(column, steps), Text)


#: Room for people and pairs of values; with less the database sorts them on its disk.
_ROOM: Final = "64MB"
_TOPICS: Final = func.array_remove(func.array_prepend(FactRow.primary_topic, FactRow.secondaries), None)
_EXPRESSIONS: Final[Mapping[Dimension, Any]] = {
    Dimension.KIND: FactRow.kind,
    Dimension.CHANNEL: FactRow.channel,
    Dimension.SCHOOL_TYPE: FactRow.school_type,
    Dimension.SCHOOL: FactRow.school_code,
    Dimension.AREA: FactRow.area,
    Dimension.FOUNDER: FactRow.founder,
    Dimension.GRADE: FactRow.grade,
    Dimension.GENDER: FactRow.gender,
    Dimension.WRITER: FactRow.writer,
    Dimension.CONCERNED: FactRow.concerned,
    Dimension.PRIMARY: FactRow.primary_topic,
    Dimension.TOPIC: _TOPICS,
    Dimension.LEVEL: FactRow.level,
    Dimension.REPORTING_CLASS: FactRow.reporting_class,
    Dimension.MONTH: func.to_char(FactRow.day, "YYYY-MM"),
    Dimension.WEEKDAY: cast(extract("isodow", FactRow.day), Text),
    Dimension.HOUR: cast(FactRow.hour, Text),
    Dimension.HOURS: FactRow.hours,
    Dimension.OUTCOME: FactRow.outcome,
    Dimension.WAIT: _band(FactRow.waited, WAIT_BOUNDS, included=True),
    Dimension.WORK: _band(FactRow.worked, WORK_BOUNDS, included=False),
    Dimension.CLOSED_REASON: FactRow.closed_reason,
    Dimension.AGENCY: FactRow.agencies,
    Dimension.CALL_TRANSFER: cast(FactRow.call_transfer, Text),
    Dimension.SURVEY_HEARD: FactRow.survey_heard,
    Dimension.SURVEY_EASE: FactRow.survey_ease,
    Dimension.SURVEY_AGAIN: FactRow.survey_again,
}
#: The one with most values of a fact first.
_LISTS: Final = (Dimension.TOPIC, Dimension.AGENCY)


def _values(dimension: Dimension) -> ColumnElement[Any]:
    """A fact's value; of a list all of them, and one nothing where it is empty."""
    found = _EXPRESSIONS[dimension]
    if dimension not in _LISTS:
        return func.coalesce(found, NOTHING)
    nothing = cast(array([literal(NOTHING)]), ARRAY(Text))
    return func.coalesce(func.nullif(found, cast(array([], type_=Text), ARRAY(Text))), nothing)


#: Values of the rows' and the columns' dimension; nothing in the place of one: of all its values.
type _Pair = tuple[str | None, str | None]


def _in(query: FactQuery) -> ColumnElement[bool]:
    """The facts that are counted."""
    return and_(
        FactRow.current,
        FactRow.profile == query.profile,
        FactRow.day.between(query.first, query.last),
        FactRow.test == query.test,
    )


async def count(connection: AsyncConnection, query: FactQuery) -> Counts:
    """The table of a query; in a transaction, for whose time the database gets the room to count in memory."""
    # Compiling a statement would take longer than it runs.
    await connection.execute(select(func.set_config("work_mem", _ROOM, True), func.set_config("jit", "off", True)))
    for many in _LISTS:
        if many in (query.rows, query.columns):
            other = query.columns if many is query.rows else query.rows
            return await _of_lists(connection, query, many, other)
    return await _of_values(connection, query)


async def _of_values(connection: AsyncConnection, query: FactQuery) -> Counts:
    """Where a fact stands in one cell alone; a total has nothing in the place of the one value, or of both."""
    # By bytes: no language's order is wanted, and it takes several times as long.
    values = [collate(_values(one), "C").label(name) for one, name in ((query.rows, "a"), (query.columns, "b"))]
    facts = select(FactRow.user_key, *values).where(_in(query)).subquery()
    a, b = facts.c.a, facts.c.b
    found = select(a, b, func.count().label("facts"), func.count(facts.c.user_key.distinct()).label("users"))
    sets = func.grouping_sets(tuple_(a, b), tuple_(a), tuple_(b), tuple_())
    rows = await connection.execute(found.group_by(sets))
    return _counts({(row.a, row.b): Tally(row.facts, row.users) for row in rows})


async def _of_lists(connection: AsyncConnection, query: FactQuery, many: Dimension, other: Dimension) -> Counts:
    """Where a fact may have many values of the one dimension; of the other it may, too. One statement, so that no fact that is
    written meanwhile is in the one number and not in the other.
    """
    facts, users = Counter[_Pair](), dict[_Pair, int]()
    for row in await connection.execute(_numbers(query, many, other)):
        if row.people:
            users[row.code, row.b] = row.number
        else:
            facts[row.code, row.b] = row.number
            facts[row.code, None] += row.once
    tallies = {pair: Tally(number, users[pair]) for pair, number in facts.items()}
    return _counts(tallies if many is query.rows else {(b, a): tally for (a, b), tally in tallies.items()})


def _numbers(query: FactQuery, many: Dimension, other: Dimension) -> CompoundSelect[*tuple[Any, ...]]:
    """Facts, and people, by code of the one dimension and value of the other; nothing in the place of all of them. once: of
    these facts those that have no other value before this one. Who has the same values as thousands is told apart no more.
    """
    codes = [*VALUES[many], NOTHING]
    facts = _as_bits(query, many, other, codes).cte("facts_as_bits")
    masks = [-1, *(1 << place for place in range(len(codes)))]
    wanted = func.unnest(cast([None, *codes], ARRAY(Text)), cast(masks, ARRAY(BigInteger)))
    asked = wanted.table_valued(column("code", Text), column("mask", BigInteger), name="asked").render_derived()
    by_bits = select(
        facts.c.b, facts.c.bits, func.count().label("number"), func.count().filter(facts.c.first).label("once")
    )
    each = select(facts.c.b, func.bit_or(facts.c.bits).label("bits"))
    people = each.group_by(func.grouping_sets(tuple_(facts.c.user_key, facts.c.b), tuple_(facts.c.user_key))).subquery()
    people_by_bits = select(people.c.b, people.c.bits, func.count().label("number"), literal(0).label("once"))
    alike = (
        (False, by_bits.group_by(facts.c.b, facts.c.bits).subquery()),
        (True, people_by_bits.group_by(people.c.b, people.c.bits).subquery()),
    )
    return union_all(
        *(
            select(
                literal(is_people).label("people"),
                asked.c.code,
                one.c.b,
                cast(func.sum(one.c.number), Integer).label("number"),
                cast(func.sum(one.c.once), Integer).label("once"),
            )
            .join_from(one, asked, one.c.bits.op("&")(asked.c.mask) != 0)
            .group_by(asked.c.code, one.c.b)
            for is_people, one in alike
        )
    )


def _as_bits(query: FactQuery, many: Dimension, other: Dimension, codes: list[str]) -> Select[*tuple[Any, ...]]:
    """The facts with the values of the one dimension as bits, each as often as it has values of the other."""
    each = func.unnest(_values(many)).column_valued("code")
    # A code that is no more has a bit as well: whoever has no other is still in the totals.
    place = func.coalesce(func.array_position(cast(codes, ARRAY(Text)), each) - 1, len(codes))
    bits = select(func.bit_or(cast(literal(1), BigInteger).op("<<")(place)).label("bits")).lateral("bits")
    kept, value = FactRow.__table__.join(bits, true()), _values(other)
    first: ColumnElement[bool] = true()
    if other in _LISTS:
        values = func.unnest(value).table_valued("value", with_ordinality="place", name="others").render_derived()
        kept, value, first = kept.join(values, true()), values.c.value, values.c.place == 1
    found = select(FactRow.user_key, bits.c.bits, value.label("b"), first.label("first"))
    return found.select_from(kept).where(_in(query))


def _counts(tallies: Mapping[_Pair, Tally]) -> Counts:
    """The table; a total stands under None."""
    return Counts(
        {(row, column): tally for (row, column), tally in tallies.items() if row is not None and column is not None},
        {row: tally for (row, column), tally in tallies.items() if row is not None and column is None},
        {column: tally for (row, column), tally in tallies.items() if row is None and column is not None},
        tallies.get((None, None), Tally()),
    )
