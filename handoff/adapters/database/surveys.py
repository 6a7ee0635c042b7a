"""Surveys after the end: their answers sealed, and the facts by which a student is asked or left in peace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.care_tables import SurveyRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.escalation_tables import EscalationRow
from handoff.adapters.database.tables import ContactRow, LineEventRow, MessageRow, OutboxRow, SessionRow
from handoff.domain.delivery import SURELY_NOT_SENT, DeliveryState
from handoff.domain.errors import NotFound
from handoff.domain.escalation import EscalationState
from handoff.domain.incoming import TALKS
from handoff.domain.kept import Kept
from handoff.domain.session import Level, Owner, State
from handoff.domain.survey import AskFacts, Given, Step, Survey, SurveyState, first_call
from kernel.sealing import SealBroken

#: What became of a question that wasn't sent because the survey was over first.
SURVEY_OVER = "survey_over"


class SqlSurveys:
    """Implements ``services.survey_ports.Surveys``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # Whom to ask ------------------------------------------------------------------------------------------------

    async def facts(self, session_id: UUID) -> AskFacts:
        row = (await self._connection.execute(_facts().where(SessionRow.id == session_id))).first()
        if row is None:
            raise NotFound("no such session")
        topic, categories, readable = None, frozenset[str](), True
        try:
            topic = self._topic(session_id, row.intake)
            categories = await self._categories(session_id)
        except (SealBroken, ValueError, KeyError, AttributeError):
            readable = False
        return AskFacts(
            # Nobody sits at the other end of a drill.
            on_line=row.channel in TALKS and not row.test,
            following=row.following,
            closed=row.state == State.CLOSED,
            asked=row.asked,
            writes=row.undone or row.elsewhere,
            level=None if row.level is None else Level(row.level),
            unscreened=row.unscreened,
            readable=readable,
            categories=categories,
            topic=topic,
            escalated=row.escalated,
            at_risk=row.at_risk,
            ended_reason=row.ended_reason,
            ended_at=row.ended_at,
            served=row.served,
        )

    def _topic(self, session_id: UUID, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        topic = json.loads(self._sealer.open("sessions", "intake", str(session_id), sealed)).get("topic")
        return topic if isinstance(topic, str) else None

    async def _categories(self, session_id: UUID) -> frozenset[str]:
        rows = await self._connection.execute(
            select(MessageRow.id, MessageRow.assessment).where(
                MessageRow.session_id == session_id, MessageRow.assessment.is_not(None)
            )
        )
        found: set[str] = set()
        for row in rows.all():
            opened = self._sealer.open("messages", "assessment", str(row.id), row.assessment)
            found.update(json.loads(opened)["categories"])
        return frozenset(found)

    # The record -------------------------------------------------------------------------------------------------

    async def add(self, survey: Survey) -> bool:
        added = await self._connection.scalar(
            insert(SurveyRow)
            .values(
                session_id=survey.session_id,
                contact_id=survey.contact_id,
                asked_at=survey.asked_at,
                **await self._changing(survey),
            )
            .on_conflict_do_nothing()
            .returning(SurveyRow.session_id)
        )
        return added is not None

    async def save(self, survey: Survey) -> None:
        await self._connection.execute(
            update(SurveyRow).where(SurveyRow.session_id == survey.session_id).values(**await self._changing(survey))
        )

    async def _changing(self, survey: Survey) -> dict[str, Any]:
        answers = {code: {"value": given.value, "message": given.message} for code, given in survey.answers.items()}
        text = json.dumps(answers, ensure_ascii=False)
        return {
            "state": survey.state,
            "step": survey.step,
            "answers": (await self._sealer.for_session(survey.session_id, Kept.TRANSCRIPT)).seal(
                "surveys", "answers", str(survey.session_id), text
            )
            if answers
            else None,
            "answered_at": survey.answered_at,
        }

    def _survey(self, row: Row[*tuple[Any, ...]]) -> Survey | None:
        """A row, opened; None where it can't be."""
        answers: dict[str, Given] = {}
        if row.answers is not None:
            try:
                raw = json.loads(self._sealer.open("surveys", "answers", str(row.session_id), row.answers))
            except SealBroken:
                return None
            answers = {code: Given(given["value"], given["message"]) for code, given in raw.items()}
        return Survey(
            session_id=row.session_id,
            contact_id=row.contact_id,
            asked_at=row.asked_at,
            state=SurveyState(row.state),
            step=Step(row.step),
            answers=answers,
            answered_at=row.answered_at,
        )

    async def _all(self, found: Select[*tuple[Any, ...]]) -> list[Survey]:
        opened = [self._survey(row) for row in await self._connection.execute(found)]
        return [survey for survey in opened if survey is not None]

    async def open_for(self, contact_id: UUID) -> Survey | None:
        found = _select().where(SurveyRow.contact_id == contact_id, SurveyRow.state == SurveyState.OPEN)
        return next(iter(await self._all(found)), None)

    async def of_session(self, session_id: UUID) -> Survey | None:
        return next(iter(await self._all(_select().where(SurveyRow.session_id == session_id))), None)

    async def of_message(self, contact_id: UUID, line_message_id: str) -> Survey | None:
        # Nobody has more than a few, and which message was which answer is as sealed as the answers.
        surveys = await self._all(_select().where(SurveyRow.contact_id == contact_id, SurveyRow.answers.is_not(None)))
        return next((survey for survey in surveys if survey.names(line_message_id) is not None), None)

    async def lock(self, session_id: UUID) -> Survey | None:
        found = _select().where(SurveyRow.session_id == session_id).with_for_update()
        return next(iter(await self._all(found)), None)

    async def asked_between(self, start: datetime, end: datetime) -> Sequence[Survey]:
        found = _select().where(SurveyRow.asked_at >= start, SurveyRow.asked_at < end).order_by(SurveyRow.asked_at)
        return await self._all(found)

    # The end ----------------------------------------------------------------------------------------------------

    async def expire(self, contact_id: UUID, real_at: datetime) -> Sequence[UUID]:
        ended = (
            await self._connection.scalars(
                update(SurveyRow)
                .where(SurveyRow.contact_id == contact_id, SurveyRow.state == SurveyState.OPEN)
                .values(state=SurveyState.EXPIRED)
                .returning(SurveyRow.session_id)
            )
        ).all()
        for session_id in ended:
            await self._drop_questions(session_id, real_at)
        return ended

    async def _drop_questions(self, session_id: UUID, real_at: datetime) -> None:
        """Who writes of something else must not be met by a question that waited for its turn."""
        answers = select(LineEventRow.id).where(LineEventRow.result == "survey", LineEventRow.id == OutboxRow.event_id)
        await self._connection.execute(
            update(OutboxRow)
            .where(
                OutboxRow.session_id == session_id,
                OutboxRow.state == DeliveryState.PENDING,
                or_(OutboxRow.id == first_call(session_id), answers.exists()),
                # One that may be out already is left to the delivery, which finds out.
                or_(OutboxRow.attempts == 0, OutboxRow.reason.in_(SURELY_NOT_SENT)),
                ~OutboxRow.uncertain_reply,
            )
            .values(
                state=DeliveryState.REFUSED,
                reason=SURVEY_OVER,
                real_settled_at=real_at,
                reply_token=None,
                body=None,
            )
        )


def _select() -> Select[*tuple[Any, ...]]:
    return select(SurveyRow.__table__)


def _facts() -> Select[*tuple[Any, ...]]:
    other = SessionRow.__table__.alias("other")
    served = (
        exists(MessageRow.id)
        .where(
            MessageRow.session_id == SessionRow.id,
            MessageRow.author == Owner.COUNSELLOR,
            OutboxRow.id == MessageRow.outbox_id,
            OutboxRow.state == DeliveryState.SENT,
        )
        .correlate(SessionRow)
    )
    at_risk = (
        exists(EscalationRow.id)
        .where(
            EscalationRow.session_id == other.c.id,
            EscalationRow.state != EscalationState.CLOSED,
            other.c.contact_id == SessionRow.contact_id,
        )
        .correlate(SessionRow)
    )
    return select(
        SessionRow.state,
        SessionRow.level,
        SessionRow.unscreened,
        SessionRow.intake,
        SessionRow.ended_reason,
        SessionRow.ended_at,
        ContactRow.channel,
        ContactRow.test,
        ContactRow.following,
        exists(SurveyRow.session_id).where(SurveyRow.session_id == SessionRow.id).label("asked"),
        exists(LineEventRow.id)
        .where(LineEventRow.contact_id == SessionRow.contact_id, LineEventRow.done_at.is_(None))
        .label("undone"),
        exists(other.c.id)
        .where(other.c.contact_id == SessionRow.contact_id, other.c.state != State.CLOSED, other.c.id != SessionRow.id)
        .correlate(SessionRow)
        .label("elsewhere"),
        exists(EscalationRow.id).where(EscalationRow.session_id == SessionRow.id).label("escalated"),
        at_risk.label("at_risk"),
        served.label("served"),
    ).join(ContactRow, ContactRow.id == SessionRow.contact_id)
