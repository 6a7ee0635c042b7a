"""Tables that make the audit a chain, and what was confirmed of it each month."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Digest, Moment


class AuditLinkRow(Base):
    """One link: the audit row with this sequence, as it was, after all links before. Links are added and never changed."""

    __tablename__ = "audit_links"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger, unique=True)
    digest: Mapped[Digest]
    real_at: Mapped[Moment]


class AuditCutRow(Base):
    """How far rows whose days were over were taken away by the owner's role; the chain begins after it."""

    __tablename__ = "audit_cuts"

    through: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[Digest]
    mark: Mapped[Digest]
    real_at: Mapped[Moment]


class SecurityConfirmationRow(Base):
    """What somebody confirmed for a month (HOK-7.3), with the end of the chain as it was then. Never changed."""

    __tablename__ = "security_confirmations"
    __table_args__ = (Index("ix_security_confirmations_profile_month", "profile", "month"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[Code]
    month: Mapped[date]
    points: Mapped[dict[str, Any]] = mapped_column(JSONB)
    confirmed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    confirmed_at: Mapped[Moment]
    checked: Mapped[int] = mapped_column(BigInteger)
    fault: Mapped[Code | None]
    number: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[Digest]
