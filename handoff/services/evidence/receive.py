"""A file comes in: begun, piece after piece, given up. What is refused on the way is deleted at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

from handoff.domain.errors import (
    EvidenceHeic,
    EvidenceNotAccepted,
    EvidenceOutOfPlace,
    EvidenceRefused,
    EvidenceTooLarge,
    EvidenceTypeRefused,
    NotFound,
)
from handoff.domain.evidence import (
    LONGEST_NAME,
    MB,
    PIECE,
    UNFINISHED_AFTER,
    Evidence,
    EvidenceState,
    Ground,
    Part,
    Sensitive,
    accepts,
    most_bytes,
    most_files,
    most_total,
    taken_kinds,
)
from handoff.domain.file_types import HEAD, HEIC_MIMES, EvidenceKind, as_kind, declared_type, names_no_type
from handoff.services.evidence.common import actor_of, flow_of, owned, reason_of, refuse
from handoff.services.evidence_ports import Sniffer
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Tries of one session, the refused ones too.
MOST_TRIES = 50
#: What LINE itself lets a student send; at risk a file isn't refused for its size before that.
LINE_MOST = 200 * MB
#: Uploads given up in one round of the worker.
LIMIT = 100
#: Pieces that one process seals and stores at the same time: each is several times in its memory then.
AT_ONCE = 3
_OPEN = (EvidenceState.RECEIVING, EvidenceState.WAITING)


class BeginEvidence:
    """The verb of a page: a file will come."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self,
        session_id: UUID,
        *,
        name: str = "",
        declared: str = "",
        size: int | None = None,
        sensitive: Sensitive | None = None,
    ) -> Evidence:
        """Args: declared: the type as the sender names it, empty for unknown; size: in bytes, None where nobody knows yet.

        Raises: NotFound. EvidenceNotAccepted, EvidenceTooLarge, EvidenceTypeRefused: nothing was begun.
        """
        await self._setting.refresh()
        media, now = self._setting.profile.media, self._setting.clock.now()
        async with self._store.transaction() as tx:
            if await tx.views.card(session_id) is None:
                raise NotFound("no such session")
            await tx.evidence.hold(session_id)
            kinds = taken_kinds(media, await flow_of(tx, session_id))
            kind = _kind_of(declared, kinds)
            usage = await tx.evidence.usage(session_id)
            tries = len(await tx.evidence.of_session(session_id))
            if usage.files >= most_files(media.limits) or tries >= MOST_TRIES:
                raise EvidenceTooLarge("too many files", _too_many(most_files(media.limits)))
            if size is not None and size > most_bytes(media.limits, kind):
                raise EvidenceTooLarge("larger than the profile allows")
            if usage.bytes + (size or 0) > most_total(media.limits):
                raise EvidenceTooLarge("more than the profile allows together")
            evidence = Evidence(
                id=uuid4(),
                session_id=session_id,
                state=EvidenceState.RECEIVING,
                ground=Ground.PAGE,
                made_at=now,
                touched_at=now,
                kind=kind,
                declared_bytes=size,
                name=name[:LONGEST_NAME],
                declared=declared[:LONGEST_NAME],
                sensitive=sensitive,
            )
            await tx.evidence.add(evidence)
            await tx.audit.add(now, "student", "begin_evidence", session_id, evidence=str(evidence.id))
            return evidence


def _kind_of(declared: str, kinds: tuple[EvidenceKind, ...]) -> EvidenceKind | None:
    """The kind that a sender names; None where that is left open. Raises: EvidenceNotAccepted, EvidenceTypeRefused."""
    if not kinds:
        raise EvidenceNotAccepted("no files are taken in this flow")
    if declared.partition(";")[0].strip().lower() in HEIC_MIMES:
        raise EvidenceHeic("a picture in Apple's form")
    if names_no_type(declared):
        return None
    told = declared_type(declared)
    if told is None:
        raise EvidenceTypeRefused("a type that isn't taken")
    if told.kind not in kinds:
        raise EvidenceNotAccepted(f"{told.kind} isn't taken in this flow")
    return told.kind


def _too_many(most: int) -> str:
    return f"送れるファイルは{most}個までです。これより前のファイルは届いています。"


def next_piece(held: bytearray) -> bytes:
    """Take a whole piece from what a sender holds back, so that it isn't in memory twice while it is stored."""
    with memoryview(held) as seen:
        piece = bytes(seen[:PIECE])
    del held[:PIECE]
    return piece


class AddPiece:
    """The verb of every sender: the next bytes of a file. The first ones tell what it is."""

    def __init__(self, store: Store, setting: Setting, sniff: Sniffer) -> None:
        self._store = store
        self._setting = setting
        self._sniff = sniff
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, evidence_id: UUID, session_id: UUID | None, offset: int, data: bytes) -> int:
        """Add at most PIECE bytes, which only the last ones may be less than; give how many are here now.

        Args: session_id: whose file it has to be; None for the worker.

        Raises: NotFound. EvidenceOutOfPlace: it goes on elsewhere, nothing was added. EvidenceNotAccepted,
            EvidenceTooLarge, EvidenceTypeRefused: it is refused, and what was here of it is deleted.
        """
        if not 0 < len(data) <= PIECE:
            raise ValueError(f"a piece of {len(data)} bytes")
        now = self._setting.clock.now()
        try:
            async with self._turns, self._store.transaction() as tx:
                if session_id is not None:
                    await tx.evidence.hold(session_id)  # before the row, as everywhere
                evidence = await owned(tx, evidence_id, session_id)
                if evidence.state not in _OPEN:
                    raise NotFound("it isn't being received")
                evidence = await self._checked(tx, evidence, offset, data)
                await tx.evidence.add_piece(evidence_id, Part.ORIGINAL, offset // PIECE, data)
                await tx.evidence.save(replace(evidence, bytes=offset + len(data), touched_at=now))
                return offset + len(data)
        except EvidenceOutOfPlace:
            raise
        except EvidenceRefused as error:
            async with self._store.transaction() as tx:
                evidence = await owned(tx, evidence_id, session_id)
                if evidence.state in _OPEN:
                    await refuse(tx, now, evidence, reason_of(error), actor_of(session_id))
            raise

    async def _checked(self, tx: Transaction, evidence: Evidence, offset: int, data: bytes) -> Evidence:
        whole = evidence.declared_bytes
        ends_short = len(data) < PIECE and whole is not None and offset + len(data) != whole
        if offset != evidence.bytes or offset % PIECE or (ends_short and offset + len(data) < (whole or 0)):
            raise EvidenceOutOfPlace(evidence.bytes)
        media = self._setting.profile.media
        if offset == 0:
            evidence = await self._told(tx, evidence, data)
        most = most_bytes(media.limits, evidence.kind)
        if evidence.ground is Ground.RISK:
            most = max(most, LINE_MOST)
        if offset + len(data) > (most if whole is None else min(most, whole)):
            raise EvidenceTooLarge("larger than the profile allows, or than was said")
        if whole is None and evidence.ground is Ground.PAGE:
            usage = await tx.evidence.usage(evidence.session_id)
            if usage.bytes + len(data) > most_total(media.limits):
                raise EvidenceTooLarge("more than the profile allows together")
        return evidence

    async def _told(self, tx: Transaction, evidence: Evidence, data: bytes) -> Evidence:
        """The file with its type, by its first bytes."""
        try:
            found = self._sniff(data[:HEAD], evidence.declared)
        except EvidenceTypeRefused:
            if evidence.ground is Ground.RISK:
                return evidence  # it is kept as it is, and no program shows it
            raise
        found = as_kind(found, evidence.kind)
        if evidence.ground is Ground.WINDOW and found.kind is not EvidenceKind.IMAGE:
            raise EvidenceNotAccepted("the window is for a picture")
        if evidence.ground in (Ground.PAGE, Ground.FLOW):
            flow = await flow_of(tx, evidence.session_id)
            if not accepts(self._setting.profile.media, flow, found.kind):
                raise EvidenceNotAccepted(f"{found.kind} isn't taken in this flow")
        return replace(evidence, kind=found.kind, mime=found.mime)


class DropEvidence:
    """The verb of a page: a file that its sender doesn't want to send any more, or whose request broke off."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, evidence_id: UUID, session_id: UUID) -> None:
        """Delete it, pieces and all; one that is there already in full stays. Raises: NotFound: also for another's."""
        async with self._store.transaction() as tx:
            evidence = await owned(tx, evidence_id, session_id)
            if evidence.state is EvidenceState.RECEIVING:
                await tx.evidence.delete(evidence_id)
                await tx.audit.add(
                    self._setting.clock.now(), "student", "drop_evidence", session_id, evidence=str(evidence_id)
                )


class TendEvidence:
    """The verb of the worker's round: uploads that nobody finished are deleted, and fetching that waits is woken."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Give how many were given up or woken. Raises: StoreUnavailable."""
        await self._setting.refresh()
        clock = self._setting.clock
        async with self._store.reading() as tx:
            unfinished = await tx.evidence.unfinished(clock.now() - UNFINISHED_AFTER, LIMIT)
            due = await tx.evidence.due(clock.real(), LIMIT)
        done = 0
        for evidence_id in unfinished:
            async with self._store.transaction() as tx:
                evidence = await tx.evidence.lock(evidence_id)
                if evidence.state is EvidenceState.RECEIVING:
                    await tx.evidence.delete(evidence_id)
                    await tx.audit.add(
                        clock.now(), "worker", "drop_evidence", evidence.session_id, evidence=str(evidence_id)
                    )
                    done += 1
        for evidence_id in due:
            async with self._store.transaction() as tx:
                done += await tx.jobs.wake_fetch(evidence_id)
        return done
