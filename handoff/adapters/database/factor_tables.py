"""The tables of second factors: their secrets, codes on paper, and requests to take one off."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Digest, Moment, Sealed


class StaffFactorRow(Base):
    """A person's second factor. secret: the one that counts; fresh: one that its sign-in hasn't confirmed yet."""

    __tablename__ = "staff_factors"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    secret: Mapped[Sealed | None]
    #: The newest half minute since 1970 whose number was used: it and all before it are spent.
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    real_confirmed_at: Mapped[Moment | None]
    fresh: Mapped[Sealed | None]
    begun_in: Mapped[UUID | None]
    real_begun_at: Mapped[Moment | None]
    real_noted_at: Mapped[Moment | None]


class RecoveryCodeRow(Base):
    """A code on paper, as a keyed hash; it stands nowhere."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_staff_id", "staff_id"),)

    lookup: Mapped[Digest] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    real_made_at: Mapped[Moment]
    real_used_at: Mapped[Moment | None]


class FactorResetRow(Base):
    """A request to take somebody's factor off. asked_by: None where whoever runs the machine did it alone."""

    __tablename__ = "factor_resets"
    __table_args__ = (
        Index("ix_factor_resets_open", "real_ends_at", postgresql_where=text("state = 'asked'")),
        Index("ix_factor_resets_untold", "staff_id", postgresql_where=text("real_told_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[Code | None]
    reason: Mapped[Sealed]
    state: Mapped[Code]
    real_asked_at: Mapped[Moment]
    real_ends_at: Mapped[Moment]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    real_answered_at: Mapped[Moment | None]
    real_told_at: Mapped[Moment | None]
