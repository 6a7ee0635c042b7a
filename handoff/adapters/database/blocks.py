"""Blocks of contacts. A supervisor's words are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from handoff.adapters.database.broadcast_tables import BlockRow
from handoff.adapters.database.care_tables import ContactCareRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.report_tables import ReportRow, replies_to_report
from handoff.adapters.database.tables import ContactRow, LineEventRow, MessageRow, SessionRow
from handoff.domain.block import Block, Lifted, Standing
from handoff.domain.errors import NotFound
from handoff.domain.escalation import EscalationState
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Prohibited
from handoff.domain.session import URGENT, State
from handoff.services.broadcast_ports import Meanwhile

#: The result of an event whose turn a block took.
BLOCKED: Final = "blocked"
#: Blocks that ended longer ago are looked at no more.
LOOKED_AT_FOR: Final = timedelta(days=30)


def in_force(at: datetime) -> ColumnElement[bool]:
    """Whether a block's row is in force at a moment of the service's clock."""
    return and_(BlockRow.lifted_at.is_(None), BlockRow.made_at <= at, BlockRow.ends_at > at)


class SqlBlocks:
    """Implements ``services.broadcast_ports.Blocks``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def standing(self, contact_id: UUID, calm_since: datetime) -> Standing:
        own, other = aliased(SessionRow), aliased(SessionRow)
        # The same person's sessions of another way: linked to one of theirs, before or after it.
        linked = (
            select(other.id)
            .join(own, or_(own.previous_id == other.id, other.previous_id == own.id))
            .where(own.contact_id == contact_id)
        )
        theirs = or_(SessionRow.contact_id == contact_id, SessionRow.id.in_(linked))
        # Where a failed screen couldn't even be told, the line alone knows of it.
        unread_line = (
            select(MessageRow.id)
            .where(MessageRow.session_id == SessionRow.id, MessageRow.unscreened)
            .correlate(SessionRow)
        )
        at_risk = select(SessionRow.id).where(
            theirs,
            or_(SessionRow.level.in_(URGENT), SessionRow.unscreened, unread_line.exists()),
            or_(SessionRow.closed_at.is_(None), SessionRow.closed_at >= calm_since),
        )
        talking = select(SessionRow.id).where(theirs, SessionRow.state.in_((State.LIVE, State.WRAP_UP)))
        escalated = (
            select(EscalationRow.id)
            .join(SessionRow, SessionRow.id == EscalationRow.session_id)
            .where(theirs, EscalationRow.state != EscalationState.CLOSED)
        )
        unread = select(LineEventRow.id).where(LineEventRow.contact_id == contact_id, LineEventRow.done_at.is_(None))
        reported = select(SessionRow.id).where(
            SessionRow.contact_id == contact_id,
            SessionRow.state != State.CLOSED,
            or_(
                select(ReportRow.id).where(ReportRow.session_id == SessionRow.id).correlate(SessionRow).exists(),
                replies_to_report(SessionRow),
            ),
        )
        marked = select(ContactCareRow.contact_id).where(
            ContactCareRow.contact_id == contact_id, ContactCareRow.impersonation
        )
        row = (
            await self._connection.execute(
                select(
                    ContactRow.channel,
                    talking.exists().label("talking"),
                    escalated.exists().label("escalated"),
                    at_risk.exists().label("at_risk"),
                    unread.exists().label("unread"),
                    reported.exists().label("reported"),
                    marked.exists().label("impersonation"),
                ).where(ContactRow.id == contact_id)
            )
        ).first()
        if row is None:
            raise NotFound("no such contact")
        return Standing(
            on_line=row.channel == Channel.LINE,
            talking=row.talking,
            escalated=row.escalated,
            at_risk=row.at_risk,
            unread=row.unread,
            reported=row.reported,
            impersonation=row.impersonation,
        )

    async def add(self, block: Block) -> bool:
        added = await self._connection.scalar(
            insert(BlockRow)
            .values(
                id=block.id,
                contact_id=block.contact_id,
                session_id=block.session_id,
                reason=block.reason,
                words=(await self._sealer.for_contact(block.contact_id)).seal(
                    "blocks", "words", str(block.id), block.why
                ),
                compared=block.compared,
                made_by=block.made_by,
                made_at=block.made_at,
                ends_at=block.ends_at,
            )
            .on_conflict_do_nothing(index_elements=[BlockRow.id])
            .returning(BlockRow.id)
        )
        return added is not None

    async def has(self, block_id: UUID) -> bool:
        return await self._connection.scalar(select(BlockRow.id).where(BlockRow.id == block_id)) is not None

    async def lock(self, block_id: UUID) -> Block:
        found = select(BlockRow.__table__).where(BlockRow.id == block_id)
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such block")
        return self._block(row)

    async def running(self, contact_id: UUID, at: datetime) -> Block | None:
        found = select(BlockRow.__table__).where(BlockRow.contact_id == contact_id, in_force(at))
        row = (await self._connection.execute(found.order_by(BlockRow.made_at.desc()).limit(1))).first()
        return None if row is None else self._block(row)

    async def lift(self, block: Block) -> None:
        await self._connection.execute(
            update(BlockRow)
            .where(BlockRow.id == block.id)
            .values(lifted_at=block.lifted_at, lifted_by=block.lifted_by, lifted_for=block.lifted_for)
        )

    async def lift_running(self, contact_id: UUID, at: datetime, why: Lifted) -> Sequence[UUID]:
        lifted = await self._connection.scalars(
            update(BlockRow)
            .where(BlockRow.contact_id == contact_id, in_force(at))
            .values(lifted_at=at, lifted_for=why)
            .returning(BlockRow.id)
        )
        return list(lifted)

    async def tell_once(self, block_id: UUID, at: datetime) -> bool:
        told = await self._connection.scalar(
            update(BlockRow)
            .where(BlockRow.id == block_id, BlockRow.told_at.is_(None))
            .values(told_at=at)
            .returning(BlockRow.id)
        )
        return told is not None

    async def meanwhile(self, block: Block, *, unasked: bool = False) -> Meanwhile | None:
        row = (
            await self._connection.execute(
                _written()
                .add_columns(func.count().over().label("written"))
                .where(BlockRow.id == block.id, _unasked() if unasked else true())
                .order_by(LineEventRow.done_at.desc())
                .limit(1)
            )
        ).first()
        return None if row is None else Meanwhile(row.written, row.session_id, row.done_at)

    async def to_be_read(self, at: datetime, every: timedelta) -> Sequence[UUID]:
        ends = func.coalesce(BlockRow.lifted_at, BlockRow.ends_at)
        waits = _written().where(
            ends >= at - LOOKED_AT_FOR, _unasked(), or_(ends <= at, LineEventRow.done_at <= at - every)
        )
        return list(await self._connection.scalars(select(waits.subquery().c.id).distinct()))

    async def mark_asked(self, block_id: UUID, through: datetime) -> None:
        await self._connection.execute(update(BlockRow).where(BlockRow.id == block_id).values(asked_at=through))

    async def listed(self, at: datetime, limit: int) -> Sequence[Block]:
        rows = await self._connection.execute(
            select(BlockRow.__table__).order_by(in_force(at).desc(), BlockRow.made_at.desc(), BlockRow.id).limit(limit)
        )
        return [self._block(row) for row in rows]

    async def counts(self, at: datetime) -> tuple[int, int]:
        row = (
            await self._connection.execute(
                select(func.count().filter(in_force(at)).label("now"), func.count().label("ever")).select_from(BlockRow)
            )
        ).one()
        return row.now, row.ever

    def _block(self, row: Row[*tuple[Any, ...]]) -> Block:
        return Block(
            id=row.id,
            contact_id=row.contact_id,
            session_id=row.session_id,
            reason=Prohibited(row.reason),
            why=open_sealed(self._sealer, "blocks", "words", row.id, row.words) or "",
            compared=row.compared,
            made_by=row.made_by,
            made_at=row.made_at,
            ends_at=row.ends_at,
            told_at=row.told_at,
            asked_at=row.asked_at,
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by,
            lifted_for=None if row.lifted_for is None else Lifted(row.lifted_for),
        )


def _written() -> Select[*tuple[Any, ...]]:
    """What was written while each block ran and nobody answered it: until the contact's next one, for a lift may fall into
    the moment in which a message is turned away.
    """
    newer = aliased(BlockRow)
    of_newer = select(newer.id).where(
        newer.contact_id == BlockRow.contact_id,
        newer.made_at > BlockRow.made_at,
        newer.made_at <= LineEventRow.done_at,
    )
    return (
        select(BlockRow.id, MessageRow.session_id, LineEventRow.done_at)
        .join(SessionRow, SessionRow.contact_id == BlockRow.contact_id)
        .join(MessageRow, MessageRow.session_id == SessionRow.id)
        .join(LineEventRow, LineEventRow.id == MessageRow.event_id)
        .where(
            MessageRow.author == "student",
            LineEventRow.result == BLOCKED,
            LineEventRow.done_at >= BlockRow.made_at,
            ~of_newer.correlate(BlockRow, LineEventRow).exists(),
        )
    )


def _unasked() -> ColumnElement[bool]:
    return or_(BlockRow.asked_at.is_(None), LineEventRow.done_at > BlockRow.asked_at)
