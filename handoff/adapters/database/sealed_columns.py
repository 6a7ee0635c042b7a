"""Every sealed column: for which row its cells are sealed, and whose data key seals them.

What goes over all of them is made from this one list: sealing values of the first version anew, the trial of a backup,
the tests that look for words in the clear and that swap cells. A test holds it against the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, LiteralString

from handoff.domain.kept import Kept


@dataclass(frozen=True, slots=True)
class SealedTable:
    """The sealed columns of one table. The rules are SQL over a row that is called ``t``.

    Attributes: kind: of the data key; row_id: the name under which a cell of the row is sealed; session, contact: the
    owner's id. Where a session's is null, the contact's key seals the cell, and the house's where there is none either.
    """

    name: LiteralString
    columns: tuple[LiteralString, ...]
    kind: Kept
    row_id: LiteralString = "t.id::text"
    session: LiteralString | None = None
    contact: LiteralString | None = None


_OWN: Final = "t.session_id"
_OF_ESCALATION: Final = "(SELECT e.session_id FROM escalations e WHERE e.id = t.escalation_id)"
_OF_EVIDENCE: Final = "(SELECT e.session_id FROM evidence e WHERE e.id = t.evidence_id)"
#: An event's session is known by what was made of it; the answer's, where the event itself left no line.
_OF_EVENT: Final = (
    "coalesce((SELECT m.session_id FROM messages m WHERE m.id = t.id),"
    " (SELECT e.session_id FROM evidence e WHERE e.event_id = t.id),"
    " (SELECT o.session_id FROM outbox o WHERE o.event_id = t.id ORDER BY o.part LIMIT 1))"
)


def _house(name: LiteralString, *columns: LiteralString, row_id: LiteralString = "t.id::text") -> SealedTable:
    return SealedTable(name, columns, Kept.HOUSE, row_id)


def _contact(
    name: LiteralString,
    *columns: LiteralString,
    contact: LiteralString = "t.contact_id",
    row_id: LiteralString = "t.id::text",
) -> SealedTable:
    return SealedTable(name, columns, Kept.CONTACT, row_id, contact=contact)


def _session(
    name: LiteralString,
    *columns: LiteralString,
    kind: Kept = Kept.TRANSCRIPT,
    session: LiteralString = _OWN,
    contact: LiteralString | None = None,
    row_id: LiteralString = "t.id::text",
) -> SealedTable:
    return SealedTable(name, columns, kind, row_id, session, contact)


SEALED_TABLES: Final[tuple[SealedTable, ...]] = (
    # A person, across sessions.
    _contact("contacts", "address", "quiet", contact="t.id"),
    _contact("contact_care", "content", row_id="t.contact_id::text"),
    _contact("web_traces", "facts"),
    _contact("blocks", "words"),
    _contact("legal_holds", "reason", "lifted_reason"),
    SealedTable("line_events", ("payload", "assessment"), Kept.EVENT, "t.id::text", _OF_EVENT, "t.contact_id"),
    # What was said and noted.
    _session("sessions", "intake", "safety", session="t.id"),
    _session("messages", "body", "detail", "assessment"),
    _session("outbox", "body", "reply_token", contact="t.contact_id"),
    _session("drafts", "body", row_id="t.session_id::text || ':' || t.staff_id::text"),
    _session("session_notes", "body"),
    _session("proposals", "body", "remark"),
    _session("surveys", "answers", row_id="t.session_id::text"),
    _session("follow_ups", "what", "result"),
    _session("rasa_trackers", "blob", kind=Kept.TRACKER, session="t.session_id::uuid", row_id="t.session_id"),
    _session("wrap_ups", "sheet", "remark", kind=Kept.WRAP_UP, row_id="t.session_id::text"),
    _session("sheet_corrections", "before", "after", "reason", "remark", kind=Kept.WRAP_UP),
    _session("evidence", "facts", "source", kind=Kept.MEDIA),
    _session(
        "evidence_pieces",
        "body",
        kind=Kept.MEDIA,
        session=_OF_EVIDENCE,
        row_id="t.evidence_id::text || ':' || t.part || ':' || t.number::text",
    ),
    _session("evidence_openings", "reason", kind=Kept.MEDIA, session=_OF_EVIDENCE),
    _session("reports", "answers", kind=Kept.REPORT),
    _session(
        "report_steps",
        "words",
        kind=Kept.REPORT,
        session="(SELECT r.session_id FROM reports r WHERE r.id = t.report_id)",
    ),
    # A test alarm has no session.
    _session("escalations", "detail", "note", kind=Kept.ESCALATION),
    _session("escalation_calls", "detail", kind=Kept.ESCALATION, session=_OF_ESCALATION),
    _session("escalation_steps", "question", "answer", kind=Kept.ESCALATION, session=_OF_ESCALATION),
    _session("glass_openings", "reason", kind=Kept.ESCALATION, session=_OF_ESCALATION),
    _session("glass_requests", "reason", kind=Kept.ESCALATION, session=_OF_ESCALATION),
    # The house's own.
    _house("escalation_links", "token"),
    _house("alarm_receipts", "name", row_id="t.escalation_id::text || ':' || t.rung::text"),
    _house("staff", "display"),
    _house("sign_ins", "label"),
    _house("known_devices", "label"),
    _house("staff_factors", "secret", "fresh", row_id="t.staff_id::text"),
    _house("factor_resets", "reason"),
    _house("phrases", "content"),
    _house("knowledge_notes", "content"),
    _house("roster_entries", "content"),
    _house("pledges", "place"),
    _house("trainings", "content"),
    _house("data_requests", "about"),
    _house("data_request_steps", "words"),
    _house("instructions", "question", "answer", "result"),
    _house("leaks", "content", "reason"),
    _house("leak_versions", "content"),
    _house("closures", "words"),
    _house("faults", "notice"),
    _house("fault_versions", "body", row_id="t.fault_id::text || '/' || t.number::text"),
    _house("fault_reports", "detail"),
    _house("drills", "words"),
    _house("policies", "words"),
    _house("policy_drafts", "words", row_id="t.profile"),
    _house("broadcast_texts", "words", "approver", "remark"),
    _house("school_contacts", "person"),
    _house("school_uploads", "file"),
    _house("shift_checks", "words"),
    _house("duty_notes", "words"),
    _house("shift_papers", "words", "found"),
    _house("research_exports", "purpose", "remark"),
)
