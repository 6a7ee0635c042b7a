"""The application's role adds to the audit and can do nothing else; what it adds stays (row 24)."""

from __future__ import annotations

import psycopg
import pytest

from handoff.adapters.database.roles import ADDED_TO_ONLY
from handoff.adapters.database.store import SqlStore
from handoff.adapters.database.tables import Base
from handoff.domain.errors import ConfigurationError, SignInRefused
from tests.integration.audit.record import Record
from tests.integration.conftest import SEALER, Database, Service
from tests.integration.desk_support import Bridge


def changeable(table: str) -> list[str]:
    """The columns of a table but for numbers that nobody can write."""
    return [column.name for column in Base.metadata.tables[table].columns if column.identity is None]


#: What nobody may change who has got hold of the service: who did what, who decided, what was proved and published.
STANDS = (
    "audit_events",
    "audit_links",
    "audit_cuts",
    "security_confirmations",
    "disposals",
    "policies",
    "data_request_steps",
    "leak_versions",
    "fault_versions",
    "duty_notes",
)


def test_the_start_asks_of_the_same_tables() -> None:
    assert {*ADDED_TO_ONLY, "audit_cuts"} == set(STANDS)


@pytest.mark.parametrize("table", STANDS)
async def test_row_24_the_application_can_add_and_nothing_else(record: Record, database: Database, table: str) -> None:
    await record.write(1)
    changes = [f'UPDATE {table} SET "{name}" = NULL' for name in changeable(table)]
    changes += [f"DELETE FROM {table}", f"TRUNCATE {table}", f"SELECT * FROM {table} FOR UPDATE"]
    changes += [f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TABLE {table}"]
    changes += ["CREATE TABLE mine (a int)", "SET ROLE tsunagi_owner", "DROP FUNCTION tsunagi_publish"]
    with psycopg.connect(database.url, autocommit=True) as connection:
        for change in changes:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction)):
                connection.execute(change)


#: What is deleted after its days by the application itself, and never changed before.
SWEPT = ("desk_events",)


@pytest.mark.parametrize("table", SWEPT)
async def test_row_24_what_goes_after_its_days_is_not_changed_before(database: Database, table: str) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        for name in changeable(table):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f'UPDATE {table} SET "{name}" = NULL'.encode())


async def test_a_role_that_could_is_named_at_the_start(service: Service, database: Database) -> None:
    await service.store.check_role()
    with psycopg.connect(database.owner_url) as owner:
        for right in (
            "UPDATE (actor) ON audit_events",
            "DELETE ON audit_links",
            "INSERT ON audit_cuts",
            "UPDATE (count) ON disposals",
        ):
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
