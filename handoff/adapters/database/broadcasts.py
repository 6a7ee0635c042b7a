"""Who follows since when and wants broadcasts, and the texts that may go to everybody (HOK-5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, Select, cast, exists, func, literal, not_, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from handoff.adapters.database.blocks import in_force
from handoff.adapters.database.broadcast_tables import BlockRow, BroadcastTextRow, BroadcastWishRow, FollowingRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.tables import ContactRow
from handoff.domain.broadcast import BroadcastText, Decision, Following, Way, WishWay
from handoff.domain.errors import NotFound
from handoff.domain.hours import ZONE
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import BroadcastKind
from handoff.services.broadcast_ports import Registration, Since, Wish

#: What a month counts of those who were friends before we were told; a kind of no event.
_KNOWN = "known"


def _friends() -> ColumnElement[bool]:
    return (ContactRow.channel == Channel.LINE) & ContactRow.following & not_(ContactRow.test)


def _wants_none() -> ColumnElement[bool]:
    """Whether the last wish of a contact's is to get no broadcasts."""
    last = (
        select(BroadcastWishRow.wanted)
        .where(BroadcastWishRow.contact_id == ContactRow.id)
        .order_by(BroadcastWishRow.at.desc(), BroadcastWishRow.id)
        .limit(1)
        .correlate(ContactRow)
        .scalar_subquery()
    )
    return func.coalesce(last, True).is_(False)


class SqlBroadcasts:
    """Implements ``services.broadcast_ports.Broadcasts``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # Who follows ------------------------------------------------------------------------------------------------

    async def note_following(self, event_id: UUID, contact_id: UUID, kind: Following, at: datetime) -> bool:
        added = await self._connection.scalar(
            insert(FollowingRow)
            .values(id=event_id, contact_id=contact_id, kind=kind, at=at)
            .on_conflict_do_nothing(index_elements=[FollowingRow.id])
            .returning(FollowingRow.id)
        )
        return added is not None

    async def since(self, contact_id: UUID) -> Since | None:
        contact = (
            await self._connection.execute(
                select(ContactRow.following, ContactRow.created_at).where(
                    ContactRow.id == contact_id, ContactRow.channel == Channel.LINE
                )
            )
        ).first()
        if contact is None:
            return None
        rows = list(
            await self._connection.execute(
                select(FollowingRow.kind, FollowingRow.at)
                .where(FollowingRow.contact_id == contact_id)
                .order_by(FollowingRow.at, FollowingRow.id)
            )
        )
        began = next((row.at for row in rows if row.kind == Following.FOLLOW), contact.created_at)
        changed = (Following(rows[-1].kind), rows[-1].at) if rows else None
        return Since(contact.following, began, changed)

    async def registrations(self, since: datetime) -> Sequence[Registration]:
        told = (
            select(FollowingRow.kind.label("kind"), FollowingRow.at.label("at"))
            .join(ContactRow, ContactRow.id == FollowingRow.contact_id)
            .where(not_(ContactRow.test), FollowingRow.at >= since)
        )
        began = exists().where(FollowingRow.contact_id == ContactRow.id, FollowingRow.kind == Following.FOLLOW)
        known = select(literal(_KNOWN).label("kind"), ContactRow.created_at.label("at")).where(
            ContactRow.channel == Channel.LINE, not_(ContactRow.test), not_(began), ContactRow.created_at >= since
        )
        both = union_all(told, known).subquery()
        month = cast(func.date_trunc("month", func.timezone(str(ZONE), both.c.at)), Date).label("month")
        rows = await self._connection.execute(
            select(
                month,
                *(
                    func.count().filter(both.c.kind == kind).label(str(kind))
                    for kind in (Following.FOLLOW, _KNOWN, Following.REFOLLOW, Following.UNFOLLOW)
                ),
            )
            .group_by(month)
            .order_by(month.desc())
        )
        return [Registration(row.month, row.follow, row.known, row.refollow, row.unfollow) for row in rows]

    async def followers(self) -> int:
        return await self._count(select(func.count()).select_from(ContactRow).where(_friends()))

    async def opted_out(self) -> int:
        return await self._count(select(func.count()).select_from(ContactRow).where(_friends(), _wants_none()))

    async def recipients_count(self, at: datetime) -> int:
        blocked = exists().where(BlockRow.contact_id == ContactRow.id, in_force(at))
        wanted = select(func.count()).select_from(ContactRow).where(_friends(), not_(_wants_none()))
        return await self._count(wanted.where(not_(blocked)))

    async def _count(self, statement: Select[int]) -> int:
        return await self._connection.scalar(statement) or 0

    # Who wants broadcasts ---------------------------------------------------------------------------------------

    async def add_wish(self, key: UUID, contact_id: UUID, wish: Wish) -> bool:
        added = await self._connection.scalar(
            insert(BroadcastWishRow)
            .values(id=key, contact_id=contact_id, wanted=wish.wanted, way=wish.way, made_by=wish.made_by, at=wish.at)
            .on_conflict_do_nothing(index_elements=[BroadcastWishRow.id])
            .returning(BroadcastWishRow.id)
        )
        return added is not None

    async def wish(self, contact_id: UUID) -> Wish | None:
        row = (
            await self._connection.execute(
                select(BroadcastWishRow.__table__)
                .where(BroadcastWishRow.contact_id == contact_id)
                .order_by(BroadcastWishRow.at.desc(), BroadcastWishRow.id)
                .limit(1)
            )
        ).first()
        return None if row is None else Wish(row.wanted, WishWay(row.way), row.made_by, row.at)

    # What may be said -------------------------------------------------------------------------------------------

    async def add_text(self, text: BroadcastText) -> bool:
        added = await self._connection.scalar(
            insert(BroadcastTextRow)
            .values(
                id=text.id,
                profile=text.profile,
                kind=text.kind,
                words=await self._seal("words", text.id, text.words),
                begins_on=text.begins_on,
                ends_on=text.ends_on,
                proposed_by=text.proposed_by,
                proposed_at=text.proposed_at,
            )
            .on_conflict_do_nothing(index_elements=[BroadcastTextRow.id])
            .returning(BroadcastTextRow.id)
        )
        return added is not None

    async def lock_text(self, text_id: UUID) -> BroadcastText:
        found = select(BroadcastTextRow.__table__).where(BroadcastTextRow.id == text_id)
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such text")
        return self._text(row)

    async def decide_text(self, text: BroadcastText) -> None:
        await self._connection.execute(
            update(BroadcastTextRow)
            .where(BroadcastTextRow.id == text.id)
            .values(
                decision=text.decision,
                decided_at=text.decided_at,
                decided_by=text.decided_by,
                way=text.way,
                approver=await self._seal("approver", text.id, text.approver) if text.approver else None,
                approved_on=text.approved_on,
                remark=await self._seal("remark", text.id, text.remark) if text.remark else None,
                retired_at=text.retired_at,
                retired_by=text.retired_by,
            )
        )

    async def texts(self, profile: str, limit: int) -> Sequence[BroadcastText]:
        newest = (
            select(BroadcastTextRow.id)
            .where(BroadcastTextRow.profile == profile)
            .order_by(BroadcastTextRow.proposed_at.desc(), BroadcastTextRow.id)
            .limit(limit)
        )
        holds = (BroadcastTextRow.decision == Decision.APPROVED) & BroadcastTextRow.retired_at.is_(None)
        rows = await self._connection.execute(
            select(BroadcastTextRow.__table__)
            .where(BroadcastTextRow.profile == profile, or_(BroadcastTextRow.id.in_(newest), holds))
            .order_by(BroadcastTextRow.proposed_at.desc(), BroadcastTextRow.id)
        )
        return [self._text(row) for row in rows]

    async def count_texts(self, profile: str) -> int:
        return await self._count(
            select(func.count()).select_from(BroadcastTextRow).where(BroadcastTextRow.profile == profile)
        )

    async def _seal(self, column: str, text_id: UUID, words: str) -> bytes:
        return (await self._sealer.for_house()).seal("broadcast_texts", column, str(text_id), words)

    def _text(self, row: Row[*tuple[Any, ...]]) -> BroadcastText:
        opened = {
            column: open_sealed(self._sealer, "broadcast_texts", column, row.id, getattr(row, column)) or ""
            for column in ("words", "approver", "remark")
        }
        return BroadcastText(
            id=row.id,
            profile=row.profile,
            kind=BroadcastKind(row.kind),
            words=opened["words"],
            begins_on=row.begins_on,
            ends_on=row.ends_on,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            decision=None if row.decision is None else Decision(row.decision),
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            way=None if row.way is None else Way(row.way),
            approver=opened["approver"],
            approved_on=row.approved_on,
            remark=opened["remark"],
            retired_at=row.retired_at,
            retired_by=row.retired_by,
        )
