"""The application's role adds to the audit and can do nothing else; what it adds stays (row 24)."""

from __future__ import annotations

import psycopg
import pytest

from handoff.adapters.database.roles import ADDED_TO_ONLY
from handoff.adapters.database.store import SqlStore
from handoff.domain.errors import ConfigurationError, SignInRefused
from tests.integration.audit.record import Record
from tests.integration.conftest import SEALER, Database, Service
from tests.integration.desk_support import Bridge


@pytest.mark.parametrize("table", [*ADDED_TO_ONLY, "audit_cuts"])
async def test_row_24_the_application_can_add_and_nothing_else(record: Record, database: Database, table: str) -> None:
    await record.write(1)
    changes = [f"UPDATE {table} SET {'digest' if table != 'audit_events' else 'mark'} = NULL", f"DELETE FROM {table}"]
    changes += [f"TRUNCATE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TABLE {table}"]
    changes += ["CREATE TABLE mine (a int)", "SET ROLE tsunagi_owner", "DROP FUNCTION tsunagi_publish"]
    with psycopg.connect(database.url, autocommit=True) as connection:
        for change in changes:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction)):
                connection.execute(change)


async def test_a_role_that_could_is_named_at_the_start(service: Service, database: Database) -> None:
    await service.store.check_role()
    with psycopg.connect(database.owner_url) as owner:
        for right in ("UPDATE (actor) ON audit_events", "DELETE ON audit_links", "INSERT ON audit_cuts"):
            owner.execute(f"GRANT {right} TO tsunagi")
            owner.commit()
            with pytest.raises(ConfigurationError, match="TSUNAGI_DATABASE_OWNER_URL"):
                await service.store.check_role()
            owner.execute(f"REVOKE {right} FROM tsunagi")
            owner.commit()
        await service.store.check_role()
    store = SqlStore(database.owner_url, SEALER, service.jobs, pool_size=1)
    with pytest.raises(ConfigurationError, match="TSUNAGI_DATABASE_OWNER_URL"):
        await store.check_role()
    await store.close()


async def test_row_24_a_refused_sign_in_stays_on_record(service: Service) -> None:
    """Its row is written by itself, before anything of the request could fail."""
    bridge = Bridge(service)
    await bridge.supervisor()
    with pytest.raises(SignInRefused):
        async with service.store.transaction():
            await bridge.sign_in("みなと", "wrong")
    rows = await service.rows("SELECT actor FROM audit_events WHERE verb = 'sign_in_refused'")
    assert [one.actor.startswith("staff:") for one in rows] == [True]
