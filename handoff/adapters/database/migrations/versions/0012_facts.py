"""Facts: what is counted of a session, outside the session's key; and corrections of closed sheets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    codes = postgresql.ARRAY(sa.TEXT())
    op.create_table(
        "facts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("coding_version", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("user_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("school_type", sa.Text(), nullable=False),
        sa.Column("school_code", sa.Text(), nullable=True),
        sa.Column("founder", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("concerned", sa.Text(), nullable=False),
        sa.Column("primary_topic", sa.Text(), nullable=True),
        sa.Column("secondaries", codes, nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("reporting_class", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("accepted_after", sa.Integer(), nullable=True),
        sa.Column("first_human_after", sa.Integer(), nullable=True),
        sa.Column("last_human_after", sa.Integer(), nullable=True),
        sa.Column("closed_after", sa.Integer(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("waited", sa.Integer(), nullable=True),
        sa.Column("worked", sa.Integer(), nullable=True),
        sa.Column("exchanges", sa.Integer(), nullable=False),
        sa.Column("agencies", codes, nullable=False),
        sa.Column("call_transfer", sa.Boolean(), nullable=False),
        sa.Column("surveyed", sa.Boolean(), nullable=False),
        sa.Column("survey_heard", sa.Text(), nullable=True),
        sa.Column("survey_ease", sa.Text(), nullable=True),
        sa.Column("survey_again", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
    )
    current = sa.text("current")
    op.create_index("ix_facts_day", "facts", ["profile", "day"], postgresql_where=current)
    op.create_index("uq_facts_current", "facts", ["lookup"], unique=True, postgresql_where=current)
    op.create_index("uq_facts_lookup_version", "facts", ["lookup", "version"], unique=True)
    op.create_table(
        "fact_dues",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_fact_dues_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_dues")),
    )
    op.create_index("ix_fact_dues_at", "fact_dues", ["at"])
    op.create_table(
        "sheet_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("after", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_sheet_corrections_decided_by")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_sheet_corrections_made_by")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_sheet_corrections_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_corrections")),
    )
    op.create_index("ix_sheet_corrections_session_id", "sheet_corrections", ["session_id", "made_at"])
    op.create_index(
        "uq_sheet_corrections_waiting",
        "sheet_corrections",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    # Sessions that were closed before there were facts are counted as well.
    op.execute(
        "INSERT INTO fact_dues (id, session_id, at) "
        "SELECT gen_random_uuid(), id, closed_at FROM sessions WHERE closed_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("sheet_corrections")
    op.drop_table("fact_dues")
    op.drop_table("facts")
