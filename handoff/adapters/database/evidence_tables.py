"""The tables of evidence: what is known of a file, its sealed pieces, who opened an original, and windows for one picture."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed


class EvidenceRow(Base):
    """One file. facts: its name, the type its sender named, its digest; source: LINE's message id until it was fetched."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_session_id", "session_id", "made_at"),
        Index("uq_evidence_event_id", "event_id", unique=True),
        Index("ix_evidence_waiting", "real_due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_evidence_receiving", "touched_at", postgresql_where=text("state = 'receiving'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("line_events.id"))
    state: Mapped[Code]
    ground: Mapped[Code]
    kind: Mapped[Code | None]
    mime: Mapped[Code | None]
    bytes: Mapped[int] = mapped_column(BigInteger)
    declared_bytes: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[Sealed | None]
    source: Mapped[Sealed | None]
    sensitive: Mapped[Code | None]
    quarantined: Mapped[Code | None]
    reason: Mapped[Code | None]
    shown_bytes: Mapped[int] = mapped_column(BigInteger)
    thumb_bytes: Mapped[int] = mapped_column(BigInteger)
    hidden: Mapped[bool]
    attempts: Mapped[int]
    real_due_at: Mapped[Moment | None]
    made_at: Mapped[Moment]
    touched_at: Mapped[Moment]
    stored_at: Mapped[Moment | None]


class EvidencePieceRow(Base):
    """At most 256 KiB of one part of a file, sealed to its place in it."""

    __tablename__ = "evidence_pieces"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    part: Mapped[Code] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[Sealed]


class EvidenceOpeningRow(Base):
    """An original that somebody opened: who, what for, why."""

    __tablename__ = "evidence_openings"
    __table_args__ = (Index("ix_evidence_openings_evidence_id", "evidence_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    purpose: Mapped[Code]
    reason: Mapped[Sealed]
    at: Mapped[Moment]


class PictureWindowRow(Base):
    """A counsellor takes one picture in a talk where none is taken otherwise; one row a session."""

    __tablename__ = "picture_windows"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[Moment]
    until: Mapped[Moment]
    used_at: Mapped[Moment | None]
