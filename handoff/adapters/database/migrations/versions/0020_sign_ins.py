"""Sign-ins that can be listed and ended; how fast one may try."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id"))


def upgrade() -> None:
    # Whoever is signed in while the service is brought up to date signs in again.
    op.execute("DELETE FROM sign_ins")
    op.add_column("sign_ins", sa.Column("id", sa.Uuid(), nullable=False))
    op.add_column("sign_ins", sa.Column("label", sa.LargeBinary(), nullable=False))
    op.add_column("sign_ins", sa.Column("device", sa.LargeBinary(length=32), nullable=False))
    op.add_column("sign_ins", sa.Column("half", sa.Boolean(), nullable=False))
    op.add_column("sign_ins", _moment("real_factor_at", nullable=True))
    op.create_unique_constraint(op.f("uq_sign_ins_id"), "sign_ins", ["id"])
    op.add_column("staff", sa.Column("must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "staff",
        sa.Column("real_password_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_table(
        "known_devices",
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        _moment("real_created_at"),
        _moment("real_seen_at"),
        _of_staff("known_devices"),
        sa.PrimaryKeyConstraint("lookup", "staff_id", name=op.f("pk_known_devices")),
        sa.UniqueConstraint("id", name=op.f("uq_known_devices_id")),
    )
    op.create_index("ix_known_devices_staff_id", "known_devices", ["staff_id"])
    op.create_table(
        "sign_in_tries",
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("real_last_at"),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_sign_in_tries")),
    )
    op.create_index("ix_sign_in_tries_real_last_at", "sign_in_tries", ["real_last_at"])
    op.create_table(
        "old_passwords",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        _moment("real_ended_at"),
        _of_staff("old_passwords"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_passwords")),
    )
    op.create_index("ix_old_passwords_staff_id", "old_passwords", ["staff_id"])
