"""What is asked of the reports again and again: built once, because every message of a student asks for some of it."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, case, func, or_, select

from handoff.adapters.database.report_tables import ReportRow, ReportStepRow, is_reply
from handoff.adapters.database.tables import ContactRow, SessionRow
from handoff.domain.incoming import Channel
from handoff.domain.report import ReportStatus
from handoff.domain.session import Level
from handoff.services.report_ports import SAID, StepKind

#: By their rank, as ``reports`` gives the gravest.
LEVELS = tuple(Level)


@functools.cache
def reports() -> Select[*tuple[Any, ...]]:
    """All reports with their contact's channel, the rank of their gravest session, and whether one is unscreened."""
    # What a reporter added after the end is another session; the report is as grave as the gravest.
    theirs = SessionRow.__table__.alias("theirs")
    of_report = holds(theirs)
    ranks = case({str(level): rank for rank, level in enumerate(LEVELS)}, value=theirs.c.level)
    worst = select(func.max(ranks)).where(of_report).correlate(ReportRow, ContactRow).scalar_subquery()
    unread = select(func.bool_or(theirs.c.unscreened)).where(of_report).correlate(ReportRow, ContactRow)
    return (
        select(
            ReportRow.__table__,
            ContactRow.channel,
            worst.label("worst"),
            unread.scalar_subquery().label("any_unscreened"),
        )
        .select_from(ReportRow)
        .join(ContactRow, ContactRow.id == ReportRow.contact_id)
    )


@functools.cache
def of_session() -> Select[*tuple[Any, ...]]:
    """The report that ``:session`` holds words of, its own first."""
    theirs, key = SessionRow.__table__.alias("of"), bindparam("session", type_=SessionRow.id.type)
    found = reports().join(theirs, and_(theirs.c.id == key, holds(theirs)))
    return found.order_by((ReportRow.session_id == key).desc(), ReportRow.started_at.desc()).limit(1)


@functools.cache
def replied_to() -> Select[*tuple[Any, ...]]:
    """The report of ``:contact`` of which an answer was read last and that may be replied to."""
    heard = or_(ReportStepRow.kind == StepKind.READ, ReportStepRow.code == SAID)
    last = steps_of(heard).with_only_columns(func.max(ReportStepRow.sequence)).scalar_subquery()
    after_end = steps_of(heard, ReportStepRow.at > ReportRow.closed_at).exists()
    found = reports().where(
        ReportRow.contact_id == bindparam("contact", type_=ReportRow.contact_id.type),
        last.is_not(None),
        or_(
            ReportRow.status.in_((ReportStatus.NEW, ReportStatus.IN_HAND)),
            and_(ReportRow.status == ReportStatus.DONE, after_end),
        ),
    )
    return found.order_by(last.desc()).limit(1)


def holds(session: FromClause) -> ColumnElement[bool]:
    """Whether a session holds words of the report in the same select; the contact first, so that an index finds them."""
    replies = steps_of(is_reply(session)).correlate(ReportRow, session)
    of_report = or_(session.c.id == ReportRow.session_id, ContactRow.channel == Channel.REPORT, replies.exists())
    return and_(session.c.contact_id == ReportRow.contact_id, of_report)


def steps_of(*which: ColumnElement[bool]) -> Select[UUID]:
    """These steps of the report in the select around it."""
    return select(ReportStepRow.id).where(ReportStepRow.report_id == ReportRow.id, *which).correlate(ReportRow)
