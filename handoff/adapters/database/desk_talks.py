"""What counsellors write beside a talk, and the lines that they sent: notes, drafts, lines that wait for a yes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_tables import DraftRow, ProposalRow, SessionNoteRow
from handoff.adapters.database.drills import is_test
from handoff.adapters.database.tables import MessageRow, OutboxRow, SessionRow
from handoff.domain.delivery import DeliveryState
from handoff.domain.desk import ProposalState
from handoff.domain.errors import NotFound
from handoff.domain.kept import Kept
from handoff.domain.session import Level, State
from handoff.services.desk_ports import Note, Proposal, SpokenLine
from kernel.sealing import SealBroken


class SqlTalks:
    """Implements ``services.desk_ports.Talks``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def live_levels(self, member_id: UUID) -> Sequence[Level | None]:
        rows = await self._connection.scalars(
            select(SessionRow.level).where(
                SessionRow.counsellor_id == member_id,
                SessionRow.state == State.LIVE,
                # Whoever plays a drill can take a student at any moment.
                ~is_test(SessionRow.contact_id),
            )
        )
        return [None if level is None else Level(level) for level in rows]

    async def add_note(self, note: Note) -> bool:
        added = await self._connection.scalar(
            insert(SessionNoteRow)
            .values(
                id=note.id,
                session_id=note.session_id,
                staff_id=note.staff_id,
                kind=note.kind,
                body=(await self._sealer.for_session(note.session_id, Kept.TRANSCRIPT)).seal(
                    "session_notes", "body", str(note.id), note.text
                ),
                at=note.at,
            )
            .on_conflict_do_nothing(index_elements=[SessionNoteRow.id])
            .returning(SessionNoteRow.id)
        )
        return added is not None

    # Lines that wait for a yes ----------------------------------------------------------------------------------

    async def add_proposal(self, proposal: Proposal) -> bool:
        added = await self._connection.scalar(
            insert(ProposalRow)
            .values(
                id=proposal.id,
                session_id=proposal.session_id,
                staff_id=proposal.staff_id,
                epoch=proposal.epoch,
                body=(await self._sealer.for_session(proposal.session_id, Kept.TRANSCRIPT)).seal(
                    "proposals", "body", str(proposal.id), proposal.text
                ),
                state=proposal.state,
                at=proposal.at,
            )
            .on_conflict_do_nothing(index_elements=[ProposalRow.id])
            .returning(ProposalRow.id)
        )
        return added is not None

    async def proposal(self, proposal_id: UUID) -> Proposal:
        return await self._proposal(select(ProposalRow.__table__).where(ProposalRow.id == proposal_id))

    async def lock_proposal(self, proposal_id: UUID) -> Proposal:
        found = select(ProposalRow.__table__).where(ProposalRow.id == proposal_id)
        return await self._proposal(found.with_for_update())

    async def _proposal(self, found: Select[*tuple[Any, ...]]) -> Proposal:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such proposal")
        return proposal_of(row, self._sealer)

    async def decide(
        self, proposal_id: UUID, state: ProposalState, by: UUID | None, remark: str | None, at: datetime
    ) -> None:
        sealed = None
        if remark:
            found = select(ProposalRow.session_id).where(ProposalRow.id == proposal_id)
            key = await self._sealer.for_session((await self._connection.execute(found)).scalar_one(), Kept.TRANSCRIPT)
            sealed = key.seal("proposals", "remark", str(proposal_id), remark)
        await self._connection.execute(
            update(ProposalRow)
            .where(ProposalRow.id == proposal_id)
            .values(state=state, decided_by=by, decided_at=at, remark=sealed)
        )

    async def waiting_proposals(self, before: datetime) -> Sequence[UUID]:
        rows = await self._connection.scalars(
            select(ProposalRow.id)
            .where(ProposalRow.state == ProposalState.WAITING, ProposalRow.at < before)
            .order_by(ProposalRow.at)
        )
        return rows.all()

    async def drop_proposals(self, session_id: UUID, at: datetime) -> Sequence[UUID]:
        rows = await self._connection.scalars(
            update(ProposalRow)
            .where(ProposalRow.session_id == session_id, ProposalRow.state == ProposalState.WAITING)
            .values(state=ProposalState.DROPPED, decided_at=at)
            .returning(ProposalRow.id)
        )
        return rows.all()

    # Drafts -----------------------------------------------------------------------------------------------------

    async def set_draft(self, session_id: UUID, member_id: UUID, text: str, at: datetime) -> None:
        if not text:
            await self._connection.execute(
                delete(DraftRow).where(DraftRow.session_id == session_id, DraftRow.staff_id == member_id)
            )
            return
        sealed = (await self._sealer.for_session(session_id, Kept.TRANSCRIPT)).seal(
            "drafts", "body", f"{session_id}:{member_id}", text
        )
        row = insert(DraftRow).values(session_id=session_id, staff_id=member_id, body=sealed, updated_at=at)
        await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[DraftRow.session_id, DraftRow.staff_id], set_={"body": sealed, "updated_at": at}
            )
        )

    # Lines that went out ----------------------------------------------------------------------------------------

    async def spoken(self, line_id: UUID) -> SpokenLine:
        row = (
            await self._connection.execute(
                select(
                    MessageRow.id,
                    MessageRow.session_id,
                    MessageRow.author,
                    MessageRow.body,
                    MessageRow.outbox_id,
                    OutboxRow.state,
                )
                .outerjoin(OutboxRow, OutboxRow.id == MessageRow.outbox_id)
                .where(MessageRow.id == line_id)
            )
        ).first()
        if row is None:
            raise NotFound("no such line")
        text = None if row.body is None else self._sealer.open("messages", "body", str(row.id), row.body)
        return SpokenLine(
            id=row.id,
            session_id=row.session_id,
            author=row.author,
            text=text,
            call_id=row.outbox_id,
            delivery=None if row.state is None else DeliveryState(row.state),
        )

    async def resend(self, line_id: UUID, call_id: UUID) -> None:
        await self._connection.execute(update(MessageRow).where(MessageRow.id == line_id).values(outbox_id=call_id))

    async def hurry(self, call_id: UUID, at: datetime) -> bool:
        hurried = await self._connection.execute(
            update(OutboxRow)
            .where(OutboxRow.id == call_id, OutboxRow.state == DeliveryState.PENDING)
            .values(real_next_at=at)
        )
        return hurried.rowcount == 1


def proposal_of(row: Row[*tuple[Any, ...]], sealer: RowSealer) -> Proposal:
    """A proposal's row, opened."""
    try:
        text = sealer.open("proposals", "body", str(row.id), row.body)
        remark = None if row.remark is None else sealer.open("proposals", "remark", str(row.id), row.remark)
    except SealBroken:
        text, remark = "", None
    return Proposal(
        id=row.id,
        session_id=row.session_id,
        staff_id=row.staff_id,
        epoch=row.epoch,
        text=text,
        state=ProposalState(row.state),
        at=row.at,
        decided_by=row.decided_by,
        remark=remark,
    )
