"""Daily reports and handovers, version by version, and who read them. What they say is sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.desk_tables import DraftRow
from handoff.adapters.database.drills import is_test
from handoff.adapters.database.shift_tables import HandoverReceiptRow, ShiftPaperRow, ShiftRow
from handoff.adapters.database.tables import SessionRow
from handoff.domain.session import State
from handoff.domain.shift import Shift
from handoff.services.shift_ports import Paper, PaperKind


class SqlPapers:
    """The papers' part of ``services.shift_ports.Shifts``."""

    _connection: AsyncConnection
    _sealer: RowSealer

    async def add_paper(self, paper: Paper) -> bool:
        seal, row = (await self._sealer.for_house()).seal, str(paper.id)
        added = await self._connection.scalar(
            insert(ShiftPaperRow)
            .values(
                id=paper.id,
                shift_id=paper.shift_id,
                kind=paper.kind,
                version=paper.version,
                finished=paper.finished,
                words=seal("shift_papers", "words", row, paper.words),
                found=None if paper.found is None else seal("shift_papers", "found", row, paper.found),
                made_by=paper.by,
                made_at=paper.at,
            )
            .on_conflict_do_nothing(index_elements=[ShiftPaperRow.id])
            .returning(ShiftPaperRow.id)
        )
        return added is not None

    async def paper(self, shift_id: UUID, kind: PaperKind, *, finished: bool = False) -> Paper | None:
        found = _papers(shift_id, kind)
        if finished:
            found = found.where(ShiftPaperRow.finished)
        row = (await self._connection.execute(found.limit(1))).first()
        return None if row is None else self._paper(row)

    async def finished_papers(self, shift_ids: Sequence[UUID]) -> Collection[tuple[UUID, PaperKind]]:
        rows = await self._connection.execute(
            select(ShiftPaperRow.shift_id, ShiftPaperRow.kind)
            .where(ShiftPaperRow.shift_id.in_(shift_ids), ShiftPaperRow.finished)
            .distinct()
        )
        return {(row.shift_id, PaperKind(row.kind)) for row in rows}

    async def paper_version(self, shift_id: UUID, kind: PaperKind, version: int) -> Paper | None:
        found = _papers(shift_id, kind).where(ShiftPaperRow.version == version)
        row = (await self._connection.execute(found)).first()
        return None if row is None else self._paper(row)

    async def papers(self, shift_id: UUID, kind: PaperKind) -> Sequence[Paper]:
        rows = await self._connection.execute(_papers(shift_id, kind).where(ShiftPaperRow.finished))
        return [
            Paper(row.id, row.shift_id, kind, row.version, True, "", None, row.made_by, row.made_at) for row in rows
        ]

    async def last_handover(self, profile: str, before: date) -> tuple[Shift, Paper] | None:
        row = (
            await self._connection.execute(
                select(ShiftPaperRow.__table__, *_SHIFT)
                .join(ShiftRow, ShiftRow.id == ShiftPaperRow.shift_id)
                .where(
                    ShiftRow.profile == profile,
                    ShiftRow.day < before,
                    ShiftPaperRow.kind == PaperKind.HANDOVER,
                    ShiftPaperRow.finished,
                )
                .order_by(ShiftRow.day.desc(), ShiftPaperRow.version.desc())
                .limit(1)
            )
        ).first()
        if row is None:
            return None
        shift = Shift(
            row.shift_id,
            profile,
            row.day,
            row.opened_by,
            row.opened_at,
            row.begun_by,
            row.begun_at,
            row.closed_by,
            row.closed_at,
        )
        return shift, self._paper(row)

    async def mark_read(self, paper_id: UUID, member_id: UUID, at: datetime) -> bool:
        added = await self._connection.scalar(
            insert(HandoverReceiptRow)
            .values(paper_id=paper_id, staff_id=member_id, at=at)
            .on_conflict_do_nothing()
            .returning(HandoverReceiptRow.staff_id)
        )
        return added is not None

    async def readers(self, paper_id: UUID) -> Mapping[UUID, datetime]:
        rows = await self._connection.execute(
            select(HandoverReceiptRow.staff_id, HandoverReceiptRow.at)
            .where(HandoverReceiptRow.paper_id == paper_id)
            .order_by(HandoverReceiptRow.at)
        )
        return {row.staff_id: row.at for row in rows}

    async def drafts(self) -> int:
        counted = select(func.count()).select_from(DraftRow).join(SessionRow, SessionRow.id == DraftRow.session_id)
        return (
            await self._connection.scalar(
                counted.where(SessionRow.state != State.CLOSED, ~is_test(SessionRow.contact_id))
            )
            or 0
        )

    def _paper(self, row: Row[*tuple[Any, ...]]) -> Paper:
        # Words that can't be opened keep nobody from the rest.
        return Paper(
            id=row.id,
            shift_id=row.shift_id,
            kind=PaperKind(row.kind),
            version=row.version,
            finished=row.finished,
            words=open_sealed(self._sealer, "shift_papers", "words", row.id, row.words) or "",
            found=open_sealed(self._sealer, "shift_papers", "found", row.id, row.found),
            by=row.made_by,
            at=row.made_at,
        )


_SHIFT = (
    ShiftRow.day,
    ShiftRow.opened_by,
    ShiftRow.opened_at,
    ShiftRow.begun_by,
    ShiftRow.begun_at,
    ShiftRow.closed_by,
    ShiftRow.closed_at,
)


def _papers(shift_id: UUID, kind: PaperKind) -> Select[*tuple[Any, ...]]:
    """All versions, the newest first."""
    return (
        select(ShiftPaperRow.__table__)
        .where(ShiftPaperRow.shift_id == shift_id, ShiftPaperRow.kind == kind)
        .order_by(ShiftPaperRow.version.desc())
    )
