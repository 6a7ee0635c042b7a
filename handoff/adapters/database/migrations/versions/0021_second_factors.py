"""Second factors, recovery codes, and how a lost device is replaced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_staff(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["staff.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("factor_tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "staff_factors",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        _moment("real_confirmed_at", nullable=True),
        sa.Column("fresh", sa.LargeBinary(), nullable=True),
        sa.Column("begun_in", sa.Uuid(), nullable=True),
        _moment("real_begun_at", nullable=True),
        _moment("real_noted_at", nullable=True),
        _of_staff("staff_factors", "staff_id"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _moment("real_made_at"),
        _moment("real_used_at", nullable=True),
        _of_staff("recovery_codes", "staff_id"),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_staff_id", "recovery_codes", ["staff_id"])
    op.create_table(
        "factor_resets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _moment("real_asked_at"),
        _moment("real_ends_at"),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        _moment("real_answered_at", nullable=True),
        _moment("real_told_at", nullable=True),
        _of_staff("factor_resets", "staff_id"),
        _of_staff("factor_resets", "asked_by"),
        _of_staff("factor_resets", "answered_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_resets")),
    )
    op.create_index(
        "ix_factor_resets_open", "factor_resets", ["real_ends_at"], postgresql_where=sa.text("state = 'asked'")
    )
    op.create_index(
        "ix_factor_resets_untold", "factor_resets", ["staff_id"], postgresql_where=sa.text("real_told_at IS NULL")
    )


def downgrade() -> None:
    for table in ("factor_resets", "recovery_codes", "staff_factors"):
        op.drop_table(table)
    op.drop_column("sign_ins", "factor_tries")
