"""Shifts: start check, duty log, daily report and handover."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["staff.id"], name=op.f("fk_shifts_opened_by")),
        sa.ForeignKeyConstraint(["begun_by"], ["staff.id"], name=op.f("fk_shifts_begun_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_shifts_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index("uq_shifts_profile_day", "shifts", ["profile", "day"], unique=True)
    op.create_table(
        "shift_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("fine", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_shift_checks_shift_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_shift_checks_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_checks")),
        sa.UniqueConstraint("sequence", name=op.f("uq_shift_checks_sequence")),
    )
    op.create_index("ix_shift_checks_shift_id", "shift_checks", ["shift_id"])
    op.create_table(
        "shift_alarms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("rung_by", sa.Uuid(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_shift_alarms_shift_id")),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_shift_alarms_escalation_id")),
        sa.ForeignKeyConstraint(["rung_by"], ["staff.id"], name=op.f("fk_shift_alarms_rung_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_alarms")),
        sa.UniqueConstraint("escalation_id", name=op.f("uq_shift_alarms_escalation_id")),
    )
    op.create_index("ix_shift_alarms_shift_id", "shift_alarms", ["shift_id"])
    op.create_table(
        "alarm_receipts",
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("rung", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_alarm_receipts_escalation_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_alarm_receipts_made_by")),
        sa.PrimaryKeyConstraint("escalation_id", "rung", name=op.f("pk_alarm_receipts")),
    )
    op.create_table(
        "duty_spans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_duty_spans_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_spans")),
    )
    op.create_index("ix_duty_spans_began_at", "duty_spans", ["began_at"])
    op.create_index(
        "uq_duty_spans_open", "duty_spans", ["staff_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "duty_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_duty_notes_shift_id")),
        sa.ForeignKeyConstraint(["corrects"], ["duty_notes.id"], name=op.f("fk_duty_notes_corrects")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_duty_notes_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_notes")),
    )
    op.create_index("ix_duty_notes_shift_id", "duty_notes", ["shift_id"])
    op.create_table(
        "shift_papers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("found", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_shift_papers_shift_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_shift_papers_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_papers")),
    )
    op.create_index(
        "ix_shift_papers_finished", "shift_papers", ["kind", "made_at"], postgresql_where=sa.text("finished")
    )
    op.create_index("uq_shift_papers_version", "shift_papers", ["shift_id", "kind", "version"], unique=True)
    op.create_table(
        "handover_receipts",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["shift_papers.id"], name=op.f("fk_handover_receipts_paper_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_handover_receipts_staff_id")),
        sa.PrimaryKeyConstraint("paper_id", "staff_id", name=op.f("pk_handover_receipts")),
    )


def downgrade() -> None:
    op.drop_table("handover_receipts")
    op.drop_table("shift_papers")
    op.drop_table("duty_notes")
    op.drop_table("duty_spans")
    op.drop_table("alarm_receipts")
    op.drop_table("shift_alarms")
    op.drop_table("shift_checks")
    op.drop_table("shifts")
