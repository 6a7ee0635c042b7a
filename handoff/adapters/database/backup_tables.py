"""The runs of backups and of their checks."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment


class BackupRunRow(Base):
    """One run: written as running before anything is done, as done when everything is. fault: why it failed."""

    __tablename__ = "backup_runs"
    __table_args__ = (Index("ix_backup_runs_kind_real_started_at", "kind", "real_started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    state: Mapped[Code]
    fault: Mapped[Code | None]
    backup_id: Mapped[UUID | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    rows: Mapped[int | None] = mapped_column(BigInteger)
    real_started_at: Mapped[Moment]
    real_ended_at: Mapped[Moment | None]
