"""Data keys, wrapped by a key of the key file. Destroying a row disposes of all that it sealed, in every copy."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment


class DataKeyRow(Base):
    """One key of one owner: a session and kind, a contact, or the house.

    A contact's key of kind ``event`` seals what comes in before anybody knows whose session it will be; the next
    session takes it over.
    """

    __tablename__ = "data_keys"
    __table_args__ = (
        Index("uq_data_keys_session_id", "session_id", "kind", unique=True),
        Index(
            "uq_data_keys_contact_id",
            "contact_id",
            "kind",
            unique=True,
            postgresql_where=text("session_id IS NULL AND contact_id IS NOT NULL"),
        ),
        Index(
            "uq_data_keys_kind",
            "kind",
            unique=True,
            postgresql_where=text("session_id IS NULL AND contact_id IS NULL"),
        ),
        Index("ix_data_keys_contact_id", "contact_id"),
        Index("ix_data_keys_kek", "kek"),
        CheckConstraint(
            "CASE kind WHEN 'house' THEN session_id IS NULL AND contact_id IS NULL"
            " WHEN 'contact' THEN session_id IS NULL AND contact_id IS NOT NULL"
            " WHEN 'event' THEN contact_id IS NOT NULL"
            " ELSE session_id IS NOT NULL AND contact_id IS NULL END",
            name="owner",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", deferrable=True, initially="DEFERRED"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id", deferrable=True, initially="DEFERRED"))
    #: The id of the key file's key that wraps it.
    kek: Mapped[Code]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    real_created_at: Mapped[Moment]
