"""What the timers of waiting and live sessions read and write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.desk_cards import line_of, of_escalation
from handoff.adapters.database.escalation_tables import EscalationCallRow, EscalationRow
from handoff.adapters.database.report_tables import is_report, on_report_page
from handoff.adapters.database.tables import MessageRow, SessionRow
from handoff.domain.attention import AtRisk
from handoff.domain.escalation import EscalationState
from handoff.domain.live_timers import LiveFacts
from handoff.domain.session import URGENT, HumanWanted, Level, Owner, State
from handoff.services.desk_ports import Tended, Watched


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        SessionRow.id,
        SessionRow.level,
        SessionRow.unscreened,
        SessionRow.taken_at,
        SessionRow.live_nudged_at,
        SessionRow.silence_told_at,
        SessionRow.last_called,
        SessionRow.hours_told,
        line_of("counsellor", MessageRow.occurred_at).label("heard_at"),
        line_of("student", MessageRow.occurred_at).label("wrote_at"),
        line_of("student", MessageRow.event_id).label("last_event"),
        on_report_page(SessionRow).label("absent"),
    ).where(SessionRow.state == State.LIVE)


def _tended(row: Row[*tuple[Any, ...]]) -> Tended:
    facts = LiveFacts(
        urgent=row.level in URGENT or row.unscreened,
        taken_at=row.taken_at,
        heard_at=row.heard_at,
        wrote_at=row.wrote_at,
        nudged_at=row.live_nudged_at,
        silence_told_at=row.silence_told_at,
        last_called=row.last_called,
        hours_told=row.hours_told,
        absent=row.absent,
    )
    return Tended(row.id, facts, row.last_event)


def _last_call() -> ScalarSelect[Any]:
    """When somebody last noted a call for the session's open escalation."""
    return (
        select(func.max(EscalationCallRow.at))
        .join(EscalationRow, EscalationRow.id == EscalationCallRow.escalation_id)
        .where(EscalationRow.session_id == SessionRow.id, EscalationRow.state != EscalationState.CLOSED)
        .correlate(SessionRow)
        .scalar_subquery()
    )


def _select_at_risk() -> Select[*tuple[Any, ...]]:
    return select(
        SessionRow.id,
        SessionRow.state,
        SessionRow.level,
        SessionRow.taken_at,
        SessionRow.ended_at,
        SessionRow.ended_reason,
        SessionRow.waiting_since,
        SessionRow.attention_told_at,
        of_escalation(EscalationRow.state).label("escalation"),
        of_escalation(EscalationRow.acknowledged_at).label("acknowledged_at"),
        of_escalation(EscalationRow.contacted_at).label("contacted_at"),
        _last_call().label("called_at"),
        line_of("counsellor", MessageRow.occurred_at).label("heard_at"),
        line_of("student", MessageRow.occurred_at).label("wrote_at"),
        line_of("student", MessageRow.event_id).label("last_event"),
    ).where(
        SessionRow.state.not_in((State.INTAKE, State.CLOSED)),
        or_(SessionRow.level.in_(URGENT), SessionRow.unscreened),
    )


def _watched(row: Row[*tuple[Any, ...]]) -> Watched:
    attended = [one for one in (row.taken_at, row.acknowledged_at, row.contacted_at, row.called_at) if one is not None]
    facts = AtRisk(
        state=State(row.state),
        ringing=row.escalation == EscalationState.RAISED,
        wrote_at=row.wrote_at,
        heard_at=row.heard_at,
        attended_at=max(attended, default=None),
        ended_at=row.ended_at,
        ended_reason=row.ended_reason,
        waiting_since=row.waiting_since,
        told_at=row.attention_told_at,
    )
    return Watched(row.id, None if row.level is None else Level(row.level), facts, row.last_event)


class SqlDeskTimers:
    """Implements ``services.desk_ports.DeskTimers``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def live(self, limit: int) -> Sequence[Tended]:
        rows = await self._connection.execute(_select().order_by(SessionRow.taken_at).limit(limit))
        return [_tended(row) for row in rows]

    async def tended(self, session_id: UUID) -> Tended | None:
        row = (await self._connection.execute(_select().where(SessionRow.id == session_id))).first()
        return None if row is None else _tended(row)

    async def waiting(self, limit: int) -> Sequence[tuple[UUID, datetime, int]]:
        rows = await self._connection.execute(
            select(SessionRow.id, SessionRow.waiting_since, SessionRow.notes_told)
            .where(
                SessionRow.state == State.WAITING,
                ~SessionRow.one_way,
                ~on_report_page(SessionRow),
                SessionRow.human_wanted.is_distinct_from(HumanWanted.CONDUCT),
                SessionRow.waiting_since.is_not(None),
            )
            .order_by(SessionRow.waiting_since)
            .limit(limit)
        )
        return [(row.id, row.waiting_since, row.notes_told) for row in rows]

    async def left_messages(self, limit: int) -> Sequence[UUID]:
        # Whoever reported asked for no talk; it waits for a person only where they, or the screen, wanted one.
        return await self._ids(
            State.LEFT_MESSAGE, limit, or_(SessionRow.human_wanted.is_not(None), ~is_report(SessionRow))
        )

    async def all_waiting(self, limit: int) -> Sequence[UUID]:
        return await self._ids(State.WAITING, limit)

    async def _ids(self, state: State, limit: int, *wanted: ColumnElement[bool]) -> Sequence[UUID]:
        rows = await self._connection.scalars(
            select(SessionRow.id)
            .where(SessionRow.state == state, *wanted)
            .order_by(func.coalesce(SessionRow.waiting_since, SessionRow.opened_at))
            .limit(limit)
        )
        return rows.all()

    async def set_notes_told(self, session_id: UUID, told: int) -> bool:
        changed = await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id, SessionRow.notes_told < told).values(notes_told=told)
        )
        return changed.rowcount == 1

    async def _set(self, session_id: UUID, **values: Any) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(**values))

    async def at_risk(self, limit: int) -> Sequence[Watched]:
        rows = await self._connection.execute(_select_at_risk().order_by(SessionRow.opened_at).limit(limit))
        return [_watched(row) for row in rows]

    async def at_risk_one(self, session_id: UUID) -> Watched | None:
        row = (await self._connection.execute(_select_at_risk().where(SessionRow.id == session_id))).first()
        return None if row is None else _watched(row)

    async def set_attention_told(self, session_id: UUID, at: datetime) -> None:
        await self._set(session_id, attention_told_at=at)

    async def begin_anew(self, session_id: UUID) -> None:
        await self._set(
            session_id,
            last_called=False,
            hours_told=False,
            live_nudged_at=None,
            silence_told_at=None,
            attention_told_at=None,
        )

    async def on_call_silent(self, before: datetime) -> Sequence[UUID]:
        heard = line_of("counsellor", MessageRow.occurred_at)
        rows = await self._connection.scalars(
            select(SessionRow.id).where(
                SessionRow.state == State.LIVE,
                SessionRow.owner == Owner.ON_CALL,
                func.greatest(SessionRow.taken_at, heard) < before,
            )
        )
        return rows.all()

    async def set_nudged(self, session_id: UUID, at: datetime) -> None:
        await self._set(session_id, live_nudged_at=at)

    async def set_silence_told(self, session_id: UUID, at: datetime) -> None:
        await self._set(session_id, silence_told_at=at)

    async def set_last_called(self, session_id: UUID) -> None:
        await self._set(session_id, last_called=True)

    async def set_hours_told(self, session_id: UUID) -> None:
        await self._set(session_id, hours_told=True)
