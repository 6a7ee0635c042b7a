"""Rows from before there were marks are the beginning of the chain, also behind a cut."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from handoff.adapters.database.audit import SqlAuditChain
from handoff.adapters.database.audit_cut import cut_audit
from handoff.adapters.database.migrate import driver_url, upgrade
from handoff.domain.audit import Fault
from tests.integration.audit.record import UNMARKED, Record
from tests.integration.conftest import SEALER, Database


async def test_rows_from_before_there_were_marks_become_the_beginning(
    record: Record, database: Database, empty_database: Database
) -> None:
    """As after an update: the old rows are linked as they are, and can't be changed from then on."""
    record.as_superuser(
        "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
        "INSERT INTO audit_events (id, at, actor, verb, detail)"
        " SELECT gen_random_uuid(), now(), 'staff:old', 'open_desk', '{}' FROM generate_series(1, 3)",
        "ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_mark CHECK (mark IS NOT NULL) NOT VALID",
    )
    assert (await record.check()).fault is None
    await record.write(2)
    assert await record.link() == 5
    assert (await record.check()).fault is None
    record.as_superuser(
        "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
        "UPDATE audit_events SET actor = 'b' WHERE mark IS NULL AND actor = 'staff:old'",
    )
    assert await record.found() == (Fault.CHANGED, 1)
    # And the real step of an update.
    upgrade(empty_database.owner_url, target="0021")
    with psycopg.connect(empty_database.owner_url) as connection:
        connection.execute(
            "INSERT INTO audit_events (id, at, actor, verb, detail)"
            " VALUES (gen_random_uuid(), now(), 'staff:old', 'open_desk', '{}')"
        )
    upgrade(empty_database.owner_url, "tsunagi")
    with psycopg.connect(empty_database.url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO audit_events (id, at, actor, verb, detail)"
            " VALUES (gen_random_uuid(), now(), 'staff:b', 'open_desk', '{}')"
        )


def old_rows(record: Record, count: int) -> None:
    """As before there were marks, a day apart."""
    record.as_superuser(
        "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
        "INSERT INTO audit_events (id, at, actor, verb, detail)"
        " SELECT gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 day', 'staff:old', 'open_desk', '{}'"
        f" FROM generate_series(1, {count}) n",
        "ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_mark CHECK (mark IS NOT NULL) NOT VALID",
    )


async def test_row_24_old_rows_behind_a_cut_are_still_the_beginning(record: Record, database: Database) -> None:
    old_rows(record, 30)
    await record.write(2)
    assert await record.link() == 32
    engine = create_async_engine(driver_url(database.owner_url))
    async with engine.begin() as owner:
        assert await cut_audit(owner, SEALER.lookup, datetime(2026, 1, 10, tzinfo=UTC), datetime.now(UTC)) == 8
    await engine.dispose()
    left = await record.check()
    assert (left.fault, left.links) == (None, 24)
    # A row from before there were marks is still none that comes later, nor one that was changed.
    record.as_superuser("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark", UNMARKED)
    assert await record.found() == (Fault.UNMARKED, 0)
    record.as_superuser("UPDATE audit_events SET actor = 'b' WHERE actor = 'staff:old'")
    assert await record.found() == (Fault.CHANGED, 9)


async def test_row_24_old_rows_that_wait_while_the_first_are_linked_are_no_fault(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_rows(record, 7)
    await record.write(1)
    monkeypatch.setattr("handoff.services.audit.link_rows.BATCH", 5)
    real, turns = SqlAuditChain.take_turn, list[bool]()

    async def once(self: SqlAuditChain) -> bool:
        turns.append(True)
        return len(turns) == 1 and await real(self)

    with monkeypatch.context() as only:
        only.setattr(SqlAuditChain, "take_turn", once)
        assert await record.link() == 5
    waiting = await record.check()
    assert (waiting.fault, waiting.links, waiting.unlinked) == (None, 5, 3)
    assert await record.link() == 3
    # And one behind the first marked row is one, linked or not.
    record.as_superuser("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark", UNMARKED)
    assert await record.found() == (Fault.UNMARKED, 0)
