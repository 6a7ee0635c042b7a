"""The transcript: every line sealed to its own row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.events import LINE_MESSAGE
from handoff.adapters.database.tables import MessageRow, OutboxRow, SessionRow
from handoff.domain.delivery import DeliveryState
from handoff.domain.incoming import MessageKind, StoredEvent, StudentMessage
from handoff.domain.kept import Kept
from handoff.domain.outgoing import Line
from handoff.domain.session import URGENT, Level, Owner
from handoff.services.transcript_line import TranscriptLine
from handoff.services.transcript_ports import KnownMessage
from kernel.sealing import CellSealer, SealBroken

# Asked for every message, and so built once.
_ADD: Final = insert(MessageRow)
_ADD_STUDENT: Final = _ADD.on_conflict_do_nothing(index_elements=[MessageRow.id]).returning(MessageRow.id)


class SqlTranscript:
    """Implements ``services.transcript_ports.Transcript``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def _key(self, session_id: UUID) -> CellSealer:
        return await self._sealer.for_session(session_id, Kept.TRANSCRIPT)

    async def add_student(
        self, session_id: UUID, event: StoredEvent, message: StudentMessage, at: datetime, removed: bool
    ) -> bool:
        # Taken back before anybody could read it: at high or critical only hidden, else gone (EXT-2, promise 2).
        hidden = removed and event.level in URGENT and event.payload is not None
        removed = removed and not hidden
        # The line's id is the event's: a step done again after a crash meets its own row.
        line_id = message.line_message_id
        key = await self._key(session_id)
        row = {
            "id": event.id,
            "session_id": session_id,
            "event_id": event.id,
            "author": "student",
            "kind": message.kind,
            "body": None if removed else _seal(key, "body", event.id, message.text),
            "detail": None if removed else _seal(key, "detail", event.id, message.detail),
            "line_message": None if line_id is None else self._sealer.lookup(LINE_MESSAGE, line_id),
            "level": event.level,
            "assessment": None if removed else _seal(key, "assessment", event.id, event.assessment),
            "unscreened": event.screen_failed,
            "occurred_at": at,
            "hidden_at": at if hidden else None,
            "removed_at": at if removed else None,
        }
        return await self._connection.scalar(_ADD_STUDENT, row) is not None

    async def keep_assessment(self, event: StoredEvent) -> None:
        session_id = await self._connection.scalar(select(MessageRow.session_id).where(MessageRow.id == event.id))
        if session_id is None:
            return
        key = await self._key(session_id)
        await self._connection.execute(
            update(MessageRow)
            .where(MessageRow.id == event.id)
            .values(
                level=event.level,
                assessment=_seal(key, "assessment", event.id, event.assessment),
                unscreened=event.screen_failed,
            )
        )

    async def add_spoken(
        self,
        session_id: UUID,
        author: Owner,
        event_id: UUID | None,
        outbox_id: UUID,
        lines: Sequence[Line],
        at: datetime,
    ) -> Sequence[UUID]:
        rows: list[dict[str, Any]] = []
        key = await self._key(session_id)
        for line in lines:
            message_id = uuid4()
            rows.append(
                {
                    "id": message_id,
                    "session_id": session_id,
                    "event_id": event_id,
                    "outbox_id": outbox_id,
                    "author": author,
                    "kind": MessageKind.TEXT,
                    "body": _seal(key, "body", message_id, line.text),
                    # A page of ours reads them here; LINE gets them with the call.
                    "detail": _seal(key, "detail", message_id, _offered(line)),
                    "occurred_at": at,
                }
            )
        await self._connection.execute(_ADD, rows[0] if len(rows) == 1 else rows)
        return [row["id"] for row in rows]

    async def find(self, contact_id: UUID, line_message_id: str) -> KnownMessage | None:
        row = (
            await self._connection.execute(
                select(MessageRow.id, MessageRow.session_id, MessageRow.level, MessageRow.body)
                .join(SessionRow, SessionRow.id == MessageRow.session_id)
                .where(
                    SessionRow.contact_id == contact_id,
                    MessageRow.line_message == self._sealer.lookup(LINE_MESSAGE, line_message_id),
                )
                .with_for_update(of=MessageRow)
            )
        ).first()
        if row is None:
            return None
        return KnownMessage(
            id=row.id,
            session_id=row.session_id,
            level=None if row.level is None else Level(row.level),
            text=None if row.body is None else self._sealer.open("messages", "body", str(row.id), row.body),
        )

    async def read(self, session_id: UUID, after: int = 0) -> Sequence[TranscriptLine]:
        rows = await self._connection.execute(
            select(MessageRow.__table__)
            .where(MessageRow.session_id == session_id, MessageRow.sequence > after)
            .order_by(MessageRow.sequence)
        )
        return [self.line_of(row) for row in rows]

    async def not_arrived(self, session_id: UUID) -> Mapping[UUID, DeliveryState]:
        rows = await self._connection.execute(
            select(MessageRow.id, OutboxRow.state)
            .join(OutboxRow, OutboxRow.id == MessageRow.outbox_id)
            .where(MessageRow.session_id == session_id, OutboxRow.state != DeliveryState.SENT)
        )
        return {row.id: DeliveryState(row.state) for row in rows}

    def line_of(self, row: Row[*tuple[Any, ...]]) -> TranscriptLine:
        """One row of the table, opened for whoever may read it."""
        hidden = row.hidden_at is not None
        return TranscriptLine(
            sequence=row.sequence,
            id=row.id,
            author=row.author,
            kind=MessageKind(row.kind),
            # Withdrawn at high or critical: kept for the supervisor's decision, and shown to nobody before it.
            text=None if hidden else self._open("body", row.id, row.body),
            detail=None if hidden else self._open("detail", row.id, row.detail),
            level=None if row.level is None else Level(row.level),
            assessment=None if hidden else self._open("assessment", row.id, row.assessment),
            unscreened=row.unscreened,
            hidden=hidden,
            removed=row.removed_at is not None,
            at=row.occurred_at,
        )

    def _open(self, column: str, message_id: UUID, sealed: bytes | None) -> str | None:
        try:
            return None if sealed is None else self._sealer.open("messages", column, str(message_id), sealed)
        except SealBroken:
            # One line that can't be opened must not keep the others from being read.
            return None

    async def last_word_at(self, session_id: UUID) -> datetime | None:
        return await self._connection.scalar(
            select(func.max(MessageRow.occurred_at)).where(
                MessageRow.session_id == session_id, MessageRow.author == "student"
            )
        )

    async def remove_words(self, message_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(MessageRow)
            .where(MessageRow.id == message_id)
            .values(body=None, detail=None, assessment=None, removed_at=at)
        )

    async def redact_spoken(self, session_id: UUID, after: UUID, redact: Callable[[str], str]) -> None:
        since = select(MessageRow.sequence).where(MessageRow.id == after).scalar_subquery()
        rows = await self._connection.execute(
            select(MessageRow.id, MessageRow.body).where(
                MessageRow.session_id == session_id,
                MessageRow.author == Owner.BOT,
                MessageRow.body.is_not(None),
                MessageRow.sequence > since,
            )
        )
        for message_id, sealed in rows.all():
            text = self._sealer.open("messages", "body", str(message_id), sealed or b"")
            if redact(text) != text:
                body = _seal(await self._key(session_id), "body", message_id, redact(text))
                await self._connection.execute(update(MessageRow).where(MessageRow.id == message_id).values(body=body))

    async def hide_words(self, message_id: UUID, at: datetime) -> None:
        await self._connection.execute(update(MessageRow).where(MessageRow.id == message_id).values(hidden_at=at))

    async def edit(
        self, message: KnownMessage, text: str, line_timestamp: int, level: Level | None, assessment: str | None
    ) -> bool:
        message_id, key = message.id, await self._key(message.session_id)
        changed = await self._connection.execute(
            update(MessageRow)
            .where(
                MessageRow.id == message_id,
                MessageRow.removed_at.is_(None),
                MessageRow.hidden_at.is_(None),
                or_(MessageRow.edited_timestamp.is_(None), MessageRow.edited_timestamp < line_timestamp),
            )
            .values(
                body=_seal(key, "body", message_id, text),
                level=level,
                assessment=_seal(key, "assessment", message_id, assessment),
                edited_timestamp=line_timestamp,
            )
        )
        return changed.rowcount == 1


def _seal(key: CellSealer, column: str, message_id: UUID, text: str | None) -> bytes | None:
    return None if text is None else key.seal("messages", column, str(message_id), text)


def _offered(line: Line) -> str | None:
    """What goes with a line beside its words; the button for a place is LINE's alone."""
    told: dict[str, Any] = {"buttons": list(line.buttons)} if line.buttons else {}
    if line.sender is not None:
        told |= {"sender": line.sender}
    return json.dumps(told, ensure_ascii=False) if told else None
