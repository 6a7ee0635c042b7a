"""The words of the desk's log: what can have happened that an open desk has to show."""

from __future__ import annotations

from enum import StrEnum


class DeskEvent(StrEnum):
    """Kinds of entries. Each names a session, and mostly a subject by its id; never words."""

    SESSION = "session"  # its state, owner, level or place in the queue; no subject
    LINE = "line"  # a line of the transcript came, or changed; subject: the line
    DELIVERY = "delivery"  # what became of a call to LINE; subject: the call
    NOTE = "note"  # an internal note or a whisper; subject: the note
    PROPOSAL = "proposal"  # a trainee's line waits, or was decided on; subject: the proposal
    SHEET = "sheet"  # the wrap-up sheet was saved, filled or signed
    ESCALATION = "escalation"  # subject: the escalation
    PRESENCE = "presence"  # somebody came or left; subject: the person
    FOLLOW_UP = "follow_up"  # subject: the task
    CARE = "care"  # plan or marks of a contact; subject: the contact
    KNOWLEDGE = "knowledge"  # subject: the note
    PHRASE = "phrase"  # subject: the phrase
    CLOSURE = "closure"  # the window is closed for a time, or opened again; subject: the closure
    REPORT = "report"  # a report came, changed, or was worked on; subject: the report
    CHAT = "chat"  # something was said on a page of ours; subject: the call
    ALARM = "alarm"  # supervisors have to look; detail.code says why


class DeskAlarm(StrEnum):
    """Why supervisors have to look, beside an escalation."""

    PRESENCE_LOST = "presence_lost"  # a counsellor's desk fell silent, their sessions wait again
    TRAINEE_AT_RISK = "trainee_at_risk"  # a session that somebody in training has rose to high
    HOURS_OVER = "hours_over"  # the hours ended with a session at risk live
    SILENT_AT_RISK = "silent_at_risk"  # a student at risk doesn't answer
    UNANSWERED = "unanswered"  # nobody does anything about a student at risk
    APPROVAL_LATE = "approval_late"  # a trainee's line waited too long
    REPORT_LATE = "report_late"  # nobody decided on a report, or told the board, in time; detail.report says which
    BLOCK_LIFTED = "block_lifted"  # somebody who was blocked is at risk, and isn't blocked any more; subject: the block
    QUOTA_LOW = "quota_low"  # LINE's pushes of the month run out
    SIGN_IN_TRIED = "sign_in_tried"  # somebody tries out the passwords of one of the team


class NoteKind(StrEnum):
    """Notes beside a talk, that no student ever sees."""

    NOTE = "note"  # 内部メモ
    WHISPER = "whisper"  # 耳うち, from a supervisor or the second person to the counsellor
    DEBRIEFING = "debriefing"  # ふりかえり


class ProposalState(StrEnum):
    """Where a trainee's line stands (WG-8)."""

    WAITING = "waiting"
    SENT = "sent"
    EDITED = "edited"  # sent, in the supervisor's words
    RETURNED = "returned"
    LATE = "late"  # nobody looked in time; returned
    DROPPED = "dropped"  # somebody else has the conversation by now


class EndReason(StrEnum):
    """Why a talk ended."""

    STUDENT = "student"
    COUNSELLOR = "counsellor"
    SILENCE = "silence"
    HOURS = "hours"
    LEFT = "left"  # the student blocked the account


class ClosedWithout(StrEnum):
    """Why a session that nobody took was closed (design: "waiting, left_message → closed")."""

    WITHDRAWN = "withdrawn"
    PRANK = "prank"
    READ = "read"  # a message that asked for no answer
    REPORT = "report"  # what was reported is done with
