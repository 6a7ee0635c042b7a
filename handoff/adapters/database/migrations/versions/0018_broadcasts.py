"""Blocks; follow and unfollow dates, opt-out, approved texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "blocks",
        _id("id"),
        _id("contact_id"),
        _id("session_id"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("compared", sa.Boolean(), nullable=False),
        _id("made_by"),
        _moment("made_at"),
        _moment("ends_at"),
        _moment("told_at", nullable=True),
        _moment("asked_at", nullable=True),
        _moment("lifted_at", nullable=True),
        _id("lifted_by", nullable=True),
        sa.Column("lifted_for", sa.Text(), nullable=True),
        _refers("blocks", "contact_id", "contacts"),
        _refers("blocks", "session_id", "sessions"),
        _refers("blocks", "made_by", "staff"),
        _refers("blocks", "lifted_by", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_open", "blocks", ["contact_id"], postgresql_where=sa.text("lifted_at IS NULL"))
    op.create_index("ix_blocks_made_at", "blocks", ["made_at"])
    op.create_table(
        "followings",
        _id("id"),
        _id("contact_id"),
        sa.Column("kind", sa.Text(), nullable=False),
        _moment("at"),
        _refers("followings", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followings")),
    )
    op.create_index("ix_followings_contact_id", "followings", ["contact_id"])
    op.create_index("ix_followings_at", "followings", ["at"])
    op.create_table(
        "broadcast_wishes",
        _id("id"),
        _id("contact_id"),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        _id("made_by", nullable=True),
        _moment("at"),
        _refers("broadcast_wishes", "contact_id", "contacts"),
        _refers("broadcast_wishes", "made_by", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_wishes")),
    )
    op.create_index("ix_broadcast_wishes_contact_id_at", "broadcast_wishes", ["contact_id", "at"])
    op.create_table(
        "broadcast_texts",
        _id("id"),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _id("proposed_by"),
        _moment("proposed_at"),
        sa.Column("decision", sa.Text(), nullable=True),
        _moment("decided_at", nullable=True),
        _id("decided_by", nullable=True),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("approver", sa.LargeBinary(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        _moment("retired_at", nullable=True),
        _id("retired_by", nullable=True),
        _refers("broadcast_texts", "proposed_by", "staff"),
        _refers("broadcast_texts", "decided_by", "staff"),
        _refers("broadcast_texts", "retired_by", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_texts")),
    )
    op.create_index("ix_broadcast_texts_profile_kind", "broadcast_texts", ["profile", "kind"])


def downgrade() -> None:
    for table in ("broadcast_texts", "broadcast_wishes", "followings", "blocks"):
        op.drop_table(table)
