"""Reports: what was told, how it's triaged, and what is answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("danger", sa.Text(), nullable=True),
        sa.Column("says_something", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("unfinished", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reporting_class", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("deadline", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("reopened_at", _MOMENT, nullable=True),
        sa.Column("receipt", sa.LargeBinary(32), nullable=True),
        sa.Column("receipt_kept", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_reports_contact_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_reports_decided_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_reports_owner_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_reports_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("receipt", name=op.f("uq_reports_receipt")),
        sa.UniqueConstraint("session_id", name=op.f("uq_reports_session_id")),
    )
    op.create_index(
        "ix_reports_open", "reports", ["touched_at"], postgresql_where=sa.text("status IN ('new', 'in_hand')")
    )
    op.create_index(
        "ix_reports_drafts",
        "reports",
        ["touched_at"],
        postgresql_where=sa.text("status = 'draft' AND closed_at IS NULL"),
    )
    op.create_index("ix_reports_contact_id", "reports", ["contact_id", "started_at"])
    op.create_index("ix_reports_matter_id", "reports", ["matter_id"], postgresql_where=sa.text("matter_id IS NOT NULL"))
    op.create_table(
        "report_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_report_steps_by")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_steps_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_steps")),
        sa.UniqueConstraint("sequence", name=op.f("uq_report_steps_sequence")),
    )
    op.create_index("ix_report_steps_report_id", "report_steps", ["report_id", "sequence"])
    op.create_index("ix_report_steps_reply", "report_steps", ["subject"], postgresql_where=sa.text("kind = 'reply'"))
    op.create_table(
        "report_visits",
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("real_until", _MOMENT, nullable=False),
        sa.Column("turn", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_visits_report_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_report_visits")),
    )
    op.create_table(
        "report_sittings_left",
        sa.Column("sitting", sa.LargeBinary(32), nullable=False),
        sa.Column("real_left_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sitting", name=op.f("pk_report_sittings_left")),
    )


def downgrade() -> None:
    op.drop_table("report_sittings_left")
    op.drop_table("report_visits")
    op.drop_table("report_steps")
    op.drop_table("reports")
