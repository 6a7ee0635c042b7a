"""Policies by version, and which one a contact saw."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed


class PolicyRow(Base):
    """One published version. words: all its texts, the note on what changed and who approved it, as JSON. The
    application's role can add one and change none.
    """

    __tablename__ = "policies"
    __table_args__ = (
        Index("uq_policies_profile_number", "profile", "number", unique=True),
        Index("ix_policies_profile_holds_from", "profile", "holds_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    number: Mapped[int]
    words: Mapped[Sealed]
    holds_from: Mapped[Moment]
    approved_on: Mapped[date]
    published_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    published_at: Mapped[Moment]


class PolicyDraftRow(Base):
    """What the board adds to the next version, one row a profile."""

    __tablename__ = "policy_drafts"

    profile: Mapped[Code] = mapped_column(primary_key=True)
    words: Mapped[Sealed]
    revision: Mapped[int]
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[Moment]


class PolicySeenRow(Base):
    """That a contact was shown a version. event_id: of the message that was answered with its address on LINE."""

    __tablename__ = "policy_seen"
    __table_args__ = (Index("ix_policy_seen_policy_id", "policy_id"), Index("ix_policy_seen_event_id", "event_id"))

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policies.id"), primary_key=True)
    at: Mapped[Moment]
    way: Mapped[Code]
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("line_events.id"))
