"""The school register: schools and other bodies, names, dated enrolment, contact persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = postgresql.ARRAY(sa.Text())
    op.create_table(
        "schools",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("readings", words, nullable=False),
        sa.Column("aliases", words, nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("founder", sa.Text(), nullable=True),
        sa.Column("school_type", sa.Text(), nullable=False),
        sa.Column("courses", words, nullable=False),
        sa.Column("departments", words, nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_to", sa.Integer(), nullable=True),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile", "code", name=op.f("pk_schools")),
    )
    op.create_table(
        "school_enrolments",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.CheckConstraint("pupils >= 0", name=op.f("ck_school_enrolments_pupils")),
        sa.ForeignKeyConstraint(
            ["profile", "code"],
            ["schools.profile", "schools.code"],
            name=op.f("fk_school_enrolments_profile"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile", "code", "as_of", "grade", name=op.f("pk_school_enrolments")),
    )
    op.create_table(
        "school_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile", "code"],
            ["schools.profile", "schools.code"],
            name=op.f("fk_school_contacts_profile"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_contacts")),
    )
    op.create_index("uq_school_contacts_place", "school_contacts", ["profile", "code", "place"], unique=True)
    op.create_table(
        "school_uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_school_uploads_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_uploads")),
    )
    op.create_index("ix_school_uploads_at", "school_uploads", ["at"])


def downgrade() -> None:
    for table in ("school_uploads", "school_contacts", "school_enrolments", "schools"):
        op.drop_table(table)
