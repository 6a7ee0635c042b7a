"""Second factors as they lie in the database: secrets sealed, codes on paper as keyed hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.factor_tables import RecoveryCodeRow, StaffFactorRow
from handoff.adapters.database.sign_in_tables import SignInRow
from handoff.domain.second_factor import FactorState
from handoff.domain.staff import StaffMember
from handoff.services.factor_ports import KeptFactor

#: Purpose of the keyed hash of codes on paper.
RECOVERY: Final = "recovery_code"
_TABLE: Final = "staff_factors"


class SqlFactors:
    """Implements ``services.factor_ports.Factors``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def needed(self, member: StaffMember) -> bool:
        found = select(1).where(StaffFactorRow.staff_id == member.id, StaffFactorRow.secret.is_not(None))
        return await self._connection.scalar(found) is not None

    async def read(self, member_id: UUID) -> KeptFactor | None:
        return await self._one(self._of(member_id))

    async def lock(self, member_id: UUID) -> KeptFactor | None:
        return await self._one(self._of(member_id).with_for_update())

    @staticmethod
    def _of(member_id: UUID) -> Select[*tuple[Any, ...]]:
        return select(StaffFactorRow.__table__).where(StaffFactorRow.staff_id == member_id)

    async def _one(self, found: Select[*tuple[Any, ...]]) -> KeptFactor | None:
        row = (await self._connection.execute(found)).first()
        if row is None:
            return None
        return KeptFactor(
            staff_id=row.staff_id,
            secret=self._open("secret", row.staff_id, row.secret),
            last_step=row.last_step,
            confirmed_at=row.real_confirmed_at,
            fresh=self._open("fresh", row.staff_id, row.fresh),
            begun_in=row.begun_in,
            begun_at=row.real_begun_at,
            noted_at=row.real_noted_at,
        )

    async def begin(self, member_id: UUID, secret: str, sign_in_id: UUID, at: datetime) -> None:
        begun = {
            "fresh": await self._seal("fresh", member_id, secret),
            "begun_in": sign_in_id,
            "real_begun_at": at,
        }
        row = insert(StaffFactorRow).values(staff_id=member_id, **begun)
        await self._connection.execute(row.on_conflict_do_update(index_elements=[StaffFactorRow.staff_id], set_=begun))

    async def confirm(self, member_id: UUID, step: int, at: datetime) -> None:
        kept = await self.lock(member_id)
        if kept is None or kept.fresh is None:
            raise RuntimeError("nothing was begun")
        await self._connection.execute(
            update(StaffFactorRow)
            .where(StaffFactorRow.staff_id == member_id)
            .values(
                secret=await self._seal("secret", member_id, kept.fresh),
                last_step=step,
                real_confirmed_at=at,
                fresh=None,
                begun_in=None,
                real_begun_at=None,
            )
        )

    async def use(self, member_id: UUID, step: int) -> None:
        await self._connection.execute(
            update(StaffFactorRow).where(StaffFactorRow.staff_id == member_id).values(last_step=step)
        )

    async def drop(self, member_id: UUID) -> bool:
        await self._connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.staff_id == member_id))
        gone = await self._connection.execute(
            delete(StaffFactorRow)
            .where(StaffFactorRow.staff_id == member_id)
            .returning(StaffFactorRow.real_confirmed_at)
        )
        row = gone.first()
        return row is not None and row.real_confirmed_at is not None

    async def set_codes(self, member_id: UUID, codes: Sequence[str], at: datetime) -> None:
        await self._connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.staff_id == member_id))
        await self._connection.execute(
            insert(RecoveryCodeRow).values(
                [{"lookup": self._lookup(member_id, code), "staff_id": member_id, "real_made_at": at} for code in codes]
            )
        )
        await self._connection.execute(
            update(StaffFactorRow).where(StaffFactorRow.staff_id == member_id).values(real_noted_at=None)
        )

    async def use_code(self, member_id: UUID, code: str, at: datetime) -> bool:
        used = await self._connection.execute(
            update(RecoveryCodeRow)
            .where(
                RecoveryCodeRow.lookup == self._lookup(member_id, code),
                RecoveryCodeRow.staff_id == member_id,
                RecoveryCodeRow.real_used_at.is_(None),
            )
            .values(real_used_at=at)
            .returning(RecoveryCodeRow.staff_id)
        )
        return used.first() is not None

    async def codes_left(self, member_id: UUID) -> int:
        unused = select(func.count()).where(
            RecoveryCodeRow.staff_id == member_id, RecoveryCodeRow.real_used_at.is_(None)
        )
        return await self._connection.scalar(unused) or 0

    async def own(self, member_id: UUID, codes: Sequence[str]) -> bool:
        lookups = {self._lookup(member_id, code) for code in codes}
        found = select(func.count()).where(
            RecoveryCodeRow.lookup.in_(lookups),
            RecoveryCodeRow.staff_id == member_id,
            RecoveryCodeRow.real_used_at.is_(None),
        )
        return bool(lookups) and await self._connection.scalar(found) == len(lookups)

    async def note_codes(self, member_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(StaffFactorRow).where(StaffFactorRow.staff_id == member_id).values(real_noted_at=at)
        )

    async def count_try(self, sign_in_id: UUID) -> int:
        counted = await self._connection.scalar(
            update(SignInRow)
            .where(SignInRow.id == sign_in_id)
            .values(factor_tries=SignInRow.factor_tries + 1)
            .returning(SignInRow.factor_tries)
        )
        return counted or 0

    async def states(self, member_ids: Sequence[UUID]) -> Mapping[UUID, FactorState]:
        rows = await self._connection.execute(
            select(
                StaffFactorRow.staff_id,
                StaffFactorRow.real_confirmed_at.is_not(None).label("on"),
                StaffFactorRow.real_begun_at.is_not(None).label("begun"),
            ).where(StaffFactorRow.staff_id.in_(member_ids))
        )
        return {
            row.staff_id: FactorState.ON if row.on else FactorState.BEGUN if row.begun else FactorState.NONE
            for row in rows
        }

    # The person's id is part of what is sealed and hashed: a row that is moved to somebody else opens nothing.

    async def _seal(self, column: str, member_id: UUID, secret: str) -> bytes:
        return (await self._sealer.for_house()).seal(_TABLE, column, str(member_id), secret)

    def _open(self, column: str, member_id: UUID, sealed: bytes | None) -> str | None:
        return None if sealed is None else self._sealer.open(_TABLE, column, str(member_id), sealed)

    def _lookup(self, member_id: UUID, code: str) -> bytes:
        return self._sealer.lookup(RECOVERY, f"{member_id}:{code}")
