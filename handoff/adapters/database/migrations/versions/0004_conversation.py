"""Conversation: who comes again, the one gentle line, and when somebody wants nothing sent unasked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("quiet", sa.LargeBinary(), nullable=True))
    op.add_column("sessions", sa.Column("returning", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("sessions", sa.Column("nudged", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("sessions", sa.Column("nudge_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_sessions_nudge_due_at", "sessions", ["nudge_due_at"], postgresql_where=sa.text("nudge_due_at IS NOT NULL")
    )
    op.create_index("ix_sessions_intake", "sessions", ["opened_at"], postgresql_where=sa.text("state = 'intake'"))


def downgrade() -> None:
    op.drop_index("ix_sessions_intake", "sessions")
    op.drop_index("ix_sessions_nudge_due_at", "sessions")
    op.drop_column("sessions", "nudge_due_at")
    op.drop_column("sessions", "nudged")
    op.drop_column("sessions", "returning")
    op.drop_column("contacts", "quiet")
