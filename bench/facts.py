"""(f) 100,000 facts counted by any two dimensions, beside a plain count of the same table in the same run."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.figures import Times
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.fact_counts import count
from handoff.adapters.database.migrate import driver_url, upgrade
from handoff.domain.fact_count import Dimension, FactQuery

FACTS: Final = 100_000
#: Every two dimensions.
PAIRS: Final = tuple(itertools.combinations(Dimension, 2))
#: So many of the slowest are timed twice more, and their median stands: what other programs took is no pair's own.
AGAIN: Final = 30
#: One year of a large service: 29,000 people, 500 schools, no value bound to another, lists longer than any service's.
_FILL: Final = text(
    """
    INSERT INTO facts (id, lookup, version, current, coding_version, profile, kind, channel, test, day, hour, hours,
        user_key, school_type, school_code, founder, area, grade, gender, writer, concerned, primary_topic, secondaries,
        level, reporting_class, outcome, accepted_after, first_human_after, last_human_after, closed_after, closed_reason,
        waited, worked, exchanges, agencies, call_transfer, surveyed, survey_heard, survey_ease, survey_again)
    SELECT gen_random_uuid(), sha256(n::text::bytea), 1, true, 1, 'demo',
        (ARRAY['consultation', 'report', 'enquiry'])[ceil(random() * 3)],
        (ARRAY['line', 'web', 'report', 'phone'])[ceil(random() * 4)],
        false, date '2026-04-01' + (random() * 364)::int, (random() * 23)::int,
        (ARRAY['open', 'closed'])[ceil(random() * 2)], substring(sha256(ceil(random() * 30000)::text::bytea) for 16),
        (ARRAY['小学校', '中学校', '高等学校'])[ceil(random() * 3)], 's' || ceil(random() * 500),
        (ARRAY['municipal', 'prefectural', 'private'])[ceil(random() * 3)], 'm' || ceil(random() * 40),
        (ARRAY['小4', '小5', '小6', '中1', '中2', '中3', '高1', '高2'])[ceil(random() * 8)],
        (ARRAY['女', '男', 'declined', 'not_asked'])[ceil(random() * 4)],
        (ARRAY['self', 'friend', 'guardian'])[ceil(random() * 3)],
        (ARRAY['self', 'other_pupil'])[ceil(random() * 2)],
        (ARRAY['bullying', 'friends', 'study', 'family', 'net', NULL])[ceil(random() * 6)],
        (ARRAY['truancy', 'love_sex', 'abuse', 'self_harm', 'staff', 'other'])
            [ceil(random() * 6) : ceil(random() * 6)],
        (ARRAY['none', 'concern', 'high', 'critical'])[ceil(random() * 4)],
        (ARRAY['periodic', 'promptly', NULL])[ceil(random() * 3)],
        (ARRAY['established', 'no_response'])[ceil(random() * 2)], 60, 120, 1800, 2700,
        (ARRAY['established', 'silence'])[ceil(random() * 2)],
        (random() * 80)::int * 60, (random() * 130)::int * 60, (random() * 30)::int,
        (ARRAY['school', 'police', 'other'])[ceil(random() * 3) : ceil(random() * 3)],
        random() < 0.02, random() < 0.5, (ARRAY['yes', 'somewhat', 'no', NULL])[ceil(random() * 4)],
        (ARRAY['lighter', 'neither', NULL])[ceil(random() * 3)], (ARRAY['yes', 'no', NULL])[ceil(random() * 3)]
    FROM generate_series(1, :facts) n
    """
)


@dataclass(frozen=True)
class Counted:
    """All times in milliseconds. pairs: each pair of dimensions, once, and the slowest thrice; plain: SELECT
    count(*) of the same table, in turns; slowest: the pair that took longest.
    """

    facts: int
    pairs: Times
    plain: Times
    slowest: str

    def as_json(self) -> dict[str, object]:
        """With the ratio of the slowest pair to the plain count."""
        return asdict(self) | {"ratio_most": round(self.pairs.most / self.plain.p50, 1)}


def measure(folder: Path) -> Counted:
    """Fill a database of its own, and count."""
    with EmbeddedPostgres(folder / "facts", durable=False).running_for_tests() as server:
        upgrade(server.owner_url, "tsunagi")
        return asyncio.run(_measure(server.database_url))


async def _measure(url: str) -> Counted:
    engine = create_async_engine(driver_url(url))
    try:
        await _fill(engine)
        return await _count(engine)
    finally:
        await engine.dispose()


async def _fill(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(_FILL, {"facts": FACTS})
        await connection.execute(text("ANALYZE facts"))


async def _count(engine: AsyncEngine) -> Counted:
    pairs, works = dict[str, float](), dict[str, Callable[[], Awaitable[object]]]()
    plain = list[float]()
    async with engine.connect() as connection:

        async def whole() -> object:
            return await connection.scalar(text("SELECT count(*) FROM facts"))

        await _timed(whole)
        for rows, columns in PAIRS:
            query = FactQuery("demo", date(2026, 4, 1), date(2027, 3, 31), rows, columns)

            async def both(query: FactQuery = query) -> object:
                return await count(connection, query)

            name = f"{rows} × {columns}"
            works[name], pairs[name] = both, await _timed(both)
            plain.append(await _timed(whole))
        for name in sorted(pairs, key=lambda name: -pairs[name])[:AGAIN]:
            pairs[name] = statistics.median([pairs[name], await _timed(works[name]), await _timed(works[name])])
    return Counted(
        FACTS, Times.of_seconds(list(pairs.values())), Times.of_seconds(plain), max(pairs, key=lambda name: pairs[name])
    )


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds."""
    began = time.monotonic()
    await work()
    return time.monotonic() - began
