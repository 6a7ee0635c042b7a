"""The staff roster. Real names, qualifications and all other words are sealed; days and codes aren't."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.desk_staff import SqlStaff
from handoff.adapters.database.roster_tables import PledgeRow, RosterEntryRow, TrainingRow
from handoff.domain.errors import NotFound
from handoff.domain.roster import Entry, Pledge, Subject, Training, Way
from handoff.domain.roster_warnings import warnings_of
from handoff.domain.staff import StaffRole
from handoff.services.roster_ports import Kept


class SqlRosters:
    """Implements ``services.roster_ports.Rosters``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer, staff: SqlStaff) -> None:
        self._connection = connection
        self._sealer = sealer
        self._staff = staff

    async def add_entry(self, entry: Entry) -> bool:
        words = {"name": entry.real_name, "qualification": entry.qualification, "experience": entry.experience}
        added = await self._connection.scalar(
            insert(RosterEntryRow)
            .values(
                id=entry.id,
                staff_id=entry.staff_id,
                role=entry.role,
                trainee=entry.trainee,
                content=await self._seal("roster_entries", entry.id, words),
                years=entry.years,
                holds_from=entry.holds_from,
                valid_to=entry.valid_to,
                announced_on=entry.announced_on,
                announced_way=entry.announced_way,
                made_by=entry.made_by,
                made_at=entry.made_at,
            )
            .on_conflict_do_nothing(index_elements=[RosterEntryRow.id])
            .returning(RosterEntryRow.id)
        )
        return added is not None

    async def lock_entry(self, entry_id: UUID) -> Entry:
        found = select(RosterEntryRow.__table__).where(RosterEntryRow.id == entry_id)
        row = (await self._connection.execute(found.with_for_update())).first()
        if row is None:
            raise NotFound("no such entry")
        return self._entry(row)

    async def announce(self, entry_id: UUID, on: date, way: Way, holds_from: date) -> None:
        await self._connection.execute(
            update(RosterEntryRow)
            .where(RosterEntryRow.id == entry_id)
            .values(announced_on=on, announced_way=way, holds_from=holds_from)
        )

    async def withdraw_entry(self, entry_id: UUID, by: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(RosterEntryRow).where(RosterEntryRow.id == entry_id).values(withdrawn_by=by, withdrawn_at=at)
        )

    async def add_pledge(self, pledge: Pledge) -> bool:
        place = pledge.place
        added = await self._connection.scalar(
            insert(PledgeRow)
            .values(
                id=pledge.id,
                staff_id=pledge.staff_id,
                version=pledge.version,
                pledged_on=pledge.on,
                place=None
                if place is None
                else (await self._sealer.for_house()).seal("pledges", "place", str(pledge.id), place),
                recorded_by=pledge.recorded_by,
                recorded_at=pledge.recorded_at,
            )
            .on_conflict_do_nothing(index_elements=[PledgeRow.id])
            .returning(PledgeRow.id)
        )
        return added is not None

    async def add_training(self, training: Training) -> bool:
        words = {"title": training.title, "by": training.by, "evidence": training.evidence}
        added = await self._connection.scalar(
            insert(TrainingRow)
            .values(
                id=training.id,
                staff_id=training.staff_id,
                subject=training.subject,
                content=await self._seal("trainings", training.id, words),
                minutes=training.minutes,
                held_on=training.held_on,
                valid_until=training.valid_until,
                made_by=training.made_by,
                made_at=training.made_at,
            )
            .on_conflict_do_nothing(index_elements=[TrainingRow.id])
            .returning(TrainingRow.id)
        )
        return added is not None

    async def withdraw_training(self, training_id: UUID, by: UUID, at: datetime) -> UUID | None:
        return await self._connection.scalar(
            update(TrainingRow)
            .where(TrainingRow.id == training_id, TrainingRow.withdrawn_at.is_(None))
            .values(withdrawn_by=by, withdrawn_at=at)
            .returning(TrainingRow.staff_id)
        )

    async def kept(self, staff_id: UUID | None = None) -> Kept:
        entries, pledges, trainings = (
            select(RosterEntryRow.__table__).order_by(RosterEntryRow.number),
            select(PledgeRow.__table__).order_by(PledgeRow.recorded_at),
            select(TrainingRow.__table__).where(TrainingRow.withdrawn_at.is_(None)).order_by(TrainingRow.held_on),
        )
        if staff_id is not None:
            entries = entries.where(RosterEntryRow.staff_id == staff_id)
            pledges = pledges.where(PledgeRow.staff_id == staff_id)
            trainings = trainings.where(TrainingRow.staff_id == staff_id)
        return Kept(
            entries=[self._entry(row) for row in await self._connection.execute(entries)],
            pledges=[self._pledge(row) for row in await self._connection.execute(pledges)],
            trainings=[self._training(row) for row in await self._connection.execute(trainings)],
        )

    async def warnings(self, today: date) -> Sequence[str]:
        kept, people = await self.kept(), await self._staff.everybody()
        return warnings_of(people, kept.entries, kept.pledges, kept.trainings, today)

    async def _seal(self, table: str, row_id: UUID, words: Mapping[str, str | None]) -> bytes:
        return (await self._sealer.for_house()).seal(
            table, "content", str(row_id), json.dumps(words, ensure_ascii=False)
        )

    def _words(self, table: str, row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(open_sealed(self._sealer, table, "content", row.id, row.content) or "{}")
        return found

    def _entry(self, row: Row[*tuple[Any, ...]]) -> Entry:
        # Words that can't be opened take nobody's role away.
        words = self._words("roster_entries", row)
        return Entry(
            id=row.id,
            staff_id=row.staff_id,
            role=StaffRole(row.role),
            trainee=row.trainee,
            real_name=words.get("name"),
            qualification=words.get("qualification"),
            experience=words.get("experience"),
            years=row.years,
            holds_from=row.holds_from,
            valid_to=row.valid_to,
            announced_on=row.announced_on,
            announced_way=None if row.announced_way is None else Way(row.announced_way),
            made_by=row.made_by,
            made_at=row.made_at,
            withdrawn_at=row.withdrawn_at,
        )

    def _pledge(self, row: Row[*tuple[Any, ...]]) -> Pledge:
        return Pledge(
            id=row.id,
            staff_id=row.staff_id,
            version=row.version,
            on=row.pledged_on,
            place=open_sealed(self._sealer, "pledges", "place", row.id, row.place),
            recorded_by=row.recorded_by,
            recorded_at=row.recorded_at,
        )

    def _training(self, row: Row[*tuple[Any, ...]]) -> Training:
        words = self._words("trainings", row)
        return Training(
            id=row.id,
            staff_id=row.staff_id,
            subject=Subject(row.subject),
            title=words.get("title", ""),
            by=words.get("by", ""),
            evidence=words.get("evidence", ""),
            minutes=row.minutes,
            held_on=row.held_on,
            valid_until=row.valid_until,
            made_by=row.made_by,
            made_at=row.made_at,
        )
