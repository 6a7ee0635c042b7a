"""Who may see a file: whoever may read its session or its report the copy, a supervisor the original, and nobody what is
quarantined.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.evidence import (
    KEPT,
    LONGEST_REASON,
    Evidence,
    EvidenceState,
    Part,
    Purpose,
    QuarantineCause,
)
from handoff.domain.file_types import JPEG, EvidenceKind
from handoff.domain.report import ReportStatus
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.read_desk import may_open
from handoff.services.desk.reports.step import is_of_report
from handoff.services.evidence.common import pieces, quarantine
from handoff.services.evidence_ports import Opening
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: How long the same form, sent again, is the same opening: a second tap, a line that broke.
SENT_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file on its way to somebody. name: made by us, so that nothing in it comes from a stranger."""

    mime: str
    name: str
    size: int
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What a file's own page shows. people: aliases by id, of those who opened its original."""

    evidence: Evidence
    openings: Sequence[Opening]
    people: Mapping[UUID, str]


async def may_see(tx: Transaction, member: StaffMember, evidence: Evidence) -> bool:
    """Whether somebody may see a file that isn't quarantined: who may open the session, and, of what a report came with,
    whoever works on reports. A report outlives its session, and so does what belongs to it.
    """
    card = await tx.views.card(evidence.session_id)
    if card is None or await may_open(tx, member, card):
        return card is not None
    report = await tx.reports.of_session(evidence.session_id)
    if report is None or report.status is ReportStatus.DRAFT or not member.may(Permission.COUNSEL):
        return False
    return is_of_report(report, card, evidence.made_at)


async def _readable(tx: Transaction, evidence: Evidence, member: StaffMember) -> Evidence:
    """Raises: NotFound: this person may not see it; it looks as if there were no such file."""
    if not await may_see(tx, member, evidence):
        raise NotFound("no such evidence")
    return evidence


async def _note(tx: Transaction, setting: Setting, member: StaffMember, verb: str, evidence: Evidence) -> None:
    await tx.audit.add(setting.clock.now(), member.actor, verb, evidence.session_id, evidence=str(evidence.id))


def _name(evidence: Evidence, extension: str) -> str:
    return f"evidence-{evidence.id.hex[:8]}.{extension}"


class ReadEvidence:
    """What is known of files; their bytes are ``OpenEvidence``'s."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def own(self, session_id: UUID) -> Sequence[Evidence]:
        """A session's files for whoever sent them."""
        async with self._store.reading() as tx:
            return await tx.evidence.of_session(session_id)

    async def own_one(self, evidence_id: UUID, session_id: UUID) -> Evidence:
        """One of them. Raises: NotFound: also for another's."""
        async with self._store.reading() as tx:
            evidence = await tx.evidence.find(evidence_id)
        if evidence.session_id != session_id:
            raise NotFound("no such evidence")
        return evidence

    async def __call__(self, session_id: UUID, member: StaffMember) -> Sequence[Evidence]:
        """A session's files for whoever may read it. Raises: NotFound."""
        async with self._store.reading() as tx:
            card = await tx.views.card(session_id)
            if card is None or not await may_open(tx, member, card):
                raise NotFound("no such session")
            return await tx.evidence.of_session(session_id)

    async def one(self, evidence_id: UUID, member: StaffMember) -> EvidenceFacts:
        """One file with its name, and those who opened its original, which supervisors see. Raises: NotFound."""
        async with self._store.transaction() as tx:
            evidence = await _readable(tx, await tx.evidence.find(evidence_id), member)
            await _note(tx, self._setting, member, "read_evidence", evidence)
            openings = await tx.evidence.openings(evidence_id) if member.is_supervisor else ()
            people = {one.staff_id: await tx.staff.alias(one.staff_id) for one in openings}
        return EvidenceFacts(evidence, openings, people)


class OpenEvidence:
    """The verb by which a person sees a file; each sight of it is on record."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def thumb(self, evidence_id: UUID, member: StaffMember) -> bytes:
        """The small copy that stands beside the words. Raises: NotFound: also where there is none to be seen."""
        async with self._store.transaction() as tx:
            evidence = await _readable(tx, await tx.evidence.find(evidence_id), member)
            if not evidence.shows_thumb:
                raise NotFound("no thumbnail")
            await _note(tx, self._setting, member, "see_evidence", evidence)
        return b"".join([piece async for piece in pieces(self._store, evidence, Part.THUMB)])

    async def shown(self, evidence_id: UUID, member: StaffMember) -> Opened:
        """The copy made of an image, or a film or sound as it came. Raises: NotFound."""
        async with self._store.transaction() as tx:
            evidence = await _readable(tx, await tx.evidence.find(evidence_id), member)
            kind = evidence.type
            if not evidence.is_open or kind is None:
                raise NotFound("nothing to be shown")
            await tx.audit.add(
                self._setting.clock.now(), member.actor, "open_evidence", evidence.session_id, evidence=str(evidence_id)
            )
        if evidence.kind is EvidenceKind.IMAGE:
            stream = pieces(self._store, evidence, Part.SHOWN)
            return Opened(JPEG.mime, _name(evidence, JPEG.extension), evidence.shown_bytes, stream)
        stream = pieces(self._store, evidence, Part.ORIGINAL)
        return Opened(kind.mime, _name(evidence, kind.extension), evidence.bytes, stream)

    async def original(
        self, evidence_id: UUID, member: StaffMember, purpose: Purpose, reason: str, key: UUID
    ) -> Opened:
        """The bytes as they came. What is quarantined goes to the police alone.

        Args: key: of the form; the same request sent again at once is one opening, and each answer is on record.

        Raises: NotFound. NotPermitted: not a supervisor. InputRefused: no reason, a purpose that isn't allowed, or a form
            that was used before.
        """
        member.check(Permission.SUPERVISE)
        reason = reason.strip()
        if not reason or len(reason) > LONGEST_REASON:
            raise InputRefused("reason", f"開く理由を、{LONGEST_REASON}文字までで書いてください。")
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            evidence = await _readable(tx, await tx.evidence.lock(evidence_id), member)
            if not evidence.has_original:
                raise NotFound("no original")
            secluded = evidence.state is EvidenceState.QUARANTINED
            if secluded and purpose is not Purpose.POLICE:
                raise InputRefused("purpose", "隔離したファイルは、警察に渡すためにだけ取り出せます。")
            asked = Opening(key, evidence_id, member.id, purpose, reason, now)
            if not await tx.evidence.add_opening(asked):
                await _check_again(tx, asked)
            verb = "hand_out_evidence" if secluded else "open_original"
            await tx.audit.add(now, member.actor, verb, evidence.session_id, evidence=str(evidence_id), purpose=purpose)
        # Never as its own type: nothing opens it by itself.
        extension = "bin" if evidence.type is None else evidence.type.extension
        stream = pieces(self._store, evidence, Part.ORIGINAL)
        return Opened("application/octet-stream", _name(evidence, extension), evidence.bytes, stream)


async def _check_again(tx: Transaction, asked: Opening) -> None:
    """Raises: InputRefused: the form's key is known, and from another file, person or purpose, or too long ago."""
    known = next((one for one in await tx.evidence.openings(asked.evidence_id) if one.id == asked.id), None)
    if (
        known is None
        or (known.staff_id, known.purpose, known.reason) != (asked.staff_id, asked.purpose, asked.reason)
        or asked.at - known.at >= SENT_AGAIN
    ):
        raise InputRefused("reason", "この画面は、もう使われています。読み込み直して、理由を書いてください。")


class QuarantineEvidence:
    """The verb of whoever reads a session and sees that a file should be seen by nobody."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, evidence_id: UUID, member: StaffMember) -> Evidence:
        """Give the file as it stands then; asked again, nothing changes. Raises: NotFound: also where it isn't kept."""
        async with self._store.transaction() as tx:
            evidence = await _readable(tx, await tx.evidence.lock(evidence_id), member)
            if evidence.state not in KEPT:
                raise NotFound("not kept")
            if evidence.state is EvidenceState.QUARANTINED:
                return evidence
            return await quarantine(tx, self._setting, evidence, QuarantineCause.PERSON, member.actor)
