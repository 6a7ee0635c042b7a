"""How often what was tried at the way in, and from which browsers people came before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.sign_in_tables import KnownDeviceRow, SignInRow, SignInTryRow
from handoff.domain.sign_in_pace import Pace
from handoff.services.sign_in_ports import ListedDevice

#: Purposes of the keyed hashes.
TRY: Final = "sign_in_try"
DEVICE: Final = "sign_in_device"
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


class SqlTries:
    """Implements ``services.sign_in_ports.Tries``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def lock(self, key: str) -> Pace:
        lookup = self._lookup(key)
        # A row that was never there can't be locked: it's made first, so that twenty at once are counted one by one.
        await self._connection.execute(
            insert(SignInTryRow).values(lookup=lookup, failures=0, real_last_at=_NEVER).on_conflict_do_nothing()
        )
        row = (
            await self._connection.execute(
                select(SignInTryRow.failures, SignInTryRow.real_last_at)
                .where(SignInTryRow.lookup == lookup)
                .with_for_update()
            )
        ).first()
        # Swept away between the two statements: nothing was tried lately.
        return Pace(0, _NEVER) if row is None else Pace(row.failures, row.real_last_at)

    async def count(self, key: str, at: datetime) -> Pace:
        pace = (await self.lock(key)).after_try(at)
        await self._connection.execute(
            update(SignInTryRow)
            .where(SignInTryRow.lookup == self._lookup(key))
            .values(failures=pace.failures, real_last_at=pace.last)
        )
        return pace

    async def give_back(self, key: str) -> None:
        await self._connection.execute(
            update(SignInTryRow)
            .where(SignInTryRow.lookup == self._lookup(key))
            .values(failures=func.greatest(SignInTryRow.failures - 1, 0))
        )

    async def forget(self, key: str) -> None:
        await self._connection.execute(delete(SignInTryRow).where(SignInTryRow.lookup == self._lookup(key)))

    async def failures(self, keys: Sequence[str], since: datetime) -> Mapping[str, int]:
        by_lookup = {self._lookup(key): key for key in keys}
        rows = await self._connection.execute(
            select(SignInTryRow.lookup, SignInTryRow.failures).where(
                SignInTryRow.lookup.in_(by_lookup), SignInTryRow.real_last_at >= since
            )
        )
        return {by_lookup[row.lookup]: row.failures for row in rows}

    async def forget_old(self, before: datetime) -> int:
        gone = await self._connection.execute(delete(SignInTryRow).where(SignInTryRow.real_last_at < before))
        return gone.rowcount

    def _lookup(self, key: str) -> bytes:
        return self._sealer.lookup(TRY, key)


class SqlDevices:
    """Implements ``services.sign_in_ports.Devices``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def knows(self, mark: str, member_id: UUID) -> bool:
        found = select(1).where(
            KnownDeviceRow.lookup == self._sealer.lookup(DEVICE, mark), KnownDeviceRow.staff_id == member_id
        )
        return await self._connection.scalar(found) is not None

    async def of(self, sign_in_id: UUID) -> UUID | None:
        found = (
            select(KnownDeviceRow.id)
            .join(
                SignInRow,
                (SignInRow.device == KnownDeviceRow.lookup) & (SignInRow.staff_id == KnownDeviceRow.staff_id),
            )
            .where(SignInRow.id == sign_in_id)
        )
        known: UUID | None = await self._connection.scalar(found)
        return known

    async def remember(self, member_id: UUID, sign_in_id: UUID, at: datetime) -> None:
        row = (
            await self._connection.execute(select(SignInRow.device, SignInRow.label).where(SignInRow.id == sign_in_id))
        ).one()
        label = self._sealer.open("sign_ins", "label", str(sign_in_id), row.label)
        device_id = uuid4()
        known = insert(KnownDeviceRow).values(
            lookup=row.device,
            staff_id=member_id,
            id=device_id,
            label=(await self._sealer.for_house()).seal("known_devices", "label", str(device_id), label),
            real_created_at=at,
            real_seen_at=at,
        )
        await self._connection.execute(
            known.on_conflict_do_update(
                index_elements=[KnownDeviceRow.lookup, KnownDeviceRow.staff_id], set_={"real_seen_at": at}
            )
        )

    async def listed(self, member_id: UUID) -> Sequence[ListedDevice]:
        rows = await self._connection.execute(
            select(KnownDeviceRow.id, KnownDeviceRow.label, KnownDeviceRow.real_seen_at)
            .where(KnownDeviceRow.staff_id == member_id)
            .order_by(KnownDeviceRow.real_seen_at.desc())
        )
        return [
            ListedDevice(row.id, self._sealer.open("known_devices", "label", str(row.id), row.label), row.real_seen_at)
            for row in rows
        ]

    async def forget(self, member_id: UUID, device_id: UUID) -> bool:
        gone = await self._connection.execute(
            delete(KnownDeviceRow).where(KnownDeviceRow.id == device_id, KnownDeviceRow.staff_id == member_id)
        )
        return gone.rowcount > 0

    async def forget_all(self, member_id: UUID) -> int:
        gone = await self._connection.execute(delete(KnownDeviceRow).where(KnownDeviceRow.staff_id == member_id))
        return gone.rowcount

    async def forget_old(self, before: datetime) -> int:
        gone = await self._connection.execute(delete(KnownDeviceRow).where(KnownDeviceRow.real_seen_at < before))
        return gone.rowcount
