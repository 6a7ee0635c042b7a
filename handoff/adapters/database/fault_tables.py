"""The tables of faults and of drills."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed


class FaultRow(Base):
    """One fault of the service (障害). hint: the code of the suggestion it was opened from; finished: the version that is
    the board's; notice: what students are told.
    """

    __tablename__ = "faults"
    __table_args__ = (Index("ix_faults_profile_recorded_at", "profile", "recorded_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    state: Mapped[Code]
    version: Mapped[int]
    finished: Mapped[int | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[Moment]
    notice: Mapped[Sealed | None]
    notice_on: Mapped[bool] = mapped_column(server_default=text("false"))
    hint: Mapped[Code | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[Moment | None]


class FaultVersionRow(Base):
    """What was known of a fault when somebody wrote it down; never changed, a correction is the next one."""

    __tablename__ = "fault_versions"

    fault_id: Mapped[UUID] = mapped_column(ForeignKey("faults.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(unique=True)
    body: Mapped[Sealed]
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Moment]


class FaultReportRow(Base):
    """One time the board was told of a fault, or answered. detail: to whom, what was told, what they said."""

    __tablename__ = "fault_reports"
    __table_args__ = (Index("ix_fault_reports_fault_id", "fault_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fault_id: Mapped[UUID] = mapped_column(ForeignKey("faults.id"))
    way: Mapped[Code]
    at: Mapped[Moment]
    version: Mapped[int]
    detail: Mapped[Sealed]
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[Moment]


class FaultHintRow(Base):
    """Up to when what the service noticed by itself was looked at by somebody (service clock)."""

    __tablename__ = "fault_hints"

    profile: Mapped[Code] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(primary_key=True)
    through: Mapped[Moment]
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class DrillRow(Base):
    """One drill (訓練). step: lines of its script that were said; words: what the team wrote about it afterwards."""

    __tablename__ = "drills"
    __table_args__ = (
        Index("uq_drills_running", "profile", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_drills_profile_started_at", "profile", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    script: Mapped[Code]
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), unique=True)
    started_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[Moment]
    step: Mapped[int] = mapped_column(server_default=text("0"))
    said_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    ending: Mapped[Code | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    words: Mapped[Sealed | None]
    words_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    words_at: Mapped[Moment | None]
    version: Mapped[int] = mapped_column(server_default=text("0"))
