"""The outbox: calls to LINE that have to be made, and every attempt at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Insert, Integer, Row, bindparam, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.tables import ContactRow, DeliveryAttemptRow, OutboxRow, SessionRow
from handoff.domain.delivery import SURELY_NOT_SENT, DeliveryState, Method, OutboxFacts, Outcome, Settle
from handoff.domain.incoming import PAGES
from handoff.domain.kept import Kept
from handoff.domain.outgoing import Line
from handoff.domain.session import SessionView, State
from handoff.services.outside import Sending
from handoff.services.transcript_ports import OutboxCall
from kernel.sealing import CellSealer, SealBroken

#: Calls read at once for one contact; the rest come when these are settled.
BATCH = 20

_ID: Final = OutboxRow.id.type

# Asked for every message, and so built once. (No value is named as a column is: SQLAlchemy would set that column to it.)
_ADD: Final = insert(OutboxRow)
#: The last attempt comes along, so that one that was begun and never ended is seen.
_PENDING: Final = (
    select(
        OutboxRow.__table__,
        SessionRow.epoch.label("session_epoch"),
        SessionRow.state.label("session_state"),
        ContactRow.channel,
        ContactRow.address,
        DeliveryAttemptRow.method.label("last_method"),
        DeliveryAttemptRow.outcome.label("last_outcome"),
    )
    .select_from(OutboxRow)
    .join(ContactRow, ContactRow.id == OutboxRow.contact_id)
    .outerjoin(SessionRow, SessionRow.id == OutboxRow.session_id)
    .outerjoin(
        DeliveryAttemptRow,
        (DeliveryAttemptRow.outbox_id == OutboxRow.id) & (DeliveryAttemptRow.number == OutboxRow.attempts),
    )
    .where(
        OutboxRow.contact_id == bindparam("contact", type_=_ID),
        OutboxRow.state == DeliveryState.PENDING,
        # What waits for next month's quota holds back nobody.
        or_(
            OutboxRow.reason.is_distinct_from(Outcome.MONTHLY_LIMIT),
            OutboxRow.real_next_at <= bindparam("at", type_=OutboxRow.real_next_at.type),
        ),
    )
    .order_by(OutboxRow.sequence)
    .limit(BATCH)
)


def _begin() -> Insert:
    """Writes an attempt down where the session still has the epoch; gives its number.

    The share lock makes a claim that is under way finish first, or wait until this is written; a group's line belongs to no
    session. One statement, so that it needs no transaction around it.
    """
    session, epoch = bindparam("the_session", type_=_ID), bindparam("the_epoch", type_=Integer)
    owned = select(SessionRow.epoch).where(SessionRow.id == session).with_for_update(read=True).cte("owned")
    still = or_(session.is_(None), exists(select(owned).where(owned.c.epoch == epoch)))
    counted = (
        update(OutboxRow)
        .where(OutboxRow.id == bindparam("the_call", type_=_ID), still)
        .values(attempts=bindparam("the_number", type_=Integer))
        .returning(OutboxRow.id, OutboxRow.attempts)
        .cte("counted")
    )
    table = DeliveryAttemptRow
    begun = [
        bindparam("the_method", type_=table.method.type),
        bindparam("the_outcome", type_=table.outcome.type),
        bindparam("the_at", type_=table.real_started_at.type),
    ]
    return (
        insert(table)
        .from_select(
            ["outbox_id", "number", "method", "outcome", "real_started_at"],
            select(counted.c.id, counted.c.attempts, *begun),
        )
        .returning(table.number)
    )


_BEGIN: Final = _begin()
_CALL: Final = bindparam("the_call", type_=_ID)
_AT: Final = bindparam("the_at", type_=OutboxRow.real_next_at.type)
_END: Final = (
    update(DeliveryAttemptRow)
    .where(DeliveryAttemptRow.outbox_id == _CALL, DeliveryAttemptRow.number == bindparam("the_attempt", type_=Integer))
    .values(
        outcome=bindparam("the_outcome"),
        status=bindparam("the_status"),
        line_request_id=bindparam("the_request"),
        real_ended_at=_AT,
    )
)
#: The token is of no more use then, and the words stand in the transcript.
_SETTLE: Final = (
    update(OutboxRow)
    .where(OutboxRow.id == _CALL)
    .values(
        state=bindparam("the_state"), reason=bindparam("the_reason"), real_settled_at=_AT, reply_token=None, body=None
    )
)
_END_AND_SETTLE: Final = _SETTLE.add_cte(_END.returning(DeliveryAttemptRow.number).cte("ended"))


class SqlOutbox:
    """Implements ``services.transcript_ports.Outbox``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(
        self,
        *,
        contact_id: UUID,
        session: SessionView | None,
        event_id: UUID | None,
        part: int,
        lines: Sequence[Line],
        reply_token: str | None,
        token_since: datetime | None,
        at: datetime,
        call_id: UUID | None = None,
    ) -> UUID:
        call_id = call_id or uuid4()
        body = json.dumps(
            [
                {"text": line.text, "buttons": line.buttons, "place": line.place, "sender": line.sender}
                for line in lines
            ],
            ensure_ascii=False,
        )
        key = await self._key(contact_id, None if session is None else session.id)
        token = None if reply_token is None else key.seal("outbox", "reply_token", str(call_id), reply_token)
        row = {
            "id": call_id,
            "contact_id": contact_id,
            "session_id": None if session is None else session.id,
            "event_id": event_id,
            "part": part,
            "epoch": None if session is None else session.epoch,
            "body": key.seal("outbox", "body", str(call_id), body),
            "reply_token": token,
            "real_token_since": None if token is None else token_since,
            "retry_key": uuid4(),
            "state": DeliveryState.PENDING,
            "real_created_at": at,
            "real_next_at": at,
        }
        await self._connection.execute(_ADD, row)
        return call_id

    async def _key(self, contact_id: UUID, session_id: UUID | None) -> CellSealer:
        # A group's one line belongs to no session.
        if session_id is None:
            return await self._sealer.for_contact(contact_id)
        return await self._sealer.for_session(session_id, Kept.TRANSCRIPT)

    async def has(self, call_id: UUID) -> bool:
        return bool(await self._connection.scalar(select(exists().where(OutboxRow.id == call_id))))

    async def state(self, call_id: UUID) -> DeliveryState | None:
        found = await self._connection.scalar(select(OutboxRow.state).where(OutboxRow.id == call_id))
        return None if found is None else DeliveryState(found)

    async def pending(self, contact_id: UUID, at: datetime) -> Sequence[OutboxCall]:
        rows = await self._connection.execute(_PENDING, {"contact": contact_id, "at": at})
        return [self._call(row) for row in rows]

    def _call(self, row: Row[*tuple[Any, ...]]) -> OutboxCall:
        lines, token, address = None, None, ""
        try:
            address = self._sealer.open("contacts", "address", str(row.contact_id), row.address)
            raw = json.loads(self._sealer.open("outbox", "body", str(row.id), row.body))
            lines = tuple(
                Line(line["text"], tuple(line["buttons"]), bool(line.get("place")), line.get("sender")) for line in raw
            )
            if row.reply_token is not None:
                token = self._sealer.open("outbox", "reply_token", str(row.id), row.reply_token)
        except SealBroken:
            # Told to whoever settles it; the calls behind it must go out.
            lines = None
        method = None if row.last_method is None else Method(row.last_method)
        outcome = None if row.last_outcome is None else Outcome(row.last_outcome)
        died_replying = method is Method.REPLY and outcome is Outcome.OPEN
        return OutboxCall(
            id=row.id,
            contact_id=row.contact_id,
            session_id=row.session_id,
            lines=lines,
            reply_token=token,
            retry_key=row.retry_key,
            facts=OutboxFacts(
                created_at=row.real_created_at,
                token_since=row.real_token_since,
                attempts=row.attempts,
                uncertain_reply=row.uncertain_reply or died_replying,
                method=method,
                outcome=outcome,
            ),
            next_at=row.real_next_at,
            reason=row.reason,
            epoch=row.epoch,
            session_epoch=row.session_epoch,
            watched=row.session_state not in (None, State.INTAKE),
            on_page=row.channel in PAGES,
            address=address,
        )

    async def begin_attempt(self, call: OutboxCall, number: int, method: Method, at: datetime) -> bool:
        begun = {
            "the_call": call.id,
            "the_number": number,
            "the_method": method,
            "the_outcome": Outcome.OPEN,
            "the_at": at,
            "the_session": call.session_id,
            "the_epoch": call.epoch,
        }
        return await self._connection.scalar(_BEGIN, begun) is not None

    async def end_attempt(self, call_id: UUID, number: int, sending: Sending, at: datetime, end: Settle | None) -> None:
        ended = {
            "the_call": call_id,
            "the_attempt": number,
            "the_outcome": sending.outcome,
            "the_status": sending.status,
            "the_request": sending.line_request_id,
            "the_at": at,
        }
        if end is None:
            await self._connection.execute(_END, ended)
        else:
            await self._connection.execute(_END_AND_SETTLE, ended | {"the_state": end.state, "the_reason": end.reason})

    async def postpone(self, call_id: UUID, until: datetime, reason: str, facts: OutboxFacts) -> None:
        await self._connection.execute(
            update(OutboxRow)
            .where(OutboxRow.id == call_id)
            .values(
                real_next_at=until,
                reason=reason,
                uncertain_reply=facts.uncertain_reply,
                real_token_since=facts.token_since,
            )
        )

    async def settle(self, call_id: UUID, state: DeliveryState, reason: str, at: datetime) -> None:
        await self._connection.execute(
            _SETTLE, {"the_call": call_id, "the_state": state, "the_reason": reason, "the_at": at}
        )

    async def redact(self, session_id: UUID, redact: Callable[[str], str]) -> None:
        rows = await self._connection.execute(
            select(OutboxRow.id, OutboxRow.body)
            .where(
                OutboxRow.session_id == session_id,
                OutboxRow.state == DeliveryState.PENDING,
                # One that may be out already is repeated word for word.
                or_(OutboxRow.attempts == 0, OutboxRow.reason.in_(SURELY_NOT_SENT)),
                ~OutboxRow.uncertain_reply,
            )
            .with_for_update()
        )
        for call_id, sealed in rows.all():
            raw = json.loads(self._sealer.open("outbox", "body", str(call_id), sealed or b""))
            changed = [line | {"text": redact(line["text"])} for line in raw]
            if changed != raw:
                key = await self._sealer.for_session(session_id, Kept.TRANSCRIPT)
                body = key.seal("outbox", "body", str(call_id), json.dumps(changed, ensure_ascii=False))
                await self._connection.execute(update(OutboxRow).where(OutboxRow.id == call_id).values(body=body))

    async def contacts_due(self, at: datetime, limit: int) -> Sequence[UUID]:
        rows = await self._connection.scalars(
            select(OutboxRow.contact_id)
            .where(OutboxRow.state == DeliveryState.PENDING, OutboxRow.real_next_at <= at)
            .distinct()
            .limit(limit)
        )
        return list(rows)
