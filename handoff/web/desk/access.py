"""The desk's part of the table of ``web.access``: every address below ``/desk`` with its rule.

What can be done by the last word of one address (a verb, a step) stands here by that word; any other word leads nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handoff.domain.access import Door, Reach, Rule
from handoff.domain.staff import Permission as May
from handoff.web.desk.rules import rule
from handoff.web.desk.service_access import SERVICE

_ANYBODY: Final = Rule(Door.ANYBODY)
_SELF: Final = Rule(Door.SIGNED_IN, reach=Reach.OWN, uncleared=True)
_HALF: Final = Rule(Door.HALF, reach=Reach.OWN, uncleared=True)
_COUNSELS: Final = rule(May.COUNSEL)
_MY_OWN: Final = rule(May.COUNSEL, reach=Reach.OWN)
_TALK_SEEN: Final = rule(May.COUNSEL, reach=Reach.TALK_SEEN)
_TALK_OPEN: Final = rule(May.COUNSEL, reach=Reach.TALK_OPEN)
_TALK_HELD: Final = rule(May.COUNSEL, reach=Reach.TALK_HELD)
_CARE: Final = rule(May.COUNSEL, reach=Reach.TALK_CARE)
_SHEET: Final = rule(May.COUNSEL, reach=Reach.SHEET)
_CORRECTION: Final = rule(May.COUNSEL, reach=Reach.CORRECTION)
_FILE: Final = rule(May.COUNSEL, reach=Reach.FILE)
_TASK: Final = rule(May.COUNSEL, reach=Reach.TEAM)
_REPORT: Final = rule(May.COUNSEL, reach=Reach.REPORT)
_BOARD_OF_ALARMS: Final = rule(May.ESCALATE)
_ESCALATION: Final = rule(May.ESCALATE, reach=Reach.ESCALATION, trained=True)
_OPENING: Final = rule(May.ESCALATE, reach=Reach.OPENING, trained=True)
_WISH: Final = rule(May.ESCALATE, reach=Reach.WISH, trained=True)
_SUPERVISES: Final = rule(May.SUPERVISE)
_SUPERVISES_ALL: Final = rule(May.SUPERVISE, reach=Reach.TEAM)
_SHARES: Final = rule(May.SHARE)
_NOTE: Final = rule(May.SHARE, reach=Reach.NOTE)
_PHRASE: Final = rule(May.SHARE, reach=Reach.PHRASE)
_OTHERS_PHRASE: Final = rule(May.SUPERVISE, reach=Reach.PHRASE)
_PRINTS: Final = rule(May.PRINT_CARDS)
_ACCOUNT: Final = rule(May.RESET_FACTOR, reach=Reach.PERSON)
_HANDLES_ALL: Final = rule(May.HANDLE_REQUESTS, reach=Reach.TEAM)

DESK: Final[Mapping[str, Rule]] = {
    # The way in and out, and what is one's own
    "GET /desk": _ANYBODY,
    "GET /desk/static/<__file_uri__:path>": _ANYBODY,
    "POST /desk/sign-in": _ANYBODY,
    "POST /desk/sign-out": _SELF,
    "GET /desk/standing": _SELF,
    "GET /desk/service": _SELF,
    "GET /desk/pledge": _SELF,
    "POST /desk/pledge": _SELF,
    "GET /desk/account": _SELF,
    "POST /desk/account/password": _SELF,
    "POST /desk/account/others/end": _SELF,
    "POST /desk/account/sign-ins/<sign_in_id:uuid>/end": _SELF,
    "POST /desk/account/devices/<device_id:uuid>/forget": _SELF,
    "GET /desk/accounts/<staff_id:uuid>/sign-ins": _ACCOUNT,
    "POST /desk/accounts/<staff_id:uuid>/sign-ins/<sign_in_id:uuid>/end": _ACCOUNT,
    "POST /desk/api/duty": _MY_OWN,
    "POST /desk/api/wishes": _MY_OWN,
    "GET /desk/second-factor": _HALF,
    **{
        f"POST /desk/second-factor/{deed}": _HALF
        for deed in ("pass", "begin", "confirm", "codes", "codes/file", "noted", "drop", "read")
    },
    # The desk and its talks
    "GET /desk/socket": _TALK_SEEN,
    "GET /desk/api/desk": _TALK_SEEN,
    "POST /desk/api/next": _TALK_SEEN,
    "GET /desk/overview": _SUPERVISES,
    "GET /desk/api/intakes": _SUPERVISES,
    "GET /desk/api/proposals": _SUPERVISES,
    "POST /desk/api/proposals/<proposal_id:uuid>/approve": _SUPERVISES_ALL,
    "POST /desk/api/proposals/<proposal_id:uuid>/return": _SUPERVISES_ALL,
    "GET /desk/api/phrases": _TALK_OPEN,
    "GET /desk/api/talks/<session_id:uuid>": _TALK_OPEN,
    **{
        f"POST /desk/api/talks/<session_id:uuid>/{verb}": _TALK_HELD
        for verb in ("claim", "release", "offer", "answer-offer", "second", "switch", "send", "end", "close", "typing")
    },
    "POST /desk/api/talks/<session_id:uuid>/take-over": _SUPERVISES_ALL,
    "POST /desk/api/talks/<session_id:uuid>/note": _TALK_OPEN,
    "POST /desk/api/talks/<session_id:uuid>/draft": _TALK_OPEN,
    "POST /desk/api/talks/<session_id:uuid>/picture/open": _TALK_HELD,
    "POST /desk/api/talks/<session_id:uuid>/picture/close": _TALK_HELD,
    "POST /desk/api/lines/<line_id:uuid>/retry": _TALK_HELD,
    # Sheets, corrections, what is done afterwards
    "GET /desk/sheets": _COUNSELS,
    "GET /desk/talks/<session_id:uuid>/sheet": _TALK_OPEN,
    "POST /desk/talks/<session_id:uuid>/sheet": _SHEET,
    "POST /desk/talks/<session_id:uuid>/sheet/sign": _SHEET,
    "POST /desk/talks/<session_id:uuid>/sheet/return": _SHEET,
    "GET /desk/talks/<session_id:uuid>/sheet/correct": _SHEET,
    "POST /desk/talks/<session_id:uuid>/sheet/correct": _SHEET,
    "GET /desk/talks/<session_id:uuid>/corrections/<correction_id:uuid>": _CORRECTION,
    "POST /desk/talks/<session_id:uuid>/corrections/<correction_id:uuid>": _CORRECTION,
    "GET /desk/talks/<session_id:uuid>/handover": _TALK_OPEN,
    "GET /desk/other-ways": _TALK_OPEN,
    "POST /desk/other-ways": _TALK_OPEN,
    "GET /desk/talks/<session_id:uuid>/care": _CARE,
    "POST /desk/talks/<session_id:uuid>/care": _CARE,
    "POST /desk/talks/<session_id:uuid>/follow-up": _CARE,
    "POST /desk/talks/<session_id:uuid>/broadcasts": _CARE,
    "GET /desk/talks/<session_id:uuid>/block": _HANDLES_ALL,
    "POST /desk/talks/<session_id:uuid>/block": _HANDLES_ALL,
    "GET /desk/follow-ups": _COUNSELS,
    "POST /desk/follow-ups/<task_id:uuid>/done": _TASK,
    "POST /desk/follow-ups/<task_id:uuid>/move": _TASK,
    # Files
    "GET /desk/evidence/<evidence_id:uuid>": _FILE,
    "GET /desk/evidence/<evidence_id:uuid>/thumb": _FILE,
    "GET /desk/evidence/<evidence_id:uuid>/shown": _FILE,
    "POST /desk/evidence/<evidence_id:uuid>/original": _SUPERVISES_ALL,
    "POST /desk/evidence/<evidence_id:uuid>/quarantine": _FILE,
    "POST /desk/api/evidence/<evidence_id:uuid>/quarantine": _FILE,
    # Escalations
    "GET /desk/escalations": _BOARD_OF_ALARMS,
    "GET /desk/escalations/state": _BOARD_OF_ALARMS,
    "GET /desk/escalations/<escalation_id:uuid>": _ESCALATION,
    "GET /desk/escalations/<escalation_id:uuid>/sheet": _ESCALATION,
    "POST /desk/escalations/<escalation_id:uuid>/sheet": Rule(
        Door.SIGNED_IN, (May.SUPERVISE,), Reach.ESCALATION, trained=True
    ),
    **{
        f"POST /desk/escalations/<escalation_id:uuid>/{verb}": _ESCALATION
        for verb in ("acknowledge", "take-over", "contact", "close", "call", "ask", "wish")
    },
    "POST /desk/escalations/<escalation_id:uuid>/steps/<step_id:uuid>/answer": _ESCALATION,
    **{
        f"POST /desk/escalations/<escalation_id:uuid>/wishes/<request_id:uuid>/{verb}": _WISH
        for verb in ("reason", "grant", "refuse", "open")
    },
    "POST /desk/escalations/<escalation_id:uuid>/openings/<opening_id:uuid>/reason": _OPENING,
    "POST /desk/escalations/<escalation_id:uuid>/openings/<opening_id:uuid>/review": _OPENING,
    # Reports
    "GET /desk/reports": _COUNSELS,
    "GET /desk/reports/state": _REPORT,
    "GET /desk/reports/<report_id:uuid>": _REPORT,
    "GET /desk/reports/<report_id:uuid>/handover": _REPORT,
    **{
        f"POST /desk/reports/<report_id:uuid>/{act}": _REPORT
        for act in (
            "take",
            "triage",
            "check",
            "answer",
            "hand-over",
            "note",
            "school",
            "link",
            "unlink",
            "prank",
            "close",
            "send-back",
            "reopen",
        )
    },
    # The team's things
    "GET /desk/knowledge": _SHARES,
    "POST /desk/knowledge": _SHARES,
    "POST /desk/knowledge/<note_id:uuid>/change": _NOTE,
    "POST /desk/knowledge/<note_id:uuid>/remove": _NOTE,
    "GET /desk/phrases": _SHARES,
    "POST /desk/phrases": _SHARES,
    **{f"POST /desk/phrases/<phrase_id:uuid>/{verb}": _PHRASE for verb in ("change", "remove", "offer", "withdraw")},
    **{f"POST /desk/phrases/<phrase_id:uuid>/{verb}": _OTHERS_PHRASE for verb in ("share", "refuse", "take-back")},
    "GET /desk/closures": _SUPERVISES,
    "POST /desk/closures/now": _SUPERVISES,
    "POST /desk/closures/plan": _SUPERVISES,
    "POST /desk/closures/<closure_id:uuid>/lift": _SUPERVISES_ALL,
    "GET /desk/cards": _PRINTS,
    "GET /desk/cards.pdf": _PRINTS,
    **SERVICE,
}
