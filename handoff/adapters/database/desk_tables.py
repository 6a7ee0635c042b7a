"""The tables of the desk: who works there, what happened in which order, and what counsellors write beside the talk.

``desk_events`` is the append-only log from which every desk is brought up to date; ``tsunagi_publish`` alone writes it,
so that its numbers grow in the order of commit, and a reader that has seen a number has seen all before it.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed, Sequence


class StaffRow(Base):
    """One person with an account. display: their own name, sealed; alias: how students know them."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[Code] = mapped_column(unique=True)
    alias: Mapped[Code] = mapped_column(unique=True)
    display: Mapped[Sealed | None]
    role: Mapped[Code]
    password: Mapped[Code]
    trainee: Mapped[bool] = mapped_column(server_default=text("false"))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    wishes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[Moment]
    disabled_at: Mapped[Moment | None]
    #: Somebody else chose the password: the first thing is another one.
    must_change: Mapped[bool] = mapped_column(server_default=text("false"))
    real_password_at: Mapped[Moment] = mapped_column(server_default=text("now()"))


class PresenceRow(Base):
    """Whether somebody's desk is open, by its heartbeat, and whether they take sessions."""

    __tablename__ = "presence"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    on_duty: Mapped[bool]
    real_seen_at: Mapped[Moment]


class DeskAliveRow(Base):
    """The heartbeat of the web processes together: while they are down nobody's presence can be judged."""

    __tablename__ = "desk_alive"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    real_up_since: Mapped[Moment]
    real_beat_at: Mapped[Moment]


class DeskEventRow(Base):
    """Something that a desk has to show; ids and codes alone."""

    __tablename__ = "desk_events"
    __table_args__ = (Index("ix_desk_events_alarms", "sequence", postgresql_where=text("kind = 'alarm'")),)

    sequence: Mapped[Sequence] = mapped_column(primary_key=True)
    real_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    kind: Mapped[Code]
    session_id: Mapped[UUID | None]
    subject: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


class DraftRow(Base):
    """What a counsellor has begun to write to one session."""

    __tablename__ = "drafts"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    body: Mapped[Sealed]
    updated_at: Mapped[Moment]


class SessionNoteRow(Base):
    """A note of the team's beside a talk: internal, a whisper to the counsellor, or the debriefing afterwards."""

    __tablename__ = "session_notes"
    __table_args__ = (Index("ix_session_notes_session_id", "session_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[Code]
    body: Mapped[Sealed]
    at: Mapped[Moment]


class ProposalRow(Base):
    """A trainee's line that waits for a supervisor's yes or edit (WG-8)."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index("ix_proposals_waiting", "at", postgresql_where=text("state = 'waiting'")),
        Index("ix_proposals_session_id", "session_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    epoch: Mapped[int]
    body: Mapped[Sealed]
    state: Mapped[Code]
    at: Mapped[Moment]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Moment | None]
    remark: Mapped[Sealed | None]


class PhraseRow(Base):
    """A phrase of one counsellor's own, or one that waits to be shared (reviewed by a supervisor)."""

    __tablename__ = "phrases"
    __table_args__ = (Index("ix_phrases_owner_id", "owner_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[Code]
    content: Mapped[Sealed]
    updated_at: Mapped[Moment]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[Moment | None]


class KnowledgeRow(Base):
    """A short note for all counsellors (WG-20), until it expires."""

    __tablename__ = "knowledge_notes"
    __table_args__ = (Index("ix_knowledge_notes_expires_on", "expires_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    content: Mapped[Sealed]
    at: Mapped[Moment]
    updated_at: Mapped[Moment]
    expires_on: Mapped[date | None] = mapped_column(Date)
    removed_at: Mapped[Moment | None]


class LineQuotaRow(Base):
    """LINE's pushes of the month, as it said last: one row. used: None while nobody knows; told_on: supervisors heard."""

    __tablename__ = "line_quota"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    limit: Mapped[int | None]
    used: Mapped[int | None]
    real_at: Mapped[Moment | None]
    real_tried_at: Mapped[Moment]
    told_on: Mapped[date | None] = mapped_column(Date)
