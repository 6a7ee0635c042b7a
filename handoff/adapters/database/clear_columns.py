"""Every column that could hold words and isn't sealed, and why it may lie in the clear.

A column that is new stands in neither this list nor ``sealed_columns``, and a test fails until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Clear(StrEnum):
    """Why whoever has a copy of the database may read it. Nothing that a child or a parent says is any of these."""

    CODE = "code"  # one of a list of ours: a kind, a state, a choice; nobody can type another one
    IDS = "ids"  # random ids, codes and numbers alone
    HOUSE = "house"  # a name out of the operator's own files: of a profile, a key, a script
    LINE = "line"  # made by LINE, and no use to anybody but LINE: the number of an event, of a call
    SCHOOL = "school"  # of the register of schools, which everybody may read
    WORKER = "worker"  # by which name somebody works here, or which duty they have (ADR 25)
    HASH = "hash"  # argon2's encoding of a password


_BY_REASON: Final[Mapping[Clear, Mapping[str, tuple[str, ...]]]] = {
    Clear.CODE: {
        # A person and their talks.
        "contacts": ("channel",),
        "sessions": ("state", "owner", "level", "human_wanted", "closed_reason", "ended_by", "ended_reason"),
        "line_events": ("result", "level"),
        "messages": ("author", "kind", "level"),
        "outbox": ("state", "reason"),
        "delivery_attempts": ("method", "outcome"),
        "session_notes": ("kind",),
        "proposals": ("state",),
        "surveys": ("state",),
        "sheet_corrections": ("state",),
        "followings": ("kind",),
        "blocks": ("reason", "lifted_for"),
        "broadcast_wishes": ("way",),
        "policy_seen": ("way",),
        "legal_holds": ("kind",),
        "evidence": ("state", "ground", "kind", "mime", "sensitive", "quarantined", "reason"),
        "evidence_pieces": ("part",),
        "evidence_openings": ("purpose",),
        # Reports and alarms.
        "reports": ("status", "danger", "reporting_class", "topic"),
        "report_steps": ("kind", "code"),
        "escalations": ("state", "cause", "level", "closed_reason"),
        "escalation_evidence": ("cause", "level"),
        "escalation_notices": ("medium", "state", "outcome"),
        "escalation_calls": ("agency", "result"),
        "escalation_steps": ("kind",),
        "glass_requests": ("state",),
        # What is counted, and leads back to nobody.
        "facts": (
            *("kind", "channel", "hours", "school_type", "founder", "grade", "gender", "writer", "concerned"),
            *("primary_topic", "secondaries", "level", "reporting_class", "outcome", "closed_reason", "agencies"),
            *("survey_heard", "survey_ease", "survey_again"),
        ),
        "research_rows": ("channel", "school_type", "grade", "gender", "topic", "level", "outcome"),
        # The house.
        "audit_events": ("verb",),
        "security_confirmations": ("points", "fault"),
        "backup_runs": ("kind", "state", "fault"),
        "data_keys": ("kind",),
        "disposals": ("kind", "cause"),
        "retention_runs": ("by",),
        "desk_events": ("kind",),
        "data_requests": ("wish", "asker", "arrival", "state", "proof", "decision", "grounds", "child"),
        "data_request_steps": ("kind", "code"),
        "instructions": ("kind", "state"),
        "leaks": ("state",),
        "leak_versions": ("kind",),
        "broadcast_texts": ("kind", "decision", "way"),
        "faults": ("state", "hint"),
        "fault_hints": ("code",),
        "fault_reports": ("way",),
        "drills": ("ending",),
        "shift_checks": ("item", "step"),
        "shift_papers": ("kind",),
        "phrases": ("state",),
        # Those who work here.
        "staff": ("role", "wishes"),
        "roster_entries": ("role", "announced_way"),
        "duty_spans": ("role",),
        "factor_resets": ("role", "state"),
        "trainings": ("subject",),
    },
    Clear.IDS: {
        "audit_events": ("detail",),
        "desk_events": ("detail",),
        "disposal_batches": ("content",),
        "rasa_trackers": ("session_id",),
    },
    Clear.HOUSE: {
        **dict.fromkeys(
            (
                *("sessions", "facts", "data_requests", "disposals", "research_exports", "security_confirmations"),
                *("instructions", "leaks", "broadcast_texts", "policies", "policy_drafts", "shifts", "faults"),
                *("fault_hints", "schools", "school_contacts", "school_enrolments", "school_uploads", "demo_choice"),
            ),
            ("profile",),
        ),
        "drills": ("profile", "script"),
        "data_keys": ("kek",),
    },
    Clear.LINE: {
        "line_events": ("webhook_event_id", "type"),
        "delivery_attempts": ("line_request_id",),
    },
    Clear.SCHOOL: {
        "schools": (
            *("code", "kind", "name", "readings", "aliases", "municipality", "founder", "school_type"),
            *("courses", "departments"),
        ),
        "school_enrolments": ("code", "grade"),
        "school_contacts": ("code",),
        "facts": ("school_code", "area"),
    },
    Clear.WORKER: {
        "staff": ("name", "alias"),
        "audit_events": ("actor",),
        "escalations": ("acknowledged_by", "closed_by"),
        "escalation_links": ("who",),
        "escalation_notices": ("who",),
        "escalation_calls": ("who",),
        "escalation_steps": ("who", "answered_by"),
        "glass_openings": ("who", "reviewed_by"),
    },
    Clear.HASH: {"staff": ("password",), "old_passwords": ("password",)},
}

#: By table and column.
CLEAR_COLUMNS: Final[Mapping[tuple[str, str], Clear]] = MappingProxyType(
    {
        (table, column): reason
        for reason, tables in _BY_REASON.items()
        for table, columns in tables.items()
        for column in columns
    }
)
