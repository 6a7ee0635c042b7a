"""People with accounts: who they are, and whether their desks are open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_tables import DeskAliveRow, PresenceRow, StaffRow
from handoff.adapters.database.standing import member_of, select_staff
from handoff.adapters.database.tables import SessionRow
from handoff.domain.errors import NotFound
from handoff.domain.session import Owner, State
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk_ports import Account

#: How the on-call person, who has no account, is called.
ON_CALL: Final = "当番の人"
#: Seconds without a beat after which the web processes count as having been down.
DOWN_AFTER: Final = 15


class SqlStaff:
    """Implements ``services.desk_ports.StaffRows``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer, today: Callable[[], date]) -> None:
        """Args: today: in Japan, on the service's clock; what people may do follows from the roster of that day."""
        self._connection = connection
        self._sealer = sealer
        self._today = today

    def _select(self) -> Select[*tuple[Any, ...]]:
        return select_staff(self._today())

    async def add(self, member: StaffMember, display: str | None, password: str, at: datetime) -> bool:
        sealed = (
            None
            if display is None
            else (await self._sealer.for_house()).seal("staff", "display", str(member.id), display)
        )
        added = await self._connection.scalar(
            insert(StaffRow)
            .values(
                id=member.id,
                name=member.name,
                alias=member.alias,
                display=sealed,
                role=member.role,
                password=password,
                trainee=member.trainee,
                demo=member.demo,
                created_at=at,
            )
            .on_conflict_do_nothing()
            .returning(StaffRow.id)
        )
        return added is not None

    async def save(self, member: StaffMember, at: datetime) -> None:
        await self._connection.execute(
            update(StaffRow)
            .where(StaffRow.id == member.id)
            .values(
                # Role and training of a member who was read may be the roster's, and aren't the account's to keep.
                alias=member.alias,
                disabled_at=None if member.active else func.coalesce(StaffRow.disabled_at, at),
            )
        )

    async def account(self, name: str) -> Account | None:
        row = (await self._connection.execute(self._select().where(StaffRow.name == name))).first()
        return None if row is None else Account(member_of(row), row.password)

    async def find(self, member_id: UUID) -> StaffMember:
        return await self._one(self._select().where(StaffRow.id == member_id))

    async def lock(self, member_id: UUID) -> StaffMember:
        return await self._one(
            self._select().where(StaffRow.id == member_id).with_for_update(key_share=True, of=StaffRow)
        )

    async def _one(self, found: Select[*tuple[Any, ...]]) -> StaffMember:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such person")
        return member_of(row)

    async def everybody(self) -> Sequence[StaffMember]:
        rows = await self._connection.execute(
            self._select().where(StaffRow.disabled_at.is_(None)).order_by(StaffRow.alias)
        )
        return [member_of(row) for row in rows]

    async def alias(self, member_id: UUID | None) -> str:
        if member_id is None:
            return ON_CALL
        return await self._connection.scalar(select(StaffRow.alias).where(StaffRow.id == member_id)) or ON_CALL

    async def wishes(self, member_id: UUID) -> Mapping[str, Any]:
        return await self._connection.scalar(select(StaffRow.wishes).where(StaffRow.id == member_id)) or {}

    async def set_wishes(self, member_id: UUID, wishes: Mapping[str, Any]) -> None:
        await self._connection.execute(update(StaffRow).where(StaffRow.id == member_id).values(wishes=dict(wishes)))

    # There ------------------------------------------------------------------------------------------------------

    async def beat(self, member_ids: Sequence[UUID], at: datetime) -> None:
        alive = insert(DeskAliveRow).values(id=1, real_up_since=at, real_beat_at=at)
        gap = func.make_interval(0, 0, 0, 0, 0, 0, DOWN_AFTER)
        await self._connection.execute(
            alive.on_conflict_do_update(
                index_elements=[DeskAliveRow.id],
                set_={
                    "real_up_since": case((DeskAliveRow.real_beat_at < at - gap, at), else_=DeskAliveRow.real_up_since),
                    "real_beat_at": func.greatest(DeskAliveRow.real_beat_at, at),
                },
            )
        )
        if member_ids:
            await self._connection.execute(
                update(PresenceRow).where(PresenceRow.staff_id.in_(member_ids)).values(real_seen_at=at)
            )

    async def seen_now(self, member_id: UUID, at: datetime) -> None:
        row = insert(PresenceRow).values(staff_id=member_id, on_duty=True, real_seen_at=at)
        await self._connection.execute(
            row.on_conflict_do_update(index_elements=[PresenceRow.staff_id], set_={"real_seen_at": at})
        )

    async def set_duty(self, member_id: UUID, on_duty: bool, at: datetime) -> None:
        row = insert(PresenceRow).values(staff_id=member_id, on_duty=on_duty, real_seen_at=at)
        await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[PresenceRow.staff_id], set_={"on_duty": on_duty, "real_seen_at": at}
            )
        )

    async def on_duty(self, since: datetime) -> Sequence[StaffMember]:
        rows = await self._connection.execute(
            self._select()
            .join(PresenceRow, PresenceRow.staff_id == StaffRow.id)
            .where(PresenceRow.on_duty, PresenceRow.real_seen_at >= since, StaffRow.disabled_at.is_(None))
            .order_by(StaffRow.alias)
        )
        return [member for member in map(member_of, rows) if member.is_cleared]

    async def web_up_since(self, beat_after: datetime) -> datetime | None:
        return await self._connection.scalar(
            select(DeskAliveRow.real_up_since).where(DeskAliveRow.real_beat_at >= beat_after)
        )

    async def silent_holders(self, before: datetime) -> Sequence[tuple[UUID, UUID]]:
        seen = func.coalesce(PresenceRow.real_seen_at, SessionRow.taken_at)
        rows = await self._connection.execute(
            self._select()
            .add_columns(SessionRow.id.label("session_id"), seen.label("seen"))
            .join(SessionRow, SessionRow.counsellor_id == StaffRow.id)
            .outerjoin(PresenceRow, PresenceRow.staff_id == StaffRow.id)
            .where(SessionRow.state == State.LIVE, SessionRow.owner == Owner.COUNSELLOR)
        )
        return [
            (row.session_id, row.id) for row in rows if row.seen < before or not member_of(row).may(Permission.COUNSEL)
        ]
