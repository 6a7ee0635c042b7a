"""What the verbs of evidence share: the flow of a session, its pieces in order, and what becomes of a refused file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import EvidenceBroken, EvidenceRefused, NotFound
from handoff.domain.evidence import (
    COUNTED,
    KEPT,
    Evidence,
    EvidenceState,
    Part,
    QuarantineCause,
    Refusal,
)
from handoff.domain.profile import Flow
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: The topic of the intake that has a media policy of its own.
_NET_TROUBLE = "net_trouble"


async def flow_of(tx: Transaction, session_id: UUID) -> Flow:
    """Which of the profile's media policies counts in a session."""
    if await tx.reports.of_session(session_id) is not None:
        return Flow.REPORT
    intake = await tx.sessions.intake(session_id)
    return Flow.NET_TROUBLE if intake.get("topic") == _NET_TROUBLE else Flow.CONSULTATION


async def one_matter(tx: Transaction, session_id: UUID) -> Sequence[UUID]:
    """The sessions whose words tell of one another's files: all that one report is made of, or a session alone."""
    report = await tx.reports.of_session(session_id)
    others = [] if report is None else await tx.reports.sessions_of(report)
    return list(dict.fromkeys([session_id, *others]))


async def owned(tx: Transaction, evidence_id: UUID, session_id: UUID | None) -> Evidence:
    """A file, locked. Args: session_id: whose it has to be, None for the worker. Raises: NotFound: also for another's."""
    evidence = await tx.evidence.lock(evidence_id)
    if session_id is not None and evidence.session_id != session_id:
        raise NotFound("no such evidence")
    return evidence


def actor_of(session_id: UUID | None) -> str:
    """Who does something with a file, for the record. Args: session_id: whose page asks; None for the worker."""
    return "worker" if session_id is None else "student"


async def show(tx: Transaction, evidence: Evidence) -> None:
    """Let the desks that show its session know."""
    if evidence.event_id is not None:
        tx.desk.tell(DeskEvent.LINE, evidence.session_id, evidence.event_id)
    report = await tx.reports.of_session(evidence.session_id)
    if report is not None:
        tx.desk.tell(DeskEvent.REPORT, evidence.session_id, report.id)


async def pieces(store: Store, evidence: Evidence, part: Part) -> AsyncIterator[bytes]:
    """A part's bytes in order, one piece in memory at a time. Raises: SealBroken. EvidenceBroken: some are missing."""
    sizes = {Part.ORIGINAL: evidence.bytes, Part.SHOWN: evidence.shown_bytes, Part.THUMB: evidence.thumb_bytes}
    number, left = 0, sizes[part]
    while left > 0:
        async with store.reading() as tx:
            piece = await tx.evidence.piece(evidence.id, part, number)
        if piece is None:
            raise EvidenceBroken("pieces are missing")
        yield piece
        number, left = number + 1, left - len(piece)


async def refuse(tx: Transaction, at: datetime, evidence: Evidence, reason: Refusal, actor: str) -> Evidence:
    """Delete all that was received of a locked file; that it came, and why it isn't here, stays."""
    await tx.evidence.drop_pieces(evidence.id)
    refused = replace(
        evidence, state=EvidenceState.REFUSED, reason=reason, bytes=0, shown_bytes=0, thumb_bytes=0, source=None,
        due_at=None,
    )  # fmt: skip
    await tx.evidence.save(refused)
    await tx.audit.add(at, actor, "refuse_evidence", evidence.session_id, evidence=str(evidence.id), reason=reason)
    await show(tx, refused)
    return refused


def reason_of(error: EvidenceRefused) -> Refusal:
    """The code that is kept of an error."""
    return Refusal(error.reason or Refusal.BROKEN)


async def quarantine(
    tx: Transaction, setting: Setting, evidence: Evidence, cause: QuarantineCause, actor: str
) -> Evidence:
    """Put a locked file where nobody sees it: what was made of it to be seen is deleted, the original stays sealed."""
    await tx.evidence.drop_pieces(evidence.id, Part.SHOWN, Part.THUMB)
    kept = replace(evidence, state=EvidenceState.QUARANTINED, quarantined=cause, shown_bytes=0, thumb_bytes=0)
    await tx.evidence.save(kept)
    await tx.audit.add(
        setting.clock.now(), actor, "quarantine_evidence", evidence.session_id, evidence=str(evidence.id), cause=cause
    )
    await show(tx, kept)
    return kept


async def quarantine_session(tx: Transaction, setting: Setting, session_id: UUID) -> None:
    """The screen found sexual harm in a session's words: what came before them is seen by nobody any more either.

    What comes after them isn't, although the words may be changed or taken back: that doesn't unsay them.
    """
    await tx.evidence.hold(session_id)
    await tx.evidence.mark_unseen(session_id)
    for one_id in await one_matter(tx, session_id):
        for one in await tx.evidence.of_session(one_id):
            evidence = await tx.evidence.lock(one.id)
            if evidence.state is EvidenceState.STORED:
                await quarantine(tx, setting, evidence, QuarantineCause.RISK, "screen")


async def take_back(tx: Transaction, setting: Setting, event_id: UUID, *, urgent: bool, actor: str = "student") -> bool:
    """A message is taken back: its file goes with it; at high or critical it is only hidden, sealed (EXT-2).

    Gives True where it was hidden.
    """
    evidence = await tx.evidence.of_event(event_id)
    if evidence is not None and evidence.state is EvidenceState.REFUSED:
        await tx.evidence.save(replace(evidence, source=None))  # now it isn't fetched at risk either
    if evidence is None or evidence.state not in COUNTED:
        return False
    now = setting.clock.now()
    if urgent and evidence.state in KEPT:
        await tx.evidence.save(replace(evidence, hidden=True))
        await tx.audit.add(now, actor, "hide_evidence", evidence.session_id, evidence=str(evidence.id))
        return True
    await tx.evidence.drop_pieces(evidence.id)
    dropped = replace(
        evidence, state=EvidenceState.DROPPED, reason=Refusal.UNSENT, bytes=0, shown_bytes=0, thumb_bytes=0,
        source=None, due_at=None, name="", declared="", digest=None,
    )  # fmt: skip
    await tx.evidence.save(dropped)
    await tx.audit.add(now, actor, "drop_evidence", evidence.session_id, evidence=str(evidence.id))
    return False
