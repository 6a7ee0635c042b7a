"""Where people are signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_tables import StaffRow
from handoff.adapters.database.factor_tables import StaffFactorRow
from handoff.adapters.database.sign_in_tables import SignInRow
from handoff.adapters.database.sign_in_tries import DEVICE
from handoff.adapters.database.standing import member_of, select_staff
from handoff.services.sign_in_ports import ListedSignIn, OpenSignIn

#: Purpose of the keyed hash of sign-in tokens.
SIGN_IN: Final = "sign_in"
#: Whether the person of a sign-in has a second factor; one that was only begun is none.
_HAS_FACTOR: Final = exists().where(StaffFactorRow.staff_id == SignInRow.staff_id, StaffFactorRow.secret.is_not(None))


class SqlSignIns:
    """Implements ``services.sign_in_ports.SignIns``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer, today: Callable[[], date]) -> None:
        """Args: today: in Japan, on the service's clock; what people may do follows from the roster of that day."""
        self._connection = connection
        self._sealer = sealer
        self._today = today

    async def begin(
        self,
        sign_in_id: UUID,
        token: str,
        member_id: UUID,
        at: datetime,
        label: str,
        device: str,
        *,
        half: bool = False,
    ) -> None:
        await self._connection.execute(
            insert(SignInRow).values(
                lookup=self._lookup(token),
                id=sign_in_id,
                staff_id=member_id,
                label=await self._sealed(sign_in_id, label),
                device=self._sealer.lookup(DEVICE, device),
                half=half,
                real_created_at=at,
                real_seen_at=at,
            )
        )

    async def by_token(self, token: str) -> OpenSignIn | None:
        return await self._one(self._by_token(token))

    async def lock(self, token: str) -> OpenSignIn | None:
        return await self._one(self._by_token(token).with_for_update(of=SignInRow))

    def _by_token(self, token: str) -> Select[*tuple[Any, ...]]:
        return (
            select_staff(self._today())
            .add_columns(
                SignInRow.id.label("sign_in_id"),
                SignInRow.half,
                SignInRow.real_created_at,
                SignInRow.real_seen_at,
                SignInRow.real_factor_at,
                _HAS_FACTOR.label("has_factor"),
                StaffRow.must_change,
                StaffRow.real_password_at,
            )
            .join(SignInRow, SignInRow.staff_id == StaffRow.id)
            .where(SignInRow.lookup == self._lookup(token), StaffRow.disabled_at.is_(None))
        )

    async def _one(self, found: Select[*tuple[Any, ...]]) -> OpenSignIn | None:
        row = (await self._connection.execute(found)).first()
        if row is None:
            return None
        return OpenSignIn(
            id=row.sign_in_id,
            member=member_of(row),
            since=row.real_created_at,
            seen=row.real_seen_at,
            half=row.half,
            factor_at=row.real_factor_at,
            has_factor=row.has_factor,
            must_change=row.must_change,
            password_at=row.real_password_at,
        )

    async def complete(self, sign_in_id: UUID, new_id: UUID, new_token: str, at: datetime) -> None:
        await self._renew(
            sign_in_id, new_id, new_token, half=False, real_created_at=at, real_seen_at=at, real_factor_at=at
        )

    async def renew(self, sign_in_id: UUID, new_id: UUID, new_token: str) -> None:
        await self._renew(sign_in_id, new_id, new_token)

    async def _renew(self, sign_in_id: UUID, new_id: UUID, new_token: str, **values: Any) -> None:
        label = await self._sealed(new_id, await self.label(sign_in_id))
        await self._connection.execute(
            update(SignInRow)
            .where(SignInRow.id == sign_in_id)
            .values(lookup=self._lookup(new_token), id=new_id, label=label, **values)
        )

    async def seen(self, sign_in_id: UUID, at: datetime) -> None:
        await self._connection.execute(update(SignInRow).where(SignInRow.id == sign_in_id).values(real_seen_at=at))

    async def label(self, sign_in_id: UUID) -> str:
        sealed = await self._connection.scalar(select(SignInRow.label).where(SignInRow.id == sign_in_id))
        return "" if sealed is None else self._sealer.open("sign_ins", "label", str(sign_in_id), sealed)

    async def listed(self, member_id: UUID) -> Sequence[ListedSignIn]:
        rows = await self._connection.execute(
            select(
                SignInRow.id,
                SignInRow.label,
                SignInRow.real_created_at,
                SignInRow.real_seen_at,
                SignInRow.real_factor_at,
            )
            .where(SignInRow.staff_id == member_id, ~SignInRow.half)
            .order_by(SignInRow.real_created_at.desc())
        )
        return [
            ListedSignIn(
                row.id,
                self._sealer.open("sign_ins", "label", str(row.id), row.label),
                row.real_created_at,
                row.real_seen_at,
                row.real_factor_at,
            )
            for row in rows
        ]

    async def anywhere(self, member_id: UUID) -> bool:
        whole = select(SignInRow.id).where(SignInRow.staff_id == member_id, ~SignInRow.half)
        return await self._connection.scalar(whole.limit(1)) is not None

    async def end(self, member_id: UUID, sign_in_id: UUID) -> bool:
        gone = await self._connection.execute(
            delete(SignInRow).where(SignInRow.id == sign_in_id, SignInRow.staff_id == member_id)
        )
        return gone.rowcount > 0

    async def end_all(self, member_id: UUID, but: UUID | None = None) -> int:
        doomed = delete(SignInRow).where(SignInRow.staff_id == member_id)
        gone = await self._connection.execute(doomed if but is None else doomed.where(SignInRow.id != but))
        return gone.rowcount

    async def forget(self, idle_since: datetime, begun_before: datetime, half_before: datetime) -> int:
        over = or_(
            SignInRow.real_seen_at < idle_since,
            SignInRow.real_created_at < begun_before,
            SignInRow.half & (SignInRow.real_created_at < half_before) & _HAS_FACTOR,
        )
        gone = await self._connection.execute(delete(SignInRow).where(over))
        return gone.rowcount

    async def _sealed(self, sign_in_id: UUID, label: str) -> bytes:
        return (await self._sealer.for_house()).seal("sign_ins", "label", str(sign_in_id), label)

    def _lookup(self, token: str) -> bytes:
        return self._sealer.lookup(SIGN_IN, token)
