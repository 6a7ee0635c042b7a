"""The tables of what stays after a talk: the coded sheet, tasks, plans, the survey, the steps of an escalation."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, Moment, Sealed


class WrapUpRow(Base):
    """The coded sheet of one session (終了記録, KAG-6.1キ). version: grows with each saving; remark: of who sent it back."""

    __tablename__ = "wrap_ups"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    sheet: Mapped[Sealed]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    saved_at: Mapped[Moment]
    filled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    filled_at: Mapped[Moment | None]
    signed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    signed_at: Mapped[Moment | None]
    returned_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    returned_at: Mapped[Moment | None]
    remark: Mapped[Sealed | None]


class FollowUpRow(Base):
    """A task that outlives its session, such as asking next day whether somebody is safe (翌日の安否確認)."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("ix_follow_ups_open", "due_on", postgresql_where=text("done_at IS NULL")),
        Index("ix_follow_ups_session_id", "session_id"),
        Index("ix_follow_ups_contact_id", "contact_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date] = mapped_column(Date)
    what: Mapped[Sealed]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Moment]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[Moment | None]
    result: Mapped[Sealed | None]


class ContactCareRow(Base):
    """What the team agreed about one contact: the plan, and marks with the way agreed (WG-7, WG-15)."""

    __tablename__ = "contact_care"

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    content: Mapped[Sealed]
    frequent: Mapped[bool] = mapped_column(server_default=text("false"))
    impersonation: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    updated_at: Mapped[Moment]


class SurveyRow(Base):
    """The three taps after the end (WG-18), and the words, if any, sealed."""

    __tablename__ = "surveys"
    __table_args__ = (
        Index("ix_surveys_contact_id", "contact_id"),
        Index("uq_surveys_open", "contact_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    state: Mapped[Code]
    step: Mapped[int] = mapped_column(server_default=text("0"))
    answers: Mapped[Sealed | None]
    asked_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]


class EscalationStepRow(Base):
    """A step of an escalation that waits for somebody's answer: instruction asked for (HYO-0), lawyer, follow-up (HYO-4.4)."""

    __tablename__ = "escalation_steps"
    __table_args__ = (Index("ix_escalation_steps_escalation_id", "escalation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"))
    kind: Mapped[Code]
    question: Mapped[Sealed]
    who: Mapped[Code]
    at: Mapped[Moment]
    answer: Mapped[Sealed | None]
    answered_by: Mapped[Code | None]
    answered_at: Mapped[Moment | None]


class GlassRequestRow(Base):
    """A counsellor's wish to see a student's id, which a second person grants or refuses."""

    __tablename__ = "glass_requests"
    __table_args__ = (Index("ix_glass_requests_escalation_id", "escalation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[Sealed]
    asked_at: Mapped[Moment]
    state: Mapped[Code]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Moment | None]
