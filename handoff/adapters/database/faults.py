"""Faults: what was written of them is sealed, version by version; beside that only codes and who did what when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, and_, case, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.backup_tables import BackupRunRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.desk_staff import DOWN_AFTER
from handoff.adapters.database.desk_tables import DeskAliveRow, DeskEventRow
from handoff.adapters.database.drills import is_test
from handoff.adapters.database.escalation_tables import EscalationNoticeRow
from handoff.adapters.database.fault_tables import FaultHintRow, FaultReportRow, FaultRow, FaultVersionRow
from handoff.adapters.database.tables import LineEventRow, OutboxRow, SessionRow
from handoff.domain.backup import LATE, RunKind, RunState
from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import NotFound
from handoff.domain.fault import BoardReport, Fault, FaultState, FaultText, Hint, HintCode, ReportWay
from handoff.domain.notice import NoticeState
from handoff.domain.session import HumanWanted
from handoff.services.fault_ports import FaultVersion

#: What came longer ago than this and isn't done is noticed; the sweep would have woken it many times.
_WAITS: Final = timedelta(minutes=5)
_UNREADABLE: Final = "（内容を開けませんでした）"


class SqlFaults:
    """Implements ``services.fault_ports.Faults``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # The record -------------------------------------------------------------------------------------------------

    async def open_count(self, profile: str) -> int:
        found = select(func.count()).where(FaultRow.profile == profile, FaultRow.state == FaultState.OPEN)
        return await self._connection.scalar(found) or 0

    async def notice(self, profile: str) -> str | None:
        found = (
            select(FaultRow.id, FaultRow.notice)
            .where(FaultRow.profile == profile, FaultRow.state == FaultState.OPEN, FaultRow.notice_on)
            .order_by(FaultRow.recorded_at.desc())
            .limit(1)
        )
        row = (await self._connection.execute(found)).first()
        return None if row is None else open_sealed(self._sealer, "faults", "notice", row.id, row.notice)

    async def find(self, fault_id: UUID) -> Fault:
        return await self._one(_select().where(FaultRow.id == fault_id))

    async def lock(self, fault_id: UUID) -> Fault:
        return await self._one(_select().where(FaultRow.id == fault_id).with_for_update(of=FaultRow))

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Fault:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such fault")
        return self._fault(row)

    async def add(self, fault: Fault, key: UUID) -> bool:
        added = await self._connection.scalar(
            insert(FaultRow)
            .values(
                id=fault.id,
                profile=fault.profile,
                state=fault.state,
                version=0,
                recorded_by=fault.recorded_by,
                recorded_at=fault.recorded_at,
                hint=fault.hint,
            )
            .on_conflict_do_nothing(index_elements=[FaultRow.id])
            .returning(FaultRow.id)
        )
        return added is not None and await self.add_version(fault, key, fault.recorded_by, fault.recorded_at)

    async def add_version(self, fault: Fault, key: UUID, by: UUID, at: datetime) -> bool:
        if fault.text is None:
            raise ValueError("a version without its text")
        body = (await self._sealer.for_house()).seal(
            "fault_versions", "body", f"{fault.id}/{fault.version}", fault.text.to_json()
        )
        added = await self._connection.scalar(
            insert(FaultVersionRow)
            .values(fault_id=fault.id, number=fault.version, key=key, body=body, by=by, at=at)
            .on_conflict_do_nothing(index_elements=[FaultVersionRow.key])
            .returning(FaultVersionRow.number)
        )
        if added is not None:
            await self._connection.execute(
                update(FaultRow)
                .where(FaultRow.id == fault.id)
                .values(version=fault.version, state=fault.state, notice_on=fault.notice_on)
            )
        return added is not None

    async def knows_version(self, key: UUID) -> bool:
        return (
            await self._connection.scalar(select(FaultVersionRow.number).where(FaultVersionRow.key == key)) is not None
        )

    async def save(self, fault: Fault) -> None:
        notice = (
            (await self._sealer.for_house()).seal("faults", "notice", str(fault.id), fault.notice)
            if fault.notice
            else None
        )
        await self._connection.execute(
            update(FaultRow)
            .where(FaultRow.id == fault.id)
            .values(
                state=fault.state,
                finished=fault.finished,
                notice=notice,
                notice_on=fault.notice_on,
                closed_by=fault.closed_by,
                closed_at=fault.closed_at,
            )
        )

    async def versions(self, fault_id: UUID) -> Sequence[FaultVersion]:
        rows = await self._connection.execute(
            select(FaultVersionRow.__table__)
            .where(FaultVersionRow.fault_id == fault_id)
            .order_by(FaultVersionRow.number)
        )
        return [FaultVersion(row.number, self._text(fault_id, row.number, row.body), row.by, row.at) for row in rows]

    async def page(self, profile: str, offset: int, limit: int) -> Sequence[Fault]:
        found = (
            _select()
            .where(FaultRow.profile == profile)
            .order_by(case((FaultRow.state == FaultState.CLOSED, 1), else_=0), FaultRow.recorded_at.desc(), FaultRow.id)
        )
        return [self._fault(row) for row in await self._connection.execute(found.offset(offset).limit(limit))]

    async def count(self, profile: str) -> int:
        return await self._connection.scalar(select(func.count()).where(FaultRow.profile == profile)) or 0

    def _text(self, fault_id: UUID, number: int, sealed: bytes | None) -> FaultText | None:
        opened = open_sealed(self._sealer, "fault_versions", "body", f"{fault_id}/{number}", sealed)
        try:
            return None if opened is None else FaultText.from_json(opened)
        except (ValueError, KeyError, TypeError):
            return None

    def _fault(self, row: Row[*tuple[Any, ...]]) -> Fault:
        return Fault(
            id=row.id,
            profile=row.profile,
            state=FaultState(row.state),
            text=self._text(row.id, row.version, row.body),
            version=row.version,
            recorded_by=row.recorded_by,
            recorded_at=row.recorded_at,
            finished=row.finished,
            notice=open_sealed(self._sealer, "faults", "notice", row.id, row.notice) or "",
            notice_on=row.notice_on,
            hint=row.hint,
            closed_by=row.closed_by,
            closed_at=row.closed_at,
        )

    # The board --------------------------------------------------------------------------------------------------

    async def add_report(self, report: BoardReport) -> bool:
        detail = json.dumps({"to": report.to, "told": report.told, "reply": report.reply}, ensure_ascii=False)
        added = await self._connection.scalar(
            insert(FaultReportRow)
            .values(
                id=report.id,
                fault_id=report.fault_id,
                way=report.way,
                at=report.at,
                version=report.version,
                detail=(await self._sealer.for_house()).seal("fault_reports", "detail", str(report.id), detail),
                by=report.by,
                recorded_at=report.recorded_at,
            )
            .on_conflict_do_nothing(index_elements=[FaultReportRow.id])
            .returning(FaultReportRow.id)
        )
        return added is not None

    async def reports(self, fault_id: UUID) -> Sequence[BoardReport]:
        rows = await self._connection.execute(
            select(FaultReportRow.__table__)
            .where(FaultReportRow.fault_id == fault_id)
            .order_by(FaultReportRow.at, FaultReportRow.recorded_at)
        )
        return [self._report(row) for row in rows]

    def _report(self, row: Row[*tuple[Any, ...]]) -> BoardReport:
        opened = open_sealed(self._sealer, "fault_reports", "detail", row.id, row.detail)
        # That the board was told has to be seen all the same.
        detail = {"to": _UNREADABLE, "told": "", "reply": ""} if opened is None else json.loads(opened)
        return BoardReport(
            id=row.id,
            fault_id=row.fault_id,
            way=ReportWay(row.way),
            at=row.at,
            version=row.version,
            by=row.by,
            recorded_at=row.recorded_at,
            **detail,
        )

    async def reported(self, fault_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        rows = await self._connection.execute(
            select(FaultReportRow.fault_id, func.min(FaultReportRow.at).label("at"))
            .where(FaultReportRow.fault_id.in_(fault_ids))
            .group_by(FaultReportRow.fault_id)
        )
        return {row.fault_id: row.at for row in rows}

    # What was noticed -------------------------------------------------------------------------------------------

    async def hints(self, profile: str, since: datetime, real_since: datetime) -> Sequence[Hint]:
        rows = await self._connection.execute(
            select(FaultHintRow.code, FaultHintRow.through).where(FaultHintRow.profile == profile)
        )
        seen = {row.code: row.through for row in rows}
        offset = since - real_since
        found = []
        for code in HintCode:
            after = max(since, seen.get(code, since))
            # But for the sessions' times all of them are real ones.
            real = code is not HintCode.BOT_FAILURE
            row = (await self._connection.execute(_noticed(code, after - offset if real else after))).one()
            if row.times:
                shift = offset if real else timedelta()
                found.append(Hint(code, row.times, row.first + shift, row.last + shift))
        return found

    async def see_hint(self, profile: str, code: HintCode, through: datetime, by: UUID) -> None:
        row = insert(FaultHintRow).values(profile=profile, code=code, through=through, by=by)
        await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[FaultHintRow.profile, FaultHintRow.code],
                set_={"through": func.greatest(FaultHintRow.through, through), "by": by},
            )
        )


def _select() -> Select[*tuple[Any, ...]]:
    newest = and_(FaultVersionRow.fault_id == FaultRow.id, FaultVersionRow.number == FaultRow.version)
    return select(FaultRow.__table__, FaultVersionRow.body).join(FaultVersionRow, newest)


def _noticed(code: HintCode, after: datetime) -> Select[*tuple[Any, ...]]:
    """How often something was noticed after a moment, the first and the last time."""
    at: SQLColumnExpression[Any]
    holds: ColumnElement[bool]
    match code:
        case HintCode.UNDELIVERED:
            at = OutboxRow.real_settled_at
            holds = and_(
                OutboxRow.state.in_((DeliveryState.DEAD, DeliveryState.UNKNOWN)), ~is_test(OutboxRow.contact_id)
            )
        case HintCode.NOTICES_FAILED:
            at = EscalationNoticeRow.real_settled_at
            holds = EscalationNoticeRow.state == NoticeState.FAILED
        case HintCode.BOT_FAILURE:
            at = func.coalesce(SessionRow.waiting_since, SessionRow.opened_at)
            holds = and_(SessionRow.human_wanted == HumanWanted.BOT_FAILURE, ~is_test(SessionRow.contact_id))
        case HintCode.SCREEN_FAILED:
            at = LineEventRow.real_received_at
            holds = and_(LineEventRow.screen_failed, ~is_test(LineEventRow.contact_id))
        case HintCode.WORK_WAITS:
            at = LineEventRow.real_received_at
            holds = and_(
                LineEventRow.done_at.is_(None),
                LineEventRow.contact_id.is_not(None),
                LineEventRow.real_received_at < func.now() - _WAITS,
                ~is_test(LineEventRow.contact_id),
            )
        case HintCode.WEB_DOWN:
            gap = func.make_interval(0, 0, 0, 0, 0, 0, DOWN_AFTER)
            # Not the very first start: something was told to desks before.
            before = exists().where(DeskEventRow.real_at < DeskAliveRow.real_up_since - gap).correlate(DeskAliveRow)
            at, holds = DeskAliveRow.real_up_since, before
        case HintCode.BACKUP_FAILED:
            at, holds = BackupRunRow.real_ended_at, BackupRunRow.state == RunState.FAILED
        case HintCode.BACKUP_LATE:
            # Once a day, as long as it lasts.
            at = func.date_trunc("day", func.now())
            holds = ~exists().where(
                BackupRunRow.kind == RunKind.BACKUP,
                BackupRunRow.state == RunState.DONE,
                BackupRunRow.real_ended_at > func.now() - LATE,
            )
    return select(func.count().label("times"), func.min(at).label("first"), func.max(at).label("last")).where(
        holds, at > after
    )
