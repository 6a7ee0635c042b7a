"""Who may come to which address: one table for all of them. An address without a rule leads nowhere.

The guards of the parts ask it (``rule_at``); ``docs/permissions.md`` shows it, and a walk over every route and role holds
the verbs to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sanic import Request

from handoff.domain.access import Door, Reach, Rule
from handoff.domain.errors import NotFound
from handoff.domain.staff import StaffMember
from handoff.web.desk.access import DESK

_ANYBODY: Final = Rule(Door.ANYBODY)
_LINE: Final = Rule(Door.LINE)
_CHAT: Final = Rule(Door.CHAT, reach=Reach.OWN)
_REPORT: Final = Rule(Door.REPORT, reach=Reach.OWN)
_ALARM: Final = Rule(Door.ALARM, reach=Reach.OWN)
_DEMO: Final = Rule(Door.DEMO)

RULES: Final[Mapping[str, Rule]] = {
    "POST /line/webhook": _LINE,
    "GET /healthz": _ANYBODY,
    "GET /readyz": _ANYBODY,
    "GET /static/<__file_uri__:path>": _ANYBODY,
    # The chat: whoever has the cookie
    "GET /chat": _ANYBODY,
    "GET /chat/static/<__file_uri__:path>": _ANYBODY,
    "GET /chat/away": _ANYBODY,
    "POST /chat/start": _ANYBODY,
    "GET /chat/socket": _CHAT,
    "GET /chat/lines": _CHAT,
    "POST /chat/say": _CHAT,
    "POST /chat/end": _CHAT,
    "POST /chat/typing": _CHAT,
    "POST /chat/leave": _CHAT,
    # A report: whoever has the token, or the receipt
    "GET /report": _ANYBODY,
    "GET /report/<school_code:str>": _ANYBODY,
    "POST /report": _ANYBODY,
    "POST /report/away": _ANYBODY,
    "POST /report/keep": _ANYBODY,
    "GET /report/answer": _ANYBODY,
    "POST /report/answer": _ANYBODY,
    "POST /report/send": _REPORT,
    "POST /report/kept": _REPORT,
    "POST /report/mine": _REPORT,
    "POST /report/mine/add": _REPORT,
    "POST /report/mine/withdraw": _REPORT,
    "GET /report/evidence": _REPORT,
    "POST /report/evidence": _REPORT,
    "POST /report/evidence/begin": _REPORT,
    "GET /report/evidence/<evidence_id:uuid>": _REPORT,
    "PUT /report/evidence/<evidence_id:uuid>": _REPORT,
    "DELETE /report/evidence/<evidence_id:uuid>": _REPORT,
    "POST /report/evidence/<evidence_id:uuid>/finish": _REPORT,
    # What is posted for everybody to read
    "GET /policy": _ANYBODY,
    "GET /policy/full": _ANYBODY,
    "GET /policy/privacy": _ANYBODY,
    "GET /policy/<number:int>": _ANYBODY,
    # An alarm: whoever has its link
    "GET /alarm/static/<__file_uri__:path>": _ANYBODY,
    "GET /alarm/<token:str>": _ALARM,
    "POST /alarm/<token:str>": _ALARM,
    "GET /alarm/e/<escalation_id:uuid>": _ALARM,
    "GET /alarm/e/<escalation_id:uuid>/news": _ALARM,
    **{
        f"POST /alarm/e/<escalation_id:uuid>/{verb}": _ALARM
        for verb in ("acknowledge", "take-over", "contact", "call", "answer", "close", "glass")
    },
    "POST /alarm/e/<escalation_id:uuid>/glass/<opening_id:uuid>/reason": _ALARM,
    "POST /alarm/e/<escalation_id:uuid>/glass/<opening_id:uuid>/review": _ALARM,
    # The simulator
    "GET /simulator": _DEMO,
    "GET /simulator/static/<__file_uri__:path>": _DEMO,
    "GET /simulator/api/setting": _DEMO,
    "POST /simulator/api/setting": _DEMO,
    "POST /simulator/api/users": _DEMO,
    "POST /simulator/api/acts": _DEMO,
    "POST /simulator/api/contents": _DEMO,
    "GET /simulator/api/contents/<content_id:str>": _DEMO,
    "POST /simulator/api/events/<event_id:str>/redeliver": _DEMO,
    "GET /simulator/api/stream": _DEMO,
    **DESK,
}

#: Parts of an address that say what is to be done, and not with what.
DEEDS: Final = ("verb", "act", "step")
#: How an address names a thing that somebody may not know of.
_THING: Final = ":uuid>"


def address_of(method: str, path: str, told: Mapping[str, Any]) -> str:
    """How the table names an address. Args: path: the router's; told: what was asked in its place holders."""
    for deed in DEEDS:
        if deed in told:
            path = path.replace(f"<{deed}:str>", str(told[deed]))
    return f"{method} /{path}"


def hides(address: str) -> bool:
    """Whether an address names a thing, so that who has no right to it hears the same as where there is none."""
    return _THING in address


def asked_at(request: Request[Any, Any]) -> str:
    """The table's name of what is asked for, however its address was typed; empty where nothing is. Only the head of an
    answer (HEAD) is what GET is.
    """
    route = request.route
    method = "GET" if request.method == "HEAD" else request.method
    return "" if route is None else address_of(method, route.path, request.match_info)


def asks_for(request: Request[Any, Any], address: str) -> bool:
    """Whether this address of the table is asked for."""
    return asked_at(request) == address


async def find_rule(request: Request[Any, Any]) -> None:
    """Middleware of the whole app: nothing is done at an address that has no rule. Raises: NotFound."""
    address = asked_at(request)
    if address and address not in RULES:
        raise NotFound("an address without a rule")


def admit(request: Request[Any, Any], member: StaffMember) -> StaffMember:
    """Let somebody who is signed in come to what they ask for, or not.

    Raises: NotFound: the address names a thing, and they have no right to any like it. NotPermitted, NotCleared: it
        names none. TraineeRefused.
    """
    address = asked_at(request)
    RULES[address].check(member, hidden=hides(address))
    return member
