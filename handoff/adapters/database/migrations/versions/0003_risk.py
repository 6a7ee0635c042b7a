"""The risk screen: what it found, and the escalations that follow from it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FALSE = sa.text("false")
ZERO = sa.text("0")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _code(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _escalation() -> list[sa.Column[Any]]:
    return [sa.Column("escalation_id", sa.Uuid(), nullable=False)]


def _of_escalation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f(f"fk_{table}_escalation_id"))


def upgrade() -> None:
    op.add_column("sessions", sa.Column("safety", sa.LargeBinary(), nullable=True))
    op.add_column("sessions", sa.Column("unscreened", sa.Boolean(), server_default=FALSE, nullable=False))
    op.add_column("line_events", sa.Column("level", sa.Text(), nullable=True))
    op.add_column("line_events", sa.Column("assessment", sa.LargeBinary(), nullable=True))
    op.add_column("line_events", sa.Column("screen_failed", sa.Boolean(), server_default=FALSE, nullable=False))
    op.add_column("messages", sa.Column("assessment", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("unscreened", sa.Boolean(), server_default=FALSE, nullable=False))

    op.create_table(
        "escalations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("test", sa.Boolean(), server_default=FALSE, nullable=False),
        _code("state"),
        _code("cause"),
        _code("level"),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        _moment("raised_at"),
        _moment("deadline_at"),
        _moment("ladder_from"),
        sa.Column("rung", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("alarms", sa.Integer(), server_default=ZERO, nullable=False),
        _moment("alarmed_at", nullable=True),
        _moment("next_alarm_at", nullable=True),
        _moment("acknowledged_at", nullable=True),
        _code("acknowledged_by", nullable=True),
        _moment("contacted_at", nullable=True),
        _moment("closed_at", nullable=True),
        _code("closed_by", nullable=True),
        _code("closed_reason", nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("session_id IS NOT NULL OR test", name=op.f("ck_escalations_session_or_test")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_escalations_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        sa.UniqueConstraint("sequence", name=op.f("uq_escalations_sequence")),
    )
    op.create_index(
        "uq_escalations_open", "escalations", ["session_id"], unique=True, postgresql_where=sa.text("state <> 'closed'")
    )
    op.create_index("ix_escalations_session_id_sequence", "escalations", ["session_id", "sequence"])
    op.create_index(
        "ix_escalations_due",
        "escalations",
        ["next_alarm_at"],
        postgresql_where=sa.text("next_alarm_at IS NOT NULL"),
    )

    op.create_table(
        "escalation_evidence",
        *_escalation(),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _code("cause"),
        _code("level"),
        _moment("at"),
        _of_escalation("escalation_evidence"),
        sa.ForeignKeyConstraint(["event_id"], ["line_events.id"], name=op.f("fk_escalation_evidence_event_id")),
        sa.PrimaryKeyConstraint("escalation_id", "event_id", name=op.f("pk_escalation_evidence")),
    )
    op.create_index("ix_escalation_evidence_event_id", "escalation_evidence", ["event_id"])

    op.create_table(
        "escalation_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_escalation(),
        sa.Column("rung", sa.Integer(), nullable=False),
        _code("who"),
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        _of_escalation("escalation_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_links")),
        sa.UniqueConstraint("lookup", name=op.f("uq_escalation_links_lookup")),
    )
    op.create_index(
        "uq_escalation_links_escalation_id_rung", "escalation_links", ["escalation_id", "rung"], unique=True
    )

    op.create_table(
        "escalation_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_escalation(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        _code("who"),
        _code("medium"),
        _code("state"),
        sa.Column("attempts", sa.Integer(), server_default=ZERO, nullable=False),
        _code("outcome", nullable=True),
        _moment("at"),
        _moment("real_next_at"),
        _moment("real_settled_at", nullable=True),
        _of_escalation("escalation_notices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_notices")),
    )
    op.create_index(
        "uq_escalation_notices_number_medium",
        "escalation_notices",
        ["escalation_id", "number", "medium"],
        unique=True,
    )
    op.create_index(
        "ix_escalation_notices_planned",
        "escalation_notices",
        ["real_next_at"],
        postgresql_where=sa.text("state = 'planned'"),
    )

    op.create_table(
        "escalation_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_escalation(),
        _code("agency"),
        _code("who"),
        _moment("at"),
        _of_escalation("escalation_calls"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_calls")),
    )
    op.create_index("ix_escalation_calls_escalation_id", "escalation_calls", ["escalation_id"])

    op.create_table(
        "glass_openings",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_escalation(),
        _code("who"),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        _moment("at"),
        _moment("review_due_at"),
        _code("reviewed_by", nullable=True),
        _moment("reviewed_at", nullable=True),
        _of_escalation("glass_openings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glass_openings")),
    )
    op.create_index("ix_glass_openings_escalation_id", "glass_openings", ["escalation_id"])
    op.create_index(
        "ix_glass_openings_unreviewed",
        "glass_openings",
        ["review_due_at"],
        postgresql_where=sa.text("reviewed_at IS NULL"),
    )
