"""The tables of facts and of corrections of sheets."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Digest, Moment, Sealed


class FactRow(Base):
    """One version of what is counted of a session (統計記録); ``docs/facts.md`` defines every column. No foreign key, no
    sequence, no moment: nothing in it is shared with any other row. lookup: keyed hash of the session's id, gone once the
    session's words are disposed of.
    """

    __tablename__ = "facts"
    __table_args__ = (
        Index("ix_facts_day", "profile", "day", postgresql_where=text("current")),
        Index("uq_facts_current", "lookup", unique=True, postgresql_where=text("current")),
        Index("uq_facts_lookup_version", "lookup", "version", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    lookup: Mapped[Digest | None]
    version: Mapped[int]
    current: Mapped[bool]
    coding_version: Mapped[int]
    profile: Mapped[Code]
    kind: Mapped[Code]
    channel: Mapped[Code]
    test: Mapped[bool]
    day: Mapped[date] = mapped_column(Date)
    hour: Mapped[int] = mapped_column(SmallInteger)
    hours: Mapped[Code]
    user_key: Mapped[bytes] = mapped_column(LargeBinary(16))
    school_type: Mapped[Code]
    school_code: Mapped[Code | None]
    founder: Mapped[Code | None]
    area: Mapped[Code | None]
    grade: Mapped[Code]
    gender: Mapped[Code]
    writer: Mapped[Code]
    concerned: Mapped[Code]
    primary_topic: Mapped[Code | None]
    secondaries: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    level: Mapped[Code | None]
    reporting_class: Mapped[Code | None]
    outcome: Mapped[Code]
    accepted_after: Mapped[int | None]
    first_human_after: Mapped[int | None]
    last_human_after: Mapped[int | None]
    closed_after: Mapped[int | None]
    closed_reason: Mapped[Code]
    waited: Mapped[int | None]
    worked: Mapped[int | None]
    exchanges: Mapped[int]
    agencies: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    call_transfer: Mapped[bool]
    surveyed: Mapped[bool]
    survey_heard: Mapped[Code | None]
    survey_ease: Mapped[Code | None]
    survey_again: Mapped[Code | None]


class FactDueRow(Base):
    """A session whose fact is to be written, or written anew; gone as soon as it is."""

    __tablename__ = "fact_dues"
    __table_args__ = (Index("ix_fact_dues_at", "at"), Index("ix_fact_dues_session_id", "session_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    at: Mapped[Moment]


class SheetCorrectionRow(Base):
    """A correction of a sheet whose session is closed. seen: version of the sheet that it corrects; before, after: the sheet
    then, and as it should be; state: waiting, made, or refused by the second person.
    """

    __tablename__ = "sheet_corrections"
    __table_args__ = (
        Index("ix_sheet_corrections_session_id", "session_id", "made_at"),
        Index("uq_sheet_corrections_waiting", "session_id", unique=True, postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    seen: Mapped[int]
    state: Mapped[Code]
    before: Mapped[Sealed]
    after: Mapped[Sealed]
    reason: Mapped[Sealed]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Moment | None]
    remark: Mapped[Sealed | None]
