"""The tables of the staff roster: entries in versions, pledges of secrecy, trainings (KAG-6.1ア, ウ, オ)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed, Sequence


class RosterEntryRow(Base):
    """One version of somebody's entry. content: real name, qualification and experience."""

    __tablename__ = "roster_entries"
    __table_args__ = (
        Index("ix_roster_entries_staff_id", "staff_id", "holds_from"),
        # Whoever writes here: no change holds before the board heard of it.
        CheckConstraint("announced_on <= holds_from", name="announced_first"),
        CheckConstraint("role <> 'board'", name="contractor"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[Sequence]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[Code]
    trainee: Mapped[bool]
    content: Mapped[Sealed]
    years: Mapped[int | None]
    holds_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    announced_on: Mapped[date | None] = mapped_column(Date)
    announced_way: Mapped[Code | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[Moment | None]


class PledgeRow(Base):
    """A pledge of secrecy, made on the screen or on paper. place: where the paper lies."""

    __tablename__ = "pledges"
    __table_args__ = (Index("ix_pledges_staff_id", "staff_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int]
    pledged_on: Mapped[date] = mapped_column(Date)
    place: Mapped[Sealed | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[Moment]


class TrainingRow(Base):
    """A training that somebody had. content: title, who held it, and what shows it."""

    __tablename__ = "trainings"
    __table_args__ = (Index("ix_trainings_staff_id", "staff_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    subject: Mapped[Code]
    content: Mapped[Sealed]
    minutes: Mapped[int]
    held_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[Moment | None]
