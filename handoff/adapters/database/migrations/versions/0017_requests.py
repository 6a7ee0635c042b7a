"""Requests, the board's instructions, leak reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("arrival", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("grounds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("child", sa.Text(), nullable=False),
        sa.Column("session_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_data_requests_contact_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_data_requests_decided_by")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_data_requests_made_by")),
        sa.ForeignKeyConstraint(["second_by"], ["staff.id"], name=op.f("fk_data_requests_second_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
    )
    op.create_index(
        "ix_data_requests_open",
        "data_requests",
        ["profile", "state"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_data_requests_received_on", "data_requests", ["profile", "received_on"])
    op.create_table(
        "data_request_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_data_request_steps_by")),
        sa.ForeignKeyConstraint(["request_id"], ["data_requests.id"], name=op.f("fk_data_request_steps_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_steps")),
        sa.UniqueConstraint("sequence", name=op.f("uq_data_request_steps_sequence")),
    )
    op.create_index("ix_data_request_steps_request_id", "data_request_steps", ["request_id", "sequence"])
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_reason", sa.LargeBinary(), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_legal_holds_contact_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_legal_holds_lifted_by")),
        sa.ForeignKeyConstraint(["placed_by"], ["staff.id"], name=op.f("fk_legal_holds_placed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        "ix_legal_holds_contact_id",
        "legal_holds",
        ["contact_id"],
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "disposal_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("session_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("second_by", sa.Uuid(), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_disposal_orders_contact_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_disposal_orders_decided_by")),
        sa.ForeignKeyConstraint(["ordered_by"], ["staff.id"], name=op.f("fk_disposal_orders_ordered_by")),
        sa.ForeignKeyConstraint(["request_id"], ["data_requests.id"], name=op.f("fk_disposal_orders_request_id")),
        sa.ForeignKeyConstraint(["second_by"], ["staff.id"], name=op.f("fk_disposal_orders_second_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_orders")),
        sa.UniqueConstraint("request_id", name=op.f("uq_disposal_orders_request_id")),
    )
    op.create_index(
        "ix_disposal_orders_open",
        "disposal_orders",
        ["ordered_at"],
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "instructions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("question", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["staff.id"], name=op.f("fk_instructions_answered_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_instructions_closed_by")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_instructions_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instructions")),
    )
    op.create_index("ix_instructions_made_at", "instructions", ["profile", "made_at"])
    op.create_index("ix_instructions_open", "instructions", ["profile"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_table(
        "leaks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_leaks_made_by")),
        sa.ForeignKeyConstraint(["saved_by"], ["staff.id"], name=op.f("fk_leaks_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaks")),
    )
    op.create_index("ix_leaks_noticed_on", "leaks", ["profile", "noticed_on"])
    op.create_table(
        "leak_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leak_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["leak_id"], ["leaks.id"], name=op.f("fk_leak_versions_leak_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_leak_versions_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leak_versions")),
    )
    op.create_index("uq_leak_versions_leak_id_number", "leak_versions", ["leak_id", "number"], unique=True)


def downgrade() -> None:
    op.drop_table("leak_versions")
    op.drop_table("leaks")
    op.drop_table("instructions")
    op.drop_table("disposal_orders")
    op.drop_table("legal_holds")
    op.drop_table("data_request_steps")
    op.drop_table("data_requests")
