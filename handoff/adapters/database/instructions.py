"""The board's instructions: questions, answers and what was done, all sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.request_tables import InstructionRow
from handoff.domain.errors import NotFound
from handoff.domain.instruction import Instruction, InstructionKind, InstructionState

UNREADABLE = "（開けませんでした）"


class SqlInstructions:
    """Implements ``services.request_ports.Instructions``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, instruction: Instruction) -> bool:
        added = await self._connection.scalar(
            insert(InstructionRow)
            .values(
                id=instruction.id,
                profile=instruction.profile,
                kind=instruction.kind,
                due_on=instruction.due_on,
                question=await self._seal("question", instruction.id, instruction.question),
                made_by=instruction.made_by,
                made_at=instruction.made_at,
                **await self._changing(instruction),
            )
            .on_conflict_do_nothing(index_elements=[InstructionRow.id])
            .returning(InstructionRow.id)
        )
        return added is not None

    async def find(self, profile: str, instruction_id: UUID) -> Instruction:
        return await self._one(_select(profile).where(InstructionRow.id == instruction_id))

    async def lock(self, profile: str, instruction_id: UUID) -> Instruction:
        return await self._one(_select(profile).where(InstructionRow.id == instruction_id).with_for_update())

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Instruction:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such instruction")
        return self._instruction(row)

    async def save(self, instruction: Instruction) -> None:
        changes = await self._changing(instruction)
        for column, words in (("answer", instruction.answer), ("result", instruction.result)):
            if words == UNREADABLE:
                del changes[column]  # what can't be opened now may be opened again, with the key that is missing
        await self._connection.execute(
            update(InstructionRow).where(InstructionRow.id == instruction.id).values(**changes)
        )

    async def listed(
        self, profile: str, over: bool, limit: int, skip: int = 0, orders_only: bool = False
    ) -> Sequence[Instruction]:
        order = (
            (InstructionRow.closed_at.desc(),) if over else (InstructionRow.due_on.nulls_last(), InstructionRow.made_at)
        )
        found = _select(profile).where(*_among(over, orders_only)).order_by(*order, InstructionRow.id)
        return [self._instruction(row) for row in await self._connection.execute(found.limit(limit).offset(skip))]

    async def count(self, profile: str, over: bool, orders_only: bool = False) -> int:
        found = select(func.count()).where(InstructionRow.profile == profile, *_among(over, orders_only))
        return await self._connection.scalar(found) or 0

    def _instruction(self, row: Row[*tuple[Any, ...]]) -> Instruction:
        return Instruction(
            id=row.id,
            profile=row.profile,
            kind=InstructionKind(row.kind),
            state=InstructionState(row.state),
            due_on=row.due_on,
            made_by=row.made_by,
            made_at=row.made_at,
            question=self._open("question", row.id, row.question),
            answer=self._open("answer", row.id, row.answer),
            answered_by=row.answered_by,
            answered_at=row.answered_at,
            result=self._open("result", row.id, row.result),
            closed_by=row.closed_by,
            closed_at=row.closed_at,
        )

    async def _changing(self, instruction: Instruction) -> dict[str, Any]:
        return {
            "state": instruction.state,
            "answer": await self._seal("answer", instruction.id, instruction.answer),
            "answered_by": instruction.answered_by,
            "answered_at": instruction.answered_at,
            "result": await self._seal("result", instruction.id, instruction.result),
            "closed_by": instruction.closed_by,
            "closed_at": instruction.closed_at,
        }

    async def _seal(self, column: str, row_id: UUID, words: str) -> bytes | None:
        return (await self._sealer.for_house()).seal("instructions", column, str(row_id), words) if words else None

    def _open(self, column: str, row_id: UUID, sealed: bytes | None) -> str:
        return "" if sealed is None else open_sealed(self._sealer, "instructions", column, row_id, sealed) or UNREADABLE


def _select(profile: str) -> Select[*tuple[Any, ...]]:
    return select(InstructionRow.__table__).where(InstructionRow.profile == profile)


def _among(over: bool, orders_only: bool) -> tuple[ColumnElement[bool], ...]:
    closed = InstructionRow.closed_at.is_not(None) if over else InstructionRow.closed_at.is_(None)
    return (closed, InstructionRow.kind == InstructionKind.ORDER) if orders_only else (closed,)
