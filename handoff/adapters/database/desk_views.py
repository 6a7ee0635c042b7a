"""What the desk shows, read in as few statements as it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.care_tables import ContactCareRow, WrapUpRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import CardReader, line_of, open_sealed, select_cards
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
from handoff.adapters.database.drills import is_test
from handoff.adapters.database.evidence import evidence_of
from handoff.adapters.database.evidence_tables import EvidenceRow
from handoff.adapters.database.standing import member_of, select_staff
from handoff.adapters.database.tables import AuditRow, ContactRow, MessageRow, OutboxRow, SessionRow
from handoff.adapters.database.transcript import SqlTranscript
from handoff.domain.delivery import DeliveryState
from handoff.domain.desk import DeskEvent, NoteKind, ProposalState
from handoff.domain.evidence import KINDS, Evidence
from handoff.domain.incoming import Channel
from handoff.domain.session import Level, State
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk_ports import FeedEntry, Note, Proposal
from handoff.services.desk_view_ports import Card, Care, DeskLine, EarlierSession

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST_INTAKES = 100
MOST_EARLIER = 20
MOST_ALARMS = 100


class SqlDeskViews:
    """Implements ``services.desk_view_ports.DeskViews``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer, today: Callable[[], date]) -> None:
        """Args: today: as in SqlStaff."""
        self._connection = connection
        self._sealer = sealer
        self._today = today
        self._transcript = SqlTranscript(connection, sealer)
        self._cards = CardReader(sealer)

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
        rows = await self._connection.execute(select_cards().where(shown).order_by(SessionRow.opened_at))
        return [self._cards.card(row) for row in rows]

    async def intakes(self) -> Sequence[Card]:
        rows = await self._connection.execute(
            select_cards()
            .where(SessionRow.state == State.INTAKE)
            .order_by(SessionRow.opened_at.desc())
            .limit(MOST_INTAKES)
        )
        return [self._cards.card(row) for row in rows]

    async def card(self, session_id: UUID) -> Card | None:
        row = (await self._connection.execute(select_cards().where(SessionRow.id == session_id))).first()
        return None if row is None else self._cards.card(row)

    async def cards_named(self, session_ids: Collection[UUID]) -> Sequence[Card]:
        if not session_ids:
            return []
        rows = await self._connection.execute(select_cards().where(SessionRow.id.in_(session_ids)))
        return [self._cards.card(row) for row in rows]

    async def was_let_in(self, session_id: UUID, actor: str, since: datetime) -> bool:
        told = select(AuditRow.id).where(
            AuditRow.session_id == session_id, AuditRow.actor == actor, AuditRow.at >= since
        )
        return (await self._connection.execute(told.limit(1))).first() is not None

    async def open_card(self, contact_id: UUID) -> Card | None:
        found = select_cards().where(SessionRow.contact_id == contact_id, SessionRow.state != State.CLOSED)
        row = (await self._connection.execute(found)).first()
        return None if row is None else self._cards.card(row)

    async def carried(self) -> Mapping[UUID, tuple[int, datetime | None]]:
        live = (
            select(SessionRow.counsellor_id, line_of("counsellor", MessageRow.occurred_at).label("heard_at"))
            .where(
                SessionRow.state == State.LIVE,
                SessionRow.counsellor_id.is_not(None),
                ~is_test(SessionRow.contact_id),
            )
            .subquery()
        )
        rows = await self._connection.execute(
            select(
                live.c.counsellor_id, func.count().label("live"), func.max(live.c.heard_at).label("spoke_at")
            ).group_by(live.c.counsellor_id)
        )
        return {row.counsellor_id: (row.live, row.spoke_at) for row in rows}

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
        found = rows.all()
        files = await self._files([row.id for row in found if row.kind in KINDS and row.author == "student"])
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
                evidence=files.get(row.id),
            )
            for row in found
        ]

    async def _files(self, lines: Sequence[UUID]) -> Mapping[UUID, Evidence]:
        """The files that came with lines of LINE: such a line's id is its event's."""
        if not lines:
            return {}
        rows = await self._connection.execute(select(EvidenceRow.__table__).where(EvidenceRow.event_id.in_(lines)))
        return {row.event_id: evidence_of(row, self._sealer) for row in rows}

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
                open_sealed(self._sealer, "session_notes", "body", row.id, row.body) or "",
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
        return open_sealed(self._sealer, "drafts", "body", f"{session_id}:{member_id}", sealed) or ""

    async def earlier(self, session_id: UUID, contact_id: UUID) -> Sequence[EarlierSession]:
        this = select(SessionRow.opened_at).where(SessionRow.id == session_id).scalar_subquery()
        linked = select(SessionRow.previous_id).where(SessionRow.id == session_id).scalar_subquery()
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
                ContactRow.channel,
            )
            .join(ContactRow, ContactRow.id == SessionRow.contact_id)
            .outerjoin(WrapUpRow, WrapUpRow.session_id == SessionRow.id)
            # Who came another way before has another contact; a counsellor said that it's the same person.
            .where(or_(and_(SessionRow.contact_id == contact_id, SessionRow.opened_at < this), SessionRow.id == linked))
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
                sheet=open_sealed(self._sealer, "wrap_ups", "sheet", row.id, row.sheet),
                channel=Channel(row.channel),
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
        told = json.loads(open_sealed(self._sealer, "contact_care", "content", contact_id, row.content) or "{}")
        return Care(
            plan=told.get("plan", ""),
            way=told.get("way", ""),
            frequent=row.frequent,
            impersonation=row.impersonation,
            updated_by=row.updated_by,
            updated_at=row.updated_at,
        )

    async def present(self, since: datetime) -> Sequence[tuple[StaffMember, bool, datetime]]:
        rows = await self._connection.execute(
            select_staff(self._today())
            .add_columns(PresenceRow.on_duty, PresenceRow.real_seen_at)
            .outerjoin(PresenceRow, PresenceRow.staff_id == StaffRow.id)
            .where(StaffRow.disabled_at.is_(None))
            .order_by(StaffRow.alias)
        )
        found = []
        for row in rows:
            member, seen = member_of(row), row.real_seen_at or NEVER
            if member.may(Permission.COUNSEL):
                found.append((member, bool(row.on_duty) and seen >= since, seen))
        return found
