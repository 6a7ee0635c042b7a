"""Requests for disclosure and deletion, the board's instructions, leak reports: what is open among all of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.data_requests import SqlDataRequests
from handoff.adapters.database.disposals import SqlDisposals
from handoff.adapters.database.instructions import SqlInstructions
from handoff.adapters.database.leaks import SqlLeaks
from handoff.adapters.database.request_tables import DataRequestRow, InstructionRow
from handoff.domain.data_request import DECIDE_WITHIN, RequestState
from handoff.domain.instruction import InstructionKind, InstructionState

_UNDECIDED = (RequestState.RECEIVED, RequestState.CHECKED, RequestState.PROPOSED)


class SqlRequests:
    """Implements ``services.request_ports.Requests``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self.data = SqlDataRequests(connection, sealer)
        self.disposals = SqlDisposals(connection, sealer)
        self.instructions = SqlInstructions(connection, sealer)
        self.leaks = SqlLeaks(connection, sealer)

    async def open_count(self, profile: str) -> int:
        return (
            await self.data.count(profile, over=False)
            + await self.instructions.count(profile, over=False)
            + len(await self.leaks.open(profile))
        )

    async def late_count(self, profile: str, today: date) -> int:
        due = func.coalesce(DataRequestRow.extended_on, DataRequestRow.received_on + DECIDE_WITHIN.days)
        requests = await self._connection.scalar(
            select(func.count()).where(
                DataRequestRow.profile == profile, DataRequestRow.state.in_(_UNDECIDED), due < today
            )
        )
        questions = (InstructionRow.kind == InstructionKind.QUESTION) & (InstructionRow.state == InstructionState.ASKED)
        orders = (InstructionRow.kind == InstructionKind.ORDER) & (InstructionRow.state == InstructionState.ANSWERED)
        instructions = await self._connection.scalar(
            select(func.count()).where(
                InstructionRow.profile == profile, questions | orders, InstructionRow.due_on < today
            )
        )
        leaks = [leak for leak in await self.leaks.open(profile) if leak.is_late(today)]
        return (requests or 0) + (instructions or 0) + len(leaks)
