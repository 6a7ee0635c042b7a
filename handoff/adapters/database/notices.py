"""Notices of escalations and their links: a token is sealed for sending and found again by its keyed hash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.escalation_tables import EscalationLinkRow, EscalationNoticeRow
from handoff.domain.notice import Medium, NoticeState
from handoff.services.escalation_ports import LinkHolder, PlannedNotice

#: Purpose of the keyed hash of links' tokens.
ALARM_LINK = "alarm_link"
#: Bytes of a token; nobody guesses 256 bits.
TOKEN_BYTES = 32
#: What isn't ours can't be longer than what is; a longer text isn't even hashed.
LONGEST_TOKEN = 64


class SqlNotices:
    """Implements ``services.escalation_ports.NoticeRows``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, notices: Sequence[PlannedNotice]) -> None:
        await self._connection.execute(
            insert(EscalationNoticeRow),
            [
                {
                    "id": notice.id,
                    "escalation_id": notice.escalation_id,
                    "number": notice.number,
                    "rung": notice.rung,
                    "round": notice.round,
                    "who": notice.who,
                    "medium": notice.medium,
                    "state": notice.state,
                    "at": notice.at,
                    "real_next_at": notice.next_at,
                    "outcome": notice.outcome,
                    "real_settled_at": None if notice.state is NoticeState.PLANNED else notice.next_at,
                }
                for notice in notices
            ],
        )

    def _of(self, escalation_id: UUID) -> Select[*tuple[Any, ...]]:
        return select(EscalationNoticeRow.__table__).where(EscalationNoticeRow.escalation_id == escalation_id)

    async def all(self, escalation_id: UUID) -> Sequence[PlannedNotice]:
        found = self._of(escalation_id).order_by(EscalationNoticeRow.number, EscalationNoticeRow.medium)
        return [_notice(row) for row in await self._connection.execute(found)]

    async def pending(self, escalation_id: UUID) -> Sequence[PlannedNotice]:
        found = self._of(escalation_id).where(EscalationNoticeRow.state == NoticeState.PLANNED)
        rows = await self._connection.execute(
            found.order_by(EscalationNoticeRow.real_next_at, EscalationNoticeRow.number)
        )
        return [_notice(row) for row in rows]

    async def begin_attempt(self, notice: PlannedNotice, until: datetime) -> bool:
        changed = await self._connection.execute(
            update(EscalationNoticeRow)
            .where(
                EscalationNoticeRow.id == notice.id,
                EscalationNoticeRow.state == NoticeState.PLANNED,
                # Who counts first makes the attempt.
                EscalationNoticeRow.attempts == notice.attempts,
            )
            .values(attempts=notice.attempts + 1, real_next_at=until)
        )
        return changed.rowcount == 1

    async def postpone(self, notice_id: UUID, until: datetime, outcome: str) -> None:
        await self._connection.execute(
            update(EscalationNoticeRow)
            .where(EscalationNoticeRow.id == notice_id, EscalationNoticeRow.state == NoticeState.PLANNED)
            .values(real_next_at=until, outcome=outcome)
        )

    async def settle(self, notice_id: UUID, state: NoticeState, outcome: str, at: datetime) -> None:
        # Also one that was dropped while its attempt was under way: what went out is told as it was.
        await self._connection.execute(
            update(EscalationNoticeRow)
            .where(EscalationNoticeRow.id == notice_id)
            .values(state=state, outcome=outcome, real_settled_at=at)
        )

    async def drop_pending(self, escalation_id: UUID, outcome: str, at: datetime) -> None:
        await self._connection.execute(
            update(EscalationNoticeRow)
            .where(EscalationNoticeRow.escalation_id == escalation_id, EscalationNoticeRow.state == NoticeState.PLANNED)
            .values(state=NoticeState.DROPPED, outcome=outcome, real_settled_at=at)
        )

    async def link(self, holder: LinkHolder, at: datetime) -> str:
        known = await self._token(holder)
        if known is not None:
            return known
        link_id, token = uuid4(), secrets.token_urlsafe(TOKEN_BYTES)
        made = await self._connection.execute(
            upsert(EscalationLinkRow)
            .values(
                id=link_id,
                escalation_id=holder.escalation_id,
                rung=holder.rung,
                who=holder.who,
                lookup=self._sealer.lookup(ALARM_LINK, token),
                token=(await self._sealer.for_house()).seal("escalation_links", "token", str(link_id), token),
                created_at=at,
            )
            .on_conflict_do_nothing(index_elements=["escalation_id", "rung"])
            .returning(EscalationLinkRow.id)
        )
        # Two notices of one rung may ask at the same time: both carry the link of the first.
        return token if made.first() is not None else await self.link(holder, at)

    async def _token(self, holder: LinkHolder) -> str | None:
        row = (
            await self._connection.execute(
                select(EscalationLinkRow.id, EscalationLinkRow.token).where(
                    EscalationLinkRow.escalation_id == holder.escalation_id, EscalationLinkRow.rung == holder.rung
                )
            )
        ).first()
        return None if row is None else self._sealer.open("escalation_links", "token", str(row.id), row.token)

    async def holder(self, token: str) -> LinkHolder | None:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            return None
        row = (
            await self._connection.execute(
                select(EscalationLinkRow.escalation_id, EscalationLinkRow.rung, EscalationLinkRow.who).where(
                    EscalationLinkRow.lookup == self._sealer.lookup(ALARM_LINK, token)
                )
            )
        ).first()
        return None if row is None else LinkHolder(row.escalation_id, row.rung, row.who)


def _notice(row: Row[*tuple[Any, ...]]) -> PlannedNotice:
    return PlannedNotice(
        id=row.id,
        escalation_id=row.escalation_id,
        number=row.number,
        rung=row.rung,
        round=row.round,
        who=row.who,
        medium=Medium(row.medium),
        state=NoticeState(row.state),
        at=row.at,
        next_at=row.real_next_at,
        attempts=row.attempts,
        outcome=row.outcome,
    )
