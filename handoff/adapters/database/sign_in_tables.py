"""Tables of the way in: sign-ins, known devices, how many tries failed, passwords that were used before."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Digest, Moment, Sealed


class SignInRow(Base):
    """One browser in which somebody is signed in; the token is found by a keyed hash, and stands nowhere.

    half: the password was right, the second factor is to come; label: coarse words for the browser.
    """

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_staff_id", "staff_id"),)

    lookup: Mapped[Digest] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    label: Mapped[Sealed]
    #: Of the mark by which this browser is known once the sign-in is a whole one.
    device: Mapped[Digest]
    half: Mapped[bool]
    real_created_at: Mapped[Moment]
    real_seen_at: Mapped[Moment]
    real_factor_at: Mapped[Moment | None]
    #: Wrong numbers of the second factor.
    factor_tries: Mapped[int] = mapped_column(server_default=text("0"))


class KnownDeviceRow(Base):
    """A browser in which somebody has signed in: others' tries at their name don't slow them there."""

    __tablename__ = "known_devices"
    __table_args__ = (Index("ix_known_devices_staff_id", "staff_id"),)

    lookup: Mapped[Digest] = mapped_column(primary_key=True)
    #: People of one shift share a computer: the same mark can be of several of them.
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    label: Mapped[Sealed]
    real_created_at: Mapped[Moment]
    real_seen_at: Mapped[Moment]


class SignInTryRow(Base):
    """How many tries failed one after the other, by a keyed hash of what was tried: a name, a person on a device."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index("ix_sign_in_tries_real_last_at", "real_last_at"),)

    lookup: Mapped[Digest] = mapped_column(primary_key=True)
    failures: Mapped[int]
    real_last_at: Mapped[Moment]


class OldPasswordRow(Base):
    """A password that somebody had before, as argon2's encoding: it doesn't come back."""

    __tablename__ = "old_passwords"
    __table_args__ = (Index("ix_old_passwords_staff_id", "staff_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    password: Mapped[Code]
    real_ended_at: Mapped[Moment]
