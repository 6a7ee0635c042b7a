"""Facts counted by the database as one would count them by hand, for facts of all kinds (KAG-6.1キ)."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

from handoff.domain.coding import GRADES, Outcome, SheetKind, TopicCode, Writer
from handoff.domain.fact import SPANS, Concerned, Fact, Place, SurveyAnswers
from handoff.domain.fact_count import NOTHING, SEVERAL, WAIT_BOUNDS, WORK_BOUNDS, Counts, Dimension, FactQuery, Tally
from handoff.domain.hours import HoursStatus
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Agency, Founder, ReportingClass, SchoolType
from handoff.domain.session import Level
from tests.integration.conftest import Service
from tests.integration.test_fact_counts import DAY

FACTS = 90
SPREAD = 40


def a_fact(chance: random.Random, profile: str) -> Fact:
    """Any fact: of few people, so that they come again, with every list short, long or empty."""
    some = chance.choice
    topics = chance.sample(list(TopicCode), chance.randrange(5))
    return Fact(
        id=uuid4(),
        version=1,
        coding_version=1,
        profile=profile,
        kind=some(list(SheetKind)),
        channel=some(list(Channel)),
        day=DAY - timedelta(days=chance.randrange(SPREAD)),
        hour=chance.randrange(24),
        hours=some(list(HoursStatus)),
        user_key=bytes([chance.randrange(12)]) * 16,
        place=some((Place(), Place(SchoolType.JUNIOR_HIGH, some("ab"), some(list(Founder)), some(("東市", "西市"))))),
        grade=some(GRADES),
        gender=some(("女", "男", "declined")),
        writer=some(list(Writer)),
        concerned=some(list(Concerned)),
        primary=topics[0] if topics else None,
        secondaries=tuple(topics[1:]),
        level=some((None, *Level)),
        reporting_class=some((None, *ReportingClass)),
        outcome=some(list(Outcome)),
        waited=some((None, *(minutes * 60 for minutes in SPANS))),
        worked=some((None, *(minutes * 60 for minutes in SPANS))),
        closed_reason=some(("silence", "read")),
        agencies=tuple(chance.sample(list(Agency), some((0, 0, 1, 3)))),
        call_transfer=some((True, False)),
        survey=some((None, SurveyAnswers("yes", None, "no"), SurveyAnswers(None, "lighter", None))),
    )


def values(fact: Fact, dimension: Dimension) -> Sequence[str]:
    """The values of a fact, by hand; nothing where it has none."""
    survey = fact.survey or SurveyAnswers()
    match dimension:
        case Dimension.SCHOOL_TYPE | Dimension.AREA | Dimension.FOUNDER:
            found = getattr(fact.place, dimension)
        case Dimension.SCHOOL:
            found = fact.place.school_code
        case Dimension.TOPIC:
            return [one for one in (fact.primary, *fact.secondaries) if one is not None] or [NOTHING]
        case Dimension.AGENCY:
            return fact.agencies or [NOTHING]
        case Dimension.MONTH:
            found = f"{fact.day:%Y-%m}"
        case Dimension.WEEKDAY:
            found = str(fact.day.isoweekday())
        case Dimension.HOUR:
            found = str(fact.hour)
        case Dimension.WAIT:
            found = None if fact.waited is None else str(bisect_left(WAIT_BOUNDS, fact.waited))
        case Dimension.WORK:
            found = None if fact.worked is None else str(bisect_right(WORK_BOUNDS, fact.worked))
        case Dimension.CALL_TRANSFER:
            found = str(fact.call_transfer).lower()
        case Dimension.SURVEY_HEARD | Dimension.SURVEY_EASE | Dimension.SURVEY_AGAIN:
            found = getattr(survey, dimension.removeprefix("survey_"))
        case _:
            found = getattr(fact, dimension)
    return [NOTHING if found is None else str(found)]


def tally(facts: Sequence[Fact]) -> Tally:
    return Tally(len(facts), len({fact.user_key for fact in facts}))


def by_hand(facts: Sequence[Fact], rows: Dimension, columns: Dimension) -> Counts:
    """The same table, each fact put into every number that it belongs to."""
    cells = defaultdict[tuple[str, str], list[Fact]](list)
    of_rows, of_columns = defaultdict[str, list[Fact]](list), defaultdict[str, list[Fact]](list)
    for fact in facts:
        for row in values(fact, rows):
            of_rows[row].append(fact)
            for column in values(fact, columns):
                cells[row, column].append(fact)
        for column in values(fact, columns):
            of_columns[column].append(fact)
    return Counts(
        {key: tally(kept) for key, kept in cells.items()},
        {key: tally(kept) for key, kept in of_rows.items()},
        {key: tally(kept) for key, kept in of_columns.items()},
        tally(facts),
    )


async def test_every_number_is_what_one_counts_by_hand(service: Service) -> None:
    """Facts and people of every cell and total, for both lists beside everything and for all others beside a neighbour."""
    chance = random.Random(4)
    facts = [a_fact(chance, service.setting.profile.id) for _ in range(FACTS)]
    async with service.store.transaction() as tx:
        for fact in facts:
            await tx.facts.add(uuid4(), fact)
            await tx.facts.add(uuid4(), replace(fact, id=uuid4(), test=True))
            await tx.facts.add(uuid4(), replace(fact, id=uuid4(), day=DAY - timedelta(days=400)))
    every = list(Dimension)
    beside = [(one, other) for one, following in pairwise([*every, every[0]]) for other in (following, *SEVERAL)]
    async with service.store.reading() as tx:
        for rows, columns in {(one, other) for one, other in beside if one is not other}:
            query = FactQuery(facts[0].profile, DAY - timedelta(days=SPREAD), DAY, rows, columns)
            assert await tx.facts.count(query) == by_hand(facts, rows, columns), (rows, columns)
        nothing = FactQuery(facts[0].profile, DAY + timedelta(days=1), DAY + timedelta(days=2), every[0], every[1])
        assert await tx.facts.count(nothing) == Counts()
        for columns in SEVERAL:
            assert await tx.facts.count(replace(nothing, columns=columns)) == Counts()
