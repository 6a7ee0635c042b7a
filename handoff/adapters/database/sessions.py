"""Sessions: one open at a time for a contact, every read for a change locks the row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Exists, Row, Select, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer, with_session_keys
from handoff.adapters.database.report_tables import on_report_page
from handoff.adapters.database.tables import MessageRow, SessionRow
from handoff.domain.errors import NotFound
from handoff.domain.incoming import MessageKind
from handoff.domain.kept import Kept
from handoff.domain.safety import Safety
from handoff.domain.session import URGENT, HumanWanted, Level, Owner, SessionView, State


def _select() -> Select[*tuple[Any, ...]]:
    sessions = select(
        SessionRow.id,
        SessionRow.contact_id,
        SessionRow.state,
        SessionRow.owner,
        SessionRow.epoch,
        SessionRow.level,
        SessionRow.human_wanted,
        SessionRow.fallback_at,
        SessionRow.unscreened,
        SessionRow.returning,
        SessionRow.nudge_due_at,
        SessionRow.counsellor_id,
        SessionRow.second_id,
        SessionRow.offered_to,
        SessionRow.waiting_since,
        SessionRow.claimed_at,
        SessionRow.taken_at,
        SessionRow.called_back_at,
        SessionRow.queued_at,
        SessionRow.safety.is_not(None).label("guarded"),
    )
    return with_session_keys(sessions).with_for_update(key_share=True, of=SessionRow)


# Asked for every message, and so built once.
_ID: Final = SessionRow.id.type
_OPEN_FOR: Final = _select().where(
    SessionRow.contact_id == bindparam("contact", type_=_ID), SessionRow.state != State.CLOSED
)
_BY_ID: Final = _select().where(SessionRow.id == bindparam("session", type_=_ID))


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
        unscreened=row.unscreened,
        returning=row.returning,
        nudge_due_at=row.nudge_due_at,
        counsellor_id=row.counsellor_id,
        second_id=row.second_id,
        offered_to=row.offered_to,
        waiting_since=row.waiting_since,
        claimed_at=row.claimed_at,
        taken_at=row.taken_at,
        called_back_at=row.called_back_at,
        queued_at=row.queued_at,
        guarded=row.guarded,
    )


def _wrote_since(session_id: Any, since: datetime) -> Exists:
    return (
        select(MessageRow.id)
        .where(MessageRow.session_id == session_id, MessageRow.author == "student", MessageRow.occurred_at >= since)
        .exists()
    )


class SqlSessions:
    """Implements ``services.ports.Sessions``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def open_for(self, contact_id: UUID) -> SessionView | None:
        return self._found((await self._connection.execute(_OPEN_FOR, {"contact": contact_id})).first())

    def _found(self, row: Row[*tuple[Any, ...]] | None) -> SessionView | None:
        if row is None:
            return None
        if row.state != State.CLOSED:  # what is disposed of meanwhile must seal nothing any more
            self._sealer.offer_session(row.id, row.contact_id, row)
        return _view(row)

    async def start(self, contact_id: UUID, profile: str, at: datetime) -> SessionView:
        previous = await self._connection.scalar(
            select(SessionRow.id)
            .where(SessionRow.contact_id == contact_id)
            .order_by(SessionRow.opened_at.desc())
            .limit(1)
        )
        returning = previous is not None and await self._wrote_before(contact_id)
        view = SessionView(uuid4(), contact_id, State.INTAKE, Owner.BOT, 1, None, None, None, returning=returning)
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
                returning=returning,
            )
        )
        await self._sealer.hand_over_events(contact_id, view.id)
        return view

    async def link(self, session_id: UUID, previous_id: UUID) -> None:
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id).values(previous_id=previous_id)
        )

    async def newest_of(self, contact_id: UUID) -> UUID | None:
        return await self._connection.scalar(
            select(SessionRow.id)
            .where(SessionRow.contact_id == contact_id)
            .order_by(SessionRow.opened_at.desc())
            .limit(1)
        )

    async def _wrote_before(self, contact_id: UUID) -> bool:
        """Whether the person ever sent anything but the adding of the account."""
        wrote = (
            select(MessageRow.id)
            .join(SessionRow, SessionRow.id == MessageRow.session_id)
            .where(
                SessionRow.contact_id == contact_id,
                MessageRow.author == "student",
                MessageRow.kind.not_in((MessageKind.FOLLOW, MessageKind.UNFOLLOW)),
            )
        )
        return bool(await self._connection.scalar(select(wrote.exists())))

    async def lock(self, session_id: UUID) -> SessionView:
        found = self._found((await self._connection.execute(_BY_ID, {"session": session_id})).first())
        if found is None:
            raise NotFound(f"no session {session_id}")
        return found

    async def save(self, session: SessionView) -> None:
        await self._connection.execute(
            update(SessionRow)
            .where(SessionRow.id == session.id)
            .values(
                state=session.state,
                owner=session.owner,
                epoch=session.epoch,
                counsellor_id=session.counsellor_id,
                second_id=session.second_id,
                offered_to=session.offered_to,
                waiting_since=session.waiting_since,
                claimed_at=session.claimed_at,
                taken_at=session.taken_at,
                queued_at=session.queued_at,
            )
        )

    async def mark_one_way(self, session_id: UUID) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(one_way=True))

    async def mark_here(self, session_id: UUID) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(one_way=False))

    async def is_one_way(self, session_id: UUID) -> bool:
        return bool(await self._connection.scalar(select(SessionRow.one_way).where(SessionRow.id == session_id)))

    async def set_pair(self, session_id: UUID, second_id: UUID | None) -> None:
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id).values(second_id=second_id)
        )

    async def set_offer(self, session_id: UUID, to: UUID | None) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(offered_to=to))

    async def set_wanted(self, session_id: UUID, human_wanted: HumanWanted) -> None:
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id).values(human_wanted=human_wanted)
        )

    async def note_end(self, session_id: UUID, by: str, reason: str, at: datetime) -> None:
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id).values(ended_at=at, ended_by=by, ended_reason=reason)
        )

    async def note_close(self, session_id: UUID, reason: str, at: datetime) -> None:
        await self._connection.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id)
            .values(closed_at=at, closed_reason=reason, nudge_due_at=None)
        )

    async def set_nudge(self, session_id: UUID, due_at: datetime | None) -> None:
        await self._connection.execute(
            update(SessionRow).where(SessionRow.id == session_id, ~SessionRow.nudged).values(nudge_due_at=due_at)
        )

    async def take_nudge(self, session_id: UUID, at: datetime) -> bool:
        taken = await self._connection.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.nudge_due_at <= at)
            .values(nudge_due_at=None)
        )
        return taken.rowcount == 1

    async def mark_nudged(self, session_id: UUID) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(nudged=True))

    async def nudges_due(self, at: datetime, limit: int) -> Sequence[UUID]:
        rows = await self._connection.scalars(
            select(SessionRow.id).where(SessionRow.nudge_due_at <= at).order_by(SessionRow.nudge_due_at).limit(limit)
        )
        return rows.all()

    async def idle_intakes(self, before: datetime, limit: int) -> Sequence[UUID]:
        rows = await self._connection.scalars(
            select(SessionRow.id)
            .where(
                SessionRow.state == State.INTAKE,
                SessionRow.opened_at < before,
                SessionRow.owner == Owner.BOT,
                ~SessionRow.unscreened,
                or_(SessionRow.level.is_(None), SessionRow.level.not_in(URGENT)),
                ~_wrote_since(SessionRow.id, before),
                # What was begun on the report's page and left has a round of its own.
                ~on_report_page(SessionRow),
            )
            .order_by(SessionRow.opened_at)
            .limit(limit)
        )
        return rows.all()

    async def wrote_since(self, session_id: UUID, since: datetime) -> bool:
        return bool(await self._connection.scalar(select(_wrote_since(session_id, since))))

    async def raise_level(self, session_id: UUID, level: Level) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(level=level))

    async def mark_unscreened(self, session_id: UUID) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(unscreened=True))

    async def safety(self, session_id: UUID) -> Safety | None:
        sealed = await self._connection.scalar(select(SessionRow.safety).where(SessionRow.id == session_id))
        if sealed is None:
            return None
        return Safety.from_json(self._sealer.open("sessions", "safety", str(session_id), sealed))

    async def set_safety(self, session_id: UUID, safety: Safety) -> None:
        key = await self._sealer.for_session(session_id, Kept.TRANSCRIPT)
        sealed = key.seal("sessions", "safety", str(session_id), safety.as_json())
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(safety=sealed))

    async def set_fallback_at(self, session_id: UUID, at: datetime) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(fallback_at=at))

    async def intake(self, session_id: UUID) -> Mapping[str, str | None]:
        sealed = await self._connection.scalar(select(SessionRow.intake).where(SessionRow.id == session_id))
        return {} if sealed is None else json.loads(self._sealer.open("sessions", "intake", str(session_id), sealed))

    async def set_intake(self, session_id: UUID, answers: Mapping[str, str | None]) -> None:
        text = json.dumps(dict(answers), ensure_ascii=False, sort_keys=True)
        key = await self._sealer.for_session(session_id, Kept.TRANSCRIPT)
        sealed = key.seal("sessions", "intake", str(session_id), text)
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(intake=sealed))
