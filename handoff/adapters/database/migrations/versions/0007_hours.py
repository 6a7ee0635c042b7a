"""Closures of the window, and who was told that they can talk now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_closures_lifted_by")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_closures_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_index("ix_closures_ends_at", "closures", ["ends_at"])
    op.add_column("sessions", sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "queued_at")
    op.drop_column("sessions", "called_back_at")
    op.drop_index("ix_closures_ends_at", table_name="closures")
    op.drop_table("closures")
