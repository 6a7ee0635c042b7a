"""The desk: people, presence, the log that desks follow, and what is written beside a talk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Writes the log of the desk. The lock is held until the commit, so that numbers grow in the order of commits: a reader
#: that has seen one has seen all before it. Called as the last statement of a transaction, it can't wait for a row's lock
#: while it holds its own.
PUBLISH = """
CREATE FUNCTION tsunagi_publish(events jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tsunagi_desk_events', 0));
    WITH added AS (
        INSERT INTO desk_events (kind, session_id, subject, detail)
        SELECT event->>'kind', (event->>'session')::uuid, (event->>'subject')::uuid, event->'detail'
        FROM jsonb_array_elements(events) WITH ORDINALITY AS told (event, place)
        ORDER BY place
        RETURNING sequence
    )
    SELECT max(sequence) INTO last FROM added;
    PERFORM pg_notify('tsunagi_desk', last::text);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "desk_alive",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("real_up_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("real_beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_alive")),
    )
    op.create_table(
        "desk_events",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("real_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_desk_events")),
    )
    op.create_index("ix_desk_events_alarms", "desk_events", ["sequence"], postgresql_where=sa.text("kind = 'alarm'"))
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("display", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("trainee", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("wishes", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("alias", name=op.f("uq_staff_alias")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
    )
    op.create_table(
        "knowledge_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_knowledge_notes_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_notes")),
    )
    op.create_index("ix_knowledge_notes_expires_on", "knowledge_notes", ["expires_on"])
    op.create_table(
        "line_quota",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("limit", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("real_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("real_tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_quota")),
    )
    op.create_table(
        "phrases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_phrases_owner_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_phrases_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrases")),
    )
    op.create_index("ix_phrases_owner_id", "phrases", ["owner_id"])
    op.create_table(
        "presence",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("real_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_presence_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("real_created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("real_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sign_ins_staff_id")),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_staff_id", "sign_ins", ["staff_id"])
    op.create_table(
        "drafts",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_drafts_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_drafts_staff_id")),
        sa.PrimaryKeyConstraint("session_id", "staff_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_proposals_decided_by")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_proposals_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_proposals_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_waiting", "proposals", ["at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "session_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_session_notes_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_session_notes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_notes")),
    )
    op.create_index("ix_session_notes_session_id", "session_notes", ["session_id"])
    op.add_column("sessions", sa.Column("counsellor_id", sa.Uuid(), nullable=True))
    op.add_column("sessions", sa.Column("second_id", sa.Uuid(), nullable=True))
    op.add_column("sessions", sa.Column("offered_to", sa.Uuid(), nullable=True))
    op.add_column("sessions", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("ended_by", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("ended_reason", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("notes_told", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("sessions", sa.Column("one_way", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("sessions", sa.Column("live_nudged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("last_called", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("sessions", sa.Column("silence_told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("hours_told", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("sessions", sa.Column("attention_told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_sessions_desk", "sessions", ["state"], postgresql_where=sa.text("state NOT IN ('intake', 'closed')")
    )
    op.create_foreign_key(op.f("fk_sessions_counsellor_id"), "sessions", "staff", ["counsellor_id"], ["id"])
    op.create_foreign_key(op.f("fk_sessions_second_id"), "sessions", "staff", ["second_id"], ["id"])
    op.create_foreign_key(op.f("fk_sessions_offered_to"), "sessions", "staff", ["offered_to"], ["id"])
    op.execute(PUBLISH)


def downgrade() -> None:
    op.execute("DROP FUNCTION tsunagi_publish(jsonb)")
    op.drop_constraint(op.f("fk_sessions_offered_to"), "sessions", type_="foreignkey")
    op.drop_constraint(op.f("fk_sessions_second_id"), "sessions", type_="foreignkey")
    op.drop_constraint(op.f("fk_sessions_counsellor_id"), "sessions", type_="foreignkey")
    op.drop_index("ix_sessions_desk", "sessions")
    op.drop_column("sessions", "attention_told_at")
    op.drop_column("sessions", "hours_told")
    op.drop_column("sessions", "silence_told_at")
    op.drop_column("sessions", "last_called")
    op.drop_column("sessions", "live_nudged_at")
    op.drop_column("sessions", "one_way")
    op.drop_column("sessions", "notes_told")
    op.drop_column("sessions", "ended_reason")
    op.drop_column("sessions", "ended_by")
    op.drop_column("sessions", "ended_at")
    op.drop_column("sessions", "taken_at")
    op.drop_column("sessions", "claimed_at")
    op.drop_column("sessions", "offered_to")
    op.drop_column("sessions", "second_id")
    op.drop_column("sessions", "counsellor_id")
    op.drop_table("session_notes")
    op.drop_table("proposals")
    op.drop_table("drafts")
    op.drop_table("sign_ins")
    op.drop_table("presence")
    op.drop_table("phrases")
    op.drop_table("line_quota")
    op.drop_table("knowledge_notes")
    op.drop_table("staff")
    op.drop_table("desk_events")
    op.drop_table("desk_alive")
