"""Who left a message and can be told that somebody is there now; read from the queue as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.chat_tables import WebChatRow
from handoff.adapters.database.drills import is_test
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.report_tables import ReportRow
from handoff.adapters.database.tables import ContactRow, MessageRow, SessionRow
from handoff.domain.escalation import EscalationState
from handoff.domain.incoming import TALKS, Channel
from handoff.domain.queue import Waiting
from handoff.domain.session import URGENT, HumanWanted, Level, State
from handoff.services.hours_ports import LeftWord

#: Of all numbers the one by which the transactions that hand out places wait for each other.
_PLACES: Final = 0x7473756E61676901
#: The first in the queue; who comes after them is called in a later round.
_MOST: Final = 200


def _at_risk() -> ColumnElement[bool]:
    return or_(func.coalesce(SessionRow.level.in_(URGENT), False), SessionRow.unscreened)


def _is_report() -> ColumnElement[bool]:
    return select(ReportRow.id).where(ReportRow.session_id == SessionRow.id).exists()


def _in_queue() -> ColumnElement[bool]:
    """Who waits; a drill is none of them (it is never counted, and keeps nobody from hearing that somebody is there)."""
    return and_(
        SessionRow.state == State.WAITING,
        SessionRow.human_wanted.is_distinct_from(HumanWanted.CONDUCT),
        ~is_test(SessionRow.contact_id),
    )


class SqlCallBacks:
    """Implements ``services.hours_ports.CallBacks``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        await self._connection.execute(select(func.pg_advisory_xact_lock(_PLACES)))

    async def left_word(self, seen_since: datetime) -> Sequence[LeftWord]:
        alarm = select(EscalationRow.id).where(
            EscalationRow.session_id == SessionRow.id, EscalationRow.state != EscalationState.CLOSED
        )
        since = func.coalesce(SessionRow.waiting_since, SessionRow.opened_at)
        rows = await self._connection.execute(
            select(
                SessionRow.id,
                SessionRow.level,
                SessionRow.queued_at,
                SessionRow.contact_id,
                since.label("since"),
                ContactRow.channel,
            )
            .join(ContactRow, ContactRow.id == SessionRow.contact_id)
            .join(WebChatRow, WebChatRow.contact_id == ContactRow.id, isouter=True)
            .where(
                _in_queue(),
                SessionRow.one_way,
                SessionRow.called_back_at.is_(None),
                ~_at_risk(),
                ~alarm.exists(),
                ~_is_report(),
                ContactRow.channel.in_(TALKS),
                ContactRow.following,
                or_(
                    ContactRow.channel != Channel.WEB,
                    and_(WebChatRow.here, WebChatRow.left_at.is_(None), WebChatRow.real_seen_at > seen_since),
                ),
            )
            .order_by(since, SessionRow.id)
            .limit(_MOST)
        )
        return [
            LeftWord(
                Waiting(row.id, None if row.level is None else Level(row.level), False, row.since, row.queued_at),
                row.contact_id,
                Channel(row.channel),
            )
            for row in rows
        ]

    async def wait_for_talk(self, but: UUID | None = None) -> int:
        count = select(func.count()).where(_in_queue(), or_(~SessionRow.one_way, _at_risk()))
        if but is not None:
            count = count.where(SessionRow.id != but)
        return await self._connection.scalar(count) or 0

    async def held(self, since: datetime) -> int:
        answered = select(MessageRow.id).where(
            MessageRow.session_id == SessionRow.id,
            MessageRow.author == "student",
            MessageRow.occurred_at > SessionRow.called_back_at,
        )
        held = select(func.count()).where(
            _in_queue(), SessionRow.one_way, SessionRow.called_back_at > since, ~_at_risk(), ~answered.exists()
        )
        return await self._connection.scalar(held) or 0

    async def forget_answered(self, session_id: UUID) -> None:
        answered = select(MessageRow.id).where(
            MessageRow.session_id == SessionRow.id,
            MessageRow.author == "student",
            MessageRow.occurred_at > SessionRow.called_back_at,
        )
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id, answered.exists()).values(called_back_at=None)
        )

    async def note(self, session_id: UUID, at: datetime) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(called_back_at=at))
