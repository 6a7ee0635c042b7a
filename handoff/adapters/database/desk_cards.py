"""Cards: a session as the queue and the tabs show it, read in one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from handoff.adapters.database.broadcast_tables import BlockRow
from handoff.adapters.database.care_tables import ContactCareRow, WrapUpRow
from handoff.adapters.database.chat_tables import WebChatRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_tables import (
    ProposalRow,
)
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.report_tables import ReportRow, replies_to_report
from handoff.adapters.database.tables import ContactRow, MessageRow, SessionRow
from handoff.domain.chat import HERE
from handoff.domain.desk import ProposalState
from handoff.domain.escalation import EscalationState
from handoff.domain.incoming import OTHER_WAYS, Channel, MessageKind
from handoff.domain.session import HumanWanted, Level, Owner, State
from handoff.services.desk_view_ports import Card
from kernel.sealing import SealBroken

_SILENT = (MessageKind.FOLLOW, MessageKind.UNFOLLOW)


def open_sealed(sealer: RowSealer, table: str, column: str, row_id: UUID | str, sealed: bytes | None) -> str | None:
    """What stands in a cell; None where nothing does or it can't be opened: that must not keep the rest from being seen."""
    try:
        return None if sealed is None else sealer.open(table, column, str(row_id), sealed)
    except SealBroken:
        return None


def line_of(author: str, column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """A column of the newest line of one author in a session."""
    return (
        select(column)
        .where(MessageRow.session_id == SessionRow.id, MessageRow.author == author, MessageRow.kind.not_in(_SILENT))
        .order_by(MessageRow.sequence.desc())
        .limit(1)
        .correlate(SessionRow)
        .scalar_subquery()
    )


def _worst(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """The newest message that has the session's level: what made it."""
    return (
        select(column)
        .where(
            MessageRow.session_id == SessionRow.id,
            MessageRow.level == SessionRow.level,
            MessageRow.hidden_at.is_(None),
            MessageRow.removed_at.is_(None),
        )
        .order_by(MessageRow.sequence.desc())
        .limit(1)
        .correlate(SessionRow)
        .scalar_subquery()
    )


def of_escalation(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """A column of a session's open escalation."""
    return (
        select(column)
        .where(EscalationRow.session_id == SessionRow.id, EscalationRow.state != EscalationState.CLOSED)
        .correlate(SessionRow)
        .scalar_subquery()
    )


def _count(*where: ColumnElement[bool], of: type[Any]) -> ScalarSelect[int]:
    return select(func.count()).select_from(of).where(*where).correlate(SessionRow).scalar_subquery()


def select_cards() -> Select[*tuple[Any, ...]]:
    earlier = SessionRow.__table__.alias("earlier")
    return (
        select(
            SessionRow.__table__,
            line_of("student", MessageRow.occurred_at).label("wrote_at"),
            line_of("student", MessageRow.sequence).label("wrote_number"),
            line_of("counsellor", MessageRow.occurred_at).label("heard_at"),
            _count(MessageRow.session_id == SessionRow.id, MessageRow.author == "student", of=MessageRow).label(
                "lines"
            ),
            _worst(MessageRow.id).label("worst_id"),
            _worst(MessageRow.body).label("worst_body"),
            _worst(MessageRow.assessment).label("worst_assessment"),
            of_escalation(EscalationRow.id).label("escalation_id"),
            of_escalation(EscalationRow.state).label("escalation"),
            of_escalation(EscalationRow.deadline_at).label("deadline_at"),
            func.coalesce(ContactCareRow.frequent, False).label("frequent"),
            func.coalesce(ContactCareRow.impersonation, False).label("impersonation"),
            ContactCareRow.contact_id.is_not(None).label("planned"),
            WrapUpRow.filled_at,
            WrapUpRow.filled_by,
            WrapUpRow.signed_at,
            _count(
                ProposalRow.session_id == SessionRow.id, ProposalRow.state == ProposalState.WAITING, of=ProposalRow
            ).label("approvals"),
            select(func.count())
            .select_from(earlier)
            .where(earlier.c.contact_id == SessionRow.contact_id, earlier.c.opened_at < SessionRow.opened_at)
            .correlate(SessionRow)
            .scalar_subquery()
            .label("earlier"),
            ContactRow.channel,
            ContactRow.test.label("drill"),
            or_(
                select(ReportRow.id).where(ReportRow.session_id == SessionRow.id).correlate(SessionRow).exists(),
                replies_to_report(SessionRow),
                ContactRow.channel == Channel.REPORT,
            ).label("report"),
            select(WebChatRow.here & (WebChatRow.real_seen_at > func.now() - HERE))
            .where(WebChatRow.contact_id == SessionRow.contact_id)
            .correlate(SessionRow)
            .scalar_subquery()
            .label("here"),
            select(func.max(BlockRow.ends_at))
            .where(BlockRow.contact_id == SessionRow.contact_id, BlockRow.lifted_at.is_(None))
            .correlate(SessionRow)
            .scalar_subquery()
            .label("blocked_until"),
        )
        .join(ContactRow, ContactRow.id == SessionRow.contact_id)
        .outerjoin(ContactCareRow, ContactCareRow.contact_id == SessionRow.contact_id)
        .outerjoin(WrapUpRow, WrapUpRow.session_id == SessionRow.id)
    )


class CardReader:
    """Makes cards of the rows of ``select_cards``."""

    def __init__(self, sealer: RowSealer) -> None:
        self._sealer = sealer

    def card(self, row: Row[*tuple[Any, ...]]) -> Card:
        """One session."""
        worst = None
        if row.worst_id is not None and row.worst_body is not None:
            text = open_sealed(self._sealer, "messages", "body", row.worst_id, row.worst_body)
            found = open_sealed(self._sealer, "messages", "assessment", row.worst_id, row.worst_assessment)
            worst = None if text is None else (text, found)
        return Card(
            id=row.id,
            contact_id=row.contact_id,
            state=State(row.state),
            owner=Owner(row.owner),
            epoch=row.epoch,
            level=None if row.level is None else Level(row.level),
            # What a counsellor wrote down stands here before the worker has read it.
            unscreened=row.unscreened or (row.level is None and row.channel in OTHER_WAYS),
            human_wanted=None if row.human_wanted is None else HumanWanted(row.human_wanted),
            one_way=row.one_way,
            called_back_at=row.called_back_at,
            queued_at=row.queued_at,
            returning=row.returning,
            opened_at=row.opened_at,
            waiting_since=row.waiting_since,
            claimed_at=row.claimed_at,
            taken_at=row.taken_at,
            ended_at=row.ended_at,
            ended_reason=row.ended_reason,
            counsellor_id=row.counsellor_id,
            second_id=row.second_id,
            offered_to=row.offered_to,
            intake=self._intake(row.id, row.intake),
            worst=worst,
            wrote_at=row.wrote_at,
            wrote_number=row.wrote_number or 0,
            heard_at=row.heard_at,
            lines=row.lines,
            escalation_id=row.escalation_id,
            escalation=None if row.escalation is None else EscalationState(row.escalation),
            deadline_at=row.deadline_at,
            frequent=row.frequent,
            impersonation=row.impersonation,
            planned=row.planned,
            # A sheet of before the student wrote again has to be filled anew.
            sheet_filled=row.filled_at is not None and (row.ended_at is None or row.filled_at >= row.ended_at),
            sheet_filled_by=row.filled_by,
            sheet_signed=row.signed_at is not None,
            approvals=row.approvals,
            earlier=row.earlier,
            channel=Channel(row.channel),
            report=row.report,
            here=bool(row.here),
            drill=row.drill,
            blocked_until=row.blocked_until,
        )

    def _intake(self, session_id: UUID, sealed: bytes | None) -> Mapping[str, str | None]:
        text = open_sealed(self._sealer, "sessions", "intake", session_id, sealed)
        return {} if text is None else json.loads(text)
