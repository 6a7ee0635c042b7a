"""Files that prove something: sealed pieces, and who opened them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sessions", sa.Column("files_unseen", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("mime", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("declared_bytes", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.Column("sensitive", sa.Text(), nullable=True),
        sa.Column("quarantined", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("shown_bytes", sa.BigInteger(), nullable=False),
        sa.Column("thumb_bytes", sa.BigInteger(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("real_due_at", _MOMENT, nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.Column("stored_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["line_events.id"], name=op.f("fk_evidence_event_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_evidence_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_session_id", "evidence", ["session_id", "made_at"])
    op.create_index("uq_evidence_event_id", "evidence", ["event_id"], unique=True)
    op.create_index("ix_evidence_waiting", "evidence", ["real_due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        "ix_evidence_receiving", "evidence", ["touched_at"], postgresql_where=sa.text("state = 'receiving'")
    )
    op.create_table(
        "evidence_pieces",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_pieces_evidence_id")),
        sa.PrimaryKeyConstraint("evidence_id", "part", "number", name=op.f("pk_evidence_pieces")),
    )
    # Ciphertext doesn't shrink; trying to would only cost time.
    op.execute("ALTER TABLE evidence_pieces ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "evidence_openings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_openings_evidence_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_evidence_openings_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_openings")),
    )
    op.create_index("ix_evidence_openings_evidence_id", "evidence_openings", ["evidence_id", "at"])
    op.create_table(
        "picture_windows",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_picture_windows_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_picture_windows_staff_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_picture_windows")),
    )


def downgrade() -> None:
    op.drop_table("picture_windows")
    op.drop_table("evidence_openings")
    op.drop_table("evidence_pieces")
    op.drop_table("evidence")
    op.drop_column("sessions", "files_unseen")
