"""What all end-to-end tests begin with."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from handoff.domain.pledge import PLEDGE_VERSION
from tests.support.running import Running

#: People at their desks, so many that no student of a test hears that many wait, however many tests left some waiting.
TEAM = 60


@pytest.fixture(scope="module", autouse=True)
def team(service: Running) -> Iterator[None]:
    """A room full of counsellors who are there all day and take nobody; congestion has tests of its own."""
    people = [uuid4() for _ in range(TEAM)]
    for number, somebody in enumerate(people):
        service.execute(
            "INSERT INTO staff (id, name, alias, role, password, created_at) "
            "VALUES (%s, %s, %s, 'counsellor', 'nobody signs in with this', now())",
            somebody,
            f"team{number}",
            f"チーム{number}",
        )
        service.execute(
            "INSERT INTO roster_entries (id, staff_id, role, trainee, content, holds_from, valid_to, announced_on, made_by, "
            "made_at) VALUES (%s, %s, 'counsellor', false, '', '2000-04-01', '2099-03-31', '2000-03-31', %s, now())",
            *(uuid4(), somebody, somebody),
        )
        service.execute(
            "INSERT INTO pledges (id, staff_id, version, pledged_on, recorded_by, recorded_at) "
            "VALUES (%s, %s, %s, '2000-04-01', %s, now())",
            *(uuid4(), somebody, PLEDGE_VERSION, somebody),
        )
        service.execute(
            "INSERT INTO presence (staff_id, on_duty, real_seen_at) VALUES (%s, true, now() + interval '1 day')",
            somebody,
        )
    yield
    for table in ("presence", "pledges", "roster_entries", "trainings"):
        service.execute(f"DELETE FROM {table} WHERE staff_id = ANY(%s)", people)
    service.execute("DELETE FROM staff WHERE id = ANY(%s)", people)
