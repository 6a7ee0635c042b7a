"""Sealing under data keys: each session, contact and kind of record has one, made when it's first needed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Delete, Row, Select, bindparam, delete, exists, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.evidence_tables import EvidenceRow
from handoff.adapters.database.key_tables import DataKeyRow
from handoff.adapters.database.keyed_connection import HeldKeys
from handoff.adapters.database.report_tables import ReportRow
from handoff.adapters.database.tables import ContactRow, SessionRow
from handoff.domain.kept import Kept
from handoff.domain.session import State
from kernel.sealing import CellSealer, SealBroken, Sealer, SealFailed, WrappedKey, key_id_of
from kernel.sealing.sealer import FIRST_VERSION, FIT_SAMPLE

_ID: Final = DataKeyRow.id.type
_KEYS: Final = select(DataKeyRow.id, DataKeyRow.kind, DataKeyRow.kek, DataKeyRow.wrapped)
_PARTS: Final = ("id", "kek", "wrapped")
_OF_SESSION: Final = _KEYS.where(
    DataKeyRow.session_id == bindparam("owner", type_=_ID), DataKeyRow.kind == bindparam("kind")
)
_OF_CONTACT: Final = _KEYS.where(
    DataKeyRow.contact_id == bindparam("owner", type_=_ID), DataKeyRow.kind == bindparam("kind")
)
_OF_HOUSE: Final = _KEYS.where(DataKeyRow.kind == bindparam("kind"))


def _of_event(contact: Any) -> Select[*tuple[Any, ...]]:
    """The key for what comes in now: the open session's, else the one that waits for the next session."""
    other = aliased(SessionRow, name="other")
    begun = select(other.id).where(other.contact_id == DataKeyRow.contact_id, other.state != State.CLOSED)
    return (
        _KEYS.add_columns(DataKeyRow.session_id, begun.correlate(DataKeyRow).scalar_subquery().label("open_session"))
        .outerjoin(SessionRow, SessionRow.id == DataKeyRow.session_id)
        .where(
            DataKeyRow.contact_id == contact,
            DataKeyRow.kind == Kept.EVENT,
            DataKeyRow.session_id.is_(None) | (SessionRow.state != State.CLOSED),
        )
        .order_by(DataKeyRow.session_id.is_(None))
        .limit(1)
    )


def with_event_key(contacts: Select[*tuple[Any, ...]], contact: Any) -> Select[*tuple[Any, ...]]:
    """A select of contacts with the key for what comes in now of each. Args: contact: the column of their ids."""
    key = _of_event(contact).correlate(contact.table).lateral("e")
    return contacts.add_columns(*key.c).outerjoin(key, true())


def _open_session(contact: Any) -> Any:
    return (
        select(SessionRow.id)
        .where(SessionRow.contact_id == contact, SessionRow.state != State.CLOSED)
        .correlate(None)
        .scalar_subquery()
    )


_OF_EVENT: Final = _of_event(bindparam("owner", type_=_ID))

_T, _E = aliased(DataKeyRow, name="t"), aliased(DataKeyRow, name="e")


def with_session_keys(sessions: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """A select of sessions with two of the keys of each: of its transcript (``t_``) and of what comes in (``e_``)."""
    keys = [getattr(of, name).label(prefix + name) for prefix, of in (("t_", _T), ("e_", _E)) for name in _PARTS]
    return (
        sessions.add_columns(*keys)
        .outerjoin(_T, (_T.session_id == SessionRow.id) & (_T.kind == Kept.TRANSCRIPT))
        .outerjoin(_E, (_E.session_id == SessionRow.id) & (_E.kind == Kept.EVENT))
    )


class RowSealer:
    """Opens and seals cells within one transaction.

    A key is never carried over to the next transaction: one that this transaction made may be rolled back with it, and
    one that another destroyed must seal nothing any more.
    """

    def __init__(self, connection: AsyncConnection, keys: HeldKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._owned: dict[tuple[UUID | None, Kept], CellSealer] = {}

    def open(self, table: str, column: str, row_id: str, sealed: bytes) -> str:
        """Open a cell that was read on this transaction's connection. Raises: SealBroken, SealFailed."""
        return self.open_bytes(table, column, row_id, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, table: str, column: str, row_id: str, sealed: bytes) -> bytes:
        """The same for a piece of a file."""
        key_id = key_id_of(sealed)
        if key_id is None:
            return self._keys.sealer.open_bytes(table, column, row_id, sealed)
        key = self._keys.find(key_id)
        if key is None:
            raise SealBroken(f"{table}.{column} {row_id}: sealed by a data key that is unknown or destroyed")
        return key.open_bytes(table, column, row_id, sealed)

    def lookup(self, purpose: str, value: str) -> bytes:
        """As ``Sealer.lookup``."""
        return self._keys.sealer.lookup(purpose, value)

    async def for_session(self, session_id: UUID, kind: Kept) -> CellSealer:
        """The session's key of a kind. Raises: KeyFileError, SealFailed, as all of these."""
        return await self._of(session_id, kind, _OF_SESSION, session_id=session_id)

    async def for_contact(self, contact_id: UUID) -> CellSealer:
        return await self._of(contact_id, Kept.CONTACT, _OF_CONTACT, contact_id=contact_id)

    async def for_house(self) -> CellSealer:
        return await self._of(None, Kept.HOUSE, _OF_HOUSE)

    async def for_escalation(self, escalation_id: UUID) -> CellSealer:
        """Its session's key; the house's for a test."""
        session_id = await self._connection.scalar(
            select(EscalationRow.session_id).where(EscalationRow.id == escalation_id)
        )
        return await (self.for_house() if session_id is None else self.for_session(session_id, Kept.ESCALATION))

    async def for_evidence(self, evidence_id: UUID) -> CellSealer:
        found = select(EvidenceRow.session_id).where(EvidenceRow.id == evidence_id)
        return await self.for_session((await self._connection.execute(found)).scalar_one(), Kept.MEDIA)

    async def for_report(self, report_id: UUID) -> CellSealer:
        found = select(ReportRow.session_id).where(ReportRow.id == report_id)
        return await self.for_session((await self._connection.execute(found)).scalar_one(), Kept.REPORT)

    async def for_event(self, contact_id: UUID | None) -> CellSealer:
        """The key for what comes in of a contact: its open session's, or one that the next session takes over."""
        if contact_id is None:
            return await self.for_house()
        held = self._owned.get((contact_id, Kept.EVENT))
        if held is not None:
            return held
        asked = {"owner": contact_id}
        row = (await self._connection.execute(_OF_EVENT, asked)).first()
        if row is None:
            open_session = await self._connection.scalar(select(_open_session(contact_id)))
            made = await self._make(contact_id, Kept.EVENT, contact_id=contact_id, session_id=open_session)
            if made is not None:
                return made
            row = (await self._connection.execute(_OF_EVENT, asked)).one()
        if row.session_id is None and row.open_session is not None:
            # The session began at the same moment as this key: it belongs to it all the same.
            taken = exists().where(DataKeyRow.session_id == row.open_session, DataKeyRow.kind == Kept.EVENT)
            await self._connection.execute(
                update(DataKeyRow)
                .where(DataKeyRow.id == row.id, DataKeyRow.session_id.is_(None), ~taken)
                .values(session_id=row.open_session)
            )
        return self._own(contact_id, Kept.EVENT, row)

    def offer_event(self, contact_id: UUID, row: Row[*tuple[Any, ...]]) -> None:
        """Take the key that came with a contact's row (``with_event_key``), unless it has to change hands first.

        It is as it was before the row could be locked. That does no harm: the key of an open session is only destroyed
        once the session was closed for days.
        """
        if row.id is not None and not (row.session_id is None and row.open_session is not None):
            self._offer(contact_id, Kept.EVENT, WrappedKey(row.id, row.kind, row.kek, row.wrapped))

    def _offer(self, owner: UUID, kind: Kept, stored: WrappedKey) -> None:
        if (owner, kind) not in self._owned:
            key = self._keys.find(stored.id) or self._keys.hold(stored)
            if key is not None:  # else whoever needs it says so
                self._owned[owner, kind] = key

    def offer_session(self, session_id: UUID, contact_id: UUID, row: Row[*tuple[Any, ...]]) -> None:
        """Take the keys that came with a session's row (``with_session_keys``): whoever reads one to change it needs them."""
        for prefix, owner, kind in (("t_", session_id, Kept.TRANSCRIPT), ("e_", contact_id, Kept.EVENT)):
            key_id = getattr(row, prefix + "id")
            if key_id is not None:
                stored = WrappedKey(key_id, kind, getattr(row, prefix + "kek"), getattr(row, prefix + "wrapped"))
                self._offer(owner, kind, stored)

    async def hand_over_events(self, contact_id: UUID, session_id: UUID) -> None:
        """Let a session that begins take over the key of the events that began it."""
        await self._connection.execute(
            update(DataKeyRow)
            .where(DataKeyRow.contact_id == contact_id, DataKeyRow.kind == Kept.EVENT, DataKeyRow.session_id.is_(None))
            .values(session_id=session_id)
        )

    def fresh(self, kind: Kept) -> tuple[WrappedKey, CellSealer]:
        """A key for an owner whose row isn't there yet; nothing is stored before ``store_for_contact``."""
        return self._keys.sealer.new_key(kind)

    async def store_for_contact(self, stored: WrappedKey, made: CellSealer, contact_id: UUID) -> None:
        await self._connection.execute(insert(DataKeyRow).values(**_values(stored), contact_id=contact_id))
        self._keys.keep(made)
        self._owned[contact_id, Kept(stored.kind)] = made

    def disown(self, key_ids: Collection[UUID]) -> None:
        """Seal nothing more by keys that this transaction destroyed."""
        self._keys.drop(key_ids)
        self._owned = {owner: key for owner, key in self._owned.items() if key.key_id not in key_ids}

    async def _of(
        self, owner: UUID | None, kind: Kept, find: Select[*tuple[Any, ...]], **owners: UUID | None
    ) -> CellSealer:
        held = self._owned.get((owner, kind))
        if held is not None:
            return held
        asked = {"owner": owner, "kind": kind}
        row = (await self._connection.execute(find, asked)).first()
        if row is None:
            made = await self._make(owner, kind, **owners)
            if made is not None:
                return made
            row = (await self._connection.execute(find, asked)).one()
        return self._own(owner, kind, row)

    async def _make(self, owner: UUID | None, kind: Kept, **owners: UUID | None) -> CellSealer | None:
        """Make the owner's key; None where another transaction made it at the same moment, and has committed it."""
        stored, made = self.fresh(kind)
        added = await self._connection.scalar(
            insert_or_not(DataKeyRow)
            .values(**_values(stored), **owners)
            .on_conflict_do_nothing()
            .returning(DataKeyRow.id)
        )
        if added is None:
            return None
        self._keys.keep(made)
        self._owned[owner, kind] = made
        return made

    def _own(self, owner: UUID | None, kind: Kept, row: Row[*tuple[Any, ...]]) -> CellSealer:
        key = self._keys.find(row.id) or self._keys.hold(WrappedKey(row.id, row.kind, row.kek, row.wrapped))
        if key is None:
            raise SealFailed(f"the data key {row.id} can't be unwrapped")
        self._owned[owner, kind] = key
        return key


class SqlKeys:
    """Implements ``services.key_ports.Keys``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def destroy_session(self, session_id: UUID, kinds: Collection[Kept]) -> int:
        return await self._destroy(
            delete(DataKeyRow).where(DataKeyRow.session_id == session_id, DataKeyRow.kind.in_(kinds))
        )

    async def destroy_contact(self, contact_id: UUID) -> int:
        return await self._destroy(delete(DataKeyRow).where(DataKeyRow.contact_id == contact_id))

    async def _destroy(self, rows: Delete) -> int:
        destroyed = (await self._connection.scalars(rows.returning(DataKeyRow.id))).all()
        self._sealer.disown(destroyed)
        return len(destroyed)


def _values(stored: WrappedKey) -> dict[str, Any]:
    return {
        "id": stored.id,
        "kind": stored.kind,
        "kek": stored.kek,
        "wrapped": stored.wrapped,
        "real_created_at": datetime.now(UTC),
    }


async def fits(connection: AsyncConnection, sealer: Sealer) -> bool:
    """Whether the key file is this database's: by its newest data keys, else by addresses that the first version sealed.

    Before its tables are made, any key file is. Raises: KeyFileError.
    """
    made = select(func.to_regclass("contacts"), func.to_regclass("data_keys"))
    contacts, data_keys = (await connection.execute(made)).one()
    if contacts is None:
        return True
    newest = await _newest(connection) if data_keys is not None else []
    if newest:
        return sealer.fits(newest)
    first = func.substring(ContactRow.address, 1, 1) == bytes([FIRST_VERSION])
    found = select(ContactRow.id, ContactRow.address).where(first).limit(FIT_SAMPLE)
    cells = (await connection.execute(found)).all()
    return not cells or any(_opens(sealer, "contacts", "address", str(row.id), row.address) for row in cells)


async def _newest(connection: AsyncConnection) -> list[WrappedKey]:
    """The newest data keys of each wrapping key."""
    age = func.row_number().over(partition_by=DataKeyRow.kek, order_by=DataKeyRow.real_created_at.desc()).label("age")
    aged = _KEYS.add_columns(age).subquery()
    rows = await connection.execute(select(aged).where(aged.c.age <= FIT_SAMPLE))
    return [WrappedKey(row.id, row.kind, row.kek, row.wrapped) for row in rows]


def _opens(sealer: Sealer, table: str, column: str, row_id: str, cell: bytes) -> bool:
    try:
        sealer.open(table, column, row_id, cell)
    except (SealBroken, SealFailed):
        return False
    return True
