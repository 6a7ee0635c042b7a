"""Faults and drills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("contacts", sa.Column("test", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "faults",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("notice", sa.LargeBinary(), nullable=True),
        sa.Column("notice_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_faults_closed_by")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_faults_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faults")),
    )
    op.create_index("ix_faults_profile_recorded_at", "faults", ["profile", "recorded_at"])
    op.create_table(
        "fault_versions",
        sa.Column("fault_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_fault_versions_by")),
        sa.ForeignKeyConstraint(["fault_id"], ["faults.id"], name=op.f("fk_fault_versions_fault_id")),
        sa.PrimaryKeyConstraint("fault_id", "number", name=op.f("pk_fault_versions")),
        sa.UniqueConstraint("key", name=op.f("uq_fault_versions_key")),
    )
    op.create_table(
        "fault_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fault_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_fault_reports_by")),
        sa.ForeignKeyConstraint(["fault_id"], ["faults.id"], name=op.f("fk_fault_reports_fault_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_reports")),
    )
    op.create_index("ix_fault_reports_fault_id", "fault_reports", ["fault_id"])
    op.create_table(
        "fault_hints",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("through", _MOMENT, nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_fault_hints_by")),
        sa.PrimaryKeyConstraint("profile", "code", name=op.f("pk_fault_hints")),
    )
    op.create_table(
        "drills",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("step", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("words_by", sa.Uuid(), nullable=True),
        sa.Column("words_at", _MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_drills_contact_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_drills_ended_by")),
        sa.ForeignKeyConstraint(["started_by"], ["staff.id"], name=op.f("fk_drills_started_by")),
        sa.ForeignKeyConstraint(["words_by"], ["staff.id"], name=op.f("fk_drills_words_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_drills_contact_id")),
    )
    op.create_index(
        "uq_drills_running", "drills", ["profile"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_drills_profile_started_at", "drills", ["profile", "started_at"])


def downgrade() -> None:
    op.drop_table("drills")
    op.drop_table("fault_hints")
    op.drop_table("fault_reports")
    op.drop_table("fault_versions")
    op.drop_table("faults")
    op.drop_column("contacts", "test")
