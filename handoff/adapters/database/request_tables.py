"""The tables of requests about personal data, what follows from them, the board's instructions, and leak reports."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Date, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed, Sequence


class DataRequestRow(Base):
    """One request for disclosure, correction, suspension or deletion. about: what it says, the names in it, too."""

    __tablename__ = "data_requests"
    __table_args__ = (
        Index("ix_data_requests_contact_id", "contact_id"),
        Index("ix_data_requests_received_on", "profile", "received_on"),
        Index("ix_data_requests_open", "profile", "state", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    wish: Mapped[Code]
    asker: Mapped[Code]
    arrival: Mapped[Code]
    received_on: Mapped[date] = mapped_column(Date)
    about: Mapped[Sealed]
    state: Mapped[Code]
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    proof: Mapped[Code | None]
    extended_on: Mapped[date | None] = mapped_column(Date)
    decision: Mapped[Code | None]
    grounds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    child: Mapped[Code]
    session_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    second_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[Moment | None]
    #: Of a deletion of single words: which.
    line_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))


class DataRequestStepRow(Base):
    """What was done about a request; rows are added and never changed. id: of the form and what it said."""

    __tablename__ = "data_request_steps"
    __table_args__ = (Index("ix_data_request_steps_request_id", "request_id", "sequence"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("data_requests.id"))
    kind: Mapped[Code]
    code: Mapped[Code | None]
    words: Mapped[Sealed | None]
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Moment]


class LegalHoldRow(Base):
    """What is kept of one contact may not be disposed of while it isn't lifted (a trial, an inquiry)."""

    __tablename__ = "legal_holds"
    __table_args__ = (Index("ix_legal_holds_contact_id", "contact_id", postgresql_where=text("lifted_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    reason: Mapped[Sealed]
    #: Older ones were all placed for a trial or an inquiry, and say no end.
    kind: Mapped[Code] = mapped_column(server_default=text("'order'"))
    until: Mapped[date | None] = mapped_column(Date)
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    placed_at: Mapped[Moment]
    lifted_reason: Mapped[Sealed | None]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[Moment | None]


class DisposalOrderRow(Base):
    """Two people decided that what is kept of these sessions is to be disposed of; done_at: it was."""

    __tablename__ = "disposal_orders"
    __table_args__ = (
        Index("ix_disposal_orders_open", "ordered_at", postgresql_where=text("done_at IS NULL")),
        Index("ix_disposal_orders_contact_id", "contact_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("data_requests.id"), unique=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    session_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    second_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    ordered_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    ordered_at: Mapped[Moment]
    done_at: Mapped[Moment | None]
    line_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))


class InstructionRow(Base):
    """A question to the board with its answer, or an order of the board's (指示)."""

    __tablename__ = "instructions"
    __table_args__ = (
        Index("ix_instructions_made_at", "profile", "made_at"),
        Index("ix_instructions_open", "profile", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    kind: Mapped[Code]
    state: Mapped[Code]
    due_on: Mapped[date | None] = mapped_column(Date)
    question: Mapped[Sealed | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    answer: Mapped[Sealed | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[Moment | None]
    result: Mapped[Sealed | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[Moment | None]


class LeakRow(Base):
    """One leak (漏えい等) as it is known now. content: all that the sheet says."""

    __tablename__ = "leaks"
    __table_args__ = (Index("ix_leaks_noticed_on", "profile", "noticed_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    noticed_on: Mapped[date] = mapped_column(Date)
    state: Mapped[Code]
    content: Mapped[Sealed]
    reason: Mapped[Sealed | None]
    version: Mapped[int]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    saved_at: Mapped[Moment]


class LeakVersionRow(Base):
    """A report of a leak as it went to the board: the first one (速報) or the final one (確報); never changed."""

    __tablename__ = "leak_versions"
    __table_args__ = (Index("uq_leak_versions_leak_id_number", "leak_id", "number", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    leak_id: Mapped[UUID] = mapped_column(ForeignKey("leaks.id"))
    number: Mapped[int]
    kind: Mapped[Code]
    noticed_on: Mapped[date] = mapped_column(Date)
    content: Mapped[Sealed]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
