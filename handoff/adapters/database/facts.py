"""Facts and the sessions that wait for theirs. Between a fact and its session lies a keyed hash, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, Uuid, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database import fact_counts
from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.desk_cards import open_sealed
from handoff.adapters.database.fact_tables import FactDueRow, FactRow
from handoff.adapters.database.school_tables import EnrolmentRow, SchoolRow
from handoff.adapters.database.sheet_corrections import SqlSheetCorrections
from handoff.adapters.database.tables import ContactRow, LineEventRow, MessageRow, OutboxRow, SessionRow
from handoff.domain.coding import Outcome, SheetKind, TopicCode, Writer
from handoff.domain.delivery import DeliveryState
from handoff.domain.fact import Concerned, Fact, Place, SurveyAnswers
from handoff.domain.fact_count import Counts, FactQuery
from handoff.domain.fact_source import FactSource, Spoken
from handoff.domain.hours import HoursStatus
from handoff.domain.incoming import Channel, MessageKind
from handoff.domain.profile.vocabulary import Agency, Founder, ReportingClass
from handoff.domain.session import HumanWanted, Level, Owner, State
from handoff.services.fact_ports import FactDue

_FACT: Final = "fact"
_USER: Final = "fact_user"
_USER_BYTES: Final = 16
#: Of the database's advisory locks; any number that nothing else uses.
_WRITERS: Final = 0x7361_6661_6374
_SILENT: Final = (MessageKind.FOLLOW, MessageKind.UNFOLLOW)
_LOST: Final = (DeliveryState.REFUSED, DeliveryState.DEAD)
_WORST_FIRST: Final = tuple(reversed(Level))
#: Columns that are as they are in the domain.
_PLAIN: Final = (
    "id", "version", "coding_version", "profile", "kind", "channel", "test", "day", "hour", "hours", "user_key", "grade",
    "gender", "writer", "concerned", "level", "reporting_class", "outcome", "accepted_after", "first_human_after",
    "last_human_after", "closed_after", "closed_reason", "waited", "worked", "exchanges", "call_transfer",
)  # fmt: skip


class SqlFacts(SqlSheetCorrections):
    """Implements ``services.fact_ports.Facts``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        super().__init__(connection, sealer)
        self._connection = connection
        self._sealer = sealer

    # What waits -------------------------------------------------------------------------------------------------

    async def wake(self, session_id: UUID, at: datetime) -> None:
        # What is being disposed of would be counted a second time, by what is left of it.
        counted = select(literal(uuid4(), Uuid), SessionRow.id, literal(at, FactDueRow.at.type)).where(
            SessionRow.id == session_id, SessionRow.disposal_began_at.is_(None)
        )
        await self._connection.execute(insert(FactDueRow).from_select(["id", "session_id", "at"], counted))

    async def dues(self, limit: int) -> Sequence[FactDue]:
        rows = await self._connection.execute(
            select(FactDueRow.__table__).order_by(FactDueRow.at, FactDueRow.id).limit(limit)
        )
        return [FactDue(row.id, row.session_id, row.at) for row in rows]

    async def settle(self, due_ids: Sequence[UUID]) -> None:
        await self._connection.execute(delete(FactDueRow).where(FactDueRow.id.in_(due_ids)))

    async def hold(self) -> bool:
        return bool(await self._connection.scalar(select(func.pg_try_advisory_xact_lock(_WRITERS))))

    # What is known of a session ---------------------------------------------------------------------------------

    async def source(self, session_id: UUID) -> FactSource | None:
        found = (
            select(SessionRow.__table__, ContactRow.channel, ContactRow.test)
            .join(ContactRow, ContactRow.id == SessionRow.contact_id)
            .where(SessionRow.id == session_id, SessionRow.state == State.CLOSED)
        )
        row = (await self._connection.execute(found)).first()
        if row is None:
            return None
        lines, categories = await self._talk(session_id)
        intake = open_sealed(self._sealer, "sessions", "intake", session_id, row.intake)
        return FactSource(
            session_id=row.id,
            contact_id=row.contact_id,
            profile=row.profile,
            channel=Channel(row.channel),
            test=row.test,
            opened_at=row.opened_at,
            waiting_since=row.waiting_since,
            queued_at=row.queued_at,
            claimed_at=row.claimed_at,
            closed_at=row.closed_at,
            closed_reason=row.closed_reason or "",
            level=_maybe(Level, row.level),
            conduct=row.human_wanted == HumanWanted.CONDUCT and not row.unscreened,
            intake=None if intake is None else json.loads(intake),
            categories=categories,
            lines=lines,
        )

    async def _talk(self, session_id: UUID) -> tuple[Sequence[Spoken], Sequence[str]]:
        """Who wrote when, and the screen's categories of the gravest messages first; the words stay sealed."""
        rows = await self._connection.execute(
            select(MessageRow.id, MessageRow.author, MessageRow.occurred_at, MessageRow.level, MessageRow.assessment)
            .outerjoin(OutboxRow, OutboxRow.id == MessageRow.outbox_id)
            .outerjoin(LineEventRow, LineEventRow.id == MessageRow.event_id)
            .where(
                MessageRow.session_id == session_id,
                # Who only says that they want no broadcasts tells nothing that would be counted.
                LineEventRow.result.is_distinct_from("wish"),
                MessageRow.author.in_(("student", Owner.COUNSELLOR)),
                MessageRow.kind.not_in(_SILENT),
                or_(OutboxRow.state.is_(None), OutboxRow.state.not_in(_LOST)),
            )
            .order_by(MessageRow.sequence)
        )
        lines = list[Spoken]()
        graded = list[tuple[int, Sequence[str]]]()
        for row in rows:
            lines.append(Spoken(row.author == "student", row.occurred_at))
            opened = open_sealed(self._sealer, "messages", "assessment", row.id, row.assessment)
            if opened is not None:
                rank = len(_WORST_FIRST) if row.level is None else _WORST_FIRST.index(Level(row.level))
                graded.append((rank, [str(name) for name in json.loads(opened).get("categories", ())]))
        graded.sort(key=lambda pair: pair[0])
        return lines, tuple(dict.fromkeys(name for _rank, names in graded for name in names))

    async def user_key(self, contact_id: UUID, year: int) -> bytes:
        return self._sealer.lookup(_USER, f"{year}:{contact_id}")[:_USER_BYTES]

    async def pupils(self, profile: str, place: Place, grade: str | None, day: date) -> tuple[int | None, int | None]:
        newest = (
            select(EnrolmentRow.code, func.max(EnrolmentRow.as_of).label("as_of"))
            .where(EnrolmentRow.profile == profile, EnrolmentRow.as_of <= day)
            .group_by(EnrolmentRow.code)
            .subquery()
        )
        counted = (
            select(func.sum(EnrolmentRow.pupils))
            .join(newest, and_(newest.c.code == EnrolmentRow.code, newest.c.as_of == EnrolmentRow.as_of))
            .join(SchoolRow, and_(SchoolRow.profile == EnrolmentRow.profile, SchoolRow.code == EnrolmentRow.code))
            .where(EnrolmentRow.profile == profile)
        )
        if grade is not None:
            counted = counted.where(EnrolmentRow.grade == grade)
        around = counted.where(
            SchoolRow.municipality == place.area,
            SchoolRow.school_type == place.school_type,
            SchoolRow.founder.is_not_distinct_from(place.founder),
        )
        return (
            await self._connection.scalar(counted.where(SchoolRow.code == place.school_code)),
            None if place.area is None else await self._connection.scalar(around),
        )

    async def school_names(self, profile: str, codes: Sequence[str]) -> Mapping[str, str]:
        rows = await self._connection.execute(
            select(SchoolRow.code, SchoolRow.name).where(SchoolRow.profile == profile, SchoolRow.code.in_(codes))
        )
        return {row.code: row.name for row in rows}

    # The facts --------------------------------------------------------------------------------------------------

    def _lookup(self, session_id: UUID) -> bytes:
        return self._sealer.lookup(_FACT, str(session_id))

    async def newest(self, session_id: UUID) -> Fact | None:
        found = _facts().where(FactRow.lookup == self._lookup(session_id))
        row = (await self._connection.execute(found)).first()
        return None if row is None else _fact(row)

    async def add(self, session_id: UUID, fact: Fact) -> None:
        lookup = self._lookup(session_id)
        await self._connection.execute(
            update(FactRow).where(FactRow.lookup == lookup, FactRow.current).values(current=False)
        )
        survey = fact.survey or SurveyAnswers()
        await self._connection.execute(
            insert(FactRow).values(
                **{name: getattr(fact, name) for name in _PLAIN},
                lookup=lookup,
                current=True,
                school_type=fact.place.school_type,
                school_code=fact.place.school_code,
                founder=fact.place.founder,
                area=fact.place.area,
                primary_topic=fact.primary,
                secondaries=list(fact.secondaries),
                agencies=list(fact.agencies),
                surveyed=fact.survey is not None,
                survey_heard=survey.heard,
                survey_ease=survey.ease,
                survey_again=survey.again,
            )
        )

    async def cut_off(self, session_id: UUID) -> None:
        await self._connection.execute(
            update(FactRow).where(FactRow.lookup == self._lookup(session_id)).values(lookup=None)
        )

    async def of_day(self, profile: str, day: date, *, test: bool = False) -> Sequence[Fact]:
        found = _facts().where(FactRow.profile == profile, FactRow.day == day, FactRow.test == test)
        rows = await self._connection.execute(found.order_by(FactRow.hour, FactRow.id))
        return [_fact(row) for row in rows]

    async def count(self, query: FactQuery) -> Counts:
        return await fact_counts.count(self._connection, query)


def _facts() -> Select[*tuple[Any, ...]]:
    return select(FactRow.__table__).where(FactRow.current)


def _maybe[Code: Any](kind: type[Code], value: str | None) -> Code | None:
    return None if value is None else kind(value)


def _fact(row: Row[*tuple[Any, ...]]) -> Fact:
    return Fact(
        id=row.id,
        version=row.version,
        coding_version=row.coding_version,
        profile=row.profile,
        kind=SheetKind(row.kind),
        channel=Channel(row.channel),
        day=row.day,
        hour=row.hour,
        hours=HoursStatus(row.hours),
        user_key=row.user_key,
        test=row.test,
        place=Place(row.school_type, row.school_code, _maybe(Founder, row.founder), row.area),
        grade=row.grade,
        gender=row.gender,
        writer=Writer(row.writer),
        concerned=Concerned(row.concerned),
        primary=_maybe(TopicCode, row.primary_topic),
        secondaries=tuple(TopicCode(one) for one in row.secondaries),
        level=_maybe(Level, row.level),
        reporting_class=_maybe(ReportingClass, row.reporting_class),
        outcome=Outcome(row.outcome),
        accepted_after=row.accepted_after,
        first_human_after=row.first_human_after,
        last_human_after=row.last_human_after,
        closed_after=row.closed_after,
        waited=row.waited,
        worked=row.worked,
        closed_reason=row.closed_reason,
        exchanges=row.exchanges,
        agencies=tuple(Agency(one) for one in row.agencies),
        call_transfer=row.call_transfer,
        survey=SurveyAnswers(row.survey_heard, row.survey_ease, row.survey_again) if row.surveyed else None,
    )
