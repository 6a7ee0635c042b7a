"""Requests about personal data: what they say is sealed, and so is every reason that was given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from handoff.adapters.database.care_tables import WrapUpRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.request_tables import (
    DataRequestRow,
    DataRequestStepRow,
)
from handoff.adapters.database.tables import MessageRow, SessionRow
from handoff.adapters.database.wrap_ups import SqlWrapUps
from handoff.domain.coding import TopicCode
from handoff.domain.data_request import (
    Arrival,
    Asker,
    ChildSaid,
    Danger,
    DataRequest,
    Decision,
    Ground,
    Proof,
    RequestState,
    Wish,
)
from handoff.domain.errors import NotFound
from handoff.domain.escalation import Suspect
from handoff.domain.session import Level, State
from handoff.domain.survey import HARMED
from handoff.domain.wrap_up import from_json
from handoff.services.request_ports import HeldSession, RequestStep, StepKind

#: What is shown where words can't be opened any more.
UNREADABLE = "（開けませんでした）"


class SqlDataRequests:
    """Implements ``services.request_ports.DataRequests``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, request: DataRequest) -> bool:
        added = await self._connection.scalar(
            insert(DataRequestRow)
            .values(
                id=request.id,
                profile=request.profile,
                wish=request.wish,
                asker=request.asker,
                arrival=request.arrival,
                received_on=request.received_on,
                about=(await self._sealer.for_house()).seal("data_requests", "about", str(request.id), request.about),
                made_by=request.made_by,
                made_at=request.made_at,
                **_changing(request),
            )
            .on_conflict_do_nothing(index_elements=[DataRequestRow.id])
            .returning(DataRequestRow.id)
        )
        return added is not None

    async def find(self, profile: str, request_id: UUID) -> DataRequest:
        return await self._one(_select(profile).where(DataRequestRow.id == request_id))

    async def lock(self, profile: str, request_id: UUID) -> DataRequest:
        return await self._one(_select(profile).where(DataRequestRow.id == request_id).with_for_update())

    async def _one(self, found: Select[*tuple[Any, ...]]) -> DataRequest:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such request")
        return self._request(row)

    async def save(self, request: DataRequest) -> None:
        await self._connection.execute(
            update(DataRequestRow).where(DataRequestRow.id == request.id).values(**_changing(request))
        )

    async def listed(self, profile: str, over: bool, limit: int, skip: int = 0) -> Sequence[DataRequest]:
        order = (DataRequestRow.ended_at.desc(),) if over else (DataRequestRow.received_on, DataRequestRow.made_at)
        found = _select(profile).where(_over(over)).order_by(*order, DataRequestRow.id).limit(limit).offset(skip)
        return [self._request(row) for row in await self._connection.execute(found)]

    async def proposed(self, profile: str, limit: int) -> Sequence[DataRequest]:
        found = _select(profile).where(DataRequestRow.state == RequestState.PROPOSED)
        rows = await self._connection.execute(found.order_by(DataRequestRow.received_on).limit(limit))
        return [self._request(row) for row in rows]

    async def count(self, profile: str, over: bool) -> int:
        found = select(func.count()).where(DataRequestRow.profile == profile, _over(over))
        return await self._connection.scalar(found) or 0

    def _request(self, row: Row[*tuple[Any, ...]]) -> DataRequest:
        return DataRequest(
            id=row.id,
            profile=row.profile,
            wish=Wish(row.wish),
            asker=Asker(row.asker),
            arrival=Arrival(row.arrival),
            received_on=row.received_on,
            about=self._open("data_requests", "about", row.id, row.about),
            made_by=row.made_by,
            made_at=row.made_at,
            state=RequestState(row.state),
            contact_id=row.contact_id,
            proof=None if row.proof is None else Proof(row.proof),
            extended_on=row.extended_on,
            decision=None if row.decision is None else Decision(row.decision),
            grounds=frozenset(Ground(one) for one in row.grounds),
            child=ChildSaid(row.child),
            session_ids=frozenset(row.session_ids),
            decided_by=row.decided_by,
            second_by=row.second_by,
            ended_at=row.ended_at,
        )

    def _open(self, table: str, column: str, row_id: UUID, sealed: bytes | None) -> str:
        return "" if sealed is None else open_sealed(self._sealer, table, column, row_id, sealed) or UNREADABLE

    # What was done ------------------------------------------------------------------------------------------------

    async def add_step(self, step: RequestStep) -> bool:
        sealed = (
            (await self._sealer.for_house()).seal("data_request_steps", "words", str(step.id), step.words)
            if step.words
            else None
        )
        added = await self._connection.scalar(
            insert(DataRequestStepRow)
            .values(
                id=step.id,
                request_id=step.request_id,
                kind=step.kind,
                code=step.code,
                words=sealed,
                by=step.by,
                at=step.at,
            )
            .on_conflict_do_nothing(index_elements=[DataRequestStepRow.id])
            .returning(DataRequestStepRow.id)
        )
        return added is not None

    async def steps(self, request_id: UUID) -> Sequence[RequestStep]:
        rows = await self._connection.execute(
            select(DataRequestStepRow.__table__)
            .where(DataRequestStepRow.request_id == request_id)
            .order_by(DataRequestStepRow.sequence)
        )
        return [
            RequestStep(
                id=row.id,
                request_id=row.request_id,
                kind=StepKind(row.kind),
                by=row.by,
                at=row.at,
                code=row.code,
                words=self._open("data_request_steps", "words", row.id, row.words),
            )
            for row in rows
        ]

    # The person concerned -----------------------------------------------------------------------------------------

    async def sessions_of(self, contact_id: UUID) -> Sequence[HeldSession]:
        lines = select(func.count()).where(MessageRow.session_id == SessionRow.id).correlate(SessionRow)
        rows = await self._connection.execute(
            select(
                SessionRow.id,
                SessionRow.opened_at,
                SessionRow.state,
                SessionRow.level,
                lines.scalar_subquery().label("lines"),
            )
            .where(SessionRow.contact_id == contact_id)
            .order_by(SessionRow.opened_at.desc(), SessionRow.id)
        )
        return [
            HeldSession(
                row.id, row.opened_at, State(row.state), None if row.level is None else Level(row.level), row.lines
            )
            for row in rows
        ]

    async def danger(self, contact_id: UUID) -> Danger:
        grave, suspects = False, set[Suspect]()
        wrap_ups = SqlWrapUps(self._connection, self._sealer)
        for session_id in await self._sessions_of_person(contact_id):
            suspects |= await wrap_ups.suspects(session_id)
            grave = grave or await self._is_grave(session_id)
        return Danger(grave, frozenset(suspects))

    async def _sessions_of_person(self, contact_id: UUID) -> Sequence[UUID]:
        """The contact's sessions, and those of the contacts under which the same person wrote another way."""
        linked, other = aliased(SessionRow), aliased(SessionRow)
        contacts = (
            select(SessionRow.contact_id).where(SessionRow.contact_id == contact_id).cte("person", recursive=True)
        )
        follows = or_(linked.previous_id == other.id, other.previous_id == linked.id)
        contacts = contacts.union(
            select(other.contact_id).join(linked, follows).join(contacts, contacts.c.contact_id == linked.contact_id)
        )
        found = select(SessionRow.id).where(SessionRow.contact_id.in_(select(contacts.c.contact_id)))
        return (await self._connection.scalars(found)).all()

    async def _is_grave(self, session_id: UUID) -> bool:
        """Whether abuse or sexual harm was found in a session, by the screen, in an escalation, or by who wrote its sheet."""
        of_session = EscalationRow.session_id == session_id
        for row in await self._connection.execute(select(EscalationRow.id, EscalationRow.detail).where(of_session)):
            if self._names_harm("escalations", "detail", row.id, row.detail):
                return True
        assessed = select(MessageRow.id, MessageRow.assessment).where(
            MessageRow.session_id == session_id, MessageRow.assessment.is_not(None)
        )
        for message in await self._connection.execute(assessed):
            if self._names_harm("messages", "assessment", message.id, message.assessment):
                return True
        sealed = await self._connection.scalar(select(WrapUpRow.sheet).where(WrapUpRow.session_id == session_id))
        if sealed is None:
            return False
        try:
            sheet = from_json(open_sealed(self._sealer, "wrap_ups", "sheet", session_id, sealed) or "")
        except ValueError:
            return True
        return TopicCode.ABUSE in (sheet.primary, *sheet.secondaries)

    def _names_harm(self, table: str, column: str, row_id: UUID, sealed: bytes | None) -> bool:
        text = open_sealed(self._sealer, table, column, row_id, sealed)
        # What can't be read may have been just that.
        return text is None or bool(HARMED & set(json.loads(text).get("categories", ())))


def _select(profile: str) -> Select[*tuple[Any, ...]]:
    return select(DataRequestRow.__table__).where(DataRequestRow.profile == profile)


def _over(over: bool) -> ColumnElement[bool]:
    return DataRequestRow.ended_at.is_not(None) if over else DataRequestRow.ended_at.is_(None)


def _changing(request: DataRequest) -> dict[str, Any]:
    return {
        "state": request.state,
        "contact_id": request.contact_id,
        "proof": request.proof,
        "extended_on": request.extended_on,
        "decision": request.decision,
        "grounds": sorted(request.grounds),
        "child": request.child,
        "session_ids": sorted(request.session_ids),
        "decided_by": request.decided_by,
        "second_by": request.second_by,
        "ended_at": request.ended_at,
    }
