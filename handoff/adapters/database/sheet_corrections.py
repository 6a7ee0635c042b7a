"""Corrections of closed sheets: both sheets and the reason sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.fact_tables import SheetCorrectionRow
from handoff.domain.kept import Kept
from handoff.domain.wrap_up import Sheet, from_json, to_json
from handoff.services.fact_ports import Correction, CorrectionState

_TABLE = "sheet_corrections"


class SqlSheetCorrections:
    """The part of ``services.fact_ports.Facts`` that keeps corrections."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def keep_correction(self, correction: Correction, after: Sheet, before: Sheet) -> bool:
        row_id, key = str(correction.id), await self._sealer.for_session(correction.session_id, Kept.WRAP_UP)
        added = await self._connection.scalar(
            insert(SheetCorrectionRow)
            .values(
                id=correction.id,
                session_id=correction.session_id,
                seen=correction.seen,
                state=correction.state,
                before=key.seal(_TABLE, "before", row_id, to_json(before)),
                after=key.seal(_TABLE, "after", row_id, to_json(after)),
                reason=key.seal(_TABLE, "reason", row_id, correction.reason),
                made_by=correction.made_by,
                made_at=correction.made_at,
            )
            .on_conflict_do_nothing()
            .returning(SheetCorrectionRow.id)
        )
        return added is not None

    async def decide_correction(self, correction: Correction) -> None:
        sealed = (
            (await self._sealer.for_session(correction.session_id, Kept.WRAP_UP)).seal(
                _TABLE, "remark", str(correction.id), correction.remark
            )
            if correction.remark
            else None
        )
        await self._connection.execute(
            update(SheetCorrectionRow)
            .where(SheetCorrectionRow.id == correction.id)
            .values(
                state=correction.state,
                decided_by=correction.decided_by,
                decided_at=correction.decided_at,
                remark=sealed,
            )
        )

    async def corrections(self, session_id: UUID) -> Sequence[Correction]:
        found = select(SheetCorrectionRow.__table__).where(SheetCorrectionRow.session_id == session_id)
        rows = await self._connection.execute(found.order_by(SheetCorrectionRow.made_at, SheetCorrectionRow.id))
        return [self._correction(row) for row in rows]

    async def waiting_corrections(self, limit: int) -> Sequence[Correction]:
        found = select(SheetCorrectionRow.__table__).where(SheetCorrectionRow.state == CorrectionState.WAITING)
        rows = await self._connection.execute(found.order_by(SheetCorrectionRow.made_at).limit(limit))
        return [self._correction(row) for row in rows]

    def _correction(self, row: Row[*tuple[Any, ...]]) -> Correction:
        def opened(column: str) -> str | None:
            return open_sealed(self._sealer, _TABLE, column, row.id, getattr(row, column))

        return Correction(
            id=row.id,
            session_id=row.session_id,
            seen=row.seen,
            state=CorrectionState(row.state),
            before=_sheet(opened("before")),
            after=_sheet(opened("after")),
            reason=opened("reason") or "",
            made_by=row.made_by,
            made_at=row.made_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            remark=opened("remark") or "",
        )


def _sheet(text: str | None) -> Sheet | None:
    try:
        return None if text is None else from_json(text)
    except ValueError:
        return None
