"""The audit: rows that are added with their mark, links that make them a chain, and what its page reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.audit_tables import AuditCutRow, AuditLinkRow, SecurityConfirmationRow
from handoff.adapters.database.tables import AuditRow
from handoff.domain.audit import ROW, START, Anchor, AuditEntry, KeyedHash, LinkedEntry, content
from handoff.domain.hours import ZONE
from handoff.domain.security_check import Answer, Point
from handoff.services.audit_ports import Asked, Confirmation, Cut

#: Held by whoever adds links; any number that no other lock has.
TURN: Final = 7_203_118_824_410_026


class SqlAudit:
    """Implements ``services.ports.Audit``; the application's role can add and read, no more."""

    def __init__(self, connection: AsyncConnection, hashed: KeyedHash) -> None:
        self._connection = connection
        self._hashed = hashed

    async def add(self, at: datetime, actor: str, verb: str, session_id: UUID | None, **detail: Any) -> None:
        row_id = uuid4()
        mark = self._hashed(ROW, content(row_id, at, actor, verb, session_id, detail))
        await self._connection.execute(
            insert(AuditRow).values(
                id=row_id, at=at, actor=actor, verb=verb, session_id=session_id, detail=detail, mark=mark
            )
        )


class SqlAuditChain:
    """Implements ``services.audit_ports.AuditChain``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take_turn(self) -> bool:
        return bool(await self._connection.scalar(select(func.pg_try_advisory_xact_lock(TURN))))

    async def end(self) -> Anchor:
        newest = select(AuditLinkRow.number, AuditLinkRow.digest).order_by(AuditLinkRow.number.desc()).limit(1)
        row = (await self._connection.execute(newest)).one_or_none()
        if row is not None:
            return Anchor(row.number, bytes(row.digest))
        cut = await self.cut()
        return START if cut is None else cut.end

    async def cut(self) -> Cut | None:
        newest = select(AuditCutRow).order_by(AuditCutRow.through.desc()).limit(1)
        row = (await self._connection.execute(newest)).one_or_none()
        return None if row is None else Cut(Anchor(row.through, bytes(row.digest)), bytes(row.mark))

    async def unlinked(self, after: int, limit: int) -> Sequence[AuditEntry]:
        linked = select(AuditLinkRow.number).where(AuditLinkRow.sequence == AuditRow.sequence)
        wanted = (
            select(AuditRow).where(AuditRow.sequence > after, ~linked.exists()).order_by(AuditRow.sequence).limit(limit)
        )
        return [_entry(row) for row in await self._connection.execute(wanted)]

    async def link(self, links: Sequence[LinkedEntry], real_at: datetime) -> None:
        await self._connection.execute(
            insert(AuditLinkRow),
            [
                {"number": one.number, "sequence": one.sequence, "digest": one.digest, "real_at": real_at}
                for one in links
            ],
        )

    async def links(self, after: int, limit: int) -> Sequence[LinkedEntry]:
        wanted = (
            select(
                AuditLinkRow.number, AuditLinkRow.sequence.label("linked"), AuditLinkRow.digest, *AuditRow.__table__.c
            )
            .outerjoin(AuditRow, AuditRow.sequence == AuditLinkRow.sequence)
            .where(AuditLinkRow.number > after)
            .order_by(AuditLinkRow.number)
            .limit(limit)
        )
        return [
            LinkedEntry(row.number, row.linked, bytes(row.digest), None if row.id is None else _entry(row))
            for row in await self._connection.execute(wanted)
        ]

    async def anchor_at(self, number: int) -> Anchor | None:
        digest = await self._connection.scalar(select(AuditLinkRow.digest).where(AuditLinkRow.number == number))
        return None if digest is None else Anchor(number, bytes(digest))

    async def newest_sequence(self) -> int:
        return await self._connection.scalar(select(func.max(AuditRow.sequence))) or 0

    async def newest(self) -> AuditEntry | None:
        last = select(AuditLinkRow.sequence).order_by(AuditLinkRow.number.desc()).limit(1).scalar_subquery()
        row = (await self._connection.execute(select(AuditRow).where(AuditRow.sequence == last))).one_or_none()
        return None if row is None else _entry(row)


class SqlAuditPages:
    """Implements ``services.audit_ports.AuditPages``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, asked: Asked, limit: int) -> Sequence[AuditEntry]:
        wanted = _narrowed(select(AuditRow), asked).order_by(AuditRow.sequence.desc()).limit(limit)
        return [_entry(row) for row in await self._connection.execute(wanted)]

    async def did(self, actor: str, verbs: Collection[str], session_id: UUID | None, since: datetime) -> bool:
        theirs = (AuditRow.actor == actor) & AuditRow.verb.in_(list(verbs)) & (AuditRow.at >= since)
        about = AuditRow.session_id.is_(None) if session_id is None else AuditRow.session_id == session_id
        return bool(await self._connection.scalar(select(select(AuditRow.id).where(theirs, about).exists())))

    async def begun(self) -> datetime | None:
        oldest = select(AuditRow.at).order_by(AuditRow.sequence).limit(1)
        return await self._connection.scalar(oldest)

    async def confirm(self, confirmation: Confirmation) -> bool:
        made = await self._connection.scalar(
            insert_once(SecurityConfirmationRow)
            .values(
                id=confirmation.id,
                profile=confirmation.profile,
                month=confirmation.month,
                points={str(point): str(answer) for point, answer in confirmation.points.items()},
                confirmed_by=confirmation.confirmed_by,
                confirmed_at=confirmation.confirmed_at,
                checked=confirmation.checked,
                fault=confirmation.fault,
                number=confirmation.end.number,
                digest=confirmation.end.digest,
            )
            .on_conflict_do_nothing(index_elements=[SecurityConfirmationRow.id])
            .returning(SecurityConfirmationRow.id)
        )
        return made is not None

    async def confirmations(self, profile: str, limit: int) -> Sequence[Confirmation]:
        row = SecurityConfirmationRow
        wanted = (
            select(row).where(row.profile == profile).order_by(row.month.desc(), row.confirmed_at.desc()).limit(limit)
        )
        return [
            Confirmation(
                id=one.id,
                profile=one.profile,
                month=one.month,
                points={Point(name): Answer(told) for name, told in one.points.items()},
                confirmed_by=one.confirmed_by,
                confirmed_at=one.confirmed_at,
                checked=one.checked,
                fault=one.fault,
                end=Anchor(one.number, bytes(one.digest)),
            )
            for one in await self._connection.execute(wanted)
        ]


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        verb=row.verb,
        session_id=row.session_id,
        detail=row.detail,
        sequence=row.sequence,
        mark=None if row.mark is None else bytes(row.mark),
    )


def _narrowed(wanted: Select[Any], asked: Asked) -> Select[Any]:
    if asked.actor is not None:
        wanted = wanted.where(AuditRow.actor == asked.actor)
    if asked.verbs is not None:
        wanted = wanted.where(AuditRow.verb.in_(sorted(asked.verbs)))
    if asked.session_id is not None:
        wanted = wanted.where(AuditRow.session_id == asked.session_id)
    if asked.first is not None:
        wanted = wanted.where(AuditRow.at >= datetime.combine(asked.first, time(), ZONE))
    if asked.last is not None:
        wanted = wanted.where(AuditRow.at < datetime.combine(asked.last + timedelta(days=1), time(), ZONE))
    if asked.before is not None:
        wanted = wanted.where(AuditRow.sequence < asked.before)
    return wanted
