"""The tables of shifts: their checks, the test alarms, who was on duty, and the papers that are made of a day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed, Sequence


class ShiftRow(Base):
    """One day's opening of the window; begun once its start check is done, closed by its end check."""

    __tablename__ = "shifts"
    __table_args__ = (Index("uq_shifts_profile_day", "profile", "day", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    day: Mapped[date]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[Moment]
    begun_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    begun_at: Mapped[Moment | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[Moment | None]


class ShiftCheckRow(Base):
    """Who confirmed an item when; a later one for the same item counts, the earlier ones stay. words: reasons."""

    __tablename__ = "shift_checks"
    __table_args__ = (Index("ix_shift_checks_shift_id", "shift_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shifts.id"))
    item: Mapped[Code]
    fine: Mapped[bool]
    step: Mapped[Code | None]
    words: Mapped[Sealed | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]


class ShiftAlarmRow(Base):
    """A test alarm that was rung for a shift. complete_at: when the last rung had confirmed it."""

    __tablename__ = "shift_alarms"
    __table_args__ = (Index("ix_shift_alarms_shift_id", "shift_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shifts.id"))
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"), unique=True)
    rung_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    rung_at: Mapped[Moment]
    complete_at: Mapped[Moment | None]


class AlarmReceiptRow(Base):
    """That a rung of a test alarm's ladder got it. by: who wrote it down by hand, with the name; None by the link."""

    __tablename__ = "alarm_receipts"

    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"), primary_key=True)
    rung: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[Sealed | None]


class DutySpanRow(Base):
    """A stretch in which somebody took sessions, as the role that they had; open until they pause, leave or fall silent."""

    __tablename__ = "duty_spans"
    __table_args__ = (
        Index("uq_duty_spans_open", "staff_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_duty_spans_began_at", "began_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[Code]
    began_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    seen_at: Mapped[Moment]


class DutyNoteRow(Base):
    """A line of the duty log that somebody wrote. corrects: the line that it corrects; lines are added, never changed."""

    __tablename__ = "duty_notes"
    __table_args__ = (Index("ix_duty_notes_shift_id", "shift_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shifts.id"))
    at: Mapped[Moment]
    words: Mapped[Sealed]
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("duty_notes.id"))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]


class ShiftPaperRow(Base):
    """A version of a shift's daily report or handover: each saving adds one. found: of a finished one, what it says."""

    __tablename__ = "shift_papers"
    __table_args__ = (
        Index("uq_shift_papers_version", "shift_id", "kind", "version", unique=True),
        Index("ix_shift_papers_finished", "kind", "made_at", postgresql_where=text("finished")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shifts.id"))
    kind: Mapped[Code]
    version: Mapped[int]
    finished: Mapped[bool]
    words: Mapped[Sealed]
    found: Mapped[Sealed | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]


class HandoverReceiptRow(Base):
    """Who of a later shift read a handover."""

    __tablename__ = "handover_receipts"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("shift_papers.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    at: Mapped[Moment]
