"""The rules of the pages by which a service is run (運営), of requests and of texts for everybody; see ``web.desk.access``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handoff.domain.access import Reach, Rule
from handoff.domain.staff import Permission as May
from handoff.web.desk.rules import rule

_WORKS: Final = (May.HANDLE_REQUESTS, May.KEEP_POLICY)
_TALK_OPEN: Final = rule(May.COUNSEL, reach=Reach.TALK_OPEN)
_SUPERVISES: Final = rule(May.SUPERVISE)
_COUNTS: Final = rule(May.COUNT)
_READS_AUDIT: Final = rule(May.READ_AUDIT)
_CONFIRMS_SECURITY: Final = rule(May.CONFIRM_SECURITY)
_READS_REGISTER: Final = rule(May.READ_REGISTER)
_KEEPS_REGISTER: Final = rule(May.KEEP_REGISTER)
_READS_SHIFTS: Final = rule(May.READ_SHIFTS)
_RUNS_SHIFT: Final = rule(May.RUN_SHIFT)
_PAPER: Final = rule(May.READ_SHIFTS, reach=Reach.PAPER)
_WRITES_PAPER: Final = rule(May.RUN_SHIFT, reach=Reach.PAPER)
_ENDS_PAPER: Final = rule(May.SUPERVISE, reach=Reach.PAPER)
_READS_ROSTER: Final = rule(May.READ_ROSTER)
_PERSON: Final = rule(May.KEEP_ROSTER, reach=Reach.PERSON)
_RESETS: Final = rule(May.RESET_FACTOR)
_READS_DOCUMENTS: Final = rule(May.READ_DOCUMENTS)
_KEEPS_POLICY: Final = rule(May.KEEP_POLICY)
_PROPOSES_TEXT: Final = rule(May.KEEP_POLICY, reach=Reach.TEAM)
_APPROVES_TEXT: Final = rule(May.INSTRUCT, reach=Reach.TEAM)
_HANDLES: Final = rule(May.HANDLE_REQUESTS)
_HANDLES_ALL: Final = rule(May.HANDLE_REQUESTS, reach=Reach.TEAM)
_REQUEST: Final = rule(May.HANDLE_REQUESTS, reach=Reach.REQUEST)
_REQUEST_BY_TWO: Final = rule(May.HANDLE_REQUESTS, May.INSTRUCT, reach=Reach.REQUEST)
_INSTRUCTION: Final = rule(May.READ_DOCUMENTS, reach=Reach.INSTRUCTION)
_WORKS_ON_IT: Final = rule(*_WORKS, reach=Reach.INSTRUCTION)

SERVICE: Final[Mapping[str, Rule]] = {
    # How the service is run
    "GET /desk/audit": _READS_AUDIT,
    "GET /desk/security": _READS_DOCUMENTS,
    "POST /desk/security/confirm": _CONFIRMS_SECURITY,
    "GET /desk/facts": _COUNTS,
    "GET /desk/facts.csv": _COUNTS,
    "GET /desk/schools": _READS_REGISTER,
    "GET /desk/schools/<code:str>": _READS_REGISTER,
    "POST /desk/schools/<code:str>": _KEEPS_REGISTER,
    "POST /desk/schools/<code:str>/closing": _KEEPS_REGISTER,
    "POST /desk/schools/<code:str>/pupils": _KEEPS_REGISTER,
    "POST /desk/schools/<code:str>/pupils/drop": _KEEPS_REGISTER,
    "GET /desk/schools/new": _KEEPS_REGISTER,
    "POST /desk/schools/new": _KEEPS_REGISTER,
    "GET /desk/schools/empty/<ending:str>": _READS_REGISTER,
    "GET /desk/schools/export/<ending:str>": _KEEPS_REGISTER,
    "GET /desk/schools/import": _KEEPS_REGISTER,
    "POST /desk/schools/import": _KEEPS_REGISTER,
    "POST /desk/schools/import/<upload_id:uuid>": rule(May.KEEP_REGISTER, reach=Reach.OWN),
    "GET /desk/shifts": _READS_SHIFTS,
    "POST /desk/shifts/open": _RUNS_SHIFT,
    "GET /desk/shifts/<day:ymd>": _RUNS_SHIFT,
    "GET /desk/shifts/<day:ymd>/end": _RUNS_SHIFT,
    "POST /desk/shifts/<day:ymd>/alarm": _RUNS_SHIFT,
    "POST /desk/shifts/<day:ymd>/alarm/<rung:int>/received": _RUNS_SHIFT,
    "POST /desk/shifts/<day:ymd>/confirm/<code:str>": _RUNS_SHIFT,
    "POST /desk/shifts/<day:ymd>/begin": _RUNS_SHIFT,
    "POST /desk/shifts/<day:ymd>/close": _RUNS_SHIFT,
    "GET /desk/shifts/<day:ymd>/daily": _PAPER,
    "POST /desk/shifts/<day:ymd>/daily": _WRITES_PAPER,
    "GET /desk/shifts/<day:ymd>/duty": _PAPER,
    "POST /desk/shifts/<day:ymd>/duty": _WRITES_PAPER,
    "GET /desk/shifts/<day:ymd>/handover": _WRITES_PAPER,
    "POST /desk/shifts/<day:ymd>/handover": _WRITES_PAPER,
    "POST /desk/shifts/<day:ymd>/shortage": _SUPERVISES,
    "GET /desk/faults": _READS_SHIFTS,
    "GET /desk/faults/new": _RUNS_SHIFT,
    "POST /desk/faults/new": _RUNS_SHIFT,
    "POST /desk/faults/hints/<code:str>/dismiss": _RUNS_SHIFT,
    "GET /desk/faults/<fault_id:uuid>": _PAPER,
    "GET /desk/faults/<fault_id:uuid>/sheet": _PAPER,
    "POST /desk/faults/<fault_id:uuid>/correct": _WRITES_PAPER,
    "POST /desk/faults/<fault_id:uuid>/report": _WRITES_PAPER,
    "POST /desk/faults/<fault_id:uuid>/finish": _WRITES_PAPER,
    "POST /desk/faults/<fault_id:uuid>/close": _WRITES_PAPER,
    "POST /desk/faults/<fault_id:uuid>/notice": _ENDS_PAPER,
    "POST /desk/faults/drills": _SUPERVISES,
    "GET /desk/faults/drills/<drill_id:uuid>": _PAPER,
    "POST /desk/faults/drills/<drill_id:uuid>/words": _WRITES_PAPER,
    "POST /desk/faults/drills/<drill_id:uuid>/stop": _ENDS_PAPER,
    "GET /desk/rosters": _READS_ROSTER,
    "GET /desk/rosters/print": _READS_ROSTER,
    "GET /desk/rosters/<staff_id:uuid>": _PERSON,
    "POST /desk/rosters/<staff_id:uuid>/entries": _PERSON,
    "POST /desk/rosters/<staff_id:uuid>/entries/<entry_id:uuid>/announce": _PERSON,
    "POST /desk/rosters/<staff_id:uuid>/entries/<entry_id:uuid>/withdraw": _PERSON,
    "POST /desk/rosters/<staff_id:uuid>/paper": _PERSON,
    "POST /desk/rosters/<staff_id:uuid>/trainings": _PERSON,
    "POST /desk/rosters/<staff_id:uuid>/trainings/<training_id:uuid>/remove": _PERSON,
    "GET /desk/accounts": _RESETS,
    "POST /desk/accounts/<staff_id:uuid>/reset": rule(May.RESET_FACTOR, reach=Reach.PERSON),
    "POST /desk/accounts/resets/<reset_id:uuid>/confirm": rule(May.RESET_FACTOR, reach=Reach.TEAM),
    "POST /desk/accounts/resets/<reset_id:uuid>/refuse": rule(May.RESET_FACTOR, reach=Reach.TEAM),
    "GET /desk/policies": _READS_DOCUMENTS,
    "GET /desk/policies/next": _READS_DOCUMENTS,
    "GET /desk/policies/<number:int>": _READS_DOCUMENTS,
    "POST /desk/policies/words": _KEEPS_POLICY,
    "POST /desk/policies/publish": _KEEPS_POLICY,
    "GET /desk/documents": _READS_DOCUMENTS,
    "GET /desk/documents/<code:str>": _READS_DOCUMENTS,
    # Requests, the board's word, leaks
    "GET /desk/requests": _READS_DOCUMENTS,
    "GET /desk/requests/data": _REQUEST_BY_TWO,
    "POST /desk/requests/data": _HANDLES,
    "GET /desk/requests/data/<request_id:uuid>": _REQUEST_BY_TWO,
    "GET /desk/requests/data/<request_id:uuid>/sheet": _REQUEST,
    **{
        f"POST /desk/requests/data/<request_id:uuid>/{step}": _REQUEST
        for step in (
            "link",
            "check",
            "extend",
            "decide",
            "tell",
            "copy",
            "dispose",
            "carry-out",
            "withdraw",
            "hold",
            "lift",
        )
    },
    "POST /desk/requests/data/<request_id:uuid>/agree": _REQUEST_BY_TWO,
    "POST /desk/requests/data/<request_id:uuid>/reconsider": _REQUEST_BY_TWO,
    "GET /desk/requests/instructions": _READS_DOCUMENTS,
    "POST /desk/requests/instructions": rule(*_WORKS, May.INSTRUCT),
    "GET /desk/requests/instructions/<instruction_id:uuid>": _INSTRUCTION,
    "POST /desk/requests/instructions/<instruction_id:uuid>/answer": rule(May.INSTRUCT, reach=Reach.INSTRUCTION),
    "POST /desk/requests/instructions/<instruction_id:uuid>/finish": _WORKS_ON_IT,
    "POST /desk/requests/instructions/<instruction_id:uuid>/withdraw": _WORKS_ON_IT,
    "GET /desk/requests/leaks": rule(*_WORKS, May.INSTRUCT),
    "POST /desk/requests/leaks": _HANDLES,
    "GET /desk/requests/leaks/<leak_id:uuid>": rule(*_WORKS, reach=Reach.TEAM),
    **{f"POST /desk/requests/leaks/<leak_id:uuid>/{step}": _HANDLES_ALL for step in ("save", "first", "final", "skip")},
    "GET /desk/requests/leaks/versions/<version_id:uuid>": rule(*_WORKS, May.INSTRUCT, reach=Reach.TEAM),
    # What is kept until when
    "GET /desk/talks/<session_id:uuid>/keeping": _TALK_OPEN,
    "POST /desk/talks/<session_id:uuid>/keeping/wish": _TALK_OPEN,
    "POST /desk/talks/<session_id:uuid>/keeping/consent": _TALK_OPEN,
    "POST /desk/talks/<session_id:uuid>/keeping/hold": rule(May.HANDLE_REQUESTS, reach=Reach.TALK_OPEN),
    "POST /desk/talks/<session_id:uuid>/keeping/lift": rule(May.HANDLE_REQUESTS, reach=Reach.TALK_OPEN),
    "GET /desk/retention": rule(May.READ_RETENTION),
    "GET /desk/retention/proofs/<day:ymd>": rule(May.READ_RETENTION),
    "POST /desk/retention/research": rule(May.KEEP_RETENTION),
    "POST /desk/retention/research/<export_id:uuid>/decide": rule(May.INSTRUCT, reach=Reach.TEAM),
    "POST /desk/retention/research/<export_id:uuid>/take": rule(May.KEEP_RETENTION, reach=Reach.TEAM),
    # Texts for everybody, and blocks
    "GET /desk/broadcasts": _READS_DOCUMENTS,
    "POST /desk/broadcasts/propose": _KEEPS_POLICY,
    "POST /desk/broadcasts/<text_id:uuid>/paper": _PROPOSES_TEXT,
    "POST /desk/broadcasts/<text_id:uuid>/withdraw": _PROPOSES_TEXT,
    "POST /desk/broadcasts/<text_id:uuid>/approve": _APPROVES_TEXT,
    "POST /desk/broadcasts/<text_id:uuid>/refuse": _APPROVES_TEXT,
    "POST /desk/broadcasts/<text_id:uuid>/retire": rule(May.INSTRUCT, May.KEEP_POLICY, reach=Reach.TEAM),
    "GET /desk/broadcasts/blocks": _HANDLES,
    "POST /desk/broadcasts/blocks/<block_id:uuid>/lift": _HANDLES_ALL,
}
