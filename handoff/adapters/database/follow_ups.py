"""Tasks that outlive their sessions; what is to be done and what came of it is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.care_tables import FollowUpRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.drills import is_test
from handoff.domain.drill import MARK
from handoff.domain.errors import NotFound
from handoff.domain.kept import Kept
from handoff.services.care_ports import FollowUp
from kernel.sealing import SealBroken

#: What stands in the place of words that can't be opened: the task itself must not vanish.
UNREADABLE = "（内容を開けませんでした。業務責任者に知らせてください。）"


class SqlFollowUps:
    """Implements ``services.care_ports.FollowUps``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, task: FollowUp) -> bool:
        added = await self._connection.scalar(
            insert(FollowUpRow)
            .values(
                id=task.id,
                session_id=task.session_id,
                contact_id=task.contact_id,
                owner_id=task.owner_id,
                due_on=task.due_on,
                what=(await self._sealer.for_session(task.session_id, Kept.TRANSCRIPT)).seal(
                    "follow_ups", "what", str(task.id), task.what
                ),
                made_by=task.made_by,
                made_at=task.made_at,
            )
            .on_conflict_do_nothing(index_elements=[FollowUpRow.id])
            .returning(FollowUpRow.id)
        )
        return added is not None

    async def find(self, task_id: UUID) -> FollowUp:
        return await self._one(_select().where(FollowUpRow.id == task_id))

    async def lock(self, task_id: UUID) -> FollowUp:
        return await self._one(_select().where(FollowUpRow.id == task_id).with_for_update())

    async def _one(self, found: Select[*tuple[Any, ...]]) -> FollowUp:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such task")
        return self._task(row)

    async def save(self, task: FollowUp) -> None:
        sealed = (
            None
            if task.result is None
            else (await self._sealer.for_session(task.session_id, Kept.TRANSCRIPT)).seal(
                "follow_ups", "result", str(task.id), task.result
            )
        )
        await self._connection.execute(
            update(FollowUpRow)
            .where(FollowUpRow.id == task.id)
            .values(
                owner_id=task.owner_id, due_on=task.due_on, done_by=task.done_by, done_at=task.done_at, result=sealed
            )
        )

    async def open(self, limit: int) -> Sequence[FollowUp]:
        found = _select().where(FollowUpRow.done_at.is_(None)).order_by(FollowUpRow.due_on, FollowUpRow.made_at)
        return await self._all(found.limit(limit))

    async def done_since(self, at: datetime, limit: int) -> Sequence[FollowUp]:
        found = _select().where(FollowUpRow.done_at >= at).order_by(FollowUpRow.done_at.desc())
        return await self._all(found.limit(limit))

    async def of_contact(self, contact_id: UUID, limit: int) -> Sequence[FollowUp]:
        found = _select().where(FollowUpRow.contact_id == contact_id)
        order = (FollowUpRow.done_at.desc().nulls_first(), FollowUpRow.due_on, FollowUpRow.made_at)
        return await self._all(found.order_by(*order).limit(limit))

    async def _all(self, found: Select[*tuple[Any, ...]]) -> Sequence[FollowUp]:
        return [self._task(row) for row in await self._connection.execute(found)]

    def _task(self, row: Row[*tuple[Any, ...]]) -> FollowUp:
        told = self._open("what", row.id, row.what)
        return FollowUp(
            id=row.id,
            session_id=row.session_id,
            contact_id=row.contact_id,
            owner_id=row.owner_id,
            due_on=row.due_on,
            # Marked here, so that no list of tasks can forget it.
            what=f"【{MARK}】{told}" if row.drill else told,
            made_by=row.made_by,
            made_at=row.made_at,
            done_by=row.done_by,
            done_at=row.done_at,
            result=None if row.result is None else self._open("result", row.id, row.result),
            drill=row.drill,
        )

    def _open(self, column: str, row_id: UUID, sealed: bytes) -> str:
        try:
            return self._sealer.open("follow_ups", column, str(row_id), sealed)
        except SealBroken:
            return UNREADABLE


def _select() -> Select[*tuple[Any, ...]]:
    return select(FollowUpRow.__table__, is_test(FollowUpRow.contact_id).label("drill"))
