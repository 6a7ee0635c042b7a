"""Drills: what was played, and what the team did about it, read from the records that real cases have as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.care_tables import WrapUpRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.escalation_tables import EscalationCallRow, EscalationRow
from handoff.adapters.database.fault_tables import DrillRow
from handoff.adapters.database.tables import ContactRow, MessageRow, SessionRow
from handoff.domain.drill import Action, Drill, Ending, Facts
from handoff.domain.errors import NotFound
from handoff.domain.escalation import CloseReason, EscalationState
from handoff.domain.session import URGENT, State

_PERSON: Final = "counsellor"
_STUDENT: Final = "student"


def is_test(contact_id: Any) -> ColumnElement[bool]:
    """Whether the contact of a row is a drill's; for the counts, none of which may hold one."""
    return exists().where(ContactRow.id == contact_id, ContactRow.test).correlate_except(ContactRow)


def of_drill() -> ColumnElement[bool]:
    """Whether a row of the escalations is a drill's."""
    return (
        exists()
        .where(SessionRow.id == EscalationRow.session_id, is_test(SessionRow.contact_id))
        .correlate_except(SessionRow)
    )


class SqlDrills:
    """Implements ``services.drill_ports.Drills``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # The record -------------------------------------------------------------------------------------------------

    async def add(self, drill: Drill) -> bool:
        await self._connection.execute(update(ContactRow).where(ContactRow.id == drill.contact_id).values(test=True))
        added = await self._connection.scalar(
            insert(DrillRow)
            .values(
                id=drill.id,
                profile=drill.profile,
                script=drill.script,
                contact_id=drill.contact_id,
                started_by=drill.started_by,
                started_at=drill.started_at,
            )
            .on_conflict_do_nothing()
            .returning(DrillRow.id)
        )
        return added is not None

    async def find(self, drill_id: UUID) -> Drill:
        return await self._one(_select().where(DrillRow.id == drill_id))

    async def lock(self, drill_id: UUID) -> Drill:
        return await self._one(_select().where(DrillRow.id == drill_id).with_for_update())

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Drill:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such drill")
        return self._drill(row)

    async def running(self, profile: str) -> Sequence[Drill]:
        found = _select().where(DrillRow.profile == profile, DrillRow.ended_at.is_(None))
        return [self._drill(row) for row in await self._connection.execute(found)]

    async def save(self, drill: Drill) -> None:
        sealed = (
            (await self._sealer.for_house()).seal("drills", "words", str(drill.id), drill.words)
            if drill.words
            else None
        )
        await self._connection.execute(
            update(DrillRow)
            .where(DrillRow.id == drill.id)
            .values(
                step=drill.step,
                said_at=drill.said_at,
                ended_at=drill.ended_at,
                ending=drill.ending,
                ended_by=drill.ended_by,
                words=sealed,
                words_by=drill.words_by,
                words_at=drill.words_at,
                version=drill.version,
            )
        )

    async def of_contact(self, contact_id: UUID) -> Drill | None:
        row = (await self._connection.execute(_select().where(DrillRow.contact_id == contact_id))).first()
        return None if row is None else self._drill(row)

    async def page(self, profile: str, offset: int, limit: int) -> Sequence[Drill]:
        found = _select().where(DrillRow.profile == profile).order_by(DrillRow.started_at.desc(), DrillRow.id)
        return [self._drill(row) for row in await self._connection.execute(found.offset(offset).limit(limit))]

    async def count(self, profile: str) -> int:
        return await self._connection.scalar(select(func.count()).where(DrillRow.profile == profile)) or 0

    def _drill(self, row: Row[*tuple[Any, ...]]) -> Drill:
        return Drill(
            id=row.id,
            profile=row.profile,
            script=row.script,
            contact_id=row.contact_id,
            started_by=row.started_by,
            started_at=row.started_at,
            step=row.step,
            said_at=row.said_at,
            ended_at=row.ended_at,
            ending=None if row.ending is None else Ending(row.ending),
            ended_by=row.ended_by,
            words=open_sealed(self._sealer, "drills", "words", row.id, row.words) or "",
            words_by=row.words_by,
            words_at=row.words_at,
            version=row.version,
        )

    # Beside those who really write ------------------------------------------------------------------------------

    async def is_test(self, contact_id: UUID) -> bool:
        return await self._connection.scalar(select(ContactRow.test).where(ContactRow.id == contact_id)) or False

    async def real_urgent(self) -> bool:
        alarms = select(EscalationRow.session_id).where(
            EscalationRow.state != EscalationState.CLOSED, EscalationRow.session_id.is_not(None)
        )
        waits = SessionRow.state.in_((State.INTAKE, State.WAITING, State.LEFT_MESSAGE)) & or_(
            SessionRow.level.in_(URGENT), SessionRow.unscreened
        )
        found = (
            select(SessionRow.id)
            .join(ContactRow, ContactRow.id == SessionRow.contact_id)
            .where(~ContactRow.test, or_(waits, SessionRow.id.in_(alarms)))
            .limit(1)
        )
        return await self._connection.scalar(found) is not None

    # What came of it --------------------------------------------------------------------------------------------

    async def session_of(self, contact_id: UUID) -> UUID | None:
        return await self._connection.scalar(
            select(SessionRow.id).where(SessionRow.contact_id == contact_id).order_by(SessionRow.opened_at).limit(1)
        )

    async def replied_at(self, contact_id: UUID) -> datetime | None:
        theirs = (
            select(func.max(MessageRow.sequence))
            .join(SessionRow, SessionRow.id == MessageRow.session_id)
            .where(SessionRow.contact_id == contact_id, MessageRow.author == _STUDENT)
            .scalar_subquery()
        )
        return await self._connection.scalar(
            select(func.min(MessageRow.occurred_at))
            .join(SessionRow, SessionRow.id == MessageRow.session_id)
            .where(SessionRow.contact_id == contact_id, MessageRow.author == _PERSON, MessageRow.sequence > theirs)
        )

    async def facts(self, contact_id: UUID) -> Facts:
        sessions = select(SessionRow.id).where(SessionRow.contact_id == contact_id)
        rings, called = EscalationRow.session_id.in_(sessions), EscalationCallRow
        escalations = select(EscalationRow.id).where(rings)
        firsts = {
            Action.CLAIMED: select(func.min(SessionRow.claimed_at)).where(SessionRow.contact_id == contact_id),
            Action.ACKNOWLEDGED: select(func.min(EscalationRow.acknowledged_at)).where(rings),
            Action.CONTACTED: select(func.min(EscalationRow.contacted_at)).where(rings),
            # What ended with the drill alone was closed by nobody.
            Action.CLOSED: select(func.min(EscalationRow.closed_at)).where(
                rings, EscalationRow.closed_reason != CloseReason.TEST
            ),
            Action.CALLED: select(func.min(called.at)).where(called.escalation_id.in_(escalations)),
            Action.FILLED: select(func.min(WrapUpRow.filled_at)).where(WrapUpRow.session_id.in_(sessions)),
            Action.SIGNED: select(func.min(WrapUpRow.signed_at)).where(WrapUpRow.session_id.in_(sessions)),
        }
        found = {action: await self._connection.scalar(first) for action, first in firsts.items()}
        rows = await self._connection.execute(
            select(MessageRow.id, MessageRow.body, MessageRow.occurred_at)
            .where(MessageRow.session_id.in_(sessions), MessageRow.author == _PERSON)
            .order_by(MessageRow.sequence)
        )
        said = [
            (row.occurred_at, open_sealed(self._sealer, "messages", "body", row.id, row.body) or "") for row in rows
        ]
        if said:
            found[Action.REPLIED] = said[0][0]
        return Facts({action: at for action, at in found.items() if at is not None}, said)


def _select() -> Select[*tuple[Any, ...]]:
    return select(DrillRow.__table__)
