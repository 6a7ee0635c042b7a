"""Chats of the web: how far each is, and the lines that its page may show, which is far from all that is on record.

A page shows what its own student wrote and what was delivered. Notes, levels, lines of the system, and what was refused
or is still on its way are not among that.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.chat_tables import WebChatRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.desk_tables import DeskEventRow
from handoff.adapters.database.tables import ContactRow, LineEventRow, MessageRow, OutboxRow, SessionRow
from handoff.domain.chat import ChatLine, Mark, Visitor, key_of, state_of
from handoff.domain.delivery import DeliveryState
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import NotFound
from handoff.domain.incoming import Channel, EventType, MessageKind
from handoff.domain.session import Owner, State
from handoff.services.chat_ports import ChatRow, Typing

#: Channel of the notes that somebody is writing; nothing of them is stored.
TYPING: Final = "tsunagi_typing"
#: Lines that a page gets at most when it opens.
MOST_LINES: Final = 500
_STUDENT: Final = "student"
_SPOKEN: Final = (Owner.BOT, Owner.COUNSELLOR, Owner.ON_CALL)
_OVER: Final = (State.WRAP_UP, State.CLOSED)
_ENDED: Final = func.coalesce(SessionRow.ended_at, SessionRow.closed_at)
_MINE: Final = and_(MessageRow.author == _STUDENT, MessageRow.kind == MessageKind.TEXT)
_SAID: Final = and_(MessageRow.author.in_(_SPOKEN), OutboxRow.state == DeliveryState.SENT)
_THERE: Final = and_(MessageRow.body.is_not(None), MessageRow.hidden_at.is_(None))


class SqlChats:
    """Implements ``services.chat_ports.Chats``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # How far a chat is ------------------------------------------------------------------------------------------

    async def start(self, contact_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            insert(WebChatRow)
            .values(contact_id=contact_id, real_started_at=at, real_seen_at=at)
            .on_conflict_do_nothing(index_elements=[WebChatRow.contact_id])
        )

    async def find(self, address: str) -> ChatRow | None:
        lookup = self._sealer.lookup(Channel.WEB, address)
        found = self._chats().where(ContactRow.channel == Channel.WEB, ContactRow.lookup == lookup)
        row = (await self._connection.execute(found)).first()
        return None if row is None else _chat(row, address)

    async def rows(self, contacts: Sequence[UUID]) -> Mapping[UUID, ChatRow]:
        rows = await self._connection.execute(self._chats().where(WebChatRow.contact_id.in_(contacts)))
        return {row.contact_id: _chat(row, "") for row in rows}

    async def lock(self, contact_id: UUID) -> ChatRow:
        locked = select(WebChatRow.contact_id).where(WebChatRow.contact_id == contact_id).with_for_update()
        if await self._connection.scalar(locked) is None:
            raise NotFound(f"no chat {contact_id}")
        row = (await self._connection.execute(self._chats().where(WebChatRow.contact_id == contact_id))).one()
        return _chat(row, "")

    @staticmethod
    def _chats() -> Select[*tuple[Any, ...]]:
        newest = (
            select(SessionRow.id, SessionRow.state, SessionRow.owner, _ENDED.label("ended_at"))
            .where(SessionRow.contact_id == WebChatRow.contact_id)
            .order_by(SessionRow.opened_at.desc(), SessionRow.id)
            .limit(1)
            .lateral("newest")
        )
        return (
            select(
                WebChatRow.__table__,
                newest.c.id.label("session_id"),
                newest.c.state.label("session_state"),
                newest.c.owner.label("session_owner"),
                newest.c.ended_at.label("session_ended_at"),
                exists()
                .where(SessionRow.contact_id == WebChatRow.contact_id, SessionRow.state == State.CLOSED)
                .correlate(WebChatRow)
                .label("earlier"),
            )
            .join(ContactRow, ContactRow.id == WebChatRow.contact_id)
            .outerjoin(newest, true())
        )

    async def leave(self, contact_id: UUID, at: datetime) -> None:
        await self._change(contact_id, left_at=func.coalesce(WebChatRow.left_at, at), here=False)

    async def set_ended(self, contact_id: UUID, at: datetime | None) -> None:
        await self._change(contact_id, ended_at=at)

    async def set_cleared(self, contact_id: UUID, through: int) -> None:
        await self._change(contact_id, cleared_through=func.greatest(WebChatRow.cleared_through, through))

    async def _change(self, contact_id: UUID, **values: Any) -> None:
        await self._connection.execute(update(WebChatRow).where(WebChatRow.contact_id == contact_id).values(**values))

    async def see(self, contacts: Sequence[UUID], at: datetime, stale: datetime) -> Sequence[UUID]:
        # Locked in one order: two web processes may say it of the same chats at the same moment.
        before = await self._connection.execute(
            select(WebChatRow.contact_id, WebChatRow.here, WebChatRow.real_seen_at)
            .where(WebChatRow.contact_id.in_(contacts), WebChatRow.left_at.is_(None))
            .order_by(WebChatRow.contact_id)
            .with_for_update()
        )
        known = before.all()
        await self._connection.execute(
            update(WebChatRow)
            .where(WebChatRow.contact_id.in_([row.contact_id for row in known]))
            .values(here=True, real_seen_at=at)
        )
        return await self._shown([row.contact_id for row in known if not row.here or row.real_seen_at < stale])

    async def miss(self, contacts: Sequence[UUID]) -> Sequence[UUID]:
        before = await self._connection.scalars(
            select(WebChatRow.contact_id)
            .where(WebChatRow.contact_id.in_(contacts), WebChatRow.here)
            .order_by(WebChatRow.contact_id)
            .with_for_update()
        )
        known = list(before)
        await self._connection.execute(update(WebChatRow).where(WebChatRow.contact_id.in_(known)).values(here=False))
        return await self._shown(known)

    async def _shown(self, contacts: Sequence[UUID]) -> Sequence[UUID]:
        """The sessions of contacts that a desk shows."""
        if not contacts:
            return ()
        found = select(SessionRow.id).where(
            SessionRow.contact_id.in_(contacts), SessionRow.state.not_in((State.INTAKE, State.CLOSED))
        )
        return list(await self._connection.scalars(found))

    # Lines ------------------------------------------------------------------------------------------------------

    async def marks(self, contact_id: UUID, *, away: bool = False) -> Sequence[Mark]:
        pending = and_(MessageRow.outbox_id.is_not(None), OutboxRow.state == DeliveryState.PENDING)
        rows = await self._connection.execute(
            _lines(
                MessageRow.sequence,
                MessageRow.occurred_at,
                func.coalesce(pending, False).label("pending"),
                SessionRow.state.label("session_state"),
                _ENDED.label("session_ended_at"),
                WebChatRow.ended_at.label("chat_ended_at"),
            )
            .where(SessionRow.contact_id == contact_id)
            .order_by(MessageRow.sequence)
        )
        return [
            Mark(
                row.sequence,
                row.occurred_at,
                row.occurred_at if away and row.session_state == State.LEFT_MESSAGE else _ended_at(row),
                row.pending,
            )
            for row in rows
        ]

    async def lines(self, contact_id: UUID) -> Sequence[ChatLine]:
        rows = await self._connection.execute(
            self._shown_lines(SessionRow.contact_id == contact_id)
            .order_by(MessageRow.sequence.desc())
            .limit(MOST_LINES)
        )
        lines = [line for row in rows if (line := self._line(row)) is not None][::-1]
        return [*lines, *await self._on_their_way(contact_id)]

    async def lines_since(self, contact_id: UUID, number: int) -> Sequence[ChatLine]:
        delivered = select(DeskEventRow.subject).where(
            DeskEventRow.kind == DeskEvent.CHAT,
            DeskEventRow.sequence > number,
            DeskEventRow.session_id.in_(select(SessionRow.id).where(SessionRow.contact_id == contact_id)),
        )
        rows = await self._connection.execute(
            self._shown_lines(SessionRow.contact_id == contact_id, MessageRow.outbox_id.in_(delivered)).order_by(
                MessageRow.sequence
            )
        )
        return [line for row in rows if (line := self._line(row)) is not None]

    async def lines_of_calls(self, calls: Sequence[UUID]) -> Mapping[UUID, Sequence[ChatLine]]:
        rows = await self._connection.execute(
            self._shown_lines(MessageRow.outbox_id.in_(calls)).order_by(MessageRow.sequence)
        )
        found: dict[UUID, list[ChatLine]] = defaultdict(list)
        for row in rows:
            line = self._line(row)
            if line is not None:
                found[row.contact_id].append(line)
        return found

    @staticmethod
    def _shown_lines(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        return _lines(
            MessageRow.id,
            MessageRow.sequence,
            MessageRow.author,
            MessageRow.body,
            MessageRow.detail,
            MessageRow.occurred_at,
            SessionRow.contact_id,
            LineEventRow.webhook_event_id,
        ).where(*where, or_(_MINE, _SAID), _THERE)

    async def _on_their_way(self, contact_id: UUID) -> Sequence[ChatLine]:
        """What the student wrote and no worker has come to yet."""
        rows = await self._connection.execute(
            select(LineEventRow.id, LineEventRow.webhook_event_id, LineEventRow.payload, LineEventRow.real_received_at)
            .where(
                LineEventRow.contact_id == contact_id,
                LineEventRow.type == EventType.MESSAGE,
                LineEventRow.done_at.is_(None),
                ~exists().where(MessageRow.id == LineEventRow.id),
            )
            .order_by(LineEventRow.line_timestamp, LineEventRow.sequence)
        )
        found: list[ChatLine] = []
        for row in rows:
            payload = open_sealed(self._sealer, "line_events", "payload", row.id, row.payload)
            text = None if payload is None else json.loads(payload).get("message", {}).get("text")
            if isinstance(text, str):
                key = key_of(row.webhook_event_id)
                found.append(ChatLine(row.id, None, _STUDENT, text, row.real_received_at, key=key))
        return found

    def _line(self, row: Row[*tuple[Any, ...]]) -> ChatLine | None:
        text = open_sealed(self._sealer, "messages", "body", row.id, row.body)
        if text is None:
            return None  # it can't be opened; the desk shows that
        mine = row.author == _STUDENT
        detail = None if mine else open_sealed(self._sealer, "messages", "detail", row.id, row.detail)
        told: dict[str, Any] = {} if detail is None else json.loads(detail)
        return ChatLine(
            id=row.id,
            sequence=row.sequence,
            author=row.author,
            text=text,
            at=row.occurred_at,
            buttons=tuple(told.get("buttons", ())),
            sender=told.get("sender"),
            key=key_of(row.webhook_event_id) if mine else None,
        )

    async def contacts_of(self, sessions: Sequence[UUID]) -> Mapping[UUID, UUID]:
        rows = await self._connection.execute(
            select(SessionRow.id, SessionRow.contact_id)
            .join(WebChatRow, WebChatRow.contact_id == SessionRow.contact_id)
            .where(SessionRow.id.in_(sessions))
        )
        return {row.id: row.contact_id for row in rows}

    async def tell_typing(self, typing: Typing) -> None:
        told = {
            "contact": str(typing.contact_id),
            "who": typing.who,
            "session": None if typing.session_id is None else str(typing.session_id),
        }
        await self._connection.execute(select(func.pg_notify(TYPING, json.dumps(told))))


def _lines(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Lines of chats beyond what their students' views have dropped."""
    return (
        select(*columns)
        .select_from(MessageRow)
        .join(SessionRow, SessionRow.id == MessageRow.session_id)
        .join(WebChatRow, WebChatRow.contact_id == SessionRow.contact_id)
        .outerjoin(OutboxRow, OutboxRow.id == MessageRow.outbox_id)
        .outerjoin(LineEventRow, LineEventRow.id == MessageRow.event_id)
        .where(MessageRow.sequence > WebChatRow.cleared_through)
    )


def _ended_at(row: Row[*tuple[Any, ...]]) -> datetime | None:
    """When a line's session ended for the student; a talk that goes on again has not."""
    return _first(row.session_ended_at if row.session_state in _OVER else None, row.chat_ended_at)


def _first(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _chat(row: Row[*tuple[Any, ...]], address: str) -> ChatRow:
    session = None if row.session_state is None else State(row.session_state)
    owner = None if row.session_owner is None else Owner(row.session_owner)
    return ChatRow(
        visitor=Visitor(row.contact_id, address),
        state=state_of(session, owner, ended=row.ended_at is not None),
        session_id=row.session_id,
        ended_at=_first(row.session_ended_at if session in _OVER else None, row.ended_at),
        seen_at=row.real_seen_at,
        left=row.left_at is not None,
        cleared=row.cleared_through,
        earlier=row.earlier,
    )
