"""Reports: answers and steps sealed, receipts as keyed hashes alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, Select, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.evidence_tables import EvidenceRow
from handoff.adapters.database.report_selects import LEVELS, holds, of_session, replied_to, reports, steps_of
from handoff.adapters.database.report_tables import ReportRow, ReportStepRow
from handoff.adapters.database.tables import ContactRow, MessageRow, OutboxRow, SessionRow
from handoff.domain.coding import TopicCode
from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import NotFound
from handoff.domain.evidence import COUNTED
from handoff.domain.incoming import Channel
from handoff.domain.kept import Kept
from handoff.domain.profile.vocabulary import ReportingClass
from handoff.domain.report import OVER, Answers, Danger, Report, ReportStatus, answers_json, answers_of
from handoff.domain.report_receipt import receipt_of
from handoff.domain.session import URGENT, Owner, State
from handoff.services.report_ports import HeardLine, ReportStep, StepKind
from kernel.sealing import SealBroken

#: What stands in place of words that can't be opened: the report itself must not vanish.
UNREADABLE = Answers(what="（内容を開けませんでした。業務責任者に知らせてください。）")
_RECEIPT = "report_receipt"
_RECEIPT_OF = "report_receipt_of"
_TO_DO = frozenset({ReportStatus.NEW, ReportStatus.IN_HAND})
#: Columns that are as they are in the domain.
_PLAIN = (
    "version", "started_at", "touched_at", "sent_at", "unfinished", "deadline", "decided_by", "decided_at", "owner_id",
    "matter_id", "closed_at", "receipt_kept", "reopened_at",
)  # fmt: skip


class SqlReports:
    """Implements ``services.report_ports.Reports``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def add(self, report: Report) -> None:
        await self._connection.execute(
            insert(ReportRow).values(
                id=report.id, session_id=report.session_id, contact_id=report.contact_id, **await self._values(report)
            )
        )

    async def _values(self, report: Report) -> dict[str, Any]:
        return {
            "status": report.status,
            "answers": (await self._sealer.for_session(report.session_id, Kept.REPORT)).seal(
                "reports", "answers", str(report.id), answers_json(report.answers)
            ),
            "danger": report.answers.danger,
            "says_something": report.answers.says_something,
            "reporting_class": report.reporting_class,
            "topic": report.topic,
            **{name: getattr(report, name) for name in _PLAIN},
        }

    async def find(self, report_id: UUID) -> Report:
        return await self._one(reports().where(ReportRow.id == report_id))

    async def lock(self, report_id: UUID) -> Report:
        return await self._one(reports().where(ReportRow.id == report_id).with_for_update(of=ReportRow))

    async def save(self, report: Report) -> None:
        await self._connection.execute(
            update(ReportRow).where(ReportRow.id == report.id).values(**await self._values(report))
        )

    async def of_session(self, session_id: UUID) -> Report | None:
        return self._first(await self._connection.execute(of_session(), {"session": session_id}))

    async def of_contact(self, contact_id: UUID) -> Report | None:
        found = reports().where(ReportRow.contact_id == contact_id).order_by(ReportRow.started_at.desc()).limit(1)
        return self._first(await self._connection.execute(found.with_for_update(of=ReportRow)))

    async def to_do(self, after: UUID | None, limit: int) -> Sequence[Report]:
        found = reports().where(ReportRow.status.in_(_TO_DO)).order_by(ReportRow.id).limit(limit)
        found = found if after is None else found.where(ReportRow.id > after)
        return [self._report(row) for row in await self._connection.execute(found)]

    async def touched(self, over: bool, limit: int, skip: int = 0, owner: UUID | None = None) -> Sequence[Report]:
        found = reports().where(ReportRow.status.in_(OVER if over else _TO_DO))
        found = found if owner is None else found.where(ReportRow.owner_id == owner)
        found = found.order_by(ReportRow.touched_at.desc(), ReportRow.id).limit(limit).offset(skip)
        return [self._report(row) for row in await self._connection.execute(found)]

    async def answered(self, contact_id: UUID) -> Sequence[Report]:
        answers = steps_of(ReportStepRow.kind == StepKind.ANSWER)
        found = reports().where(
            ReportRow.contact_id == contact_id, ReportRow.status != ReportStatus.DRAFT, answers.exists()
        )
        return [self._report(row) for row in await self._connection.execute(found.order_by(ReportRow.started_at))]

    async def replied_to(self, contact_id: UUID) -> Report | None:
        return self._first(await self._connection.execute(replied_to(), {"contact": contact_id}))

    async def stamp(self, report_id: UUID | None) -> str:
        lines = select(func.max(MessageRow.sequence)).join(SessionRow, SessionRow.id == MessageRow.session_id)
        lines = lines.join(ReportRow, ReportRow.contact_id == SessionRow.contact_id)
        steps, rows = select(func.max(ReportStepRow.sequence)), ReportRow.status != ReportStatus.DRAFT
        if report_id is not None:
            lines, steps = lines.where(ReportRow.id == report_id), steps.where(ReportStepRow.report_id == report_id)
            rows = ReportRow.id == report_id
        row = (
            await self._connection.execute(
                select(
                    func.count(),
                    func.max(ReportRow.touched_at),
                    func.max(ReportRow.sent_at),
                    steps.scalar_subquery(),
                    lines.scalar_subquery(),
                ).where(rows)
            )
        ).one()
        return hashlib.sha256(repr(tuple(row)).encode()).hexdigest()[:16]

    async def waiting(self) -> int:
        found = select(func.count()).select_from(ReportRow).where(ReportRow.status == ReportStatus.NEW)
        return await self._connection.scalar(found) or 0

    async def sessions_of(self, report: Report) -> Sequence[UUID]:
        theirs = SessionRow.__table__.alias("theirs")
        found = (
            select(theirs.c.id)
            .select_from(ReportRow)
            .join(ContactRow, ContactRow.id == ReportRow.contact_id)
            .join(theirs, holds(theirs))
            .where(ReportRow.id == report.id)
            .order_by(theirs.c.opened_at)
        )
        return list(await self._connection.scalars(found))

    async def of_matter(self, matter_id: UUID) -> Sequence[Report]:
        found = reports().where(ReportRow.matter_id == matter_id).order_by(ReportRow.started_at)
        return [self._report(row) for row in await self._connection.execute(found)]

    async def silent_drafts(self, before: datetime, empty_before: datetime, limit: int) -> Sequence[UUID]:
        files = select(EvidenceRow.id).where(
            EvidenceRow.session_id == ReportRow.session_id, EvidenceRow.state.in_(COUNTED)
        )
        told = or_(ReportRow.says_something, files.exists(), SessionRow.level.in_(URGENT), SessionRow.unscreened)
        found = (
            select(ReportRow.id)
            .join(SessionRow, SessionRow.id == ReportRow.session_id)
            .join(ContactRow, ContactRow.id == ReportRow.contact_id)
            .where(ReportRow.status == ReportStatus.DRAFT, ReportRow.closed_at.is_(None), ReportRow.touched_at < before)
            # An empty page of ours isn't due before its day is over: so many of them may hold up no other.
            .where(or_(told, ContactRow.channel != Channel.REPORT, ReportRow.touched_at < empty_before))
            .order_by(func.coalesce(ReportRow.danger == Danger.NOW, False).desc(), told.desc(), ReportRow.touched_at)
            .limit(limit)
        )
        return list(await self._connection.scalars(found))

    async def withdrawn_open(self, limit: int) -> Sequence[UUID]:
        found = (
            select(SessionRow.id)
            .join(ContactRow, ContactRow.id == SessionRow.contact_id)
            .join(ReportRow, ReportRow.contact_id == SessionRow.contact_id)
            .where(
                ReportRow.status == ReportStatus.WITHDRAWN,
                ContactRow.channel == Channel.REPORT,
                SessionRow.state.in_((State.INTAKE, State.LEFT_MESSAGE, State.WAITING)),
                ~SessionRow.unscreened,
                or_(SessionRow.level.is_(None), SessionRow.level.not_in(URGENT)),
            )
            .limit(limit)
        )
        return list(await self._connection.scalars(found))

    async def heard(self, contact_id: UUID) -> Sequence[HeardLine]:
        found = (
            select(MessageRow.id, MessageRow.author, MessageRow.body, MessageRow.detail, MessageRow.occurred_at)
            .join(OutboxRow, OutboxRow.id == MessageRow.outbox_id)
            .where(
                OutboxRow.contact_id == contact_id,
                OutboxRow.state == DeliveryState.SENT,
                MessageRow.body.is_not(None),
                MessageRow.hidden_at.is_(None),
                MessageRow.removed_at.is_(None),
            )
            .order_by(MessageRow.sequence)
        )
        lines = []
        for row in await self._connection.execute(found):
            text = open_sealed(self._sealer, "messages", "body", row.id, row.body)
            detail = open_sealed(self._sealer, "messages", "detail", row.id, row.detail)
            sender = None if detail is None else json.loads(detail).get("sender")
            if text is not None:  # one that can't be opened must not keep the others from being read
                lines.append(HeardLine(row.occurred_at, text, row.author != Owner.BOT, sender))
        return lines

    async def add_step(self, step: ReportStep) -> bool:
        words = (
            (await self._sealer.for_report(step.report_id)).seal("report_steps", "words", str(step.id), step.words)
            if step.words
            else None
        )
        added = await self._connection.scalar(
            upsert(ReportStepRow)
            .values(
                id=step.id,
                report_id=step.report_id,
                kind=step.kind,
                at=step.at,
                by=step.by,
                code=step.code,
                words=words,
                subject=step.subject,
            )
            .on_conflict_do_nothing(index_elements=[ReportStepRow.id])
            .returning(ReportStepRow.id)
        )
        return added is not None

    async def steps(self, report_id: UUID) -> Sequence[ReportStep]:
        found = select(ReportStepRow).where(ReportStepRow.report_id == report_id).order_by(ReportStepRow.sequence)
        return [
            self._step(row)
            for row in await self._connection.execute(found.with_only_columns(*ReportStepRow.__table__.c))
        ]

    async def steps_among(self, report_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[ReportStep]]:
        plain = [column for column in ReportStepRow.__table__.c if column.name != "words"]
        found = select(*plain).where(ReportStepRow.report_id.in_(report_ids)).order_by(ReportStepRow.sequence)
        steps: dict[UUID, list[ReportStep]] = {}
        for row in await self._connection.execute(found):
            step = ReportStep(row.id, row.report_id, StepKind(row.kind), row.at, row.by, row.code, "", row.subject)
            steps.setdefault(row.report_id, []).append(step)
        return steps

    def _step(self, row: Row[*tuple[Any, ...]]) -> ReportStep:
        words = ""
        if row.words is not None:
            try:
                words = self._sealer.open("report_steps", "words", str(row.id), row.words)
            except SealBroken:
                words = UNREADABLE.what
        return ReportStep(row.id, row.report_id, StepKind(row.kind), row.at, row.by, row.code, words, row.subject)

    async def set_receipt(self, report_id: UUID, code: str) -> None:
        await self._connection.execute(
            update(ReportRow).where(ReportRow.id == report_id).values(receipt=self._sealer.lookup(_RECEIPT, code))
        )

    async def by_receipt(self, code: str) -> UUID | None:
        found = select(ReportRow.id).where(ReportRow.receipt == self._sealer.lookup(_RECEIPT, code))
        return await self._connection.scalar(found)

    def receipt_for(self, token: str) -> str:
        return receipt_of(self._sealer.lookup(_RECEIPT_OF, token))

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Report:
        report = self._first(await self._connection.execute(found))
        if report is None:
            raise NotFound("no such report")
        return report

    def _first(self, found: CursorResult[*tuple[Any, ...]]) -> Report | None:
        row = found.first()
        return None if row is None else self._report(row)

    def _report(self, row: Row[*tuple[Any, ...]]) -> Report:
        try:
            answers = answers_of(self._sealer.open("reports", "answers", str(row.id), row.answers))
        except (SealBroken, ValueError):
            answers = UNREADABLE
        return Report(
            id=row.id,
            session_id=row.session_id,
            contact_id=row.contact_id,
            channel=Channel(row.channel),
            status=ReportStatus(row.status),
            answers=answers,
            level=None if row.worst is None else LEVELS[row.worst],
            unscreened=row.any_unscreened,
            reporting_class=None if row.reporting_class is None else ReportingClass(row.reporting_class),
            topic=None if row.topic is None else TopicCode(row.topic),
            **{name: getattr(row, name) for name in _PLAIN},
        )
