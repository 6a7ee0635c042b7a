"""Sessions: one open at a time for a contact, every read for a change locks the row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.tables import SessionRow
from handoff.domain.errors import NotFound
from handoff.domain.safety import Safety
from handoff.domain.session import HumanWanted, Level, Owner, SessionView, State
from kernel.sealing import Sealer


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        SessionRow.id,
        SessionRow.contact_id,
        SessionRow.state,
        SessionRow.owner,
        SessionRow.epoch,
        SessionRow.level,
        SessionRow.human_wanted,
        SessionRow.fallback_at,
    ).with_for_update()


def _view(row: Row[*tuple[Any, ...]]) -> SessionView:
    return SessionView(
        id=row.id,
        contact_id=row.contact_id,
        state=State(row.state),
        owner=Owner(row.owner),
        epoch=row.epoch,
        level=None if row.level is None else Level(row.level),
        human_wanted=None if row.human_wanted is None else HumanWanted(row.human_wanted),
        fallback_at=row.fallback_at,
    )


class SqlSessions:
    """Implements ``services.ports.Sessions``."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def open_for(self, contact_id: UUID) -> SessionView | None:
        row = (
            await self._connection.execute(
                _select().where(SessionRow.contact_id == contact_id, SessionRow.state != State.CLOSED)
            )
        ).first()
        return None if row is None else _view(row)

    async def start(self, contact_id: UUID, profile: str, at: datetime) -> SessionView:
        previous = await self._connection.scalar(
            select(SessionRow.id)
            .where(SessionRow.contact_id == contact_id)
            .order_by(SessionRow.opened_at.desc())
            .limit(1)
        )
        view = SessionView(uuid4(), contact_id, State.INTAKE, Owner.BOT, 1, None, None, None)
        await self._connection.execute(
            insert(SessionRow).values(
                id=view.id,
                contact_id=contact_id,
                previous_id=previous,
                profile=profile,
                state=view.state,
                owner=view.owner,
                epoch=view.epoch,
                opened_at=at,
            )
        )
        return view

    async def lock(self, session_id: UUID) -> SessionView:
        row = (await self._connection.execute(_select().where(SessionRow.id == session_id))).first()
        if row is None:
            raise NotFound(f"no session {session_id}")
        return _view(row)

    async def set_state(self, session_id: UUID, state: State, human_wanted: HumanWanted | None, at: datetime) -> None:
        values: dict[str, Any] = {"state": state}
        if human_wanted is not None:
            values["human_wanted"] = human_wanted
        if state is State.WAITING:
            values["waiting_since"] = at
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(**values))
        # Whoever shows sessions hears of it after the commit; the note carries an id and nothing else.
        await self._connection.execute(select(func.pg_notify("tsunagi_session", str(session_id))))

    async def take_over(self, session_id: UUID, at: datetime) -> SessionView:
        await self._connection.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id)
            .values(owner=Owner.COUNSELLOR, epoch=SessionRow.epoch + 1)
        )
        await self.set_state(session_id, State.LIVE, None, at)
        return await self.lock(session_id)

    async def give_back(self, session_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id).values(owner=Owner.BOT, epoch=SessionRow.epoch + 1)
        )
        await self.set_state(session_id, State.WAITING, None, at)

    async def raise_level(self, session_id: UUID, level: Level) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(level=level))
        await self._connection.execute(select(func.pg_notify("tsunagi_session", str(session_id))))

    async def mark_unscreened(self, session_id: UUID) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(unscreened=True))

    async def safety(self, session_id: UUID) -> Safety | None:
        sealed = await self._connection.scalar(select(SessionRow.safety).where(SessionRow.id == session_id))
        if sealed is None:
            return None
        return Safety.from_json(self._sealer.open("sessions", "safety", str(session_id), sealed))

    async def set_safety(self, session_id: UUID, safety: Safety) -> None:
        sealed = self._sealer.seal("sessions", "safety", str(session_id), safety.as_json())
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(safety=sealed))

    async def set_fallback_at(self, session_id: UUID, at: datetime) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(fallback_at=at))

    async def intake(self, session_id: UUID) -> Mapping[str, str | None]:
        sealed = await self._connection.scalar(select(SessionRow.intake).where(SessionRow.id == session_id))
        return {} if sealed is None else json.loads(self._sealer.open("sessions", "intake", str(session_id), sealed))

    async def set_intake(self, session_id: UUID, answers: Mapping[str, str | None]) -> None:
        text = json.dumps(dict(answers), ensure_ascii=False, sort_keys=True)
        sealed = self._sealer.seal("sessions", "intake", str(session_id), text)
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(intake=sealed))
