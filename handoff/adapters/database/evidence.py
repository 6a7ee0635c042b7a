"""Evidence in the database: facts sealed to their row, and each piece of a file to its place in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, cast, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.evidence_tables import (
    EvidenceOpeningRow,
    EvidencePieceRow,
    EvidenceRow,
    PictureWindowRow,
)
from handoff.adapters.database.tables import LineEventRow, MessageRow, SessionRow
from handoff.domain.errors import NotFound
from handoff.domain.evidence import (
    COUNTED,
    SEXUAL,
    Evidence,
    EvidenceState,
    Ground,
    Part,
    Purpose,
    QuarantineCause,
    Refusal,
    Sensitive,
)
from handoff.domain.file_types import EvidenceKind
from handoff.domain.kept import Kept
from handoff.services.evidence_ports import Opening, PictureWindow, Usage
from kernel.risk.levels import CATEGORIES
from kernel.sealing import SealBroken

_PIECES = "evidence_pieces"
#: Columns that are as they are in the domain.
_PLAIN = (
    "kind", "mime", "bytes", "declared_bytes", "sensitive", "quarantined", "reason", "shown_bytes", "thumb_bytes",
    "hidden", "attempts", "touched_at", "stored_at",
)  # fmt: skip
#: Purpose of the lock under which somebody's files are counted.
_COUNTING = 7_305_184_909


def _place(evidence_id: UUID, part: Part, number: int) -> str:
    return f"{evidence_id}:{part}:{number}"


class SqlEvidences:
    """Implements ``services.evidence_ports.Evidences``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # Rows -------------------------------------------------------------------------------------------------------

    async def add(self, evidence: Evidence) -> bool:
        added = await self._connection.scalar(
            upsert(EvidenceRow)
            .values(
                id=evidence.id,
                session_id=evidence.session_id,
                event_id=evidence.event_id,
                made_at=evidence.made_at,
                **await self._values(evidence),
            )
            .on_conflict_do_nothing(index_elements=[EvidenceRow.event_id])
            .returning(EvidenceRow.id)
        )
        return added is not None

    async def _values(self, evidence: Evidence) -> dict[str, Any]:
        facts = {"name": evidence.name, "declared": evidence.declared, "digest": evidence.digest}
        told = json.dumps(facts, ensure_ascii=False)
        row_id, key = str(evidence.id), await self._sealer.for_session(evidence.session_id, Kept.MEDIA)
        return {
            "state": evidence.state,
            "ground": evidence.ground,
            "facts": key.seal("evidence", "facts", row_id, told) if any(facts.values()) else None,
            "source": None if evidence.source is None else key.seal("evidence", "source", row_id, evidence.source),
            "real_due_at": evidence.due_at,
            **{name: getattr(evidence, name) for name in _PLAIN},
        }

    async def find(self, evidence_id: UUID) -> Evidence:
        return await self._one(select(EvidenceRow.__table__).where(EvidenceRow.id == evidence_id))

    async def lock(self, evidence_id: UUID) -> Evidence:
        return await self._one(select(EvidenceRow.__table__).where(EvidenceRow.id == evidence_id).with_for_update())

    async def _one(self, found: Select[*tuple[Any, ...]]) -> Evidence:
        row = (await self._connection.execute(found)).first()
        if row is None:
            raise NotFound("no such evidence")
        return evidence_of(row, self._sealer)

    async def save(self, evidence: Evidence) -> None:
        await self._connection.execute(
            update(EvidenceRow).where(EvidenceRow.id == evidence.id).values(**await self._values(evidence))
        )

    async def of_session(self, session_id: UUID) -> Sequence[Evidence]:
        found = select(EvidenceRow.__table__).where(EvidenceRow.session_id == session_id)
        rows = await self._connection.execute(found.order_by(EvidenceRow.made_at, EvidenceRow.id))
        return [evidence_of(row, self._sealer) for row in rows]

    async def of_event(self, event_id: UUID) -> Evidence | None:
        found = select(EvidenceRow.__table__).where(EvidenceRow.event_id == event_id).with_for_update()
        row = (await self._connection.execute(found)).first()
        return None if row is None else evidence_of(row, self._sealer)

    async def usage(self, session_id: UUID) -> Usage:
        # A page says beforehand how much will come, so that many beginnings at once don't each get all the room.
        size = func.greatest(EvidenceRow.bytes, func.coalesce(EvidenceRow.declared_bytes, 0))
        row = (
            await self._connection.execute(
                select(func.count().label("files"), func.coalesce(func.sum(size), 0).label("bytes")).where(
                    EvidenceRow.session_id == session_id, EvidenceRow.state.in_(COUNTED)
                )
            )
        ).one()
        return Usage(row.files, int(row.bytes))

    async def hold(self, session_id: UUID) -> None:
        of = select(cast(SessionRow.contact_id, Text)).where(SessionRow.id == session_id).scalar_subquery()
        key = func.hashtextextended(of, _COUNTING)
        await self._connection.execute(select(func.pg_advisory_xact_lock(key)))

    async def last_refused(self, session_id: UUID) -> datetime | None:
        return await self._connection.scalar(
            select(func.max(EvidenceRow.made_at)).where(
                EvidenceRow.session_id == session_id,
                EvidenceRow.state == EvidenceState.REFUSED,
                EvidenceRow.reason.in_((Refusal.NOT_ACCEPTED, Refusal.COUNT, Refusal.EXTERNAL)),
            )
        )

    async def delete(self, evidence_id: UUID) -> None:
        await self.drop_pieces(evidence_id)
        await self._connection.execute(delete(EvidenceRow).where(EvidenceRow.id == evidence_id))

    async def unfinished(self, before: datetime, limit: int) -> Sequence[UUID]:
        return await self._ids(
            EvidenceRow.state == EvidenceState.RECEIVING, EvidenceRow.touched_at < before, limit=limit
        )

    async def due(self, at: datetime, limit: int) -> Sequence[UUID]:
        return await self._ids(EvidenceRow.state == EvidenceState.WAITING, EvidenceRow.real_due_at <= at, limit=limit)

    async def _ids(self, *where: ColumnElement[bool], limit: int) -> Sequence[UUID]:
        return list(await self._connection.scalars(select(EvidenceRow.id).where(*where).limit(limit)))

    # Pieces -----------------------------------------------------------------------------------------------------

    async def add_piece(self, evidence_id: UUID, part: Part, number: int, data: bytes) -> None:
        body = (await self._sealer.for_evidence(evidence_id)).seal_bytes(
            _PIECES, "body", _place(evidence_id, part, number), data
        )
        await self._connection.execute(
            insert(EvidencePieceRow).values(evidence_id=evidence_id, part=part, number=number, body=body)
        )

    async def piece(self, evidence_id: UUID, part: Part, number: int) -> bytes | None:
        sealed = await self._connection.scalar(
            select(EvidencePieceRow.body).where(
                EvidencePieceRow.evidence_id == evidence_id,
                EvidencePieceRow.part == part,
                EvidencePieceRow.number == number,
            )
        )
        if sealed is None:
            return None
        return self._sealer.open_bytes(_PIECES, "body", _place(evidence_id, part, number), sealed)

    async def drop_pieces(self, evidence_id: UUID, *parts: Part) -> None:
        dropped = delete(EvidencePieceRow).where(EvidencePieceRow.evidence_id == evidence_id)
        await self._connection.execute(dropped.where(EvidencePieceRow.part.in_(parts)) if parts else dropped)

    # Risk -------------------------------------------------------------------------------------------------------

    async def categories(self, session_ids: Sequence[UUID]) -> frozenset[str]:
        sessions = select(SessionRow.id).where(SessionRow.id.in_(session_ids))
        unseen = await self._connection.scalar(select(sessions.where(SessionRow.files_unseen).exists()))
        contacts = sessions.with_only_columns(SessionRow.contact_id).scalar_subquery()
        said = select(MessageRow.id, MessageRow.assessment).where(MessageRow.session_id.in_(session_ids))
        # Screened, and not in the transcript yet.
        coming = select(LineEventRow.id, LineEventRow.assessment).where(
            LineEventRow.contact_id.in_(contacts), LineEventRow.done_at.is_(None)
        )
        found: set[str] = {SEXUAL} if unseen else set()
        for table, rows in (("messages", said), ("line_events", coming)):
            for row_id, sealed in await self._connection.execute(rows):
                found |= set() if sealed is None else self._categories(table, row_id, sealed)
        return frozenset(found)

    async def mark_unseen(self, session_id: UUID) -> None:
        await self._connection.execute(update(SessionRow).where(SessionRow.id == session_id).values(files_unseen=True))

    def _categories(self, table: str, row_id: UUID, sealed: bytes) -> set[str]:
        try:
            told = json.loads(self._sealer.open(table, "assessment", str(row_id), sealed))
        except (SealBroken, ValueError):
            return set(CATEGORIES)  # what nobody can read may say anything
        return set() if told.get("level") == "none" else set(told.get("categories", ()))

    # Openings and windows ---------------------------------------------------------------------------------------

    async def add_opening(self, opening: Opening) -> bool:
        added = await self._connection.scalar(
            upsert(EvidenceOpeningRow)
            .values(
                id=opening.id,
                evidence_id=opening.evidence_id,
                staff_id=opening.staff_id,
                purpose=opening.purpose,
                reason=(await self._sealer.for_evidence(opening.evidence_id)).seal(
                    "evidence_openings", "reason", str(opening.id), opening.reason
                ),
                at=opening.at,
            )
            .on_conflict_do_nothing(index_elements=[EvidenceOpeningRow.id])
            .returning(EvidenceOpeningRow.id)
        )
        return added is not None

    async def openings(self, evidence_id: UUID) -> Sequence[Opening]:
        rows = await self._connection.execute(
            select(EvidenceOpeningRow.__table__)
            .where(EvidenceOpeningRow.evidence_id == evidence_id)
            .order_by(EvidenceOpeningRow.at)
        )
        return [
            Opening(
                row.id,
                row.evidence_id,
                row.staff_id,
                Purpose(row.purpose),
                self._sealer.open("evidence_openings", "reason", str(row.id), row.reason),
                row.at,
            )
            for row in rows
        ]

    async def window(self, session_id: UUID) -> PictureWindow | None:
        found = select(PictureWindowRow.__table__).where(PictureWindowRow.session_id == session_id).with_for_update()
        row = (await self._connection.execute(found)).first()
        return None if row is None else PictureWindow(**row._mapping)

    async def set_window(self, window: PictureWindow) -> None:
        values = {name: getattr(window, name) for name in ("staff_id", "opened_at", "until", "used_at")}
        await self._connection.execute(
            upsert(PictureWindowRow)
            .values(session_id=window.session_id, **values)
            .on_conflict_do_update(index_elements=[PictureWindowRow.session_id], set_=values)
        )


def evidence_of(row: Row[*tuple[Any, ...]], sealer: RowSealer) -> Evidence:
    """One row, opened; where its facts can't be, it is there without them."""

    def opened(column: str, sealed: bytes | None) -> str | None:
        try:
            return None if sealed is None else sealer.open("evidence", column, str(row.id), sealed)
        except SealBroken:
            return None

    facts = json.loads(opened("facts", row.facts) or "{}")
    return Evidence(
        id=row.id,
        session_id=row.session_id,
        state=EvidenceState(row.state),
        ground=Ground(row.ground),
        made_at=row.made_at,
        touched_at=row.touched_at,
        event_id=row.event_id,
        kind=None if row.kind is None else EvidenceKind(row.kind),
        mime=row.mime,
        bytes=row.bytes,
        declared_bytes=row.declared_bytes,
        name=facts.get("name") or "",
        declared=facts.get("declared") or "",
        digest=facts.get("digest"),
        source=opened("source", row.source),
        sensitive=None if row.sensitive is None else Sensitive(row.sensitive),
        quarantined=None if row.quarantined is None else QuarantineCause(row.quarantined),
        reason=None if row.reason is None else Refusal(row.reason),
        shown_bytes=row.shown_bytes,
        thumb_bytes=row.thumb_bytes,
        hidden=row.hidden,
        attempts=row.attempts,
        due_at=row.real_due_at,
        stored_at=row.stored_at,
    )
