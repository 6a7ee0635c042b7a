"""The audit as a chain; confirmations of its check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.add_column("audit_events", sa.Column("mark", sa.LargeBinary(length=32), nullable=True))
    # Rows of before stay as they are; a new one without a mark is refused by the database itself.
    op.execute("ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_mark CHECK (mark IS NOT NULL) NOT VALID")
    op.create_index("ix_audit_events_actor", "audit_events", ["actor", "sequence"])
    op.create_index("ix_audit_events_verb", "audit_events", ["verb", "sequence"])
    op.create_index("ix_audit_events_at", "audit_events", ["at", "sequence"])
    op.create_table(
        "audit_links",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        _moment("real_at"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("sequence", name=op.f("uq_audit_links_sequence")),
    )
    op.create_table(
        "audit_cuts",
        sa.Column("through", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        _moment("real_at"),
        sa.PrimaryKeyConstraint("through", name=op.f("pk_audit_cuts")),
    )
    op.create_table(
        "security_confirmations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=False),
        _moment("confirmed_at"),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by"], ["staff.id"], name=op.f("fk_security_confirmations_confirmed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_confirmations")),
    )
    op.create_index("ix_security_confirmations_profile_month", "security_confirmations", ["profile", "month"])


def downgrade() -> None:
    for table in ("security_confirmations", "audit_cuts", "audit_links"):
        op.drop_table(table)
    for index in ("ix_audit_events_at", "ix_audit_events_verb", "ix_audit_events_actor"):
        op.drop_index(index, "audit_events")
    op.drop_constraint("ck_audit_events_mark", "audit_events")
    op.drop_column("audit_events", "mark")
