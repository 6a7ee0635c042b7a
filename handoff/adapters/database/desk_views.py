"""What the desk shows, read in as few statements as it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from handoff.adapters.database.care_tables import ContactCareRow, WrapUpRow
from handoff.adapters.database.desk_feed import entries_after, last_number
from handoff.adapters.database.desk_tables import (
    DeskEventRow,
    DraftRow,
    PresenceRow,
    ProposalRow,
    SessionNoteRow,
    StaffRow,
)
from handoff.adapters.database.desk_talks import proposal_of
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.tables import MessageRow, OutboxRow, SessionRow
from handoff.adapters.database.transcript import SqlTranscript
from handoff.domain.delivery import DeliveryState
from handoff.domain.desk import DeskEvent, NoteKind, ProposalState
from handoff.domain.escalation import EscalationState
from handoff.domain.incoming import MessageKind
from handoff.domain.session import HumanWanted, Level, Owner, State
from handoff.domain.staff import PERMISSIONS, Permission, StaffMember, StaffRole
from handoff.services.desk_ports import FeedEntry, Note, Proposal
from handoff.services.desk_view_ports import Card, Care, DeskLine, EarlierSession
from kernel.sealing import SealBroken, Sealer

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST_INTAKES = 100
MOST_EARLIER = 20
MOST_ALARMS = 100
_SILENT = (MessageKind.FOLLOW, MessageKind.UNFOLLOW)


def _line_of(author: str, column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
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


def _of_escalation(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(EscalationRow.session_id == SessionRow.id, EscalationRow.state != EscalationState.CLOSED)
        .correlate(SessionRow)
        .scalar_subquery()
    )


def _count(*where: ColumnElement[bool], of: type[Any]) -> ScalarSelect[int]:
    return select(func.count()).select_from(of).where(*where).correlate(SessionRow).scalar_subquery()


def _select() -> Select[*tuple[Any, ...]]:
    earlier = SessionRow.__table__.alias("earlier")
    return (
        select(
            SessionRow.__table__,
            _line_of("student", MessageRow.occurred_at).label("wrote_at"),
            _line_of("student", MessageRow.sequence).label("wrote_number"),
            _line_of("counsellor", MessageRow.occurred_at).label("heard_at"),
            _count(MessageRow.session_id == SessionRow.id, MessageRow.author == "student", of=MessageRow).label(
                "lines"
            ),
            _worst(MessageRow.id).label("worst_id"),
            _worst(MessageRow.body).label("worst_body"),
            _worst(MessageRow.assessment).label("worst_assessment"),
            _of_escalation(EscalationRow.id).label("escalation_id"),
            _of_escalation(EscalationRow.state).label("escalation"),
            _of_escalation(EscalationRow.deadline_at).label("deadline_at"),
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
        )
        .outerjoin(ContactCareRow, ContactCareRow.contact_id == SessionRow.contact_id)
        .outerjoin(WrapUpRow, WrapUpRow.session_id == SessionRow.id)
    )


class SqlDeskViews:
    """Implements ``services.desk_view_ports.DeskViews``."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer
        self._transcript = SqlTranscript(connection, sealer)

    async def cursor(self) -> int:
        return await last_number(self._connection)

    async def entries_after(self, cursor: int, limit: int) -> Sequence[FeedEntry]:
        return await entries_after(self._connection, cursor, limit)

    async def alarms(self, since: datetime) -> Sequence[FeedEntry]:
        rows = await self._connection.execute(
            select(DeskEventRow.__table__)
            .outerjoin(SessionRow, SessionRow.id == DeskEventRow.session_id)
            .where(
                DeskEventRow.kind == DeskEvent.ALARM,
                DeskEventRow.real_at >= since,
                func.coalesce(SessionRow.state, "") != State.CLOSED,
            )
            .order_by(DeskEventRow.sequence.desc())
            .limit(MOST_ALARMS)
        )
        found: dict[tuple[UUID | None, str], FeedEntry] = {}
        for row in rows:
            entry = FeedEntry(row.sequence, DeskEvent(row.kind), row.session_id, row.subject, row.detail)
            found.setdefault((row.session_id, str(row.detail.get("code", ""))), entry)
        return list(found.values())

    # Cards ------------------------------------------------------------------------------------------------------

    async def cards(self) -> Sequence[Card]:
        shown = SessionRow.state.not_in((State.INTAKE, State.CLOSED))
        rows = await self._connection.execute(_select().where(shown).order_by(SessionRow.opened_at))
        return [self._card(row) for row in rows]

    async def intakes(self) -> Sequence[Card]:
        rows = await self._connection.execute(
            _select().where(SessionRow.state == State.INTAKE).order_by(SessionRow.opened_at.desc()).limit(MOST_INTAKES)
        )
        return [self._card(row) for row in rows]

    async def card(self, session_id: UUID) -> Card | None:
        row = (await self._connection.execute(_select().where(SessionRow.id == session_id))).first()
        return None if row is None else self._card(row)

    async def open_card(self, contact_id: UUID) -> Card | None:
        found = _select().where(SessionRow.contact_id == contact_id, SessionRow.state != State.CLOSED)
        row = (await self._connection.execute(found)).first()
        return None if row is None else self._card(row)

    async def carried(self) -> Mapping[UUID, tuple[int, datetime | None]]:
        live = (
            select(SessionRow.counsellor_id, _line_of("counsellor", MessageRow.occurred_at).label("heard_at"))
            .where(SessionRow.state == State.LIVE, SessionRow.counsellor_id.is_not(None))
            .subquery()
        )
        rows = await self._connection.execute(
            select(
                live.c.counsellor_id, func.count().label("live"), func.max(live.c.heard_at).label("spoke_at")
            ).group_by(live.c.counsellor_id)
        )
        return {row.counsellor_id: (row.live, row.spoke_at) for row in rows}

    def _card(self, row: Row[*tuple[Any, ...]]) -> Card:
        worst = None
        if row.worst_id is not None and row.worst_body is not None:
            text = self._open("messages", "body", row.worst_id, row.worst_body)
            found = self._open("messages", "assessment", row.worst_id, row.worst_assessment)
            worst = None if text is None else (text, found)
        return Card(
            id=row.id,
            contact_id=row.contact_id,
            state=State(row.state),
            owner=Owner(row.owner),
            epoch=row.epoch,
            level=None if row.level is None else Level(row.level),
            unscreened=row.unscreened,
            human_wanted=None if row.human_wanted is None else HumanWanted(row.human_wanted),
            one_way=row.one_way,
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
        )

    def _intake(self, session_id: UUID, sealed: bytes | None) -> Mapping[str, str | None]:
        text = self._open("sessions", "intake", session_id, sealed)
        return {} if text is None else json.loads(text)

    def _open(self, table: str, column: str, row_id: UUID | str, sealed: bytes | None) -> str | None:
        try:
            return None if sealed is None else self._sealer.open(table, column, str(row_id), sealed)
        except SealBroken:
            return None  # what can't be opened must not keep the rest from being seen

    # Lines ------------------------------------------------------------------------------------------------------

    async def lines(self, session_id: UUID) -> Sequence[DeskLine]:
        return await self._lines(MessageRow.session_id == session_id)

    async def line(self, line_id: UUID) -> DeskLine | None:
        found = await self._lines(MessageRow.id == line_id)
        return found[0] if found else None

    async def lines_of_call(self, call_id: UUID) -> Sequence[DeskLine]:
        return await self._lines(MessageRow.outbox_id == call_id)

    async def _lines(self, where: ColumnElement[bool]) -> Sequence[DeskLine]:
        rows = await self._connection.execute(
            select(
                MessageRow.__table__,
                OutboxRow.state.label("delivery"),
                OutboxRow.reason.label("delivery_reason"),
                OutboxRow.real_next_at,
                OutboxRow.attempts,
            )
            .outerjoin(OutboxRow, OutboxRow.id == MessageRow.outbox_id)
            .where(where)
            .order_by(MessageRow.sequence)
        )
        return [
            DeskLine(
                session_id=row.session_id,
                line=self._transcript.line_of(row),
                edited=row.edited_timestamp is not None,
                call_id=row.outbox_id,
                delivery=None if row.delivery is None else DeliveryState(row.delivery),
                reason=row.delivery_reason,
                next_at=row.real_next_at,
                attempts=row.attempts or 0,
            )
            for row in rows
        ]

    # Beside the lines -------------------------------------------------------------------------------------------

    async def notes(self, session_id: UUID) -> Sequence[Note]:
        return await self._notes(SessionNoteRow.session_id == session_id)

    async def note(self, note_id: UUID) -> Note | None:
        found = await self._notes(SessionNoteRow.id == note_id)
        return found[0] if found else None

    async def _notes(self, where: ColumnElement[bool]) -> Sequence[Note]:
        rows = await self._connection.execute(select(SessionNoteRow.__table__).where(where).order_by(SessionNoteRow.at))
        return [
            Note(
                row.id,
                row.session_id,
                row.staff_id,
                NoteKind(row.kind),
                self._open("session_notes", "body", row.id, row.body) or "",
                row.at,
            )
            for row in rows
        ]

    async def proposals(self, session_id: UUID) -> Sequence[Proposal]:
        rows = await self._connection.execute(
            select(ProposalRow.__table__).where(ProposalRow.session_id == session_id).order_by(ProposalRow.at)
        )
        return [proposal_of(row, self._sealer) for row in rows]

    async def waiting_proposals(self) -> Sequence[Proposal]:
        rows = await self._connection.execute(
            select(ProposalRow.__table__).where(ProposalRow.state == ProposalState.WAITING).order_by(ProposalRow.at)
        )
        return [proposal_of(row, self._sealer) for row in rows]

    async def draft(self, session_id: UUID, member_id: UUID) -> str:
        sealed = await self._connection.scalar(
            select(DraftRow.body).where(DraftRow.session_id == session_id, DraftRow.staff_id == member_id)
        )
        return self._open("drafts", "body", f"{session_id}:{member_id}", sealed) or ""

    async def earlier(self, session_id: UUID, contact_id: UUID) -> Sequence[EarlierSession]:
        this = select(SessionRow.opened_at).where(SessionRow.id == session_id).scalar_subquery()
        rows = await self._connection.execute(
            select(
                SessionRow.id,
                SessionRow.opened_at,
                SessionRow.closed_at,
                SessionRow.state,
                SessionRow.level,
                SessionRow.counsellor_id,
                SessionRow.closed_reason,
                WrapUpRow.sheet,
            )
            .outerjoin(WrapUpRow, WrapUpRow.session_id == SessionRow.id)
            .where(SessionRow.contact_id == contact_id, SessionRow.opened_at < this)
            .order_by(SessionRow.opened_at.desc())
            .limit(MOST_EARLIER)
        )
        return [
            EarlierSession(
                id=row.id,
                opened_at=row.opened_at,
                closed_at=row.closed_at,
                state=State(row.state),
                level=None if row.level is None else Level(row.level),
                counsellor_id=row.counsellor_id,
                closed_reason=row.closed_reason,
                sheet=self._open("wrap_ups", "sheet", row.id, row.sheet),
            )
            for row in rows
        ]

    async def care(self, contact_id: UUID) -> Care:
        row = (
            await self._connection.execute(
                select(ContactCareRow.__table__).where(ContactCareRow.contact_id == contact_id)
            )
        ).first()
        if row is None:
            return Care("", "", False, False, None, None)
        told = json.loads(self._open("contact_care", "content", contact_id, row.content) or "{}")
        return Care(
            plan=told.get("plan", ""),
            way=told.get("way", ""),
            frequent=row.frequent,
            impersonation=row.impersonation,
            updated_by=row.updated_by,
            updated_at=row.updated_at,
        )

    async def present(self, since: datetime) -> Sequence[tuple[StaffMember, bool, datetime]]:
        roles = PERMISSIONS[Permission.COUNSEL]
        rows = await self._connection.execute(
            select(StaffRow.__table__, PresenceRow.on_duty, PresenceRow.real_seen_at)
            .outerjoin(PresenceRow, PresenceRow.staff_id == StaffRow.id)
            .where(StaffRow.disabled_at.is_(None), StaffRow.role.in_(roles))
            .order_by(StaffRow.alias)
        )
        found = []
        for row in rows:
            member = StaffMember(row.id, row.name, row.alias, StaffRole(row.role), row.trainee, True, row.demo)
            seen = row.real_seen_at or NEVER
            found.append((member, bool(row.on_duty) and seen >= since, seen))
        return found
