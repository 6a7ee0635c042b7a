"""What becomes of every table: with which kind of records it goes, or why it stays. A table without a rule fails a test."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from handoff.domain.kept import Kept


class Stays(StrEnum):
    """Why a table's rows aren't disposed of with a session or a person."""

    HOUSE = "house"  # the service's own records and texts: no period is decided for them
    STAFF = "staff"  # who works here
    PUBLIC = "public"  # what everybody may read
    PROOF = "proof"  # who decided, and that it was done
    AUDIT = "audit"  # days of its own, and only the owner's role can delete
    COUNTED = "counted"  # leads back to nobody
    SWEPT = "swept"  # short-lived; a round takes what is over


_BY_RULE: Final[Mapping[Kept | Stays, tuple[str, ...]]] = {
    Kept.CONTACT: (
        "contacts",
        "contact_care",
        "web_chats",
        "web_traces",
        "blocks",
        "followings",
        "broadcast_wishes",
        "policy_seen",
        "legal_holds",
    ),
    Kept.TRANSCRIPT: (
        "sessions",
        "messages",
        "outbox",
        "delivery_attempts",
        "drafts",
        "session_notes",
        "proposals",
        "follow_ups",
        "surveys",
        "fact_dues",
        "research_consents",
    ),
    Kept.EVENT: ("line_events",),
    Kept.TRACKER: ("rasa_trackers",),
    Kept.MEDIA: ("evidence", "evidence_pieces", "evidence_openings", "picture_windows"),
    Kept.REPORT: ("reports", "report_steps", "report_visits"),
    Kept.WRAP_UP: ("wrap_ups", "sheet_corrections"),
    Kept.ESCALATION: (
        "escalations",
        "escalation_evidence",
        "escalation_links",
        "escalation_notices",
        "escalation_calls",
        "escalation_steps",
        "glass_openings",
        "glass_requests",
    ),
    Stays.AUDIT: ("audit_events", "audit_links", "audit_cuts"),
    Stays.COUNTED: ("facts", "research_rows"),
    Stays.PROOF: (
        "data_requests",
        "data_request_steps",
        "disposal_orders",
        "disposals",
        "retention_runs",
        "research_exports",
        "security_confirmations",
        "backup_runs",
    ),
    Stays.PUBLIC: ("policies", "schools", "school_enrolments"),
    Stays.STAFF: (
        "staff",
        "presence",
        "duty_spans",
        "phrases",
        "knowledge_notes",
        "roster_entries",
        "pledges",
        "trainings",
        "staff_factors",
        "recovery_codes",
        "factor_resets",
        "old_passwords",
    ),
    Stays.HOUSE: (
        "broadcast_texts",
        "closures",
        "data_keys",
        "demo_choice",
        "desk_alive",
        "drills",
        "duty_notes",
        "fault_hints",
        "fault_reports",
        "fault_versions",
        "faults",
        "handover_receipts",
        "instructions",
        "leak_versions",
        "leaks",
        "line_quota",
        "policy_drafts",
        "school_contacts",
        "school_uploads",
        "shift_alarms",
        "shift_checks",
        "shift_papers",
        "shifts",
        "alarm_receipts",
    ),
    Stays.SWEPT: (
        "desk_events",
        "disposal_batches",
        "known_devices",
        "report_sittings_left",
        "sign_in_tries",
        "sign_ins",
    ),
}
#: By table.
RULES: Final[Mapping[str, Kept | Stays]] = MappingProxyType(
    {table: rule for rule, tables in _BY_RULE.items() for table in tables}
)
