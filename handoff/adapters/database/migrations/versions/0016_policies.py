"""Policies by version, and which one a contact saw."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("holds_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["published_by"], ["staff.id"], name=op.f("fk_policies_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_index("uq_policies_profile_number", "policies", ["profile", "number"], unique=True)
    op.create_index("ix_policies_profile_holds_from", "policies", ["profile", "holds_from"])
    op.create_table(
        "policy_drafts",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["staff.id"], name=op.f("fk_policy_drafts_changed_by")),
        sa.PrimaryKeyConstraint("profile", name=op.f("pk_policy_drafts")),
    )
    op.create_table(
        "policy_seen",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_policy_seen_contact_id")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_seen_policy_id")),
        sa.ForeignKeyConstraint(["event_id"], ["line_events.id"], name=op.f("fk_policy_seen_event_id")),
        sa.PrimaryKeyConstraint("contact_id", "policy_id", name=op.f("pk_policy_seen")),
    )
    op.create_index("ix_policy_seen_policy_id", "policy_seen", ["policy_id"])


def downgrade() -> None:
    op.drop_table("policy_seen")
    op.drop_table("policy_drafts")
    op.drop_table("policies")
