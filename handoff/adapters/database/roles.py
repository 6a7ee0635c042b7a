"""What the application's role must not be able to do, looked at before any child is served."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.domain.errors import ConfigurationError

#: Rows are added to these and never changed.
ADDED_TO_ONLY: Final = (
    "audit_events",
    "audit_links",
    "security_confirmations",
    "disposals",
    "policies",
    "data_request_steps",
    "leak_versions",
    "fault_versions",
    "duty_notes",
)

_RIGHTS: Final = text(
    """
    SELECT rolsuper OR rolcreaterole OR rolbypassrls
        OR has_schema_privilege('public', 'CREATE')
        OR EXISTS (SELECT FROM pg_class
                   WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'MEMBER'))
        OR EXISTS (SELECT FROM unnest(CAST(:tables AS text[])) AS name
                   WHERE has_table_privilege(name, 'DELETE, TRUNCATE, TRIGGER')
                      OR has_any_column_privilege(name, 'UPDATE'))
        OR has_table_privilege('audit_cuts', 'INSERT, DELETE, TRUNCATE, TRIGGER')
        OR has_any_column_privilege('audit_cuts', 'UPDATE')
    FROM pg_roles WHERE rolname = current_user
    """
)


async def check_role(connection: AsyncConnection) -> None:
    """Raises: ConfigurationError: our role could change what is on record, or the tables themselves."""
    if await connection.scalar(_RIGHTS, {"tables": list(ADDED_TO_ONLY)}):
        raise ConfigurationError(
            "データベースの役割が、監査記録や破棄の証明を書きかえられます。表を作る役割 (TSUNAGI_DATABASE_OWNER_URL) と分けて、"
            "`tsunagi migrate` を実行してください。"
        )
