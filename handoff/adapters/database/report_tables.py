"""The tables of reports."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, FromClause, Index, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.adapters.database.tables import Base, Code, ContactRow, Digest, Moment, Sealed, Sequence, SessionRow
from handoff.domain.incoming import Channel
from handoff.services.report_ports import StepKind


class ReportRow(Base):
    """One report (通報). answers: what the form was told; danger, says_something: of them, for queries that can't open them;
    receipt: keyed hash of the code with which its reporter returns.
    """

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_open", "touched_at", postgresql_where=text("status IN ('new', 'in_hand')")),
        Index("ix_reports_drafts", "touched_at", postgresql_where=text("status = 'draft' AND closed_at IS NULL")),
        Index("ix_reports_contact_id", "contact_id", "started_at"),
        Index("ix_reports_matter_id", "matter_id", postgresql_where=text("matter_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), unique=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    status: Mapped[Code]
    answers: Mapped[Sealed]
    danger: Mapped[Code | None]
    says_something: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    started_at: Mapped[Moment]
    touched_at: Mapped[Moment]
    sent_at: Mapped[Moment | None]
    unfinished: Mapped[bool] = mapped_column(server_default=text("false"))
    reporting_class: Mapped[Code | None]
    topic: Mapped[Code | None]
    deadline: Mapped[Moment | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Moment | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    matter_id: Mapped[UUID | None]
    closed_at: Mapped[Moment | None]
    reopened_at: Mapped[Moment | None]
    receipt: Mapped[Digest | None] = mapped_column(unique=True)
    receipt_kept: Mapped[bool] = mapped_column(server_default=text("false"))


class ReportStepRow(Base):
    """What was done about a report; rows are added and never changed."""

    __tablename__ = "report_steps"
    __table_args__ = (
        Index("ix_report_steps_report_id", "report_id", "sequence"),
        Index("ix_report_steps_reply", "subject", postgresql_where=text("kind = 'reply'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    kind: Mapped[Code]
    at: Mapped[Moment]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    code: Mapped[Code | None]
    words: Mapped[Sealed | None]
    subject: Mapped[UUID | None]


class ReportVisitRow(Base):
    """A reporter on the page, while they write or after they came back with the receipt; the token itself is nowhere.
    turn: of the last words that the page brought, which grows with each of its requests.
    """

    __tablename__ = "report_visits"

    token: Mapped[Digest] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    real_until: Mapped[Moment]
    turn: Mapped[int] = mapped_column(server_default=text("0"))


def replies_to_report(session: type[SessionRow] | FromClause) -> ColumnElement[bool]:
    """Whether a session holds what somebody wrote after they had read the answer to a report of theirs."""
    return select(ReportStepRow.id).where(is_reply(session)).exists()


def is_reply(session: type[SessionRow] | FromClause) -> ColumnElement[bool]:
    """Whether a step says that a session is the reporter's reply."""
    key = session.c.id if isinstance(session, FromClause) else session.id
    return (ReportStepRow.kind == StepKind.REPLY) & (ReportStepRow.subject == key)


class ReportSittingLeftRow(Base):
    """Pages that somebody left at once, so that the browser's history shows them no more; they name no report."""

    __tablename__ = "report_sittings_left"

    sitting: Mapped[Digest] = mapped_column(primary_key=True)
    real_left_at: Mapped[Moment]


def on_report_page(session: type[SessionRow]) -> ColumnElement[bool]:
    """Whether a session is that of somebody who writes on the report's page, where nobody sits and waits."""
    return (
        select(ContactRow.id).where(ContactRow.id == session.contact_id, ContactRow.channel == Channel.REPORT).exists()
    )


def is_report(session: type[SessionRow]) -> ColumnElement[bool]:
    """Whether a session is a report, or one that the later words of a report have opened."""
    own = select(ReportRow.id).where(ReportRow.session_id == session.id).exists()
    return or_(own, replies_to_report(session), on_report_page(session))
