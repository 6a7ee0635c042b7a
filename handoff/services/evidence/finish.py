"""A file is here in full: it is looked at by programs alone, and kept, quarantined or refused."""

from __future__ import annotations

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
    PIECE,
    Evidence,
    EvidenceState,
    Ground,
    Part,
    QuarantineCause,
    quarantine_cause,
)
from handoff.domain.file_types import OVERLAP, TAIL, EvidenceKind, ends_as_zip, holds_archive, holds_markup
from handoff.services.evidence.common import owned, pieces, reason_of, refuse, show
from handoff.services.evidence_ports import Rebuilder, Rebuilt
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Bytes at the very end in which a page or script would have to stand.
_END = 4096


@dataclass(frozen=True, slots=True)
class _Seen:
    """What programs made of a file. mime: None where it is kept though it can't be shown."""

    digest: str
    mime: str | None
    cause: QuarantineCause | None
    rebuilt: Rebuilt | None


class FinishEvidence:
    """The verb that ends the way of a file into the house; asked again, nothing changes."""

    def __init__(self, store: Store, setting: Setting, rebuild: Rebuilder) -> None:
        self._store = store
        self._setting = setting
        self._rebuild = rebuild

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
        actor = "worker" if session_id is None else "student"
        try:
            seen = await self._look(evidence)
        except EvidenceOutOfPlace:
            raise
        except EvidenceRefused as error:
            async with self._store.transaction() as tx:
                again = await owned(tx, evidence_id, session_id)
                if again.state is evidence.state and again.bytes == evidence.bytes:
                    await refuse(tx, self._setting.clock.now(), again, reason_of(error), actor)
            raise
        async with self._store.transaction() as tx:
            # Either the screen sees the file stored, or this sees what the screen found.
            await tx.evidence.hold(evidence.session_id)
            again = await owned(tx, evidence_id, session_id)
            if again.state in KEPT:
                return again
            if again.state is not evidence.state:
                raise NotFound("it was taken back")
            if again.bytes != evidence.bytes:
                raise EvidenceOutOfPlace(again.bytes)
            return await self._keep(tx, again, seen, actor)

    async def _look(self, evidence: Evidence) -> _Seen:
        if evidence.declared_bytes not in (None, evidence.bytes):
            raise EvidenceOutOfPlace(evidence.bytes)
        if evidence.bytes == 0:
            raise EvidenceBroken("an empty file")
        digest, two_in_one = await self._read(evidence)
        async with self._store.reading() as tx:
            cause = await self._cause(tx, evidence)
        mime, rebuilt = evidence.mime, None
        try:
            if two_in_one:
                raise EvidenceTypeRefused("an archive or a page besides what it begins as")
            if cause is None and evidence.kind is EvidenceKind.IMAGE and mime is not None:
                rebuilt = await self._rebuild(pieces(self._store, evidence, Part.ORIGINAL))
        except EvidenceRefused:
            if evidence.ground is not Ground.RISK:
                raise
            mime = None  # at risk it is kept, and no program of ours shows it
        return _Seen(digest, mime, cause, rebuilt)

    async def _read(self, evidence: Evidence) -> tuple[str, bool]:
        """Read a file once through: its digest, and whether it is something else as well."""
        digest, tail, foreign = hashlib.sha256(), b"", False
        async for piece in pieces(self._store, evidence, Part.ORIGINAL):
            digest.update(piece)
            foreign = foreign or holds_archive(tail[-OVERLAP:] + piece)
            tail = (tail + piece)[-TAIL:]
        return digest.hexdigest(), foreign or holds_markup(tail[-_END:]) or ends_as_zip(tail, evidence.bytes)

    async def _cause(self, tx: Transaction, evidence: Evidence) -> QuarantineCause | None:
        return quarantine_cause(evidence.sensitive, await tx.evidence.categories(evidence.session_id))

    async def _keep(self, tx: Transaction, evidence: Evidence, seen: _Seen, actor: str) -> Evidence:
        now = self._setting.clock.now()
        # What was screened while the picture was opened counts as well.
        cause = seen.cause or await self._cause(tx, evidence)
        shown, thumb = b"", b""
        if cause is None and seen.rebuilt is not None:
            shown, thumb = seen.rebuilt.shown, seen.rebuilt.thumb
        for part, data in ((Part.SHOWN, shown), (Part.THUMB, thumb)):
            for place in range(0, len(data), PIECE):
                await tx.evidence.add_piece(evidence.id, part, place // PIECE, data[place : place + PIECE])
        kept = replace(
            evidence,
            state=EvidenceState.STORED if cause is None else EvidenceState.QUARANTINED,
            quarantined=cause,
            mime=seen.mime,
            digest=seen.digest,
            shown_bytes=len(shown),
            thumb_bytes=len(thumb),
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
