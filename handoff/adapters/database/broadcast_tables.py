"""The tables of blocks, of who follows since when, and of the texts that may go to everybody."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed


class BlockRow(Base):
    """A supervisor's decision that nobody answers a contact for a time (TAJ-5). words: why."""

    __tablename__ = "blocks"
    __table_args__ = (
        Index("ix_blocks_open", "contact_id", postgresql_where=text("lifted_at IS NULL")),
        Index("ix_blocks_made_at", "made_at"),
        Index("ix_blocks_session_id", "session_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    reason: Mapped[Code]
    words: Mapped[Sealed]
    compared: Mapped[bool]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    told_at: Mapped[Moment | None]
    asked_at: Mapped[Moment | None]
    lifted_at: Mapped[Moment | None]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lifted_for: Mapped[Code | None]


class FollowingRow(Base):
    """A contact that began or ceased to follow; append-only, its id is the event's."""

    __tablename__ = "followings"
    __table_args__ = (Index("ix_followings_contact_id", "contact_id"), Index("ix_followings_at", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    kind: Mapped[Code]
    at: Mapped[Moment]


class BroadcastWishRow(Base):
    """Whether a contact wants broadcasts, as they said it; append-only, the last one holds. made_by: who wrote it down."""

    __tablename__ = "broadcast_wishes"
    __table_args__ = (Index("ix_broadcast_wishes_contact_id_at", "contact_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    wanted: Mapped[bool]
    way: Mapped[Code]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Moment]


class BroadcastTextRow(Base):
    """A text that may go to everybody, as it was proposed, and the board's word on it (HOK-5.3)."""

    __tablename__ = "broadcast_texts"
    __table_args__ = (Index("ix_broadcast_texts_profile_kind", "profile", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    kind: Mapped[Code]
    words: Mapped[Sealed]
    begins_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[Moment]
    decision: Mapped[Code | None]
    decided_at: Mapped[Moment | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    way: Mapped[Code | None]
    approver: Mapped[Sealed | None]
    approved_on: Mapped[date | None] = mapped_column(Date)
    remark: Mapped[Sealed | None]
    retired_at: Mapped[Moment | None]
    retired_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
