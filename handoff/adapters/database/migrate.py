"""Bring the database to this program's version: all steps in one transaction, or none.

The owner's role runs this; the application's role gets what it needs to work and no more (audit rows can be added,
never changed or deleted).
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from handoff.adapters.database.roles import ADDED_TO_ONLY
from handoff.domain.errors import SchemaError, StoreUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number: held while migrating, so that two starts at once don't both try.
MIGRATION_LOCK = 7_305_184_126


def driver_url(url: str) -> str:
    """Name the driver in a plain ``postgresql://`` address, as SQLAlchemy wants it."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The version of the schema that this program works with."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None  # noqa: S101 - the repository holds migrations
    return found


def upgrade(owner_url: str, app_role: str | None = None, target: str = "head") -> tuple[str | None, str]:
    """Migrate; give the versions before and after.

    Args: owner_url: address with the owner's role; app_role: the application's role, given its rights afterwards.

    Raises: SchemaError: the database is of a version this program doesn't know (nothing was changed).
        StoreUnavailable: it can't be reached.
    """
    engine = create_engine(driver_url(owner_url))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            before = MigrationContext.configure(connection).get_current_revision()
            try:
                if before is not None:
                    ScriptDirectory.from_config(_config()).get_revision(before)
                command.upgrade(_config(connection), target)
            except CommandError:
                raise SchemaError(
                    f"the database is of version {before}, which this program ({head()}) doesn't know; "
                    "nothing was changed: run the newer program, or restore a backup"
                ) from None
            if app_role is not None:
                _grant(connection, app_role)
            after = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise StoreUnavailable(f"the database can't be reached for migration ({type(error).__name__})") from None
    finally:
        engine.dispose()
    assert after is not None  # noqa: S101 - upgrade() has just set it
    return before, after


def _grant(connection: Connection, role: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}" for table in ADDED_TO_ONLY),
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_cuts FROM {quoted}",
        f"REVOKE UPDATE ON desk_events FROM {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
        # What a destroyed key leaves in its table's file goes when the table is written anew.
        *([f"GRANT MAINTAIN ON data_keys TO {quoted}"] if _knows_maintain(connection) else []),
    ):
        connection.execute(text(statement))


def _knows_maintain(connection: Connection) -> bool:
    """PostgreSQL 17 and later can let another role than the owner rewrite a table."""
    return (connection.dialect.server_version_info or (0,)) >= (17,)


def check_current(connection: Connection) -> None:
    """Raises: SchemaError: the database isn't of this program's version."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found != head():
        raise SchemaError(f"the database is of version {found}, this program needs {head()}: run `tsunagi migrate`")
