"""Disposal in the database: what is due, the three transactions of a batch, and what is swept away (ADR 29)."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database import disposal_deletes as deletes
from handoff.adapters.database import retention_selects as selects
from handoff.adapters.database.data_keys import RowSealer, SqlKeys
from handoff.adapters.database.key_tables import DataKeyRow
from handoff.adapters.database.lock_keys import lock_key
from handoff.adapters.database.request_tables import DataRequestRow, DisposalOrderRow
from handoff.adapters.database.retention_records import SqlRetentionRecords
from handoff.adapters.database.retention_tables import DisposalBatchRow, DisposalRow
from handoff.adapters.database.tables import ContactRow, SessionRow
from handoff.domain.data_request import Decision, RequestState
from handoff.domain.kept import OF_A_SESSION, Kept
from handoff.domain.retention import COUNTED_FROM, OF_SESSION, Held, KeptContact, KeptSession, Parting
from handoff.services.request_ports import DisposalOrder
from handoff.services.retention_ports import Batch, OpenOrder

#: Facts that are written anew beside those that are cut off: a number of a transaction, or a place in the table, must not
#: single out the one session that went.
_BESIDE: Final = 64
_DECOYS: Final = text(
    "UPDATE facts SET lookup = lookup WHERE id IN"
    " (SELECT id FROM facts WHERE lookup IS NULL ORDER BY random() LIMIT :beside)"
)


class SqlRetention(SqlRetentionRecords):
    """Implements ``services.retention_ports.Retention``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer, keys: SqlKeys) -> None:
        super().__init__(connection, sealer)
        self._connection = connection
        self._keys = keys

    # What is due ------------------------------------------------------------------------------------------------

    async def candidates(self, ends: Mapping[Kept, datetime], after: UUID | None, limit: int) -> Sequence[UUID]:
        named = {str(kind): ends.get(kind) for kind in (*OF_SESSION, Kept.CONTACT)}
        rows = await self._connection.execute(selects.CANDIDATES, {**named, "after": after, "limit": limit})
        return [row.id for row in rows]

    async def contact(self, contact_id: UUID, now: datetime, *, but: UUID | None = None) -> KeptContact | None:
        person = (await self._connection.execute(selects.PERSON, {"contact": contact_id, "but": but})).first()
        if person is None:
            return None
        rows = await self._connection.execute(selects.SESSIONS, {"contact": contact_id, "now": now})
        return KeptContact(
            id=contact_id,
            born_at=person.created_at,
            sessions=tuple(_session(row._asdict()) for row in rows),
            last_word_at=person.last_word_at,
            handed_over_at=person.handed_over_at,
            held_until=person.held_until,
            held=_held(person._asdict()),
            reported=person.reported,
            wiped=person.wiped,
        )

    async def claim(self, contact_id: UUID) -> bool:
        for space in ("drain", "deliver"):
            got = await self._connection.scalar(select(func.pg_try_advisory_xact_lock(lock_key(space, contact_id))))
            if not got:
                return False
        for lock in selects.LOCKS:
            await self._connection.execute(lock, {"contact": contact_id})
        return True

    # The three transactions --------------------------------------------------------------------------------------

    async def begin(self, batch: Batch) -> None:
        events = await deletes.ids_of(self._connection, deletes.EVENTS, batch.kinds)
        links = await deletes.pairs_of(self._connection, deletes.LATER, batch.whole)
        await deletes.delete(self._connection, deletes.BEFORE, batch.whole)
        await deletes.delete(self._connection, deletes.BEFORE_EVENTS, events)
        counted = [session for session, kinds in batch.kinds.items() if kinds & COUNTED_FROM]
        began = await self._connection.scalars(
            update(SessionRow)
            .where(SessionRow.id.in_(counted), SessionRow.disposal_began_at.is_(None))
            .values(disposal_began_at=batch.at)
            .returning(SessionRow.id)
        )
        await self._connection.execute(
            insert(DisposalBatchRow).values(
                id=batch.id,
                at=batch.at,
                order_id=None if batch.order is None else batch.order.id,
                content=_content(batch, set(began), links),
            )
        )

    async def delete(self, batch: Batch) -> None:
        by_kind = {kind: [session for session, kinds in batch.kinds.items() if kind in kinds] for kind in OF_SESSION}
        events = await deletes.ids_of(self._connection, deletes.EVENTS, batch.kinds)
        for kind in OF_SESSION:
            # Whatever was written to it since would keep a session from going.
            by_kind[kind] = list({*by_kind[kind], *batch.whole})
            # An order tells nothing of which session was first.
            random.shuffle(by_kind[kind])
            await deletes.delete(self._connection, deletes.OF_KIND[kind], by_kind[kind])
        await deletes.delete(self._connection, [deletes.SPENT_EVENTS], events)
        for session, kinds in batch.kinds.items():
            gone = OF_A_SESSION if session in batch.whole else {key for kind in kinds for key in deletes.KEYS[kind]}
            await self._keys.destroy_session(session, gone)
        await deletes.delete(self._connection, deletes.WHOLE, batch.whole)
        await self._connection.execute(_DECOYS, {"beside": _BESIDE})

    async def close(self, batch: Batch, done: Collection[UUID]) -> bool:
        gone = delete(DisposalBatchRow).where(DisposalBatchRow.id == batch.id).returning(DisposalBatchRow.content)
        content = await self._connection.scalar(gone)
        if content is None:
            return False
        stays = [one for contact, one in content.items() if UUID(contact) not in done]
        await deletes.delete(
            self._connection, [deletes.COUNT_AGAIN], [UUID(one) for of in stays for one in of["began"]]
        )
        for one in stays:
            for later, earlier in one["links"].items():
                await self._connection.execute(deletes.LINK_AGAIN, {"later": UUID(later), "earlier": UUID(earlier)})
        return True

    async def finish(self, batch: Batch, done: Collection[UUID], profile: str, day: date) -> int:
        partings = [parting for contact, parting in batch.partings.items() if contact in done]
        spoken = [session for one in partings for session, kinds in one.kinds.items() if Kept.TRANSCRIPT in kinds]
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id.in_(spoken)).values(words_gone_at=batch.at, intake=None, safety=None)
        )
        counts = {kind: sum(kind in kinds for one in partings for kinds in one.kinds.values()) for kind in OF_SESSION}
        counts[Kept.CONTACT] = sum(one.contact for one in partings)
        by = batch.order
        proofs = [
            {
                "id": uuid4(),
                "profile": profile,
                "day": day,
                "kind": kind,
                "cause": batch.cause,
                "count": count,
                "decided_by": None if by is None else by.decided_by,
                "second_by": None if by is None else by.second_by,
            }
            for kind, count in counts.items()
            if count
        ]
        if proofs:
            await self._connection.execute(insert(DisposalRow), proofs)
        ids = [session for one in partings for session in one.kinds]
        await deletes.delete(self._connection, deletes.TOLD, ids)
        await deletes.delete(self._connection, [deletes.EMPTY_PERSON], list(done))
        return sum(counts.values())

    async def begun(self) -> Sequence[Batch]:
        rows = await self._connection.execute(select(DisposalBatchRow.__table__).order_by(DisposalBatchRow.at))
        found = list[Batch]()
        for row in list(rows):
            order = None if row.order_id is None else await self._order(row.order_id)
            found.append(Batch(row.id, row.at, _partings(row.content), order))
        return found

    async def gone(self, session_id: UUID, kinds: Collection[Kept], *, whole: bool) -> bool:
        if whole:
            return await self._connection.scalar(select(SessionRow.id).where(SessionRow.id == session_id)) is None
        for kind in kinds:
            if await self._connection.scalar(selects.LEFT[kind], {"session": session_id}):
                return False
        keys = [key for kind in kinds for key in deletes.KEYS[kind]]
        key = select(DataKeyRow.id).where(DataKeyRow.session_id == session_id, DataKeyRow.kind.in_(keys))
        return await self._connection.scalar(key.limit(1)) is None

    async def words_gone(self, session_id: UUID) -> bool:
        gone = select(SessionRow.words_gone_at).where(SessionRow.id == session_id)
        return await self._connection.scalar(gone) is not None

    async def wipe(self, contact_id: UUID, now: datetime) -> None:
        events = await deletes.ids_of(self._connection, deletes.PERSONS_EVENTS, [contact_id])
        await deletes.delete(self._connection, deletes.PERSON, [contact_id])
        await deletes.delete(self._connection, [deletes.SPENT_EVENTS], events)
        await self._keys.destroy_contact(contact_id)
        house = await self._sealer.for_house()
        await self._connection.execute(
            update(ContactRow)
            .where(ContactRow.id == contact_id)
            .values(
                address=house.seal("contacts", "address", str(contact_id), ""),
                lookup=secrets.token_bytes(32),
                quiet=None,
                following=False,
                group_told=False,
                wiped_at=now,
            )
        )
        await deletes.delete(self._connection, [deletes.EMPTY_PERSON], [contact_id])

    # Orders -----------------------------------------------------------------------------------------------------

    async def open_orders(self) -> Sequence[OpenOrder]:
        rows = await self._connection.execute(
            select(DisposalOrderRow.__table__, DataRequestRow.decision, DataRequestRow.state)
            .join(DataRequestRow, DataRequestRow.id == DisposalOrderRow.request_id)
            .where(DisposalOrderRow.done_at.is_(None))
            .order_by(DisposalOrderRow.ordered_at)
        )
        return [
            OpenOrder(_order(row._asdict()), row.decision == Decision.GRANT, row.state == RequestState.TOLD)
            for row in rows
        ]

    async def _order(self, order_id: UUID) -> DisposalOrder | None:
        found = select(DisposalOrderRow.__table__).where(DisposalOrderRow.id == order_id)
        row = (await self._connection.execute(found)).first()
        return None if row is None else _order(row._asdict())

    async def order_done(self, order_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(DisposalOrderRow).where(DisposalOrderRow.id == order_id).values(done_at=at)
        )


def _session(row: Mapping[str, Any]) -> KeptSession:
    kinds = frozenset(kind for kind in OF_SESSION if row[str(kind)])
    # A row of which nothing else is left goes like words would.
    return KeptSession(row["id"], row["closed_at"], kinds or frozenset({Kept.TRANSCRIPT}), _held(row))


def _held(row: Mapping[str, Any]) -> frozenset[Held]:
    return frozenset(reason for reason in Held if row.get(f"held_{reason}"))


def _order(row: Mapping[str, Any]) -> DisposalOrder:
    return DisposalOrder(
        id=row["id"],
        request_id=row["request_id"],
        contact_id=row["contact_id"],
        session_ids=tuple(row["session_ids"]),
        decided_by=row["decided_by"],
        second_by=row["second_by"],
        ordered_by=row["ordered_by"],
        ordered_at=row["ordered_at"],
        done_at=row["done_at"],
        line_ids=tuple(row["line_ids"]),
    )


def _content(batch: Batch, began: Collection[UUID], links: Mapping[UUID, UUID]) -> dict[str, Any]:
    """Args: began: sessions that can't be counted from now on; links: by later session, the one it came back from."""
    return {
        str(contact): {
            "kinds": {str(session): sorted(kinds) for session, kinds in one.kinds.items()},
            "whole": sorted(map(str, one.whole)),
            "contact": one.contact,
            "began": sorted(str(session) for session in one.kinds if session in began),
            "links": {str(later): str(earlier) for later, earlier in links.items() if earlier in one.whole},
        }
        for contact, one in batch.partings.items()
    }


def _partings(content: Mapping[str, Any]) -> dict[UUID, Parting]:
    return {
        UUID(contact): Parting(
            {UUID(session): frozenset(map(Kept, kinds)) for session, kinds in one["kinds"].items()},
            frozenset(map(UUID, one["whole"])),
            one["contact"],
        )
        for contact, one in content.items()
    }
