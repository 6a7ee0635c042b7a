"""Data keys: one for each session and kind of record, wrapped by the key file's key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("kek", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("real_created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
        # A contact's key is made before its row, in the same transaction: looked at when it commits.
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_data_keys_session_id"), deferrable=True, initially="DEFERRED"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_data_keys_contact_id"), deferrable=True, initially="DEFERRED"
        ),
    )
    # At most one key of a kind for an owner: two transactions that make one at once agree on it.
    op.create_index("uq_data_keys_session_id", "data_keys", ["session_id", "kind"], unique=True)
    op.create_index(
        "uq_data_keys_contact_id",
        "data_keys",
        ["contact_id", "kind"],
        unique=True,
        postgresql_where=sa.text("session_id IS NULL AND contact_id IS NOT NULL"),
    )
    op.create_index(
        "uq_data_keys_kind",
        "data_keys",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("session_id IS NULL AND contact_id IS NULL"),
    )
    op.create_index("ix_data_keys_contact_id", "data_keys", ["contact_id"])
    op.create_index("ix_data_keys_kek", "data_keys", ["kek"])
    op.create_check_constraint(
        op.f("ck_data_keys_owner"),
        "data_keys",
        "CASE kind WHEN 'house' THEN session_id IS NULL AND contact_id IS NULL"
        " WHEN 'contact' THEN session_id IS NULL AND contact_id IS NOT NULL"
        " WHEN 'event' THEN contact_id IS NOT NULL"
        " ELSE session_id IS NOT NULL AND contact_id IS NULL END",
    )
