"""The tables of escalations: who was called, when, by which medium, and who took it.

``who``, ``acknowledged_by`` and their kin hold the profile's names of roles (当番の業務責任者), never a person's data.
Times as in ``tables``: the service's clock, but for the columns ``real_…`` (spans between attempts).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Digest, Moment, Sealed, Sequence


class EscalationRow(Base):
    """One alarm about a session, from raised to closed; at most one of a session is open. A test has no session."""

    __tablename__ = "escalations"
    __table_args__ = (
        Index("uq_escalations_open", "session_id", unique=True, postgresql_where=text("state <> 'closed'")),
        Index("ix_escalations_session_id_sequence", "session_id", "sequence"),
        Index("ix_escalations_due", "next_alarm_at", postgresql_where=text("next_alarm_at IS NOT NULL")),
        CheckConstraint("session_id IS NOT NULL OR test", name="session_or_test"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id"))
    test: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[Code]
    cause: Mapped[Code]
    level: Mapped[Code]
    detail: Mapped[Sealed]
    raised_at: Mapped[Moment]
    deadline_at: Mapped[Moment]
    ladder_from: Mapped[Moment]
    rung: Mapped[int | None]
    round: Mapped[int] = mapped_column(server_default=text("0"))
    alarms: Mapped[int] = mapped_column(server_default=text("0"))
    alarmed_at: Mapped[Moment | None]
    next_alarm_at: Mapped[Moment | None]
    acknowledged_at: Mapped[Moment | None]
    acknowledged_by: Mapped[Code | None]
    contacted_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[Code | None]
    closed_reason: Mapped[Code | None]
    note: Mapped[Sealed | None]


class EscalationEvidenceRow(Base):
    """One message that raised an escalation, or was added to it."""

    __tablename__ = "escalation_evidence"
    __table_args__ = (Index("ix_escalation_evidence_event_id", "event_id"),)

    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("line_events.id"), primary_key=True)
    cause: Mapped[Code]
    level: Mapped[Code]
    at: Mapped[Moment]


class EscalationLinkRow(Base):
    """The address by which one rung of the ladder opens the alarm's page; the token is found by a keyed hash."""

    __tablename__ = "escalation_links"
    __table_args__ = (Index("uq_escalation_links_escalation_id_rung", "escalation_id", "rung", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"))
    rung: Mapped[int]
    who: Mapped[Code]
    lookup: Mapped[Digest] = mapped_column(unique=True)
    token: Mapped[Sealed]
    created_at: Mapped[Moment]


class EscalationNoticeRow(Base):
    """One call to one rung by one medium; each attempt is counted before it's made."""

    __tablename__ = "escalation_notices"
    __table_args__ = (
        Index("uq_escalation_notices_number_medium", "escalation_id", "number", "medium", unique=True),
        Index(
            "ix_escalation_notices_planned",
            "real_next_at",
            postgresql_where=text("state = 'planned'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"))
    number: Mapped[int]
    rung: Mapped[int]
    round: Mapped[int]
    who: Mapped[Code]
    medium: Mapped[Code]
    state: Mapped[Code]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    outcome: Mapped[Code | None]
    at: Mapped[Moment]
    real_next_at: Mapped[Moment]
    real_settled_at: Mapped[Moment | None]


class EscalationCallRow(Base):
    """A call that a person made to an agency because of an escalation; the service itself calls no agency."""

    __tablename__ = "escalation_calls"
    __table_args__ = (Index("ix_escalation_calls_escalation_id", "escalation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"))
    agency: Mapped[Code]
    who: Mapped[Code]
    at: Mapped[Moment]
    result: Mapped[Code | None]
    detail: Mapped[Sealed | None]


class GlassOpeningRow(Base):
    """A student's id that somebody revealed, why, and who looked at that afterwards."""

    __tablename__ = "glass_openings"
    __table_args__ = (
        Index("ix_glass_openings_escalation_id", "escalation_id"),
        Index("ix_glass_openings_unreviewed", "review_due_at", postgresql_where=text("reviewed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"))
    who: Mapped[Code]
    reason: Mapped[Sealed]
    at: Mapped[Moment]
    review_due_at: Mapped[Moment]
    reviewed_by: Mapped[Code | None]
    reviewed_at: Mapped[Moment | None]
