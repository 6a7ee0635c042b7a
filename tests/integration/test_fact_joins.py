"""Nothing in a fact leads back to a person: a reader of the whole database without its key tries to join (KAG-8.3, KAG-8.4).

The attack: every column of the facts against every column of every other table, as it is, in pieces, as a moment brought
down to its day or hour, as the span between any two moments of a row, as the number of a session's lines; the
transaction's number, and the order in which rows lie.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any, Final
from uuid import UUID

import pytest

from handoff.domain.coding import GENDERS, GRADES, Outcome, Source, Told, ToldState, TopicCode
from handoff.domain.fact import EXCHANGES, SPANS, stepped, stepped_count, stepped_up
from handoff.domain.hours import ZONE
from handoff.domain.incoming import Channel
from handoff.domain.session import Change, Level
from handoff.domain.staff import StaffMember
from handoff.domain.wrap_up import Person
from handoff.services.care_ports import WrapUp
from handoff.services.move_session import close, move
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge
from tests.integration.fact_support import flush, school
from tests.integration.sheet_support import CALM

SESSIONS: Final = 110
#: A register of schools names no person; the facts' school and area are meant to be found in it.
REGISTER: Final = {"schools", "school_enrolments", "school_contacts", "school_uploads"}
#: Columns whose values are no code of a closed list: nothing anywhere may share one.
SECRET: Final = ("id", "lookup", "user_key")
SPANNED: Final = ("accepted_after", "first_human_after", "last_human_after", "closed_after", "waited", "worked")
#: Of any hundred facts as many as may stand alone at a step of the ladder that nobody else reached.
ALONE: Final = 5


async def lived(service: Service, clock: Any, staff: StaffMember) -> None:
    """Sessions of ten days as they come: some people more than once, each with lines, a talk, a sheet and an end."""
    pick = random.Random(7)
    for _ in range(SESSIONS):
        clock.advance(seconds=pick.randrange(4000, 7000))
        opened = clock.now()
        async with service.store.transaction() as tx:
            contact = await tx.contacts.find_or_add(Channel.LINE, f"U{pick.randrange(40):032x}", opened)
            if await tx.sessions.open_for(contact) is not None:
                continue
            session = await tx.sessions.start(contact, service.setting.profile.id, opened)
            await tx.sessions.raise_level(session.id, pick.choice(list(Level)))
            await tx.sessions.set_intake(session.id, {"topic": "bullying", "grade": pick.choice(GRADES)})
            every = pick.randrange(20, 130)
            lines = pick.randrange(2, 60)
            clock.advance(seconds=pick.randrange(1, 900))
            session = await move(tx, service.setting, session, Change.REQUEST_HANDOFF, "bot")
            clock.advance(seconds=pick.randrange(1, 1500))
            session = await move(tx, service.setting, session, Change.CLAIM, staff.actor, person=staff.id)
            clock.advance(seconds=pick.randrange(60, 6000))
            session = await move(tx, service.setting, session, Change.END, staff.actor)
            told = lambda value: Told(value, ToldState.TOLD, Source.COUNSELLOR)  # noqa: E731
            person = Person(
                grade=told(pick.choice(GRADES)), gender=told(pick.choice(GENDERS)), school_code=told("futaba1")
            )
            sheet = replace(CALM, person=person, primary=pick.choice(list(TopicCode)), secondaries=())
            now = clock.now()
            await tx.wrap_ups.save(WrapUp(session.id, sheet, 1, staff.id, now, staff.id, now), sheet)
            await close(tx, service.setting, session, pick.choice(list(Outcome)), staff.actor)
        await service.change(
            "INSERT INTO messages (id, session_id, author, kind, occurred_at) SELECT gen_random_uuid(), :s, CASE WHEN n % 2"
            " = 0 THEN 'student' ELSE 'counsellor' END, 'text', :t + n * :e * interval '1 second'"
            " FROM generate_series(0, :n - 1) n",
            s=session.id,
            t=opened,
            e=every,
            n=lines,
        )


@pytest.fixture
async def kept(service: Service) -> Service:
    """A service that has lived for ten days, and all its facts."""
    bridge = Bridge(service)
    await school(service, "futaba1", dict.fromkeys(GRADES, 120))
    await lived(service, bridge.clock, await bridge.supervisor())
    assert await flush(service) > SESSIONS * 0.9
    return service


async def tables(service: Service) -> dict[str, list[Any]]:
    """All rows of all tables but the facts', with the number of the transaction that wrote them."""
    names = await service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        one.tablename: await service.rows(f'SELECT xmin::text AS xmin, * FROM "{one.tablename}"')
        for one in names
        if one.tablename != "facts" and one.tablename not in REGISTER
    }


def pieces(value: Any) -> Iterator[Any]:
    """A cell, and whatever stands in it, in the forms in which it could be joined."""
    if isinstance(value, dict):
        for one in value.values():
            yield from pieces(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from pieces(one)
    elif isinstance(value, UUID):
        yield from (value, str(value), value.bytes, value.hex)
    elif isinstance(value, bytes):
        yield from (value, value[:16], value[-16:])
    elif isinstance(value, str):
        yield value
        try:
            yield from pieces(UUID(value))
        except ValueError:
            pass
    elif value is not None and not isinstance(value, bool):
        yield value


async def no_key_and_no_number_of_a_transaction_stands_anywhere_else(kept: Service) -> None:
    facts = await kept.rows("SELECT xmin::text AS xmin, * FROM facts")
    mine = {column: {piece for fact in facts for piece in pieces(getattr(fact, column))} for column in SECRET}
    written = {fact.xmin for fact in facts}
    for name, rows in (await tables(kept)).items():
        for row in rows:
            assert row.xmin not in written, name
            for column, value in row._mapping.items():
                found = set(pieces(value))
                for secret in SECRET:
                    assert not found & mine[secret], (name, column, secret)
    assert all(fact.id.version == 4 for fact in facts), "drawn by lot: neither a moment nor a place is in it"
    assert len({fact.lookup for fact in facts}) == len(facts) > len({fact.user_key for fact in facts}) > 20


async def no_other_column_is_matched_by_a_value_that_few_share(kept: Service) -> None:
    """What is left are codes: of closed lists, or of days on which many wrote."""
    facts = await kept.rows("SELECT * FROM facts")
    columns = [name for name in facts[0]._mapping if name not in SECRET]
    shared = {name: Counter(piece for fact in facts for piece in pieces(getattr(fact, name))) for name in columns}
    for name, values in shared.items():
        assert len(values) <= 60, f"{name} is no code"
    for table, rows in (await tables(kept)).items():
        for place in rows[0]._mapping if rows else ():
            theirs = Counter(form for row in rows for value in pieces(getattr(row, place)) for form in brought(value))
            for name, values in shared.items():
                for value, times in values.items():
                    # One row there, and a few facts here: such a value would be somebody's own. Codes and days aren't.
                    alone = theirs[value] == 1 and times <= 2 and not isinstance(value, str)
                    assert not alone or value in CLOSED[name], (table, place, name, value)


#: The values that a column of numbers can have at all.
CLOSED: Final[dict[str, set[int]]] = defaultdict(
    set,
    {
        "version": {1, 2, 3},
        "coding_version": {1, 2, 3},
        "hour": set(range(24)),
        "exchanges": set(EXCHANGES),
        **{name: {minutes * 60 for minutes in SPANS} for name in SPANNED},
    },
)


def brought(value: Any) -> Iterator[Any]:
    """A value, and of a moment its day, hour and second, here and at Greenwich."""
    yield value
    if isinstance(value, datetime):
        for zone in (ZONE, UTC):
            there = value.astimezone(zone)
            yield from (there.date(), there.hour, int(there.timestamp()), int(there.timestamp() * 1000))
    elif isinstance(value, date):
        yield value.toordinal()


async def alone(service: Service, exact: bool) -> dict[str, float]:
    """For each span of the facts: of a hundred facts, how many are one session's by the span between two of its moments,
    or by the number of its lines. exact: as if facts kept spans to ten seconds, to show that the attack would work.
    """
    facts = await service.rows("SELECT * FROM facts")
    sessions = await service.rows(
        "SELECT s.*, l.first_line, l.last_line, l.lines FROM sessions s JOIN (SELECT session_id, min(occurred_at) AS"
        " first_line, max(occurred_at) AS last_line, count(*) AS lines FROM messages GROUP BY session_id) l"
        " ON l.session_id = s.id"
    )
    moments = [name for name, value in sessions[0]._mapping.items() if isinstance(value, datetime)]
    found = dict[str, float]()
    for begin, end in permutations(moments, 2):
        spans = [
            getattr(one, end) - getattr(one, begin) for one in sessions if getattr(one, begin) and getattr(one, end)
        ]
        if exact:
            tens = Counter(span // timedelta(seconds=10) for span in spans)
            found[f"{begin}-{end}"] = 100 * sum(1 for times in tens.values() if times == 1) / len(spans)
            continue
        for brings in (stepped, stepped_up):
            theirs = Counter(brings(span) for span in spans if span >= timedelta())
            for name in SPANNED:
                mine = [getattr(fact, name) for fact in facts]
                single = sum(1 for value in mine if value is not None and theirs[value] == 1 and mine.count(value) == 1)
                found[f"{name} by {begin}-{end}"] = 100 * single / len(facts)
    lines = Counter(stepped_count(one.lines // 2) for one in sessions)
    mine = [fact.exchanges for fact in facts]
    found["exchanges"] = 100 * sum(1 for value in mine if lines[value] == 1 and mine.count(value) == 1) / len(facts)
    return found


async def no_span_is_one_session_s_own(kept: Service) -> None:
    found = await alone(kept, exact=False)
    assert len(found) > 100 and max(found.values()) <= ALONE, max(found.items(), key=lambda pair: pair[1])
    assert max((await alone(kept, exact=True)).values()) > 80, "with spans to ten seconds it would have worked"


async def the_order_in_which_facts_lie_says_nothing_of_the_order_of_the_sessions(kept: Service) -> None:
    facts = await kept.rows("SELECT lookup FROM facts ORDER BY ctid")
    sessions = await kept.rows("SELECT id FROM sessions ORDER BY closed_at")
    async with kept.store.reading() as tx:
        order = [(await tx.facts.newest(one.id)) for one in sessions]
    ids = await kept.rows("SELECT id FROM facts ORDER BY ctid")
    places = {one.id: number for number, one in enumerate(ids)}
    ranks = [places[fact.id] for fact in order if fact is not None]
    count = len(ranks)
    assert count == len(facts)
    rho = 1 - 6 * sum((rank - number) ** 2 for number, rank in enumerate(ranks)) / (count * (count**2 - 1))
    assert abs(rho) < 0.4, "by chance it is 0.08 away from nothing"


async def test_nothing_in_a_fact_leads_back_to_a_session_or_a_person(kept: Service) -> None:
    """One database for all four: it takes ten days to live."""
    await no_key_and_no_number_of_a_transaction_stands_anywhere_else(kept)
    await no_other_column_is_matched_by_a_value_that_few_share(kept)
    await no_span_is_one_session_s_own(kept)
    await the_order_in_which_facts_lie_says_nothing_of_the_order_of_the_sessions(kept)
