"""The tables of disposal: what is under way, the proof that stays, the runs; and the store for research. No words in any."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed


class DisposalBatchRow(Base):
    """A disposal that has begun: which sessions and kinds, with how much. It goes when the proof is written.

    Without it, a kill between the deletes and the proof would leave nothing that says what was deleted.
    """

    __tablename__ = "disposal_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    order_id: Mapped[UUID | None]
    at: Mapped[Moment]


class DisposalRow(Base):
    """A proof (破棄証明): so many things of a kind were disposed of on a day. It leads back to nobody, and never changes.

    count: sessions, for files files, for persons persons; decided_by, second_by: of an order.
    """

    __tablename__ = "disposals"
    __table_args__ = (Index("ix_disposals_day", "profile", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[Code]
    cause: Mapped[Code]
    count: Mapped[int]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    second_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class RetentionRunRow(Base):
    """One look at what has to go. real_ended_at: None of one that was cut off; by: the worker, or the command."""

    __tablename__ = "retention_runs"
    __table_args__ = (Index("ix_retention_runs_at", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    by: Mapped[Code]
    real_started_at: Mapped[Moment]
    real_ended_at: Mapped[Moment | None]
    disposed: Mapped[int] = mapped_column(server_default=text("0"))
    held: Mapped[int] = mapped_column(server_default=text("0"))
    failed: Mapped[int] = mapped_column(server_default=text("0"))


class ResearchConsentRow(Base):
    """Somebody said yes to their session being used for research, without words; it goes with the session's words."""

    __tablename__ = "research_consents"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Moment]


class ResearchRow(Base):
    """What is kept for research of one session: codes alone, by month. No key, hash or moment leads back to it.

    All rows are written anew, in random order, whenever one is added: neither place nor number tells which came when.
    """

    __tablename__ = "research_rows"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    channel: Mapped[Code]
    school_type: Mapped[Code | None]
    grade: Mapped[Code]
    gender: Mapped[Code]
    topic: Mapped[Code | None]
    level: Mapped[Code | None]
    outcome: Mapped[Code]
    exchanges: Mapped[int | None]


class ResearchExportRow(Base):
    """A wish to export for research, and the board's answer; purpose, remark: sealed."""

    __tablename__ = "research_exports"
    __table_args__ = (Index("ix_research_exports_made_at", "profile", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    purpose: Mapped[Sealed]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    approved: Mapped[bool | None]
    remark: Mapped[Sealed | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Moment | None]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[Moment | None]
    rows_given: Mapped[int | None]
    rows_left_out: Mapped[int | None]
