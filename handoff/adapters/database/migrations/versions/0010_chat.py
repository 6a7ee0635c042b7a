"""The web chat: how far its pages are, and what is kept of its visitors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_chats",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("real_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("real_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("here", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cleared_through", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_web_chats_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_web_chats")),
    )
    op.create_table(
        "web_traces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_web_traces_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_traces")),
    )
    op.create_index("ix_web_traces_contact_id", "web_traces", ["contact_id"])
    op.create_index("ix_web_traces_kept_until", "web_traces", ["kept_until"])


def downgrade() -> None:
    op.drop_table("web_traces")
    op.drop_table("web_chats")
