"""Fetch a file from LINE, as soon as it came: LINE keeps it for a time that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from handoff.domain.errors import EvidenceRefused, NotFound
from handoff.domain.evidence import PIECE, Evidence, EvidenceState, Fetch, Ground, Refusal, next_fetch
from handoff.domain.outgoing import Line
from handoff.domain.session import State
from handoff.domain.texts import TextKey
from handoff.services.evidence.common import show
from handoff.services.evidence.finish import FinishEvidence
from handoff.services.evidence.receive import AddPiece, next_piece
from handoff.services.evidence_ports import MediaSource
from handoff.services.ports import LockedContact, Store, Transaction
from handoff.services.say import tell
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: A worker that was killed in the middle is followed by another after this time at the latest.
LEASE: Final = timedelta(minutes=2)
_ENDED: Final = {
    Fetch.GONE: (EvidenceState.GONE, Refusal.UNSENT),
    Fetch.MISSING: (EvidenceState.FAILED, Refusal.MISSING),
    Fetch.PREPARING: (EvidenceState.FAILED, Refusal.UNREACHABLE),
    Fetch.UNREACHABLE: (EvidenceState.FAILED, Refusal.UNREACHABLE),
    Fetch.DENIED: (EvidenceState.FAILED, Refusal.UNREACHABLE),
}


class FetchMedia:
    """The verb of a file's wake-up. It begins a file from its start each time, so that nothing is stored twice."""

    def __init__(
        self, store: Store, setting: Setting, source: MediaSource, add: AddPiece, finish: FinishEvidence
    ) -> None:
        self._store = store
        self._setting = setting
        self._source = source
        self._add = add
        self._finish = finish

    async def __call__(self, evidence_id: UUID) -> None:
        """Fetch it, unless somebody is at it or nothing is to be done. Raises: StoreUnavailable: the round comes back."""
        await self._setting.refresh()
        async with self._store.evidence_lock(evidence_id) as held:
            if held is None:
                return
            evidence = await self._begin(held, evidence_id)
            if evidence is None or evidence.source is None:
                return
            try:
                outcome = await self._receive(evidence, evidence.source)
                if outcome is Fetch.DONE:
                    await self._finish(evidence_id, None)
                    return
            except NotFound:
                return  # it was taken back in the middle
            except EvidenceRefused as error:
                log.info("media_refused", evidence_id=str(evidence_id), code=error.code)
                await self._tell(held, evidence)
                return
            await self._settle(held, evidence, outcome)

    async def _begin(self, held: LockedContact, evidence_id: UUID) -> Evidence | None:
        """Count an attempt before it's made, on a clean place; None where there is nothing to be fetched."""
        async with held.transaction() as tx:
            try:
                evidence = await tx.evidence.lock(evidence_id)
            except NotFound:
                return None
            if evidence.state is not EvidenceState.WAITING:
                return None
            await tx.evidence.drop_pieces(evidence_id)
            begun = replace(
                evidence, bytes=0, attempts=evidence.attempts + 1, due_at=self._setting.clock.real() + LEASE
            )
            await tx.evidence.save(begun)
            return begun

    async def _receive(self, evidence: Evidence, source: str) -> Fetch:
        """Take the bytes as they come, piece by piece."""
        held, offset = bytearray(), 0

        async def take(data: bytes) -> None:
            nonlocal offset
            held.extend(data)
            while len(held) >= PIECE:
                offset = await self._add(evidence.id, None, offset, next_piece(held))

        outcome = await self._source(source, take)
        if outcome is Fetch.DONE and held:
            await self._add(evidence.id, None, offset, bytes(held))
        return outcome

    async def _settle(self, held: LockedContact, evidence: Evidence, outcome: Fetch) -> None:
        """Come back later, or say for good that it isn't there."""
        pause = next_fetch(outcome, evidence.attempts)
        async with held.transaction() as tx:
            evidence = await tx.evidence.lock(evidence.id)
            if evidence.state is not EvidenceState.WAITING:
                return
            await tx.evidence.drop_pieces(evidence.id)
            if pause is not None:
                due_at = self._setting.clock.real() + pause
                await tx.evidence.save(replace(evidence, bytes=0, due_at=due_at))
                await tx.jobs.wake_fetch(evidence.id, pause)
                return
            state, reason = _ENDED[outcome]
            lost = replace(evidence, state=state, reason=reason, bytes=0, source=None, due_at=None)
            await tx.evidence.save(lost)
            await tx.audit.add(
                self._setting.clock.now(),
                "worker",
                "lose_evidence",
                lost.session_id,
                evidence=str(lost.id),
                reason=reason,
            )
            await show(tx, lost)
        log.warning("media_not_fetched", evidence_id=str(evidence.id), outcome=outcome)

    async def _tell(self, held: LockedContact, evidence: Evidence) -> None:
        """The student heard that it came; now they hear that nobody can open it. At risk nothing is refused."""
        if evidence.ground is Ground.RISK:
            return
        async with held.transaction() as tx:
            await self._say(tx, evidence)

    async def _say(self, tx: Transaction, evidence: Evidence) -> None:
        session = await tx.sessions.lock(evidence.session_id)
        if session.state is not State.CLOSED:
            text = self._setting.profile.text(TextKey.MEDIA_UNREADABLE)
            await tell(tx, self._setting, session, [Line(text)], key=evidence.id)
