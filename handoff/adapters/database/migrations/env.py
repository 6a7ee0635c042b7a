"""Alembic's way to the database; only ever run by ``handoff.adapters.database.migrate`` on its connection."""

from __future__ import annotations

from alembic import context

from handoff.adapters.database import (  # noqa: F401 - add their tables
    audit_tables,
    backup_tables,
    broadcast_tables,
    care_tables,
    chat_tables,
    closure_tables,
    desk_tables,
    escalation_tables,
    evidence_tables,
    fact_tables,
    factor_tables,
    fault_tables,
    policy_tables,
    report_tables,
    request_tables,
    retention_tables,
    roster_tables,
    school_tables,
    shift_tables,
    sign_in_tables,
)
from handoff.adapters.database.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
