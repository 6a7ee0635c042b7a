"""Webhook events: stored once, done once, their JSON sealed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Integer, Row, Select, bindparam, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from handoff.adapters.database.broadcast_tables import BlockRow
from handoff.adapters.database.care_tables import SurveyRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.report_tables import ReportRow
from handoff.adapters.database.tables import ContactRow, LineEventRow
from handoff.domain.incoming import Arrival, Channel, EventType, StoredEvent
from handoff.domain.session import URGENT, Level
from handoff.domain.survey import SurveyState
from handoff.services.ports import UNDONE_AT_ONCE
from kernel.sealing import SealBroken

#: Purpose of the keyed hash of LINE's message ids.
LINE_MESSAGE = "line_message"


class SqlEvents:
    """Implements ``services.ports.Events``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, arrival: Arrival, contact_id: UUID | None, received_at: datetime) -> bool:
        event_id = uuid4()
        key = await self._sealer.for_event(contact_id)
        row = {
            "id": event_id,
            "webhook_event_id": arrival.event_id,
            "contact_id": contact_id,
            "type": arrival.type,
            "standby": arrival.standby,
            "target": None if arrival.target is None else self._sealer.lookup(LINE_MESSAGE, arrival.target),
            "line_timestamp": arrival.line_timestamp,
            "payload": key.seal("line_events", "payload", str(event_id), arrival.payload),
            "real_received_at": received_at,
            # An event of the account itself belongs to nobody: it's kept, and there is nothing to do.
            "done_at": received_at if contact_id is None else None,
            "result": "kept" if contact_id is None else None,
        }
        return await self._connection.scalar(_ADD, row) is not None

    def _event(self, row: Row[*tuple[Any, ...]]) -> StoredEvent:
        payload, unreadable = None, False
        if row.payload is not None:
            try:
                payload = self._sealer.open("line_events", "payload", str(row.id), row.payload)
            except SealBroken:
                # One cell that can't be opened must not keep the student's other words from being seen.
                unreadable = True
        return StoredEvent(
            id=row.id,
            contact_id=row.contact_id,
            sequence=row.sequence,
            type=EventType(row.type),
            channel=Channel(row.channel),
            line_timestamp=row.line_timestamp,
            received_at=row.real_received_at,
            standby=row.standby,
            screened=row.screened_at is not None,
            failures=row.failures,
            payload=payload,
            unreadable=unreadable,
            level=None if row.level is None else Level(row.level),
            assessment=self._assessment(row),
            screen_failed=row.screen_failed,
            reported=row.reported,
            surveyed=row.surveyed,
            blocked=row.blocked,
            withdrawn=row.withdrawn,
        )

    def _assessment(self, row: Row[*tuple[Any, ...]]) -> str | None:
        try:
            sealed = row.assessment
            return None if sealed is None else self._sealer.open("line_events", "assessment", str(row.id), sealed)
        except SealBroken:
            return None  # the level stands beside it in the clear, and that is what counts

    async def undone(self, contact_id: UUID) -> Sequence[StoredEvent]:
        return [self._event(row) for row in await self._connection.execute(_undone(), {"contact": contact_id})]

    async def mark_screened(self, event_id: UUID, at: datetime) -> None:
        await self._connection.execute(_BY_ID, {"event": event_id, "screened_at": at})

    async def keep_assessment(self, event: StoredEvent, level: Level, assessment: str, at: datetime) -> None:
        key = await self._sealer.for_event(event.contact_id)
        sealed = key.seal("line_events", "assessment", str(event.id), assessment)
        changed = {"event": event.id, "level": level, "assessment": sealed, "screened_at": at}
        await self._connection.execute(_BY_ID, changed)

    async def mark_screen_failed(self, event_id: UUID) -> None:
        await self._connection.execute(
            update(LineEventRow).where(LineEventRow.id == event_id).values(screen_failed=True)
        )

    async def payloads_before(self, event: StoredEvent, span_ms: int, limit: int) -> Sequence[str]:
        asked = {
            "contact": event.contact_id,
            "since": event.line_timestamp - span_ms,
            "at": event.line_timestamp,
            "sequence": event.sequence,
            "most": limit,
        }
        rows = await self._connection.execute(_BEFORE, asked)
        found = []
        for row in rows:
            with contextlib.suppress(SealBroken):
                found.append(self._sealer.open("line_events", "payload", str(row.id), row.payload))
        return found[::-1]

    async def next_undone(self, contact_id: UUID) -> StoredEvent | None:
        row = (await self._connection.execute(_next_undone(), {"contact": contact_id})).first()
        return None if row is None else self._event(row)

    async def has_undone(self, contact_id: UUID) -> bool:
        found = select(exists().where(LineEventRow.contact_id == contact_id, LineEventRow.done_at.is_(None)))
        return bool(await self._connection.scalar(found))

    async def finish(self, event_id: UUID, at: datetime, result: str) -> bool:
        changed = await self._connection.execute(_FINISH, {"event": event_id, "done_at": at, "result": result})
        return changed.rowcount == 1

    async def count_failure(self, event_id: UUID) -> int:
        return (
            await self._connection.execute(
                update(LineEventRow)
                .where(LineEventRow.id == event_id)
                .values(failures=LineEventRow.failures + 1)
                .returning(LineEventRow.failures)
            )
        ).scalar_one()

    async def was_withdrawn(self, contact_id: UUID, line_message_id: str) -> bool:
        found = select(
            exists().where(
                LineEventRow.contact_id == contact_id,
                LineEventRow.type == EventType.UNSEND,
                LineEventRow.target == self._sealer.lookup(LINE_MESSAGE, line_message_id),
            )
        )
        return bool(await self._connection.scalar(found))

    async def knows(self, contact_id: UUID, line_message_id: str) -> bool:
        found = select(
            exists().where(
                LineEventRow.contact_id == contact_id,
                LineEventRow.target == self._sealer.lookup(LINE_MESSAGE, line_message_id),
            )
        )
        return bool(await self._connection.scalar(found))

    async def last_time(self, contact_id: UUID, line_message_id: str) -> int | None:
        target = self._sealer.lookup(LINE_MESSAGE, line_message_id)
        found = select(func.max(LineEventRow.line_timestamp)).where(
            LineEventRow.contact_id == contact_id, LineEventRow.target == target
        )
        return await self._connection.scalar(found)

    async def forget_words(self, contact_id: UUID, line_message_id: str) -> Sequence[UUID]:
        forgotten = await self._connection.execute(
            update(LineEventRow)
            .where(
                LineEventRow.contact_id == contact_id,
                LineEventRow.type.in_([EventType.MESSAGE, EventType.EDITED]),
                LineEventRow.target == self._sealer.lookup(LINE_MESSAGE, line_message_id),
                # At high or critical they are only hidden, until the supervisor decides.
                or_(LineEventRow.level.is_(None), LineEventRow.level.not_in(URGENT)),
            )
            .values(payload=None, assessment=None)
            .returning(LineEventRow.id)
        )
        return list(forgotten.scalars())

    async def forget_payload(self, event_id: UUID) -> None:
        await self._connection.execute(
            update(LineEventRow).where(LineEventRow.id == event_id).values(payload=None, assessment=None)
        )

    async def contacts_with_undone(self, received_before: datetime, limit: int) -> Sequence[UUID]:
        rows = await self._connection.scalars(
            select(LineEventRow.contact_id)
            .where(LineEventRow.done_at.is_(None), LineEventRow.real_received_at < received_before)
            .distinct()
            .limit(limit)
        )
        return [contact_id for contact_id in rows if contact_id is not None]


def _events() -> Select[*tuple[Any, ...]]:
    """Undone events of a contact."""
    reported = exists().where(ReportRow.contact_id == LineEventRow.contact_id)
    surveyed = exists().where(SurveyRow.contact_id == LineEventRow.contact_id, SurveyRow.state == SurveyState.OPEN)
    blocked = exists().where(BlockRow.contact_id == LineEventRow.contact_id, BlockRow.lifted_at.is_(None))
    unsend = aliased(LineEventRow, name="unsend")
    withdrawn = exists().where(
        unsend.contact_id == LineEventRow.contact_id,
        unsend.target == LineEventRow.target,
        unsend.type == EventType.UNSEND,
    )
    return (
        select(
            LineEventRow.id,
            LineEventRow.contact_id,
            LineEventRow.sequence,
            LineEventRow.type,
            ContactRow.channel,
            LineEventRow.line_timestamp,
            LineEventRow.real_received_at,
            LineEventRow.standby,
            LineEventRow.screened_at,
            LineEventRow.failures,
            LineEventRow.payload,
            LineEventRow.level,
            LineEventRow.assessment,
            LineEventRow.screen_failed,
            reported.label("reported"),
            surveyed.label("surveyed"),
            blocked.label("blocked"),
            withdrawn.label("withdrawn"),
        )
        .join(ContactRow, ContactRow.id == LineEventRow.contact_id)
        .where(
            LineEventRow.contact_id == bindparam("contact", type_=LineEventRow.contact_id.type),
            LineEventRow.done_at.is_(None),
        )
    )


# Asked for every message, and so built once.
_IN_TIME: Final = (LineEventRow.line_timestamp, LineEventRow.sequence)
_UNSEEN: Final = LineEventRow.screened_at.is_(None) & LineEventRow.screen_failed.is_(False)


@functools.cache
def _undone() -> Select[*tuple[Any, ...]]:
    return _events().order_by(_UNSEEN.desc(), *_IN_TIME).limit(UNDONE_AT_ONCE)


@functools.cache
def _next_undone() -> Select[*tuple[Any, ...]]:
    return _events().order_by(*_IN_TIME).limit(1)


_EVENT: Final = bindparam("event", type_=LineEventRow.id.type)
_ADD: Final = (
    insert(LineEventRow)
    .on_conflict_do_nothing(index_elements=[LineEventRow.webhook_event_id])
    .returning(LineEventRow.id)
)
_BY_ID: Final = update(LineEventRow).where(LineEventRow.id == _EVENT)
_FINISH: Final = _BY_ID.where(LineEventRow.done_at.is_(None))
_BEFORE: Final = (
    select(LineEventRow.id, LineEventRow.payload)
    .where(
        LineEventRow.contact_id == bindparam("contact", type_=LineEventRow.id.type),
        LineEventRow.type == EventType.MESSAGE,
        LineEventRow.payload.is_not(None),
        LineEventRow.line_timestamp >= bindparam("since"),
        tuple_(*_IN_TIME) < tuple_(bindparam("at", type_=BigInteger), bindparam("sequence", type_=BigInteger)),
    )
    .order_by(LineEventRow.line_timestamp.desc(), LineEventRow.sequence.desc())
    .limit(bindparam("most", type_=Integer))
)
