"""The table of a window's closures."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Moment, Sealed


class ClosureRow(Base):
    """One closure of the whole window (休業). words: what students are told."""

    __tablename__ = "closures"
    __table_args__ = (Index("ix_closures_ends_at", "ends_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    begins_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    announced: Mapped[bool]
    words: Mapped[Sealed]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[Moment | None]
