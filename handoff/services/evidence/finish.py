"""A file is here in full: it is looked at by programs alone, and kept, quarantined or refused."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from uuid import UUID

from handoff.domain.errors import (
    EvidenceBroken,
    EvidenceOutOfPlace,
    EvidenceRefused,
    EvidenceTypeRefused,
    NotFound,
)
from handoff.domain.evidence import (
    KEPT,
    Evidence,
    EvidenceState,
    Ground,
    Part,
    QuarantineCause,
    quarantine_cause,
)
from handoff.domain.file_types import OVERLAP, TAIL, EvidenceKind, ends_as_zip, holds_archive, holds_markup
from handoff.services.evidence.common import actor_of, one_matter, owned, pieces, reason_of, refuse, show
from handoff.services.evidence_ports import Rebuilder, Rebuilt
from handoff.services.ports import Store, Transaction
from handoff.services.report.later_files import add_file, report_of_file
from handoff.services.setting import Setting

#: Files that one process reads through at the same time.
AT_ONCE = 2
#: Bytes at the very end in which a page or script would have to stand.
_END = 4096


@dataclass(frozen=True, slots=True)
class _Seen:
    """What programs made of a file. mime: None where it is kept though it can't be shown."""

    digest: str
    mime: str | None
    cause: QuarantineCause | None
    rebuilt: Rebuilt | None = None


class FinishEvidence:
    """The verb that ends the way of a file into the house; asked again, nothing changes."""

    def __init__(self, store: Store, setting: Setting, rebuild: Rebuilder) -> None:
        self._store = store
        self._setting = setting
        self._rebuild = rebuild
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, evidence_id: UUID, session_id: UUID | None) -> Evidence:
        """Args: session_id: whose file it has to be; None for the worker.

        Raises: NotFound. EvidenceOutOfPlace: it isn't here in full. EvidenceTypeRefused, EvidenceBroken: it is refused
            and deleted; what it belongs to stays.
        """
        await self._setting.refresh()
        async with self._store.reading() as tx:
            evidence = await tx.evidence.find(evidence_id)
        if session_id is not None and evidence.session_id != session_id:
            raise NotFound("no such evidence")
        if evidence.state in KEPT:
            return evidence
        if evidence.state not in (EvidenceState.RECEIVING, EvidenceState.WAITING):
            raise NotFound("it isn't being received")
        try:
            return await self._look(evidence, session_id)
        except EvidenceOutOfPlace:
            raise
        except EvidenceRefused as error:
            async with self._store.transaction() as tx:
                again = await owned(tx, evidence_id, session_id)
                if again.state is evidence.state and again.bytes == evidence.bytes:
                    await refuse(tx, self._setting.clock.now(), again, reason_of(error), actor_of(session_id))
            raise

    async def _look(self, evidence: Evidence, session_id: UUID | None) -> Evidence:
        """Let programs look at it, and keep it."""
        if evidence.declared_bytes not in (None, evidence.bytes):
            raise EvidenceOutOfPlace(evidence.bytes)
        if evidence.bytes == 0:
            raise EvidenceBroken("an empty file")
        async with self._turns:
            digest, two_in_one = await self._read(evidence)
        async with self._store.reading() as tx:
            cause = await self._cause(tx, evidence)
        seen = _Seen(digest, evidence.mime, cause)
        try:
            if two_in_one:
                raise EvidenceTypeRefused("an archive or a page besides what it begins as")
            if cause is None and evidence.kind is EvidenceKind.IMAGE and evidence.mime is not None:
                async with self._rebuild(pieces(self._store, evidence, Part.ORIGINAL)) as rebuilt:
                    return await self._keep(evidence, session_id, replace(seen, rebuilt=rebuilt))
        except EvidenceOutOfPlace:
            raise
        except EvidenceRefused:
            if evidence.ground is not Ground.RISK:
                raise
            seen = replace(seen, mime=None)  # at risk it is kept, and no program of ours shows it
        return await self._keep(evidence, session_id, seen)

    async def _read(self, evidence: Evidence) -> tuple[str, bool]:
        """Read a file once through: its digest, and whether it is something else as well."""
        digest, tail, foreign = hashlib.sha256(), b"", False
        async for piece in pieces(self._store, evidence, Part.ORIGINAL):
            digest.update(piece)
            foreign = foreign or holds_archive(piece) or holds_archive(tail[-OVERLAP:] + piece[:OVERLAP])
            tail = piece[-TAIL:] if len(piece) >= TAIL else (tail + piece)[-TAIL:]
        return digest.hexdigest(), foreign or holds_markup(tail[-_END:]) or ends_as_zip(tail, evidence.bytes)

    async def _cause(self, tx: Transaction, evidence: Evidence) -> QuarantineCause | None:
        sessions = await one_matter(tx, evidence.session_id)
        return quarantine_cause(evidence.sensitive, await tx.evidence.categories(sessions))

    async def _keep(self, evidence: Evidence, session_id: UUID | None, seen: _Seen) -> Evidence:
        """Raises: NotFound, EvidenceOutOfPlace: it isn't any more what was looked at. EvidenceBroken: the copy broke off."""
        async with self._store.transaction() as tx:
            report = await report_of_file(tx, evidence)  # locked before everything that hangs on it
            # Either the screen sees the file stored, or this sees what the screen found.
            await tx.evidence.hold(evidence.session_id)
            again = await owned(tx, evidence.id, session_id)
            if again.state in KEPT:
                return again
            if again.state is not evidence.state:
                raise NotFound("it was taken back")
            if again.bytes != evidence.bytes:
                raise EvidenceOutOfPlace(again.bytes)
            kept = await self._kept(tx, again, seen, actor_of(session_id))
            if report is not None:
                await add_file(tx, self._setting, report, kept)
            return kept

    async def _kept(self, tx: Transaction, evidence: Evidence, seen: _Seen, actor: str) -> Evidence:
        now = self._setting.clock.now()
        # What was screened while the picture was opened counts as well.
        cause = seen.cause or await self._cause(tx, evidence)
        rebuilt = seen.rebuilt if cause is None else None
        if rebuilt is not None:
            async for part, number, piece in rebuilt.copies:
                await tx.evidence.add_piece(evidence.id, part, number, piece)
        kept = replace(
            evidence,
            state=EvidenceState.STORED if cause is None else EvidenceState.QUARANTINED,
            quarantined=cause,
            mime=seen.mime,
            digest=seen.digest,
            shown_bytes=0 if rebuilt is None else rebuilt.shown_bytes,
            thumb_bytes=0 if rebuilt is None else rebuilt.thumb_bytes,
            stored_at=now,
            touched_at=now,
            source=None,
            due_at=None,
        )
        await tx.evidence.save(kept)
        told = {"evidence": str(kept.id), "bytes": kept.bytes, "kind": kept.kind, "ground": kept.ground}
        await tx.audit.add(now, actor, "store_evidence", kept.session_id, **told)
        if cause is not None:
            await tx.audit.add(now, actor, "quarantine_evidence", kept.session_id, evidence=str(kept.id), cause=cause)
        await show(tx, kept)
        return kept
