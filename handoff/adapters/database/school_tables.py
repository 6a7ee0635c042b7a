"""The tables of the school register. Names of schools are public; whoever is called there is sealed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed


class SchoolRow(Base):
    """A school or other body of one profile. version: grows with every change, also of its numbers and contacts."""

    __tablename__ = "schools"

    profile: Mapped[Code] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    name: Mapped[Code]
    readings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text))
    municipality: Mapped[Code]
    founder: Mapped[Code | None]
    school_type: Mapped[Code]
    courses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    departments: Mapped[list[str]] = mapped_column(ARRAY(Text))
    age_from: Mapped[int | None]
    age_to: Mapped[int | None]
    retired_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    changed_at: Mapped[Moment]


class EnrolmentRow(Base):
    """Pupils of one grade on one day. grade: empty for those of no grade that is counted."""

    __tablename__ = "school_enrolments"
    __table_args__ = (
        ForeignKeyConstraint(["profile", "code"], ["schools.profile", "schools.code"], ondelete="CASCADE"),
        CheckConstraint("pupils >= 0", name="pupils"),
    )

    profile: Mapped[Code] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    grade: Mapped[Code] = mapped_column(primary_key=True)
    pupils: Mapped[int]


class SchoolContactRow(Base):
    """Whom to call at a school. person: duty, name and telephone as JSON."""

    __tablename__ = "school_contacts"
    __table_args__ = (
        ForeignKeyConstraint(["profile", "code"], ["schools.profile", "schools.code"], ondelete="CASCADE"),
        Index("uq_school_contacts_place", "profile", "code", "place", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    code: Mapped[Code]
    place: Mapped[int]
    person: Mapped[Sealed]


class SchoolUploadRow(Base):
    """A file that somebody looks through before it is taken in. file: gone once it was, or with the next
    file that comes when it is a day old."""

    __tablename__ = "school_uploads"
    __table_args__ = (Index("ix_school_uploads_at", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Moment]
    file: Mapped[Sealed | None]
    imported_at: Mapped[Moment | None]
