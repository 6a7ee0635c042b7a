"""The school register (KAG-5, KAG-6.1キ). Schools' names are public words; contact persons and files are sealed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.school_tables import EnrolmentRow, SchoolContactRow, SchoolRow, SchoolUploadRow
from handoff.domain.profile.vocabulary import Founder
from handoff.domain.school import (
    ContactPerson,
    Course,
    Department,
    Enrolment,
    School,
    SchoolEntry,
    SchoolKind,
)
from handoff.services.school_ports import KnownEntry, Upload
from kernel.sealing import CellSealer, SealBroken

_UNREADABLE = ContactPerson(duty="（この連絡先は開けませんでした）")


class SqlSchools:
    """Implements ``services.school_ports.Schools``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def find(self, profile: str, code: str) -> School | None:
        found = select(SchoolRow.__table__).where(SchoolRow.profile == profile, SchoolRow.code == code)
        row = (await self._connection.execute(found)).first()
        return None if row is None else _school(row)

    async def names(self, profile: str) -> Sequence[School]:
        rows = await self._connection.execute(
            select(SchoolRow.__table__)
            .where(SchoolRow.profile == profile)
            .order_by(SchoolRow.municipality, SchoolRow.name, SchoolRow.code)
        )
        return [_school(row) for row in rows]

    async def entries(self, profile: str) -> Mapping[str, SchoolEntry]:
        return {code: known.entry for code, known in (await self._entries(profile)).items()}

    async def entry(self, profile: str, code: str) -> KnownEntry | None:
        return (await self._entries(profile, code)).get(code)

    async def is_empty(self, profile: str) -> bool:
        found = select(SchoolRow.code).where(SchoolRow.profile == profile).limit(1)
        return await self._connection.scalar(found) is None

    async def _entries(self, profile: str, code: str | None = None) -> dict[str, KnownEntry]:
        def of(row: type[SchoolRow | EnrolmentRow | SchoolContactRow]) -> ColumnElement[bool]:
            return and_(row.profile == profile, *([] if code is None else [row.code == code]))

        numbers: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        for row in await self._connection.execute(select(EnrolmentRow.__table__).where(of(EnrolmentRow))):
            numbers[row.code][row.as_of][row.grade] = row.pupils
        contacts: dict[str, list[ContactPerson]] = defaultdict(list)
        people = select(SchoolContactRow.__table__).where(of(SchoolContactRow)).order_by(SchoolContactRow.place)
        for row in await self._connection.execute(people):
            contacts[row.code].append(self._person(row))
        found = {}
        for row in await self._connection.execute(select(SchoolRow.__table__).where(of(SchoolRow))):
            days = numbers[row.code]
            enrolments = tuple(Enrolment.on(day, days[day]) for day in sorted(days, reverse=True))
            entry = SchoolEntry(_school(row), enrolments, tuple(contacts[row.code]))
            found[row.code] = KnownEntry(entry, row.version)
        return found

    def _person(self, row: Row[*tuple[Any, ...]]) -> ContactPerson:
        told = open_sealed(self._sealer, "school_contacts", "person", row.id, row.person)
        return _UNREADABLE if told is None else ContactPerson(*json.loads(told))

    async def lock(self, profile: str) -> None:
        await self._connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"schools:{profile}", 0)))
        )

    async def save(self, profile: str, entries: Sequence[SchoolEntry], at: datetime) -> None:
        if not entries:
            return
        rows = [_row(profile, entry.school, at) for entry in entries]
        added = insert(SchoolRow)
        changed = {name: added.excluded[name] for name in rows[0] if name not in ("profile", "code")}
        await self._connection.execute(
            added.on_conflict_do_update(
                index_elements=[SchoolRow.profile, SchoolRow.code], set_=changed | {"version": SchoolRow.version + 1}
            ),
            rows,
        )
        codes = [entry.school.code for entry in entries]
        for table in (EnrolmentRow, SchoolContactRow):
            await self._connection.execute(delete(table).where(table.profile == profile, table.code.in_(codes)))
        numbers = [
            {"profile": profile, "code": entry.school.code, "as_of": day.as_of, "grade": grade, "pupils": pupils}
            for entry in entries
            for day in entry.enrolments
            for grade, pupils in day.pupils
        ]
        key = await self._sealer.for_house()
        people = [
            _contact(key, profile, entry.school.code, place, person)
            for entry in entries
            for place, person in enumerate(entry.contacts, start=1)
        ]
        if numbers:
            await self._connection.execute(insert(EnrolmentRow), numbers)
        if people:
            await self._connection.execute(insert(SchoolContactRow), people)

    async def keep_upload(self, upload: Upload) -> None:
        assert upload.file is not None  # noqa: S101 - there is nothing else to keep
        await self._connection.execute(
            insert(SchoolUploadRow).values(
                id=upload.id,
                profile=upload.profile,
                made_by=upload.made_by,
                at=upload.at,
                file=(await self._sealer.for_house()).seal_bytes("school_uploads", "file", str(upload.id), upload.file),
            )
        )

    async def upload(self, upload_id: UUID) -> Upload | None:
        found = select(SchoolUploadRow.__table__).where(SchoolUploadRow.id == upload_id).with_for_update()
        row = (await self._connection.execute(found)).first()
        if row is None:
            return None
        try:
            file = (
                None if row.file is None else self._sealer.open_bytes("school_uploads", "file", str(row.id), row.file)
            )
        except SealBroken:
            file = None  # whoever sent it sends it again
        return Upload(row.id, row.profile, row.made_by, row.at, file, row.imported_at)

    async def finish_upload(self, upload_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(SchoolUploadRow).where(SchoolUploadRow.id == upload_id).values(file=None, imported_at=at)
        )

    async def drop_uploads(self, before: datetime) -> None:
        await self._connection.execute(
            update(SchoolUploadRow)
            .where(SchoolUploadRow.at < before, SchoolUploadRow.file.is_not(None))
            .values(file=None)
        )


def _school(row: Row[*tuple[Any, ...]]) -> School:
    return School(
        code=row.code,
        name=row.name,
        school_type=row.school_type,
        kind=SchoolKind(row.kind),
        readings=tuple(row.readings),
        aliases=tuple(row.aliases),
        municipality=row.municipality,
        founder=None if row.founder is None else Founder(row.founder),
        courses=tuple(Course(one) for one in row.courses),
        departments=tuple(Department(one) for one in row.departments),
        age_from=row.age_from,
        age_to=row.age_to,
        retired_on=row.retired_on,
    )


def _row(profile: str, school: School, at: datetime) -> dict[str, Any]:
    return {
        "profile": profile,
        "code": school.code,
        "kind": school.kind,
        "name": school.name,
        "readings": list(school.readings),
        "aliases": list(school.aliases),
        "municipality": school.municipality,
        "founder": school.founder,
        "school_type": school.school_type,
        "courses": [str(one) for one in school.courses],
        "departments": [str(one) for one in school.departments],
        "age_from": school.age_from,
        "age_to": school.age_to,
        "retired_on": school.retired_on,
        "changed_at": at,
    }


def _contact(key: CellSealer, profile: str, code: str, place: int, person: ContactPerson) -> dict[str, Any]:
    id = uuid4()
    told = json.dumps(astuple(person), ensure_ascii=False)
    sealed = key.seal("school_contacts", "person", str(id), told)
    return {"id": id, "profile": profile, "code": code, "place": place, "person": sealed}
