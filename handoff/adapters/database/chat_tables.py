"""The web chat's tables: whether a chat can be gone on with, and what is kept of its visitors where the board says so."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Moment, Sealed


class WebChatRow(Base):
    """One chat, by its contact. here: its page is open; cleared_through: the sequence number of the last line that the
    student's own view has dropped; ended_at: the student said it is over; left_at: they closed it for good.
    """

    __tablename__ = "web_chats"

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    real_started_at: Mapped[Moment]
    real_seen_at: Mapped[Moment]
    here: Mapped[bool] = mapped_column(server_default=text("false"))
    cleared_through: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    ended_at: Mapped[Moment | None]
    left_at: Mapped[Moment | None]


class WebTraceRow(Base):
    """What was kept of one visit to a page of ours, until its days are over."""

    __tablename__ = "web_traces"
    __table_args__ = (Index("ix_web_traces_contact_id", "contact_id"), Index("ix_web_traces_kept_until", "kept_until"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    facts: Mapped[Sealed]
    at: Mapped[Moment]
    kept_until: Mapped[Moment]
