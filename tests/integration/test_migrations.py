"""Migrations: whole or not at all, and the application's role can't touch what it mustn't."""

from __future__ import annotations

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from handoff.adapters.database.migrate import check_current, driver_url, head, upgrade
from handoff.adapters.database.tables import Base
from handoff.domain.errors import SchemaError, StoreUnavailable
from tests.integration.conftest import Database, Service


def test_an_empty_database_and_one_of_the_previous_version_come_to_the_same(empty_database: Database) -> None:
    assert upgrade(empty_database.owner_url, target="0001") == (None, "0001")
    with create_engine(driver_url(empty_database.owner_url)).connect() as connection, pytest.raises(SchemaError):
        check_current(connection)
    assert upgrade(empty_database.owner_url, "tsunagi") == ("0001", head())
    assert upgrade(empty_database.owner_url, "tsunagi") == (head(), head())


def test_the_migrations_make_just_what_the_code_names(database: Database) -> None:
    with create_engine(driver_url(database.owner_url)).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _parent: not str(name).startswith("procrastinate")}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="9999"):
        upgrade(database.owner_url, "tsunagi")
    with psycopg.connect(database.owner_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_migration_that_fails_midway_leaves_the_previous_version(empty_database: Database) -> None:
    upgrade(empty_database.owner_url, target="0001")
    with psycopg.connect(empty_database.owner_url) as connection:
        connection.execute("CREATE TABLE messages (id int)")  # stands in the way of 0002
    with pytest.raises(Exception, match="messages"):
        upgrade(empty_database.owner_url)
    with psycopg.connect(empty_database.owner_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT to_regclass('contacts')").fetchone() == (None,)


def test_a_database_that_is_away_is_named() -> None:
    with pytest.raises(StoreUnavailable):
        upgrade("postgresql://nobody@127.0.0.1:1/none")


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET verb = 'x'", "DELETE FROM audit_events"])
async def test_the_application_cannot_change_the_audit(service: Service, statement: str) -> None:
    async with service.store.transaction() as tx:
        await tx.audit.add(service.setting.clock.now(), "test", "try", None)
    with pytest.raises(Exception, match="permission denied"):
        await service.change(statement)
    assert len(await service.rows("SELECT 1 FROM audit_events")) == 1


async def test_the_application_cannot_change_the_schema(service: Service) -> None:
    with pytest.raises(Exception, match="permission denied|must be owner"):
        async with service.store.engine.begin() as connection:
            await connection.execute(text("DROP TABLE messages"))
