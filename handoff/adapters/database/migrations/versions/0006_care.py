"""What stays after a talk: sheets, tasks, plans, the survey, the steps of an escalation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_care",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("frequent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("impersonation", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_care_contact_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["staff.id"], name=op.f("fk_contact_care_updated_by")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_care")),
    )
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("what", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_follow_ups_contact_id")),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f("fk_follow_ups_done_by")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_follow_ups_made_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_follow_ups_owner_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_follow_ups_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_index("ix_follow_ups_open", "follow_ups", ["due_on"], postgresql_where=sa.text("done_at IS NULL"))
    op.create_table(
        "surveys",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_surveys_contact_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_surveys_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_surveys")),
    )
    op.create_index("ix_surveys_contact_id", "surveys", ["contact_id"])
    op.create_index(
        "uq_surveys_open", "surveys", ["contact_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "wrap_ups",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filled_by", sa.Uuid(), nullable=True),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.Uuid(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["filled_by"], ["staff.id"], name=op.f("fk_wrap_ups_filled_by")),
        sa.ForeignKeyConstraint(["returned_by"], ["staff.id"], name=op.f("fk_wrap_ups_returned_by")),
        sa.ForeignKeyConstraint(["saved_by"], ["staff.id"], name=op.f("fk_wrap_ups_saved_by")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_wrap_ups_session_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["staff.id"], name=op.f("fk_wrap_ups_signed_by")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_wrap_ups")),
    )
    op.create_table(
        "escalation_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_escalation_steps_escalation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_steps")),
    )
    op.create_index("ix_escalation_steps_escalation_id", "escalation_steps", ["escalation_id"])
    op.create_table(
        "glass_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_glass_requests_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_glass_requests_decided_by")),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_glass_requests_escalation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glass_requests")),
    )
    op.create_index("ix_glass_requests_escalation_id", "glass_requests", ["escalation_id"])
    op.add_column("escalation_calls", sa.Column("result", sa.Text(), nullable=True))
    op.add_column("escalation_calls", sa.Column("detail", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("escalation_calls", "detail")
    op.drop_column("escalation_calls", "result")
    op.drop_table("glass_requests")
    op.drop_table("escalation_steps")
    op.drop_table("wrap_ups")
    op.drop_table("surveys")
    op.drop_table("follow_ups")
    op.drop_table("contact_care")
