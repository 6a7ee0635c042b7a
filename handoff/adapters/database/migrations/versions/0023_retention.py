"""What is disposed of when, holds, and the proof that it was; the store for research."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

#: Foreign keys without an index: every deleted parent was looked for in the whole table.
INDEXES = (
    ("messages", "event_id"),
    ("messages", "outbox_id"),
    ("outbox", "session_id"),
    ("sessions", "previous_id"),
    ("proposals", "session_id"),
    ("follow_ups", "session_id"),
    ("fact_dues", "session_id"),
    ("blocks", "session_id"),
    ("policy_seen", "event_id"),
    ("line_events", "contact_id"),
    ("outbox", "contact_id"),
    ("follow_ups", "contact_id"),
    ("data_requests", "contact_id"),
    ("disposal_orders", "contact_id"),
)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _staff(table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["staff.id"], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    op.add_column("sessions", _moment("disposal_began_at", nullable=True))
    op.add_column("sessions", _moment("words_gone_at", nullable=True))
    op.add_column("contacts", _moment("wiped_at", nullable=True))
    op.add_column("legal_holds", sa.Column("kind", sa.Text(), server_default=sa.text("'order'"), nullable=False))
    op.add_column("legal_holds", sa.Column("until", sa.Date(), nullable=True))
    for table in ("data_requests", "disposal_orders"):
        op.add_column(
            table,
            sa.Column("line_ids", sa.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index(
        "ix_line_events_worded", "line_events", ["done_at"], postgresql_where=sa.text("payload IS NOT NULL")
    )
    op.create_table(
        "disposal_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        _moment("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_batches")),
    )
    op.create_table(
        "disposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        _staff("disposals", "decided_by"),
        _staff("disposals", "second_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
    )
    op.create_index("ix_disposals_day", "disposals", ["profile", "day"])
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment("at"),
        sa.Column("by", sa.Text(), nullable=False),
        _moment("real_started_at"),
        _moment("real_ended_at", nullable=True),
        sa.Column("disposed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_index("ix_retention_runs_at", "retention_runs", ["at"])
    op.create_table(
        "research_consents",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_research_consents_session_id")),
        _staff("research_consents", "noted_by"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_research_consents")),
    )
    op.create_table(
        "research_rows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("school_type", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("exchanges", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_research_rows")),
    )
    op.create_table(
        "research_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("purpose", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        _moment("made_at"),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        _moment("decided_at", nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        _moment("taken_at", nullable=True),
        sa.Column("rows_given", sa.Integer(), nullable=True),
        sa.Column("rows_left_out", sa.Integer(), nullable=True),
        _staff("research_exports", "made_by"),
        _staff("research_exports", "decided_by"),
        _staff("research_exports", "taken_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_research_exports")),
    )
    op.create_index("ix_research_exports_made_at", "research_exports", ["profile", "made_at"])


def downgrade() -> None:
    for table in (
        "research_exports",
        "research_rows",
        "research_consents",
        "retention_runs",
        "disposals",
        "disposal_batches",
    ):
        op.drop_table(table)
    op.drop_index("ix_line_events_worded", "line_events")
    for table, column in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in ("data_requests", "disposal_orders"):
        op.drop_column(table, "line_ids")
    op.drop_column("legal_holds", "until")
    op.drop_column("legal_holds", "kind")
    op.drop_column("contacts", "wiped_at")
    op.drop_column("sessions", "words_gone_at")
    op.drop_column("sessions", "disposal_began_at")
